//! The traits that every adapter implements: a database, a snapshot of it to read, a chunk to load into it.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{Stream, StreamExt};
use limosa_model::{
    Batch, Catalogue, Engine, Fit, Key, KeyRange, MigrationId, Shape, TableName, TablePlan, Value,
};

use crate::script::Script;
use crate::session::Session;
use crate::{Dialect, Endpoint, Result, mysql, postgres, sqlite};

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is only read; every connection refuses to write where the engine can.
    Source,
    /// It is written. A SQLite file that does not exist is created on the first write.
    Target,
}

/// Opens a database and sees that it answers.
///
/// # Errors
/// If the URL is wrong, the server does not answer in time, or the file is no database.
pub async fn open(url: &str, role: Role) -> Result<Arc<dyn Database>> {
    let endpoint = Endpoint::parse(url)?;
    Ok(match endpoint.engine() {
        Engine::Sqlite => Arc::new(sqlite::SqliteDatabase::open(endpoint, role).await?),
        Engine::Postgres => Arc::new(postgres::PostgresDatabase::open(endpoint, role).await?),
        Engine::Mysql => Arc::new(mysql::MysqlDatabase::open(endpoint, role).await?),
    })
}

/// A database.
#[async_trait]
pub trait Database: Send + Sync + fmt::Debug {
    /// How the engine writes things.
    fn dialect(&self) -> &dyn Dialect;

    /// How the engine writes statements for people.
    fn script(&self) -> &dyn Script;

    /// Which database this is.
    fn endpoint(&self) -> &Endpoint;

    /// The schema that names without one mean here; `None`: there are no schemas.
    fn own_schema(&self) -> Option<&str> {
        None
    }

    /// The server's product and version.
    fn version(&self) -> &str;

    /// What is there. Reads every table's definition. Only a source is asked what cannot be carried elsewhere, and has the rows
    /// counted of which its server has no estimate: a target is looked at again and again.
    async fn catalogue(&self) -> Result<Catalogue>;

    /// Whether anybody wrote since this was opened; `None`: the engine does not tell. SQLite does.
    async fn was_written(&self) -> Result<Option<bool>> {
        Ok(None)
    }

    /// A consistent view for reading; short-lived, one per chunk. Dropping it ends it.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>>;

    /// Opens a chunk for loading: the lease is checked and the ledger row inserted before any row.
    async fn begin(&self, claim: &Claim) -> Result<Begun>;

    /// How many chunks may be loaded at the same time.
    fn loads_at_once(&self) -> usize;

    /// A session for the books and for definitions.
    async fn session(&self) -> Result<Box<dyn Session>>;

    /// Ends the sessions that a host which lost its lease left in the middle of a chunk.
    async fn evict(&self, migration: &MigrationId, epoch: i64) -> Result<()>;

    /// All rows of a probe's statement, in a read-only transaction with a deadline. More rows than the limit is an error.
    async fn query(&self, sql: &str, row_limit: usize, deadline: Duration) -> Result<Batch>;

    /// Has a probe's statement prepared: that its tables, columns and functions are there. Nothing of it runs.
    async fn prepare(&self, sql: &str) -> Result<()>;

    /// What tells this database from every other, by whichever user and name it is reached. For comparison only.
    async fn identity(&self) -> Result<String>;

    /// What this database would store of treated rows that come back into the columns that they came from, by position, for
    /// the columns with a [`stored_type`](Dialect::stored_type); `None`: it has no form for the value. Nothing is written into it.
    async fn stored_again(
        &self,
        table: &TablePlan,
        rows: &Batch,
    ) -> Result<BTreeMap<usize, Vec<Option<Value>>>>;

    /// Removes a database that a migration made from nothing, if it is empty again. Only a SQLite file is ever made.
    async fn discard_if_new(&self) -> Result<()> {
        Ok(())
    }

