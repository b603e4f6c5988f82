//! What a report comes to: the sums and yes-or-no answers by which the words are chosen.

use std::collections::BTreeMap;
use std::time::Duration;

use limosa_model::{Outcome, Report, Stage, StageOutcome, StageReport, TableReport, Verdict};

/// What the words of the verdict are chosen by.
pub(super) struct Facts<'a> {
    pub(super) report: &'a Report,
    /// Copied, compared or, in a dry run, to be copied.
    pub(super) rows: u64,
    /// Tables whose every value was compared and found equal.
    pub(super) verified: usize,
    /// Tables that are not equal.
    pub(super) differing: usize,
    pub(super) differing_rows: u64,
    /// How the stage that compares both sides ended; none outside of a migration and where it was not reached.
    pub(super) validation: Option<StageOutcome>,
    /// How many checks came to each.
    verdicts: BTreeMap<Verdict, usize>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let tables = &report.tables;
        let counted = |table: &TableReport| match report.outcome {
            Outcome::DryRun => table.source_rows,
            _ if report.command == "migrate" => table.target_rows,
            _ => table.source_rows,
        };
        let mut verdicts = BTreeMap::new();
        for check in &report.checks {
            *verdicts.entry(check.verdict).or_default() += 1;
        }
        Self {
            report,
            rows: total(tables.iter().map(counted)),
            verified: tables.iter().filter(|table| table.verified).count(),
            differing: tables
                .iter()
                .filter(|table| differs(report.outcome, table))
                .count(),
            differing_rows: total(tables.iter().map(|table| table.differing_rows)),
            validation: report
                .stages
                .iter()
                .find(|stage| stage.stage == Stage::Validation)
                .map(|stage| stage.outcome),
            verdicts,
        }
    }

    /// Of the stage that copies; of the whole run where there are no stages. None if an earlier run copied a part.
    pub(super) fn rate(&self) -> Option<u64> {
        let stages = &self.report.stages;
        let resumed = |stage: &StageReport| stage.outcome == StageOutcome::Resumed;
        if self.report.outcome == Outcome::DryRun || self.rows == 0 || stages.iter().any(resumed) {
            return None;
        }
        let seconds = match stages
            .iter()
            .find(|stage| stage.stage == Stage::InitialSync)
        {
            Some(stage) => stage.seconds,
            None if self.report.checks.is_empty() => self.report.seconds,
            // The time of checks is not that of reading rows.
            None => self.report.tables.iter().map(|table| table.seconds).sum(),
        };
        let milliseconds = Duration::try_from_secs_f64(seconds).ok()?.as_millis();
        let rate = u128::from(self.rows) * 1_000 / Some(milliseconds).filter(|time| *time > 0)?;
        u64::try_from(rate).ok()
    }

    /// How many checks came to this verdict.
    pub(super) fn checks(&self, verdict: Verdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    /// Whether the command only looked at databases.
    pub(super) fn looks(&self) -> bool {
        !matches!(self.report.command.as_str(), "migrate" | "rollback")
    }

    /// Something other than what was looked for ended the run.
    pub(super) fn is_cut_short(&self) -> bool {
        let judgements = ["DATA_002", "CHECK_001", "PLUG_002"];
        let errors = &self.report.errors;
        errors.is_empty()
            || errors
                .iter()
                .any(|error| !judgements.contains(&error.code.as_str()))
    }

    /// Whether every value of every table was compared and found equal.
    pub(super) fn is_compared(&self) -> bool {
        self.verified == self.report.tables.len()
    }

    /// Whether there is nothing to look at.
    pub(super) fn is_spotless(&self) -> bool {
        self.report.warnings.is_empty()
            && self
                .verdicts
                .keys()
                .all(|verdict| *verdict == Verdict::Pass)
    }

    pub(super) fn has_error(&self, code: &str) -> bool {
        self.report.errors.iter().any(|error| error.code == code)
    }
}

/// Counts need not differ where values do; before anything is copied, counts differ and mean nothing.
pub(super) fn differs(outcome: Outcome, table: &TableReport) -> bool {
    table.differing_rows > 0
        || (outcome != Outcome::DryRun && table.expected_rows() != table.target_rows)
}

/// A report may be read back from any file: sums of its numbers must not overflow.
pub(super) fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}
