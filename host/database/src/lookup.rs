//! Whether keys exist in a table, for plugins: answered from memory where they fit, else through a snapshot.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use async_trait::async_trait;
use futures_util::StreamExt;
use limosa_model::{
    Batch, ColumnType, Field, Key, KeyRange, Lookup, LookupError, Shape, TableName, Value,
    canonical_number,
};
use tokio::sync::OnceCell;

use crate::integers::Integers;
use crate::{Database, Error, Result};

/// Keys that are held in memory; a larger table is asked batch by batch.
const MOST_KEYS: u64 = 4_000_000;
/// Bytes that keys held in memory may take.
const MOST_BYTES: usize = 256 << 20;
/// Keys to a question.
const KEYS_AT_ONCE: usize = 400;

/// Answers whether keys exist in a table.
pub fn lookup(
    database: Arc<dyn Database>,
    table: TableName,
    columns: Vec<String>,
    types: Vec<ColumnType>,
) -> Arc<dyn Lookup> {
    let fields = columns
        .iter()
        .zip(types)
        .map(|(name, column_type)| Field {
            name: name.clone(),
            column_type,
            nullable: true,
        })
        .collect();
    Arc::new(TableLookup {
        database,
        table,
        columns,
        shape: Shape::new(fields),
        known: OnceCell::new(),
    })
}

struct TableLookup {
    database: Arc<dyn Database>,
    table: TableName,
    columns: Vec<String>,
    shape: Arc<Shape>,
    known: OnceCell<Known>,
}

enum Known {
    Integers(Integers),
    Keys(HashSet<Key>),
    TooMany,
}

impl TableLookup {
    /// Reads the keys once, if they fit in memory.
    async fn load(&self) -> Result<Known> {
        let mut snapshot = self.database.snapshot().await?;
        if snapshot.count(&self.table).await? > MOST_KEYS {
            return Ok(Known::TooMany);
        }
        let mut batches = snapshot
            .scan(&self.table, &self.shape, &[], &KeyRange::ALL)
            .await?;
        if self.is_one_integer() {
            let mut integers = Vec::new();
            while let Some(batch) = batches.next().await {
                // What does not fit, a text among integers, is a key that no integer equals.
                integers.extend(
                    batch?
                        .column(0)
                        .as_primitive::<Int64Type>()
                        .iter()
                        .flatten(),
                );
            }
            return Ok(Known::Integers(Integers::new(&integers)));
        }
        let (mut keys, mut bytes) = (HashSet::new(), 0);
        while let Some(batch) = batches.next().await {
            for key in self.keys(&batch?) {
                bytes += key
                    .iter()
                    .map(|value| value.heap_size() + size_of::<Value>())
                    .sum::<usize>();
                keys.insert(key);
            }
            if bytes > MOST_BYTES {
                return Ok(Known::TooMany);
            }
        }
        Ok(Known::Keys(keys))
    }

    fn is_one_integer(&self) -> bool {
        matches!(self.shape.fields(), [field] if matches!(field.column_type, ColumnType::Integer { .. }))
    }

    fn keys(&self, batch: &Batch) -> Vec<Key> {
        let is_number =
            |column: usize| self.shape.fields()[column].column_type == ColumnType::Number;
        // One number is one key, whatever zeros stand at its end.
        let plain = |column: usize, value: Value| match value {
            Value::Text(text) if is_number(column) => {
                Value::Text(canonical_number(&text).unwrap_or(text))
            }
            other => other,
        };
        let columns = 0..self.columns.len();
        let key = |row| {
            let values = columns.clone();
            values
                .map(|column| plain(column, batch.value(row, column)))
                .collect()
        };
        (0..batch.len()).map(key).collect()
    }

    /// Asks for those keys of the batch that are not null.
    async fn ask(&self, keys: &[Key]) -> Result<HashSet<Key>> {
        let mut distinct: Vec<Key> = keys.to_vec();
        distinct.sort();
        distinct.dedup();
        let mut snapshot = self.database.snapshot().await?;
        let mut found = HashSet::new();
        for group in distinct.chunks(KEYS_AT_ONCE) {
            for batch in snapshot
                .fetch(&self.table, &self.shape, &self.columns, group)
                .await?
            {
                found.extend(self.keys(&batch));
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl Lookup for TableLookup {
    async fn exists(&self, keys: &Batch) -> std::result::Result<Vec<bool>, LookupError> {
        let failed = |error: Error| failure(self.table.to_string(), &error);
        let known = self
            .known
            .get_or_try_init(|| self.load())
            .await
            .map_err(failed)?;
        if let Known::Integers(known) = known
            && keys.exceptions().is_empty()
            && let Some(numbers) = keys.column(0).as_primitive_opt::<Int64Type>()
        {
            let is_there = |number: Option<i64>| number.is_none_or(|number| known.contains(number));
            return Ok(numbers.iter().map(is_there).collect());
        }
        let rows = self.keys(keys);
        let has_null = |key: &Key| key.contains(&Value::Null);
        Ok(match known {
            Known::Integers(known) => rows
                .iter()
                .map(|key| {
                    has_null(key)
                        || matches!(key[0], Value::Integer(number) if known.contains(number))
                })
                .collect(),
            Known::Keys(known) => rows
                .iter()
                .map(|key| has_null(key) || known.contains(key))
                .collect(),
            Known::TooMany => {
                let asked: Vec<Key> = rows.iter().filter(|key| !has_null(key)).cloned().collect();
                let found = self.ask(&asked).await.map_err(failed)?;
                rows.iter()
                    .map(|key| has_null(key) || found.contains(key))
                    .collect()
            }
        })
    }
}

/// What a plugin is told of a failure: the error with its cause.
pub(crate) fn failure(target: String, error: &Error) -> LookupError {
    let message = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    LookupError { target, message }
}
