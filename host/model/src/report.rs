//! What a run tells about itself, for programs and, rendered, for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Code, ColumnFidelity, Finding, NotCarried, Stage, StageOutcome, TableName, Usage, Verdict,
};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything asked for was done.
    Completed,
    /// It stopped; what is left is said in the errors.
    Failed,
    /// It stopped and what it created was removed.
    RolledBack,
    /// Only looked.
    DryRun,
}

impl Outcome {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::RolledBack => "rolled-back",
            Self::DryRun => "dry-run",
        }
    }
}

/// The machine-readable result of `migrate`, `validate`, `check` and `diff`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What was run: `migrate`, `validate`, `check`, `diff`.
    pub command: String,
    /// The migration's name; empty where there is none.
    pub migration: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The source, without secrets.
    pub source: String,
    /// The target, without secrets; empty where there is none.
    pub target: String,
    /// When it began, in UTC.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// The stages that were entered.
    pub stages: Vec<StageReport>,
    /// The tables.
    pub tables: Vec<TableReport>,
    /// The checks.
    pub checks: Vec<CheckReport>,
    /// The transforms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<TransformReport>,
    /// What the target does not have.
    pub not_carried: Vec<NotCarried>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// What went wrong.
    pub errors: Vec<ErrorReport>,
}

/// One stage of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// How it ended.
    pub outcome: StageOutcome,
    /// How long it took in this run.
    pub seconds: f64,
}

/// One table of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableReport {
    /// The table in the source.
    pub table: TableName,
    /// Its rows in the source.
    pub source_rows: u64,
    /// Its rows in the target.
    pub target_rows: u64,
    /// Its rows in the quarantine table, since a value of each did not fit.
    #[serde(default)]
    pub quarantined_rows: u64,
    /// Rows that were made of those of the source, where a transform makes the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_rows: Option<u64>,
    /// What became of the values that crossed, column by column; empty where nothing was copied.
    #[serde(default)]
    pub columns: Vec<ColumnFidelity>,
    /// Every value of every row was compared and found equal.
    pub verified: bool,
    /// Rows that differ or are on one side only.
    pub differing_rows: u64,
    /// A few of them, with the columns that differ.
    pub differences: Vec<String>,
    /// How long the table took.
    pub seconds: f64,
}

impl TableReport {
    /// The rows that the target is to have.
    pub fn expected_rows(&self) -> u64 {
        let fit = self.source_rows.saturating_sub(self.quarantined_rows);
        self.made_rows.unwrap_or(fit)
    }
}

/// One check of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckReport {
    /// The binding in its text form.
    pub check: String,
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// The table.
    pub table: TableName,
    /// Where it ran: `source`, `target` or `in-flight`.
    pub at: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Rows that it saw.
    pub rows: u64,
    /// How many by code.
    pub findings: BTreeMap<String, u64>,
    /// How many by code were accepted by the baseline.
    pub accepted: BTreeMap<String, u64>,
    /// What the codes mean.
    pub messages: BTreeMap<String, String>,
    /// A few rows by code.
    pub samples: Vec<Sample>,
    /// Why it is inconclusive, if it is.
    pub reason: Option<String>,
    /// What its plugin used in this run.
    #[serde(default)]
    pub usage: Usage,
    /// What it might have used.
    #[serde(default)]
    pub allowed: Allowed,
}

/// One transform of a run: what it made of the rows stands under their tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TransformReport {
    /// The binding in its text form.
    pub transform: String,
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// The table that it reads.
    pub table: TableName,
    /// What its plugin used in this run: to look at the rows beforehand, to make them, and to compare.
    pub usage: Usage,
    /// What it might have used.
    pub allowed: Allowed,
}

/// What one instance of a plugin may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// Bytes of linear memory.
    pub memory_bytes: u64,
    /// Time to start.
    #[serde(default)]
    pub start_nanoseconds: u64,
    /// Time of one call.
    pub call_nanoseconds: u64,
    /// Time of all calls.
    pub session_nanoseconds: u64,
    /// Batches at once.
    #[serde(default)]
    pub batches: u64,
    /// Rows that are named by their key; more are counted.
    #[serde(default)]
    pub named_rows: u64,
    /// Lines of its log that are shown.
    #[serde(default)]
    pub log_lines: u64,
    /// Lookups and statements of one call.
    #[serde(default)]
    pub questions_of_a_call: u64,
    /// Rows of a statement.
    #[serde(default)]
    pub statement_rows: u64,
    /// Time of a lookup or statement, by the clock of the host.
    #[serde(default)]
    pub question_nanoseconds: u64,
}

/// A row that was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// Under which code.
    pub code: String,
    /// Which row.
    #[serde(flatten)]
    pub row: Finding,
}

/// An error as a program reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// A code of the error table.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl ErrorReport {
    /// An error with all its causes. Drivers repeat their source in their own words; it is said once.
    pub fn new(code: Code, error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !message.contains(&words) {
                message.push_str(": ");
                message.push_str(&words);
            }
            cause = error.source();
        }
        Self {
            code: code.text().into(),
            message,
            remedy: code.remedy().into(),
        }
    }
}
