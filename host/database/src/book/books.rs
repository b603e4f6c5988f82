//! The books themselves: whether they are there, whose they are, making and removing them.

use limosa_model::MigrationId;

use crate::session::text;
use crate::{Database, Result};

/// The names of the books; the catalogue leaves them out.
pub const BOOKS: [&str; 3] = ["limosa_lease", "limosa_ledger", "limosa_object"];

/// The table that keeps rows which did not fit. It outlives the migration; the catalogue leaves it out too.
pub const QUARANTINE: &str = "limosa_quarantine";

/// Whether a table is one of Limosa's own.
pub(crate) fn is_own(table: &str) -> bool {
    table == QUARANTINE || BOOKS.contains(&table)
}

/// The books of one target.
#[derive(Debug)]
pub struct Book<'a> {
    pub(super) database: &'a dyn Database,
}

impl<'a> Book<'a> {
    /// The books of this database; nothing is created yet.
    pub fn of(database: &'a dyn Database) -> Self {
        Self { database }
    }

    /// Whether the books exist.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn exist(&self) -> Result<bool> {
        self.has(BOOKS[0]).await
    }

    pub(super) async fn has(&self, name: &str) -> Result<bool> {
        self.database.has_table(name).await
    }

    /// Which migration the books are of, if they exist.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn migration(&self) -> Result<Option<MigrationId>> {
        if !self.exist().await? {
            return Ok(None);
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT migration FROM limosa_lease WHERE id = 1", &[])
            .await?;
        Ok(rows.first().map(|row| MigrationId::new(text(&row[0]))))
    }

    /// Makes those that are missing.
    pub(super) async fn make(&self) -> Result<()> {
        for (name, statement) in self.database.dialect().create_books() {
            if self.has(name).await? {
                continue;
            }
            // Two hosts may create the books at once; the one that comes second sees them there.
            if let Err(error) = self.database.define(&statement).await
                && !self.has(name).await?
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Removes the books; the lease goes last, so that a crash in between leaves them findable.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn remove(&self) -> Result<()> {
        let dialect = self.database.dialect();
        for name in BOOKS.iter().rev() {
            let statement = format!("DROP TABLE IF EXISTS {}", dialect.quote(name));
            self.database.define(&statement).await?;
        }
        Ok(())
    }
}
