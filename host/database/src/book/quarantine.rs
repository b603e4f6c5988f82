//! The quarantine: rows of which a value did not fit, with key, reason and every original value. It stays in the target.

use std::collections::BTreeMap;

use limosa_model::{MigrationId, Value};

use super::books::{Book, QUARANTINE};
use crate::Result;
use crate::session::{count, text};

impl Book<'_> {
    /// How many rows a migration set aside, by the name of their table in the source.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn set_aside(&self, migration: &MigrationId) -> Result<BTreeMap<String, u64>> {
        if !self.has(QUARANTINE).await? {
            return Ok(BTreeMap::new());
        }
        let sql = self.database.dialect().bind(
            "SELECT source_table, count(*) FROM limosa_quarantine WHERE migration = ? GROUP BY source_table",
        );
        let mut session = self.database.session().await?;
        let bound = [Value::Text(migration.to_string())];
        let rows = session.rows(&sql, &bound).await?;
        Ok(rows
            .iter()
            .map(|row| (text(&row[0]), count(&row[1])))
            .collect())
    }

    /// By table of the source: how many rows are in the quarantine, whoever set them aside.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn all_set_aside(&self) -> Result<BTreeMap<String, u64>> {
        if !self.has(QUARANTINE).await? {
            return Ok(BTreeMap::new());
        }
        let sql = "SELECT source_table, count(*) FROM limosa_quarantine GROUP BY source_table";
        let rows = self.database.session().await?.rows(sql, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| (text(&row[0]), count(&row[1])))
            .collect())
    }

    /// Removes what a migration set aside: its rows are in the source, and nothing of it is left here.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn empty_quarantine(&self, migration: &MigrationId) -> Result<()> {
        if !self.has(QUARANTINE).await? {
            return Ok(());
        }
        let sql = self
            .database
            .dialect()
            .bind("DELETE FROM limosa_quarantine WHERE migration = ?");
        let mut session = self.database.session().await?;
        session
            .execute(&sql, &[Value::Text(migration.to_string())])
            .await?;
        drop(session);
        self.close_quarantine().await
    }

    /// Removes the quarantine if nothing is in it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn close_quarantine(&self) -> Result<()> {
        if !self.has(QUARANTINE).await? {
            return Ok(());
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT 1 FROM limosa_quarantine LIMIT 1", &[])
            .await?;
        drop(session);
        if rows.is_empty() {
            self.database.define("DROP TABLE limosa_quarantine").await?;
        }
        Ok(())
    }
}
