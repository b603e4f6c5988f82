//! Reading rows: one thread steps through the statement and hands batches over.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use limosa_model::{
    Batch, BatchBuilder, ColumnType, Fit, Key, KeyRange, Shape, TableName, Value, canonical_number,
};
use rusqlite::Connection;

use super::connection::{Bound, blocking, query, value_of};
use super::decode::{Cells, Misfits, append};
use super::dialect::SqliteDialect;
use crate::access::{BatchStream, Snapshot, Survey};
use crate::condition::{extent, extent_of, placeholders, where_keys, where_range};
use crate::error::Attempt;
use crate::probe::{Answer, no_question, operation};
use crate::session::count;
use crate::{Dialect, Error, Kind, Result};

/// Batches that wait for whoever takes them.
const AHEAD: usize = 2;

/// A read transaction.
pub(super) struct SqliteSnapshot {
    connection: Option<Connection>,
}

impl SqliteSnapshot {
    /// Begins one.
    pub(super) async fn begin(connection: Connection) -> Result<Self> {
        let mut snapshot = Self {
            connection: Some(connection),
        };
        blocking(&mut snapshot.connection, |connection| {
            connection
                .execute_batch("BEGIN")
                .attempt(|| "begin to read".into())
        })
        .await?;
        Ok(snapshot)
    }
}

#[async_trait]
impl Snapshot for SqliteSnapshot {
    async fn scan<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
    ) -> Result<BatchStream<'a>> {
        let (sql, values) = select(table, shape, key, range);
        let Some(connection) = self.connection.take() else {
            return Err(Error::impossible(
                Kind::Unreachable,
                "the connection was closed by an earlier failure",
            ));
        };
        let (sender, receiver) = tokio::sync::mpsc::channel(AHEAD);
        let (shape, operation) = (shape.clone(), format!("read table {table}"));
        let reading = tokio::task::spawn_blocking(move || {
            let hand_over = |batch| sender.blocking_send(Ok(batch)).is_ok();
            let result = step_through(&connection, &sql, &values, shape, &operation, hand_over);
            if let Err(error) = result {
                // Nobody listens any more if the reader went away; then nobody needs the error.
                let _ = sender.blocking_send(Err(error));
            }
            connection
        });
        let state = (receiver, Some(reading), &mut self.connection);
        Ok(
            stream::unfold(state, |(mut receiver, mut reading, home)| async move {
                if let Some(batch) = receiver.recv().await {
                    return Some((batch, (receiver, reading, home)));
                }
                // The thread is done: the connection goes home, or its panic is told.
                match reading.take()?.await {
                    Ok(connection) => {
                        *home = Some(connection);
                        None
                    }
                    Err(panic) => {
                        let error = Error::Statement {
                            operation: "read SQLite".into(),
                            kind: Kind::Invalid,
                            source: panic.into(),
                        };
                        Some((Err(error), (receiver, None, home)))
                    }
                }
            })
            .boxed(),
        )
    }

    async fn survey(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        fits: &[Fit],
        key: &[String],
        range: &KeyRange,
    ) -> Result<Survey> {
        let (sql, values) = select(table, shape, key, range);
        let (shape, operation) = (shape.clone(), format!("read table {table}"));
        let fits = fits.to_vec();
        blocking(&mut self.connection, move |connection| {
            let (mut rows, mut misfits) = (0, Misfits::new(fits));
            each_row(connection, &sql, &values, &operation, |row| {
                rows += 1;
                take(&mut misfits, row, &shape, &operation)?;
                Ok(true)
            })?;
            Ok(Survey {
                rows,
                misfits: misfits.counts,
            })
        })
        .await
    }

    async fn boundary(
        &mut self,
        table: &TableName,
        _shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
        rows: u64,
    ) -> Result<Option<Key>> {
        let mut values = Vec::new();
        let condition = where_range(
            &SqliteDialect,
            key,
            range,
            &mut placeholders(&SqliteDialect, &mut values),
        );
        let list = SqliteDialect.list(key);
        let sql = format!(
            "SELECT {list} FROM {}{condition} ORDER BY {list} LIMIT 1 OFFSET {}",
            SqliteDialect.table(table),
            rows.saturating_sub(1)
        );
        let operation = format!("read the keys of table {table}");
        blocking(&mut self.connection, move |connection| {
            Ok(query(connection, &sql, &values)
                .attempt(|| operation)?
                .into_iter()
                .next())
        })
        .await
    }

    async fn extent(&mut self, table: &TableName, column: &str) -> Result<Option<(i64, i64)>> {
        let sql = extent(&SqliteDialect.table(table), &SqliteDialect.quote(column));
        let operation = format!("read the keys of table {table}");
        blocking(&mut self.connection, move |connection| {
            Ok(extent_of(
                &query(connection, &sql, &[]).attempt(|| operation)?,
            ))
        })
        .await
    }

    async fn fetch(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        keys: &[Key],
    ) -> Result<Vec<Batch>> {
        let names: Vec<String> = shape
            .fields()
            .iter()
            .map(|field| field.name.clone())
            .collect();
        let mut values = Vec::new();
        let condition = where_keys(&SqliteDialect, key, keys, &mut |column, value| {
            values.push(stored(shape, &key[column], value));
            SqliteDialect.placeholder(values.len())
        });
        let sql = format!(
            "SELECT {} FROM {}{condition}",
            SqliteDialect.list(&names),
            SqliteDialect.table(table)
        );
        let (shape, operation) = (shape.clone(), format!("read rows of table {table}"));
        blocking(&mut self.connection, move |connection| {
            let mut batches = Vec::new();
            step_through(connection, &sql, &values, shape, &operation, |batch| {
                batches.push(batch);
                true
            })?;
            Ok(batches)
        })
        .await
    }

    async fn count(&mut self, table: &TableName) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", SqliteDialect.table(table));
        let operation = format!("count the rows of table {table}");
        blocking(&mut self.connection, move |connection| {
            let rows = query(connection, &sql, &[]).attempt(|| operation)?;
            Ok(rows.first().map_or(0, |row| count(&row[0])))
        })
        .await
    }
}

