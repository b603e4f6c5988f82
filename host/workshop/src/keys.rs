//! What a plugin looks keys up in where there is no database.

use std::collections::BTreeSet;

use async_trait::async_trait;
use limosa_model::{Batch, Lookup, LookupError, Value};

/// The keys that a case names.
pub(crate) struct Keys(pub(crate) BTreeSet<Vec<String>>);

#[async_trait]
impl Lookup for Keys {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        let columns: Vec<usize> = (0..keys.shape().fields().len()).collect();
        let exists = |row| {
            let values = keys.values(row, &columns);
            values.contains(&Value::Null)
                || self
                    .0
                    .contains(&values.into_iter().map(text).collect::<Vec<_>>())
        };
        Ok((0..keys.len()).map(exists).collect())
    }
}

/// Every key exists but those of these values.
pub(crate) struct AllBut(pub(crate) Vec<Value>);

#[async_trait]
impl Lookup for AllBut {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        let columns: Vec<usize> = (0..keys.shape().fields().len()).collect();
        let exists = |row| {
            let key = keys.values(row, &columns);
            !key.iter().all(|value| self.0.contains(value))
        };
        Ok((0..keys.len()).map(exists).collect())
    }
}

/// Keys that are said to exist or not by what they are: the same key always gets the same answer, and about one of `one_in` is
/// missing.
pub(crate) struct MadeUpKeys {
    pub(crate) one_in: u64,
}

#[async_trait]
impl Lookup for MadeUpKeys {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        let columns: Vec<usize> = (0..keys.shape().fields().len()).collect();
        let exists = |row| {
            let values = keys.values(row, &columns);
            let hash = values.iter().fold(FNV_BASIS, |hash, value| {
                let text = format!("{value:?}\u{1}");
                text.bytes().fold(hash, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
                })
            });
            values.contains(&Value::Null) || !(hash >> 17).is_multiple_of(self.one_in.max(1))
        };
        Ok((0..keys.len()).map(exists).collect())
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): of the standard library's hashes none is promised to stay the same.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Integer(number) => number.to_string(),
        other => other.to_string(),
    }
}
