//! The checks of a run: what they are, where they ran, and what a report says of each.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind, CheckOutcome, CheckReport, CodeFindings, Sample};
use limosa_plugin::{Plugin, Scope};

use super::baseline::{Baseline, FindingLog};

/// Rows a code that a report shows.
pub const SAMPLES: usize = 20;

/// A binding with its plugin.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it looks at.
    pub binding: CheckBinding,
    /// What looks.
    pub plugin: Arc<Plugin>,
}

/// All checks of a run.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The checks.
    pub all: Vec<Check>,
    /// What was accepted.
    pub baseline: Arc<Baseline>,
}

impl Checks {
    /// Whether any looks at more than the rows on their way.
    pub(crate) fn need_whole_tables(&self) -> bool {
        self.all.iter().any(|check| {
            let manifest = check.plugin.manifest();
            manifest.kind == CheckKind::Probe || manifest.scope == Scope::Table
        })
    }

    /// Writes all that was found into the log, and counts as accepted what the baseline accepts.
    pub fn settle(&self, mut outcome: CheckOutcome, log: &FindingLog) -> CheckOutcome {
        log.write(&outcome);
        self.baseline.apply(&mut outcome);
        outcome
    }

    /// The report of each check that has an outcome.
    pub fn reports(&self, outcomes: &BTreeMap<(At, String), CheckOutcome>) -> Vec<CheckReport> {
        outcomes
            .iter()
            .filter_map(|((at, name), outcome)| {
                let check = self
                    .all
                    .iter()
                    .find(|check| check.binding.to_string() == *name)?;
                Some(report(check, *at, outcome))
            })
            .collect()
    }
}

/// Where a check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// On the source.
    Source,
    /// On the rows as the target will have them, on their way.
    InFlight,
    /// On the target.
    Target,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::InFlight => "in-flight",
            Self::Target => "target",
        })
    }
}

fn report(check: &Check, at: At, outcome: &CheckOutcome) -> CheckReport {
    let manifest = check.plugin.manifest();
    let by_code = |count: fn(&CodeFindings) -> u64| {
        outcome
            .findings
            .iter()
            .map(|findings| (findings.code.clone(), count(findings)))
            .collect::<BTreeMap<_, _>>()
    };
    CheckReport {
        check: outcome.check.clone(),
        plugin: manifest.name.clone(),
        version: manifest.version.to_string(),
        digest: check.plugin.digest().to_owned(),
        table: check.binding.table.clone(),
        at: at.to_string(),
        verdict: outcome.verdict(),
        rows: outcome.rows,
        findings: by_code(|findings| findings.count),
        accepted: by_code(|findings| findings.accepted),
        messages: outcome
            .findings
            .iter()
            .map(|findings| (findings.code.clone(), findings.message.clone()))
            .collect(),
        samples: outcome
            .findings
            .iter()
            .flat_map(|findings| {
                let rows = findings.rows.iter().take(SAMPLES);
                rows.map(|row| Sample {
                    code: findings.code.clone(),
                    row: row.clone(),
                })
            })
            .collect(),
        reason: outcome.inconclusive.clone(),
        usage: outcome.usage.clone(),
        allowed: check.plugin.limits().allowed(),
    }
}
