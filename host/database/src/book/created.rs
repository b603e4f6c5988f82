//! What a migration created in the target, so that an undo drops that and nothing else.

use limosa_model::{TableName, Value};

use super::books::{BOOKS, Book};
use crate::session::text;
use crate::{Error, Result};

impl Book<'_> {
    /// Records that a table is about to be created by this migration, so that an undo drops it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn will_create(&self, table: &TableName) -> Result<()> {
        if self.created().await?.contains(table) {
            return Ok(());
        }
        let sql = self
            .database
            .dialect()
            .bind("INSERT INTO limosa_object (name) VALUES (?)");
        let mut session = self.database.session().await?;
        session
            .execute(&sql, &[Value::Text(table.to_string())])
            .await
            .map(|_| ())
    }

    /// The tables that this migration created, or was about to.
    ///
    /// # Errors
    /// If the database does not answer or a name cannot be read.
    pub async fn created(&self) -> Result<Vec<TableName>> {
        // Gone before the lease, if a removal was cut off.
        if !self.has(BOOKS[2]).await? {
            return Ok(Vec::new());
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT name FROM limosa_object ORDER BY name", &[])
            .await?;
        rows.iter()
            .map(|row| {
                text(&row[0])
                    .parse()
                    .map_err(|error| Error::malformed("read the books", error))
            })
            .collect()
    }
}
