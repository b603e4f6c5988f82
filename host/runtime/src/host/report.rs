//! The report of one command, from its first moment to what came of it.

use std::time::Instant;

use limosa_database::Endpoint;
use limosa_model::{Code, ErrorReport, Outcome, Report};
use limosa_scheduler::wall_clock;

use crate::{Result, Settings};

/// A report under way; it counts as failed until it ends well.
pub(super) struct Draft {
    pub(super) report: Report,
    clock: Instant,
}

impl Draft {
    pub(super) fn begin(settings: &Settings, command: &str) -> Self {
        Self::since(Instant::now(), settings, command)
    }

    /// Of a command that has been at work since then.
    pub(super) fn since(clock: Instant, settings: &Settings, command: &str) -> Self {
        // As it is shown, without its password.
        let shown = |url: &str| {
            Endpoint::parse(url)
                .map(|endpoint| endpoint.to_string())
                .unwrap_or_default()
        };
        let report = Report {
            command: command.into(),
            migration: String::new(),
            outcome: Outcome::Failed,
            source: shown(&settings.source),
            target: settings.target.as_deref().map(shown).unwrap_or_default(),
            started: wall_clock(clock),
            seconds: 0.0,
            stages: Vec::new(),
            tables: Vec::new(),
            checks: Vec::new(),
            transforms: Vec::new(),
            not_carried: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
        };
        Self { report, clock }
    }

    /// Completed, unless an error is in it by now.
    pub(super) fn end(self, result: Result<()>) -> Report {
        let mut report = self.report;
        if let Err(error) = result {
            report.errors.push(error.report());
        }
        if report.errors.is_empty() {
            report.outcome = Outcome::Completed;
        }
        report.seconds = self.clock.elapsed().as_secs_f64();
        report
    }
}

/// 0 success, 1 failure, 2 success with warnings.
pub fn exit_code(report: &Report) -> u8 {
    let failed = !report.errors.is_empty()
        || matches!(report.outcome, Outcome::Failed | Outcome::RolledBack);
    if failed {
        1
    } else {
        u8::from(!report.warnings.is_empty()) * 2
    }
}

/// What a command found, as the error that it reports.
pub(super) fn found(code: Code, message: String) -> ErrorReport {
    ErrorReport {
        code: code.text().into(),
        message,
        remedy: code.remedy().into(),
    }
}
