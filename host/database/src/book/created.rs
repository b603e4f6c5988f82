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
        self.note(&table.to_string(), "table").await
    }

    /// The same of a type.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn will_create_type(&self, name: &TableName) -> Result<()> {
        self.note(&name.to_string(), "type").await
    }

    /// The same of a schema.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn will_create_schema(&self, name: &str) -> Result<()> {
        self.note(name, "schema").await
    }

    async fn note(&self, name: &str, kind: &str) -> Result<()> {
        if self.names(kind).await?.iter().any(|known| known == name) {
            return Ok(());
        }
        let sql = self
            .database
            .dialect()
            .bind("INSERT INTO limosa_object (name, kind) VALUES (?, ?)");
        let mut session = self.database.session().await?;
        let bound = [Value::Text(name.into()), Value::Text(kind.into())];
        session.execute(&sql, &bound).await.map(|_| ())
    }

    /// The tables that this migration created, or was about to.
    ///
    /// # Errors
    /// If the database does not answer or a name cannot be read.
    pub async fn created(&self) -> Result<Vec<TableName>> {
        self.parsed("table").await
    }

    /// The types that this migration created, or was about to.
    ///
    /// # Errors
    /// If the database does not answer or a name cannot be read.
    pub async fn created_types(&self) -> Result<Vec<TableName>> {
        self.parsed("type").await
    }

    /// The schemas that this migration created, or was about to.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn created_schemas(&self) -> Result<Vec<String>> {
        self.names("schema").await
    }

    async fn parsed(&self, kind: &str) -> Result<Vec<TableName>> {
        let names = self.names(kind).await?;
        let parsed = names.iter().map(|name| name.parse());
        parsed
            .map(|name| name.map_err(|error| Error::malformed("read the books", error)))
            .collect()
    }

    async fn names(&self, kind: &str) -> Result<Vec<String>> {
        // Gone before the lease, if a removal was cut off.
        if !self.has(BOOKS[2]).await? {
            return Ok(Vec::new());
        }
        let mut session = self.database.session().await?;
        let sql = self
            .database
            .dialect()
            .bind("SELECT name FROM limosa_object WHERE kind = ? ORDER BY name");
        let rows = session.rows(&sql, &[Value::Text(kind.into())]).await?;
        Ok(rows.iter().map(|row| text(&row[0])).collect())
    }
}
