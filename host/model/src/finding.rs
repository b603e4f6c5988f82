//! What checks found: counts, a few samples, and a verdict that is only ever as good as what was seen.

use serde::{Deserialize, Serialize};

use crate::{Key, Usage, Value};

/// How bad a finding is, as its manifest declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To be looked at.
    Warning,
    /// Wrong.
    Error,
}

/// What a check comes to. Ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was seen and nothing is wrong that was not accepted before.
    Pass,
    /// Findings of severity warning.
    Warning,
    /// Findings of severity error.
    Fail,
    /// Not everything was seen: a trap, a limit, an error. Never counts as passed.
    Inconclusive,
}

impl Verdict {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warning => "warning",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One row that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The names of the key's columns; none if the row has no key.
    pub columns: Vec<String>,
    /// The row's key; for a probe, the row of its statement; for a table without key, the row's number.
    pub key: Key,
}

impl Finding {
    /// `id = 5, name = 'x'`, or `row 5`.
    pub fn describe(&self) -> String {
        if let (true, [number]) = (self.columns.is_empty(), self.key.as_slice()) {
            return format!("row {number}");
        }
        let parts: Vec<String> = self
            .columns
            .iter()
            .zip(&self.key)
            .map(|(column, value)| match value {
                Value::Null => format!("{column} is null"),
                value => format!("{column} = {value}"),
            })
            .collect();
        parts.join(", ")
    }
}

/// What was found under one code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeFindings {
    /// The code that the manifest declares.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it means, with names filled in.
    pub message: String,
    /// How many in all.
    pub count: u64,
    /// How many of them the baseline accepts.
    pub accepted: u64,
    /// Rows found and not accepted: all of one chunk while it is at work, a few in the report.
    pub rows: Vec<Finding>,
}

/// What one check came to on some rows: a chunk, or the whole table once merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// The binding in its text form.
    pub check: String,
    /// Rows that it saw.
    pub rows: u64,
    /// What it found, by code.
    pub findings: Vec<CodeFindings>,
    /// Why it did not see everything, if it did not.
    pub inconclusive: Option<String>,
    /// What it used in this run: no part of what is kept of a chunk.
    #[serde(skip)]
    pub usage: Usage,
}

impl CheckOutcome {
    /// A check that could not say anything.
    pub fn inconclusive(check: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            rows: 0,
            findings: Vec::new(),
            inconclusive: Some(reason.into()),
            usage: Usage::default(),
        }
    }

    /// What this comes to.
    pub fn verdict(&self) -> Verdict {
        if self.inconclusive.is_some() {
            return Verdict::Inconclusive;
        }
        self.findings
            .iter()
            .filter(|findings| findings.count > findings.accepted)
            .map(|findings| match findings.severity {
                Severity::Warning => Verdict::Warning,
                Severity::Error => Verdict::Fail,
            })
            .max()
            .unwrap_or(Verdict::Pass)
    }

    /// Takes the outcome on other rows in, keeping at most `samples` rows a code.
    pub fn merge(&mut self, other: Self, samples: usize) {
        self.rows += other.rows;
        self.usage.merge(&other.usage);
        if self.inconclusive.is_none() {
            self.inconclusive = other.inconclusive;
        }
        for more in other.findings {
            match self
                .findings
                .iter_mut()
                .find(|findings| findings.code == more.code)
            {
                Some(findings) => {
                    findings.count += more.count;
                    findings.accepted += more.accepted;
                    findings.rows.extend(more.rows);
                    findings.rows.truncate(samples);
                }
                None => {
                    let mut more = more;
                    more.rows.truncate(samples);
                    self.findings.push(more);
                }
            }
        }
        self.findings.sort_by(|a, b| a.code.cmp(&b.code));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(severity: Severity, count: u64, accepted: u64) -> CheckOutcome {
        let findings = CodeFindings {
            code: "negative".into(),
            severity,
            message: String::new(),
            count,
            accepted,
            rows: vec![Finding {
                columns: vec!["id".into()],
                key: vec![Value::Integer(1)],
            }],
        };
        CheckOutcome {
            check: "c".into(),
            rows: 10,
            findings: vec![findings],
            inconclusive: None,
            usage: Usage::default(),
        }
    }

    #[test]
    fn a_verdict_is_the_worst_that_was_not_accepted() {
        assert_eq!(outcome(Severity::Error, 2, 1).verdict(), Verdict::Fail);
        assert_eq!(outcome(Severity::Error, 2, 2).verdict(), Verdict::Pass);
        assert_eq!(outcome(Severity::Warning, 1, 0).verdict(), Verdict::Warning);
        let mut merged = outcome(Severity::Error, 1, 1);
        merged.merge(CheckOutcome::inconclusive("c", "trap"), 5);
        assert_eq!(merged.verdict(), Verdict::Inconclusive);
    }

    #[test]
    fn merging_counts_everything_and_keeps_a_few() {
        let mut merged = outcome(Severity::Error, 1, 0);
        for _ in 0..9 {
            merged.merge(outcome(Severity::Error, 1, 0), 3);
        }
        assert_eq!(
            (
                merged.rows,
                merged.findings[0].count,
                merged.findings[0].rows.len()
            ),
            (100, 10, 3)
        );
    }
}
