//! The events of the journal: what was asked, begun and ended, each chained to the one before by its hash.

use serde::{Deserialize, Serialize};

use crate::{MigrationId, Stage, digest};

/// The SHA-256 of an event and all before it, in hexadecimal.
pub type Hash = String;

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 1 within the migration.
    pub sequence: u64,
    /// The migration.
    pub migration: MigrationId,
    /// When it was written, in UTC, as the writing host saw it.
    pub at: String,
    /// Who asked: user, host and process.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The hash of the event before; empty for the first.
    pub previous: Hash,
}

impl Event {
    /// The hash that the next event names.
    pub fn hash(&self) -> Hash {
        digest(serde_json::json!(self).to_string().as_bytes())
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// A migration was asked for.
    Started {
        /// The source, without secrets.
        source: String,
        /// The target, without secrets.
        target: String,
    },
    /// A process took it up: the first, or one that resumes.
    Resumed {
        /// The epoch of the lease that it holds.
        epoch: i64,
        /// The digest of the plan that it follows.
        plan: String,
    },
    /// A stage began.
    StageStarted {
        /// Which.
        stage: Stage,
    },
    /// A stage was done and verified: a checkpoint.
    StageCompleted {
        /// Which.
        stage: Stage,
    },
    /// A stage was left out on request.
    StageSkipped {
        /// Which.
        stage: Stage,
    },
    /// The run ended before its end; the same command goes on.
    Stopped {
        /// In which stage.
        stage: Stage,
        /// The error code, or none if a person stopped it.
        code: Option<String>,
        /// What happened, without secrets.
        message: String,
    },
    /// What the migration created is being removed.
    RollbackStarted {
        /// Why.
        reason: String,
    },
    /// The target is as it was before.
    RolledBack,
    /// All stages are done.
    Completed,
}