/// A key value as a load stores it: a decimal kept as text has no zeros at its end.
fn stored(shape: &Shape, column: &str, value: &Value) -> Value {
    let column_type = shape
        .position(column)
        .map(|position| &shape.fields()[position].column_type);
    match (value, column_type) {
        (Value::Text(text), Some(ColumnType::Decimal { .. })) => {
            Value::Text(canonical_number(text).unwrap_or_else(|| text.clone()))
        }
        _ => value.clone(),
    }
}

/// The rows of a range in the order of the key, where there is one.
fn select(
    table: &TableName,
    shape: &Shape,
    key: &[String],
    range: &KeyRange,
) -> (String, Vec<Value>) {
    let names: Vec<String> = shape
        .fields()
        .iter()
        .map(|field| field.name.clone())
        .collect();
    let columns = if names.is_empty() {
        "1".to_owned()
    } else {
        SqliteDialect.list(&names)
    };
    let mut values = Vec::new();
    let condition = where_range(
        &SqliteDialect,
        key,
        range,
        &mut placeholders(&SqliteDialect, &mut values),
    );
    let order = if key.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", SqliteDialect.list(key))
    };
    let sql = format!(
        "SELECT {columns} FROM {}{condition}{order}",
        SqliteDialect.table(table)
    );
    (sql, values)
}

/// The hot loop: no allocation a row, one copy from SQLite's page to the batch. Stops once nobody takes the batches.
fn step_through(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    shape: Arc<Shape>,
    operation: &str,
    mut hand_over: impl FnMut(Batch) -> bool,
) -> Result<()> {
    let mut builder = BatchBuilder::new(shape.clone());
    each_row(connection, sql, values, operation, |row| {
        take(&mut builder, row, &shape, operation)?;
        builder.end_row();
        if !builder.is_full() {
            return Ok(true);
        }
        let batch = builder.finish().attempt(|| operation.to_owned())?;
        Ok(hand_over(batch))
    })?;
    if builder.rows() > 0 {
        let batch = builder.finish().attempt(|| operation.to_owned())?;
        hand_over(batch);
    }
    Ok(())
}

/// Steps through a statement as long as `see` wants more.
fn each_row(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    operation: &str,
    mut see: impl FnMut(&rusqlite::Row<'_>) -> Result<bool>,
) -> Result<()> {
    let mut statement = connection.prepare(sql).attempt(|| operation.to_owned())?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(values.iter().map(Bound)))
        .attempt(|| operation.to_owned())?;
    while let Some(row) = rows.next().attempt(|| operation.to_owned())? {
        if !see(row)? {
            break;
        }
    }
    Ok(())
}

/// Gives the values of a row to their columns.
fn take(
    cells: &mut impl Cells,
    row: &rusqlite::Row<'_>,
    shape: &Shape,
    operation: &str,
) -> Result<()> {
    for (column, field) in shape.fields().iter().enumerate() {
        // Not by `attempt`, which would move each value once more.
        match row.get_ref(column) {
            Ok(value) => append(cells, column, &field.column_type, value),
            Err(error) => return Err(error).attempt(|| operation.to_owned()),
        }
    }
    Ok(())
}

/// All rows of a probe's statement.
pub(super) fn collect(connection: &Connection, sql: &str, row_limit: usize) -> Result<Batch> {
    let mut statement = connection.prepare(sql).attempt(operation)?;
    let names = statement.column_names().into_iter().map(str::to_owned);
    let mut answer = Answer::within(row_limit);
    answer.names = names.collect();
    let columns = answer.names.len();
    if columns == 0 || !statement.readonly() {
        return Err(no_question());
    }
    let mut rows = statement.query([]).attempt(operation)?;
    while let Some(row) = rows.next().attempt(operation)? {
        let values = (0..columns).map(|column| row.get_ref(column).map(value_of));
        let values = values.collect::<rusqlite::Result<_>>();
        answer.take(values.attempt(operation)?)?;
    }
    answer.batch()
}
