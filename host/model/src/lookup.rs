//! What plugins may ask a database: whether keys exist, and the reviewed statements of a probe.

use async_trait::async_trait;

use crate::Batch;

/// Why a lookup could not be answered; the check that asked is inconclusive.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the lookup in `{target}` failed: {message}")]
pub struct LookupError {
    /// The configured name of what was looked into.
    pub target: String,
    /// What went wrong, without values.
    pub message: String,
}

/// A set of keys that can be asked for membership.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// One answer a row of `keys`: whether its values, column by column, exist. Called for each batch, from
    /// a plugin's thread, which waits for it. A row with a null counts as existing.
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError>;
}

/// Runs the statements of a probe, already filled with quoted identifiers, in a read-only transaction.
#[async_trait]
pub trait Query: Send + Sync {
    /// All rows of the statement; more than `row_limit` rows, or a missed deadline, is an error and never a part.
    async fn run(&self, sql: &str, row_limit: usize) -> Result<Batch, LookupError>;
}
