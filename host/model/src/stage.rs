//! The eight stages of a migration.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A stage; they run in this order and each ends with a checkpoint in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Connect, read both catalogues, plan, see that the target may be written.
    Preparation,
    /// Create the target's tables.
    SchemaSync,
    /// Copy every row, checked on its way; then keys and indexes.
    InitialSync,
    /// Checks that need whole tables, and the comparison of both sides.
    Validation,
    /// Foreign keys, sequences, statistics.
    CutoverPreparation,
    /// See that the source stood still, and declare the target the one in charge.
    Cutover,
    /// The target's catalogue is what the plan says.
    PostCutoverValidation,
    /// Remove what only the migration needed.
    Cleanup,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::Preparation,
        Self::SchemaSync,
        Self::InitialSync,
        Self::Validation,
        Self::CutoverPreparation,
        Self::Cutover,
        Self::PostCutoverValidation,
        Self::Cleanup,
    ];

    /// The name in journal, report and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preparation => "preparation",
            Self::SchemaSync => "schema-sync",
            Self::InitialSync => "initial-sync",
            Self::Validation => "validation",
            Self::CutoverPreparation => "cutover-preparation",
            Self::Cutover => "cutover",
            Self::PostCutoverValidation => "post-cutover-validation",
            Self::Cleanup => "cleanup",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageOutcome {
    /// Done and verified.
    Completed,
    /// Done by an earlier run of this migration.
    Resumed,
    /// Left out because the person asked for it.
    Skipped,
    /// Ended by an error.
    Failed,
    /// Stopped by the person; the same command goes on.
    Interrupted,
}
