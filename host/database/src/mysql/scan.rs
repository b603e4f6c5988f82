//! Reading rows: a prepared statement, streamed within one consistent snapshot.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use limosa_model::{Batch, BatchBuilder, ColumnType, Fit, Key, KeyRange, Shape, TableName, Value};
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, Transaction};

use super::connection::{MysqlSession, bound};
use super::decode::{append, expression, plain_expression};
use super::dialect::MysqlDialect;
use super::misfits::condition;
use crate::access::{BatchStream, Snapshot, Survey, survey_batches};
use crate::condition::{extent, extent_of, where_keys, where_range};
use crate::error::Attempt;
use crate::session::{Session, count};
use crate::{Dialect, Result};

/// The names of MySQL and MariaDB are quoted alike.
const DIALECT: MysqlDialect = MysqlDialect { mariadb: true };

/// A read-only transaction that sees one state of the database.
pub(super) struct MysqlSnapshot {
    pub(super) transaction: Transaction<'static, MySql>,
}

#[async_trait]
impl Snapshot for MysqlSnapshot {
    async fn scan<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
    ) -> Result<BatchStream<'a>> {
        let mut values = Vec::new();
        let condition = where_range(&DIALECT, key, range, &mut |column, value| {
            bind(&mut values, shape, &key[column], value)
        });
        let order = if key.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", DIALECT.list(key))
        };
        Ok(self.select(table, shape, &format!("{condition}{order}"), values))
    }

    async fn survey(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        fits: &[Fit],
        key: &[String],
        range: &KeyRange,
    ) -> Result<Survey> {
        let conditions: Option<Vec<String>> = shape
            .fields()
            .iter()
            .zip(fits)
            .map(|(field, fit)| condition(&DIALECT.quote(&field.name), &field.column_type, fit))
            .collect();
        let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) else {
            let batches = self.scan(table, shape, key, range).await?;
            return survey_batches(batches, fits).await;
        };
        let mut values = Vec::new();
        let range = where_range(&DIALECT, key, range, &mut |column, value| {
            bind(&mut values, shape, &key[column], value)
        });
        let sums: Vec<String> = conditions
            .iter()
            .map(|condition| format!("CAST(COALESCE(SUM({condition}), 0) AS SIGNED)"))
            .collect();
        let sql = format!(
            "SELECT COUNT(*), {} FROM {}{range}",
            sums.join(", "),
            DIALECT.table(table)
        );
        let rows = MysqlSession(&mut *self.transaction)
            .rows(&sql, &values)
            .await?;
        let mut counts = rows.iter().flatten().map(count);
        Ok(Survey {
            rows: counts.next().unwrap_or_default(),
            misfits: counts.collect(),
        })
    }

    async fn boundary(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        range: &KeyRange,
        rows: u64,
    ) -> Result<Option<Key>> {
        let mut values = Vec::new();
        let condition = where_range(&DIALECT, key, range, &mut |column, value| {
            bind(&mut values, shape, &key[column], value)
        });
        let expressions: Vec<String> = key
            .iter()
            .map(|name| match type_of(shape, name) {
                Some(column_type) => plain_expression(&DIALECT.quote(name), column_type),
                None => DIALECT.quote(name),
            })
            .collect();
        let sql = format!(
            "SELECT {} FROM {}{condition} ORDER BY {} LIMIT 1 OFFSET {}",
            expressions.join(", "),
            DIALECT.table(table),
            DIALECT.list(key),
            rows.saturating_sub(1)
        );
        Ok(MysqlSession(&mut *self.transaction)
            .rows(&sql, &values)
            .await?
            .into_iter()
            .next())
    }

    async fn extent(&mut self, table: &TableName, column: &str) -> Result<Option<(i64, i64)>> {
        let sql = extent(&DIALECT.table(table), &DIALECT.quote(column));
        let rows = MysqlSession(&mut *self.transaction).rows(&sql, &[]).await?;
        Ok(extent_of(&rows))
    }

    async fn fetch(
        &mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        key: &[String],
        keys: &[Key],
    ) -> Result<Vec<Batch>> {
        let mut values = Vec::new();
        let condition = where_keys(&DIALECT, key, keys, &mut |column, value| {
            bind(&mut values, shape, &key[column], value)
        });
        self.select(table, shape, &condition, values)
            .try_collect()
            .await
    }

    async fn count(&mut self, table: &TableName) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", DIALECT.table(table));
        let rows = MysqlSession(&mut *self.transaction).rows(&sql, &[]).await?;
        Ok(rows.first().map_or(0, |row| count(&row[0])))
    }
}

