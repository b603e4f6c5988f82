//! Reading rows: `COPY … TO STDOUT (FORMAT binary)` within one repeatable-read transaction.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use limosa_model::{Batch, BatchBuilder, ColumnType, Key, KeyRange, Shape, TableName, Value};
use sqlx::{Postgres, Transaction};

use super::catalogue::rows_of;
use super::connection::PostgresSession;
use super::decode::{append, cast};
use super::dialect::PostgresDialect;
use crate::access::{BatchStream, Snapshot};
use crate::condition::{extent, extent_of, where_keys, where_range};
use crate::error::Attempt;
use crate::session::{Session, count};
use crate::{Dialect, Error, Result};

/// Signature, flags and length of the extension (PostgreSQL's manual, `COPY`, "Binary Format").
const HEADER: usize = 19;

/// A read-only transaction that sees one state of the database.
pub(super) struct PostgresSnapshot {
    pub(super) transaction: Transaction<'static, Postgres>,
}

#[async_trait]
impl Snapshot for PostgresSnapshot {
    async fn scan<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
    ) -> Result<BatchStream<'a>> {
        let condition = where_range(&PostgresDialect, key, range, &mut |column, value| {
            literal(shape, &key[column], value)
        });
        let order = if key.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", order_by(key))
        };
        self.copy(table, shape, &format!("{condition}{order}"))
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
        let condition = where_range(&PostgresDialect, key, range, &mut |_, value| {
            untyped_literal(value)
        });
        let texts: Vec<String> = key
            .iter()
            .map(|name| format!("{}::text", PostgresDialect.quote(name)))
            .collect();
        let mut session = PostgresSession(&mut *self.transaction);
        let sql = format!(
            "SELECT {} FROM {} AS here{condition} ORDER BY {} LIMIT 1 OFFSET {}",
            texts.join(", "),
            rows_of(&mut session, table).await?,
            order_by(key),
            rows.saturating_sub(1)
        );
        Ok(session.rows(&sql, &[]).await?.into_iter().next())
    }

    async fn extent(&mut self, table: &TableName, column: &str) -> Result<Option<(i64, i64)>> {
        let mut session = PostgresSession(&mut *self.transaction);
        let rows = rows_of(&mut session, table).await?;
        let sql = extent(&rows, &PostgresDialect.quote(column));
        let rows = session.rows(&sql, &[]).await?;
        Ok(extent_of(&rows))
    }

    async fn fetch(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        keys: &[Key],
    ) -> Result<Vec<Batch>> {
        let condition = where_keys(&PostgresDialect, key, keys, &mut |column, value| {
            literal(shape, &key[column], value)
        });
        self.copy(table, shape, &condition)
            .await?
            .try_collect()
            .await
    }

    async fn count(&mut self, table: &TableName) -> Result<u64> {
        let mut session = PostgresSession(&mut *self.transaction);
        let sql = format!(
            "SELECT count(*) FROM {}",
            rows_of(&mut session, table).await?
        );
        let rows = session.rows(&sql, &[]).await?;
        Ok(rows.first().map_or(0, |row| count(&row[0])))
    }
}

impl PostgresSnapshot {
    async fn copy<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        condition: &str,
    ) -> Result<BatchStream<'a>> {
        let columns: Vec<String> = shape
            .fields()
            .iter()
            .map(|field| {
                format!(
                    "{}::{}",
                    PostgresDialect.quote(&field.name),
                    cast(&field.column_type)
                )
            })
            .collect();
        let sql = format!(
            "COPY (SELECT {} FROM {} AS here{condition}) TO STDOUT (FORMAT binary)",
            columns.join(", "),
            rows_of(&mut PostgresSession(&mut *self.transaction), table).await?
        );
        let operation = format!("read table {table}");
        let rows = self
            .transaction
            .copy_out_raw(&sql)
            .await
            .attempt(|| operation.clone())?;
        let reader = Reader {
            rows: rows
                .map(|message| message.map(|bytes| bytes.to_vec()))
                .boxed(),
            pending: Vec::new(),
            header_seen: false,
            done: false,
            types: shape
                .fields()
                .iter()
                .map(|field| field.column_type.clone())
                .collect(),
            builder: BatchBuilder::new(shape.clone()),
            operation,
        };
        Ok(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next_batch().await?.map(|batch| (batch, reader)))
        })
        .boxed())
    }
}

