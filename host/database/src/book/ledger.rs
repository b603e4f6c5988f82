//! The ledger: which chunks are in the target. A chunk's row is written before its rows and commits with them.

use limosa_model::{Engine, KeyRange, TableName, Value};

use super::books::Book;
use super::lease::read_epoch;
use crate::session::{Session, count, number, text};
use crate::{Claim, Dialect, Error, Result};

/// A chunk that is in the target.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The table in the source.
    pub table: TableName,
    /// Its rows.
    pub range: KeyRange,
    /// How many they are.
    pub rows: u64,
    /// Its place among the chunks of the table: grows with the keys.
    pub ordinal: i64,
}

impl Book<'_> {
    /// The chunks that are in the target, without the notes on them.
    ///
    /// # Errors
    /// If the database does not answer or a row is not ours to read.
    pub async fn entries(&self) -> Result<Vec<Entry>> {
        let mut session = self.database.session().await?;
        let sql = "SELECT source_table, key_range, row_count, ordinal FROM limosa_ledger ORDER BY source_table, ordinal";
        let rows = session.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                let table = text(&row[0])
                    .parse()
                    .map_err(|error| Error::malformed("read the ledger", error))?;
                let range = serde_json::from_str(&text(&row[1]))
                    .map_err(|error| Error::malformed("read the ledger", error))?;
                Ok(Entry {
                    table,
                    range,
                    rows: count(&row[2]),
                    ordinal: number(&row[3]),
                })
            })
            .collect()
    }

    /// The rows of a chunk that is in the target, and the load's notes on it.
    ///
    /// # Errors
    /// If the database does not answer or a row is not ours to read.
    pub async fn chunk(
        &self,
        table: &TableName,
        range: &KeyRange,
    ) -> Result<Option<(u64, String)>> {
        let mut session = self.database.session().await?;
        let sql = self.database.dialect().bind("SELECT row_count, notes FROM limosa_ledger WHERE source_table = ? AND range_digest = ?");
        let range = serde_json::json!(range).to_string();
        let bound = [
            Value::Text(table.to_string()),
            Value::Text(range_digest(&range)),
        ];
        let rows = session.rows(&sql, &bound).await?;
        Ok(rows.first().map(|row| (count(&row[0]), text(&row[1]))))
    }

    /// The notes of the loads on a table's chunks, where they had something to note.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn notes(&self, table: &TableName) -> Result<Vec<String>> {
        let mut session = self.database.session().await?;
        let sql = self.database.dialect().bind("SELECT notes FROM limosa_ledger WHERE source_table = ? AND notes <> '' ORDER BY ordinal");
        let rows = session
            .rows(&sql, &[Value::Text(table.to_string())])
            .await?;
        Ok(rows.iter().map(|row| text(&row[0])).collect())
    }
}

/// How opening a chunk went; the session is in a transaction only if it is open.
pub(crate) enum Opening {
    Open,
    AlreadyDone,
    LeaseLost,
}

/// Within a transaction that the adapter began: checks the epoch, inserts the ledger row.
pub(crate) async fn open_chunk(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
) -> Result<Opening> {
    if read_epoch(session, "").await? != Some(claim.epoch) {
        return Ok(Opening::LeaseLost);
    }
    if is_loaded(session, dialect, claim).await? {
        return Ok(Opening::AlreadyDone);
    }
    let range = serde_json::json!(claim.range).to_string();
    // The unique key holds off a second loader of the same chunk: it waits here, and then finds the row. PostgreSQL
    // answers nothing more in a transaction with an error, so there must be none; MySQL has no such clause, and goes on.
    let without_error = match dialect.engine() {
        Engine::Sqlite | Engine::Postgres => " ON CONFLICT DO NOTHING",
        Engine::Mysql => "",
    };
    let sql = dialect.bind(&format!(
        "INSERT INTO limosa_ledger (source_table, range_digest, key_range, ordinal, epoch, row_count, notes) VALUES (?, ?, ?, ?, ?, 0, ''){without_error}"
    ));
    let bound = [
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
        Value::Text(range),
        Value::Integer(claim.ordinal),
        Value::Integer(claim.epoch),
    ];
    match session.execute(&sql, &bound).await {
        Ok(0) => Ok(Opening::AlreadyDone),
        Ok(_) => Ok(Opening::Open),
        Err(error) => match is_loaded(session, dialect, claim).await {
            Ok(true) => Ok(Opening::AlreadyDone),
            Ok(false) | Err(_) => Err(error),
        },
    }
}

async fn is_loaded(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
) -> Result<bool> {
    let range = serde_json::json!(claim.range).to_string();
    let sql =
        dialect.bind("SELECT 1 FROM limosa_ledger WHERE source_table = ? AND range_digest = ?");
    let bound = [
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
    ];
    Ok(!session.rows(&sql, &bound).await?.is_empty())
}

/// Before the commit: completes the ledger row, and sees under a lock that the lease is still held.
pub(crate) async fn close_chunk(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
    rows: u64,
    notes: &str,
) -> Result<bool> {
    let range = serde_json::json!(claim.range).to_string();
    let sql = dialect.bind("UPDATE limosa_ledger SET row_count = ?, notes = ? WHERE source_table = ? AND range_digest = ?");
    let bound = [
        Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX)),
        Value::Text(notes.to_owned()),
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
    ];
    session.execute(&sql, &bound).await?;
    Ok(read_epoch(session, dialect.share_lock()).await? == Some(claim.epoch))
}

/// A key range is of any length and an index is not: the ledger's key holds its digest.
fn range_digest(range: &str) -> String {
    limosa_model::digest(range.as_bytes())
}