    /// Whether a table is there. Creates nothing.
    async fn has_table(&self, name: &str) -> Result<bool> {
        let rows = self
            .session()
            .await?
            .rows(
                self.dialect().table_exists(),
                &[Value::Text(name.to_owned())],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Runs one definition (`CREATE`, `ALTER`, `DROP`, `ANALYZE`).
    async fn define(&self, statement: &str) -> Result<()> {
        tracing::debug!(statement, "definition");
        self.session()
            .await?
            .execute(statement, &[])
            .await
            .map(|_| ())
    }
}

/// Batches as they arrive.
pub type BatchStream<'a> = Pin<Box<dyn Stream<Item = Result<Batch>> + Send + 'a>>;

/// A consistent view of a database.
#[async_trait]
pub trait Snapshot: Send {
    /// The rows of a range, in the order of the key where there is one, in the types of the shape. The shape's
    /// names are columns of the table. A value that does not fit its type is an exception of its batch.
    async fn scan<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
    ) -> Result<BatchStream<'a>>;

    /// Looks at every value of a range: how many of each column of the shape do not have its type, or do not fit into what
    /// stands beside it.
    async fn survey(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        fits: &[Fit],
        key: &[String],
        range: &KeyRange,
    ) -> Result<Survey> {
        let batches = self.scan(table, shape, key, range).await?;
        survey_batches(batches, fits).await
    }

    /// The key of row number `rows` of the range, counted from 1; `None` if the range has fewer.
    /// Reads keys only.
    async fn boundary(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
        rows: u64,
    ) -> Result<Option<Key>>;

    /// The smallest and the greatest value of a key column of integers; `None` if there are no rows, or other values.
    async fn extent(&mut self, table: &TableName, column: &str) -> Result<Option<(i64, i64)>>;

    /// The rows with these keys, those that exist, in any order. For some hundreds of keys at a time.
    async fn fetch(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        keys: &[Key],
    ) -> Result<Vec<Batch>>;

    /// The exact number of rows.
    async fn count(&mut self, table: &TableName) -> Result<u64>;
}

/// What a look at every value of some columns came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The rows.
    pub rows: u64,
    /// By column, the values that do not fit.
    pub misfits: Vec<u64>,
}

/// Looks at the values of a scan.
pub(crate) async fn survey_batches(mut batches: BatchStream<'_>, fits: &[Fit]) -> Result<Survey> {
    let (mut rows, mut misfits) = (0, vec![0; fits.len()]);
    let mut found = Vec::new();
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.len() as u64;
        for (column, fit) in fits.iter().enumerate() {
            fit.misfits(&batch, column, &mut found);
            misfits[column] += found.len() as u64;
            found.clear();
        }
    }
    Ok(Survey { rows, misfits })
}

/// The right to load one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The migration.
    pub migration: MigrationId,
    /// The epoch of the lease under which the chunk is loaded.
    pub epoch: i64,
    /// The table in the source.
    pub table: TableName,
    /// Its rows.
    pub range: KeyRange,
    /// Its place among the chunks of the table: grows with the keys.
    pub ordinal: i64,
}

/// What came of a claim.
pub enum Begun {
    /// The chunk is in the target.
    AlreadyDone,
    /// Another host holds the lease: nothing may be written.
    LeaseLost,
    /// The chunk is open.
    Open(Box<dyn Load>),
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyDone => "AlreadyDone",
            Self::LeaseLost => "LeaseLost",
            Self::Open(_) => "Open",
        })
    }
}

/// A chunk being loaded, in one transaction. Dropping it rolls back.
#[async_trait]
pub trait Load: Send {
    /// Writes rows in the plan's carried types. Any number of calls.
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()>;

    /// Writes the number of rows and the notes into the ledger and commits. `false`: the lease was lost and nothing was written.
    /// An error means that the outcome is unknown: claim again and see.
    async fn commit(self: Box<Self>, rows: u64, notes: &str) -> Result<bool>;
}
