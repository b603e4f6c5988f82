//! Whoever wants to see how a migration goes: a progress bar, a log, an application that embeds Limosa.

use crate::{Stage, StageOutcome, TableName};

/// Something that happened, as it happens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A stage begins.
    StageStarted {
        /// Which.
        stage: Stage,
    },
    /// A stage is over.
    StageEnded {
        /// Which.
        stage: Stage,
        /// How.
        outcome: StageOutcome,
    },
    /// Work on the rows of a table begins.
    TableStarted {
        /// What is done to the rows: `copy`, `compare`, `check`.
        work: &'static str,
        /// Which.
        table: TableName,
        /// An estimate of its rows.
        rows: u64,
    },
    /// More rows are done.
    Rows {
        /// Of which table.
        table: TableName,
        /// How many since the last call.
        rows: u64,
    },
    /// A table is done.
    TableEnded {
        /// Which.
        table: TableName,
    },
    /// Something that a person should know, in one sentence.
    Note {
        /// The sentence.
        text: String,
    },
}

/// Is told what happens. Called from the thread that does the work, many times a second: it must not wait.
pub trait Observer: Send + Sync {
    /// Called for each event, in order within a table.
    fn observe(&self, progress: &Progress);
}

/// Looks away.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _progress: &Progress) {}
}
