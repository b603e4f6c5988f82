//! The statements of probes: run in a transaction that only reads, their rows read back as one batch.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use limosa_model::{Batch, BatchBuilder, ColumnType, Field, LookupError, Query, Shape, Value};
use sqlx::{AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Statement, Transaction};

use crate::error::Attempt;
use crate::lookup::failure;
use crate::question::Bounds;
use crate::{Database, Error, Kind, Result};

/// Runs the statements of probes that stay within their bounds, each within `deadline`.
pub fn probe(database: Arc<dyn Database>, bounds: Bounds, deadline: Duration) -> Arc<dyn Query> {
    Arc::new(Probe {
        database,
        bounds,
        deadline,
    })
}

struct Probe {
    database: Arc<dyn Database>,
    bounds: Bounds,
    deadline: Duration,
}

#[async_trait]
impl Query for Probe {
    async fn run(&self, sql: &str, row_limit: usize) -> std::result::Result<Batch, LookupError> {
        // Looked at when the plugin was installed, and again before each time that it is sent.
        self.bounds.admit(sql).map_err(|reason| LookupError {
            target: "query".into(),
            message: reason,
        })?;
        self.database
            .query(sql, row_limit, self.deadline)
            .await
            .map_err(|error| failure("query".into(), &error))
    }
}

/// What was attempted, in the errors of each adapter.
pub(crate) fn operation() -> String {
    "run the statement of a probe".to_owned()
}

/// Asks a server, whose rows `values_of` reads, in a transaction that its adapter began.
pub(crate) async fn ask<Server>(
    mut transaction: Transaction<'_, Server>,
    sql: &str,
    row_limit: usize,
    values_of: fn(&Server::Row) -> std::result::Result<Vec<Value>, sqlx::Error>,
) -> Result<Batch>
where
    Server: sqlx::Database,
    for<'c> &'c mut Server::Connection: Executor<'c, Database = Server>,
{
    // Prepared first: that takes one statement only, which cannot end the transaction for another to write, and it tells
    // a definition, which would end the transaction by itself.
    understand(&mut transaction, sql).await?;
    let mut answer = Answer::within(row_limit);
    {
        // The statement was filled with quoted identifiers by the host, from a reviewed manifest.
        let mut stream = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(&mut *transaction);
        while let Some(row) = stream.try_next().await.attempt(operation)? {
            if answer.names.is_empty() {
                let columns = row.columns().iter();
                answer.names = columns.map(|column| column.name().to_owned()).collect();
            }
            answer.take(values_of(&row).attempt(operation)?)?;
        }
    }
    transaction.rollback().await.attempt(operation)?;
    answer.batch()
}

/// Has a server prepare a statement, in a transaction that its adapter began, and runs nothing of it.
pub(crate) async fn prepare<Server>(
    mut transaction: Transaction<'_, Server>,
    sql: &str,
) -> Result<()>
where
    Server: sqlx::Database,
    for<'c> &'c mut Server::Connection: Executor<'c, Database = Server>,
{
    understand(&mut transaction, sql).await?;
    transaction.rollback().await.attempt(operation)
}

async fn understand<Server>(transaction: &mut Transaction<'_, Server>, sql: &str) -> Result<()>
where
    Server: sqlx::Database,
    for<'c> &'c mut Server::Connection: Executor<'c, Database = Server>,
{
    let prepared = transaction
        .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
        .await
        .attempt(operation)?;
    if prepared.columns().is_empty() {
        return Err(no_question());
    }
    Ok(())
}

/// What a probe's statement gives at most: it is held in memory, and crosses to the plugin as one batch.
const MOST_BYTES: usize = 64 << 20;

/// The rows that a probe's statement gives, within its bounds. Over one of them is a failure, never fewer rows.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Of the columns.
    pub(crate) names: Vec<String>,
    rows: Vec<Vec<Value>>,
    row_limit: usize,
    bytes: usize,
}

impl Answer {
    /// With room for so many rows.
    pub(crate) fn within(row_limit: usize) -> Self {
        Self {
            names: Vec::new(),
            rows: Vec::new(),
            row_limit,
            bytes: 0,
        }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// If that is one too many, or they have become too large.
    pub(crate) fn take(&mut self, row: Vec<Value>) -> Result<()> {
        let over = |what: String| {
            let message = format!("the statement of a probe gives more than {what}");
            Err(Error::impossible(Kind::Invalid, message))
        };
        if self.rows.len() == self.row_limit {
            return over(format!("{} rows", self.row_limit));
        }
        let sizes = row
            .iter()
            .map(|value| size_of::<Value>() + value.heap_size());
        self.bytes += sizes.sum::<usize>();
        if self.bytes > MOST_BYTES {
            return over(format!("{} MiB", MOST_BYTES >> 20));
        }
        self.rows.push(row);
        Ok(())
    }

    /// All of them.
    pub(crate) fn batch(self) -> Result<Batch> {
        batch_of(self.names, &self.rows)
    }
}

/// The rows of a query as a batch: each column in the type that all its values share, or else as text.
fn batch_of(names: Vec<String>, rows: &[Vec<Value>]) -> Result<Batch> {
    let fields = names.into_iter().enumerate().map(|(column, name)| {
        let mut classes = rows
            .iter()
            .map(|row| &row[column])
            .filter(|value| **value != Value::Null)
            .map(Value::class);
        let first = classes.next().unwrap_or("text");
        let column_type = match first {
            _ if classes.any(|class| class != first) => ColumnType::TEXT,
            "integer" => ColumnType::Integer { bytes: 8 },
            "boolean" => ColumnType::Boolean,
            "float" => ColumnType::Float { bytes: 8 },
            "bytes" => ColumnType::BYTES,
            _ => ColumnType::TEXT,
        };
        Field {
            name,
            column_type,
            nullable: true,
        }
    });
    let mut builder = BatchBuilder::new(Shape::new(fields.collect()));
    for row in rows {
        for (column, value) in row.iter().enumerate() {
            match value {
                Value::Null => builder.null(column),
                Value::Boolean(truth) => builder.integer(column, i64::from(*truth)),
                Value::Integer(number) => builder.integer(column, *number),
                Value::Float(number) => builder.float(column, *number),
                Value::Text(text) => builder.text(column, text),
                Value::Bytes(bytes) => builder.bytes(column, bytes),
                Value::MalformedText(_) => builder.misfit(column, value.clone()),
            }
        }
        builder.end_row();
    }
    builder
        .finish()
        .attempt(|| "read the rows of a probe".into())
}

/// For a statement that gives no rows by its nature.
pub(crate) fn no_question() -> Error {
    Error::impossible(
        Kind::Denied,
        "the statement of a probe asks for nothing: it must be a SELECT",
    )
}