/// The key's columns in the table: a bare name would mean what is selected under it, often a text.
fn order_by(key: &[String]) -> String {
    key.iter()
        .map(|name| format!("here.{}", PostgresDialect.quote(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A key value as a literal that takes its column's type. Keys come from the database or the plan; quoting is
/// complete because `standard_conforming_strings` is set and text holds no NUL.
fn literal(shape: &Shape, column: &str, value: &Value) -> String {
    let cast = match value {
        // A boundary's text, or a text key: the column says what it is.
        Value::Text(_) => "",
        _ => shape.position(column).map_or("", |position| {
            match shape.fields()[position].column_type {
                ColumnType::Bytes { .. } => "::bytea",
                _ => "",
            }
        }),
    };
    format!("{}{cast}", untyped_literal(value))
}

fn untyped_literal(value: &Value) -> String {
    let text = match value {
        Value::Null => return "NULL".into(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:e}"),
        Value::Text(text) => text.replace('\'', "''"),
        Value::Bytes(bytes) | Value::MalformedText(bytes) => {
            format!(
                "\\x{}",
                bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            )
        }
    };
    format!("'{text}'")
}

struct Reader<'a> {
    rows: BoxStream<'a, std::result::Result<Vec<u8>, sqlx::Error>>,
    /// What has arrived and is not decoded; messages need not end where rows do.
    pending: Vec<u8>,
    header_seen: bool,
    done: bool,
    types: Vec<ColumnType>,
    builder: BatchBuilder,
    operation: String,
}

impl Reader<'_> {
    async fn next_batch(&mut self) -> Result<Option<Batch>> {
        while !self.done && !self.builder.is_full() {
            match self.rows.next().await {
                Some(message) => {
                    let message = message.attempt(|| self.operation.clone())?;
                    if self.pending.is_empty() {
                        self.pending = message;
                    } else {
                        self.pending.extend_from_slice(&message);
                    }
                    let used = self.decode()?;
                    if used == self.pending.len() {
                        self.pending.clear();
                    } else {
                        self.pending.drain(..used);
                    }
                }
                None => {
                    return Err(Error::malformed(
                        &self.operation,
                        "the server ended the rows without a trailer",
                    ));
                }
            }
        }
        if self.done {
            // The end of the protocol's exchange, which a connection needs before its next statement.
            while let Some(message) = self.rows.next().await {
                message.attempt(|| self.operation.clone())?;
            }
        }
        if self.builder.rows() == 0 {
            return Ok(None);
        }
        self.builder
            .finish()
            .map(Some)
            .attempt(|| self.operation.clone())
    }

    /// Decodes whole rows from the front; answers with the bytes used.
    fn decode(&mut self) -> Result<usize> {
        let mut at = 0;
        if !self.header_seen {
            if self.pending.len() < HEADER {
                return Ok(0);
            }
            self.header_seen = true;
            at = HEADER;
        }
        'rows: loop {
            let Some(columns) = word::<2>(&self.pending, at).map(i16::from_be_bytes) else {
                return Ok(at);
            };
            if columns == -1 {
                self.done = true;
                return Ok(self.pending.len());
            }
            if usize::try_from(columns).ok() != Some(self.types.len()) {
                return Err(Error::malformed(
                    &self.operation,
                    format!("a row of {columns} columns"),
                ));
            }
            // The row is whole before any of it is taken.
            let mut end = at + 2;
            for _ in 0..columns {
                let Some(length) = word::<4>(&self.pending, end).map(i32::from_be_bytes) else {
                    break 'rows;
                };
                end += 4 + usize::try_from(length).unwrap_or(0);
            }
            if end > self.pending.len() {
                break;
            }
            let mut from = at + 2;
            for (column, column_type) in self.types.iter().enumerate() {
                let length = word::<4>(&self.pending, from).map_or(-1, i32::from_be_bytes);
                from += 4;
                let Ok(length) = usize::try_from(length) else {
                    self.builder.null(column);
                    continue;
                };
                append(
                    &mut self.builder,
                    column,
                    column_type,
                    &self.pending[from..from + length],
                )
                .map_err(|error| Error::malformed(&self.operation, error))?;
                from += length;
            }
            self.builder.end_row();
            at = end;
        }
        Ok(at)
    }
}

fn word<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