impl MysqlSnapshot {
    fn select<'a>(
        &'a mut self,
        table: &TableName,
        shape: &Arc<Shape>,
        condition: &str,
        values: Vec<Value>,
    ) -> BatchStream<'a> {
        let mut columns: Vec<String> = shape
            .fields()
            .iter()
            .map(|field| expression(&DIALECT.quote(&field.name), &field.column_type))
            .collect();
        if columns.is_empty() {
            // Only rows are asked for, and SQL wants a column.
            columns.push("1".to_owned());
        }
        let sql = format!(
            "SELECT {} FROM {}{condition}",
            columns.join(", "),
            DIALECT.table(table)
        );
        let operation = format!("read table {table}");
        let transaction = &mut self.transaction;
        let rows = async_rows(transaction, sql, values);
        let types = shape
            .fields()
            .iter()
            .map(|field| field.column_type.clone())
            .collect();
        let reader = Reader {
            rows,
            types,
            builder: BatchBuilder::new(shape.clone()),
            operation,
        };
        stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next_batch().await?.map(|batch| (batch, reader)))
        })
        .boxed()
    }
}

/// The rows of a statement that owns its text and values.
fn async_rows<'a>(
    transaction: &'a mut Transaction<'static, MySql>,
    sql: String,
    values: Vec<Value>,
) -> BoxStream<'a, std::result::Result<MySqlRow, sqlx::Error>> {
    let query = values
        .iter()
        .fold(bound(&sql, &[]), |query, value| match value {
            Value::Null => query.bind(None::<String>),
            Value::Boolean(truth) => query.bind(i64::from(*truth)),
            Value::Integer(number) => query.bind(*number),
            Value::Float(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
            Value::Bytes(bytes) | Value::MalformedText(bytes) => query.bind(bytes.clone()),
        });
    query.fetch(&mut **transaction)
}

/// Binds a key value as the type of its column: MySQL compares a number with a text as doubles, which are not exact.
fn bind(values: &mut Vec<Value>, shape: &Shape, column: &str, value: &Value) -> String {
    values.push(value.clone());
    match type_of(shape, column) {
        Some(ColumnType::Unsigned) => "CAST(? AS UNSIGNED)".into(),
        Some(ColumnType::Decimal { precision, scale }) => {
            format!("CAST(? AS DECIMAL({precision},{scale}))")
        }
        Some(ColumnType::Number) => "CAST(? AS DECIMAL(65,30))".into(),
        _ => "?".into(),
    }
}

fn type_of<'a>(shape: &'a Shape, column: &str) -> Option<&'a ColumnType> {
    shape
        .position(column)
        .map(|position| &shape.fields()[position].column_type)
}

struct Reader<'a> {
    rows: BoxStream<'a, std::result::Result<MySqlRow, sqlx::Error>>,
    types: Vec<ColumnType>,
    builder: BatchBuilder,
    operation: String,
}

impl Reader<'_> {
    async fn next_batch(&mut self) -> Result<Option<Batch>> {
        while !self.builder.is_full() {
            let Some(row) = self
                .rows
                .try_next()
                .await
                .attempt(|| self.operation.clone())?
            else {
                break;
            };
            for (column, column_type) in self.types.iter().enumerate() {
                append(&mut self.builder, column, column_type, &row)
                    .attempt(|| self.operation.clone())?;
            }
            self.builder.end_row();
        }
        if self.builder.rows() == 0 {
            return Ok(None);
        }
        self.builder
            .finish()
            .map(Some)
            .attempt(|| self.operation.clone())
    }
}
