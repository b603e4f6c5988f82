//! The baseline: findings that a person has accepted, and the log that they are taken from.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use limosa_model::{CheckOutcome, Code, Key};
use serde_json::json;

use crate::{Error, Result};

/// Findings that a person has accepted, so that they do not fail a migration again.
#[derive(Clone, Debug, Default)]
pub struct Baseline(BTreeSet<Accepted>);

/// One of them: the check, the code, and the row by the names and values of its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
struct Accepted {
    check: String,
    code: String,
    columns: Vec<String>,
    key: Key,
}

impl Baseline {
    /// Reads lines of JSON, each `{"check", "code", "columns", "key"}`, as a [`FindingLog`] writes them.
    ///
    /// Rows without a key are passed over: a number says nothing of the row that will have it next time.
    ///
    /// # Errors
    /// If a line cannot be read; the message names it.
    pub fn parse(text: &str) -> Result<Self> {
        let mut accepted = BTreeSet::new();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let line: Accepted = serde_json::from_str(line).map_err(|error| {
                Error::refused(
                    Code::Configuration,
                    format!(
                        "line {} of the baseline cannot be read: {error}",
                        number + 1
                    ),
                )
            })?;
            if !line.columns.is_empty() {
                accepted.insert(line);
            }
        }
        Ok(Self(accepted))
    }

    /// Moves what was accepted from the findings of an outcome to its count of accepted ones.
    pub(super) fn apply(&self, outcome: &mut CheckOutcome) {
        if self.0.is_empty() {
            return;
        }
        for findings in &mut outcome.findings {
            let before = findings.rows.len();
            let (check, code) = (outcome.check.clone(), findings.code.clone());
            findings.rows.retain(|row| {
                !self.0.contains(&Accepted {
                    check: check.clone(),
                    code: code.clone(),
                    columns: row.columns.clone(),
                    key: row.key.clone(),
                })
            });
            findings.accepted += (before - findings.rows.len()) as u64;
        }
    }
}

/// Where every finding goes, whatever the report shows of them.
#[derive(Clone, Default)]
pub struct FindingLog(Option<Arc<Mutex<dyn Write + Send>>>);

impl FindingLog {
    /// Into a file or whatever else can be written to.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Some(Arc::new(Mutex::new(out))))
    }

    /// Writes the rows of an outcome, one line each. A log that cannot be written to is told about; it stops no migration.
    pub fn write(&self, outcome: &CheckOutcome) {
        let Some(out) = &self.0 else { return };
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        for findings in &outcome.findings {
            for row in &findings.rows {
                let line = json!({
                    "check": outcome.check, "code": findings.code, "columns": row.columns, "key": row.key,
                });
                if let Err(error) = writeln!(out, "{line}") {
                    tracing::warn!(%error, "the findings cannot be written");
                    return;
                }
            }
        }
    }
}

impl fmt::Debug for FindingLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FindingLog")
    }
}
