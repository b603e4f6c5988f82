//! What stands on the page and how much of it: the worst first, and the rest counted.

use std::time::Duration;

use limosa_model::{
    Allowed, CheckReport, ErrorReport, NotCarried, Report, Stage, StageOutcome, StageReport,
    TableReport, TransformReport, Usage, Verdict,
};
use serde::Serialize;

use super::facts::{Facts, differs, total};
use super::format::{count, duration};
use super::sentences::not_passed;
use super::verdict::Banner;

/// Sample rows of one check, and differences of one table: what a person still reads.
const MOST_SAMPLES: usize = 200;
/// Tables, checks, warnings and so on that have a line of their own: some 40 printed pages.
const MOST_LINES: usize = 500;

/// What the template sees.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    tool_version: &'static str,
    most_samples: usize,
    title: &'static str,
    command: &'a str,
    migration: &'a str,
    outcome: &'static str,
    source: &'a str,
    target: &'a str,
    started: &'a str,
    seconds: f64,
    verdict: Banner,
    rows: u64,
    verified: usize,
    differing: usize,
    rate: Option<u64>,
    passed: usize,
    not_passed: String,
    validation: Option<StageOutcome>,
    stages: &'a [StageReport],
    not_reached: Vec<Stage>,
    tables: Lines<&'a TableReport>,
    rest_rows: u64,
    rest_verified: usize,
    checks: Lines<CheckLine<'a>>,
    transforms: Lines<TransformLine<'a>>,
    not_carried: Lines<&'a NotCarried>,
    warnings: Lines<&'a String>,
    errors: Lines<&'a ErrorReport>,
}

impl<'a> Page<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let facts = Facts::of(report);
        let entered = |stage: &Stage| report.stages.iter().any(|entered| entered.stage == *stage);
        let not_reached = Stage::ALL.into_iter().filter(|stage| !entered(stage));
        // The worst first, so that what is cut off is what is well.
        let mut tables: Vec<&TableReport> = report.tables.iter().collect();
        tables.sort_by_key(|table| !differs(report.outcome, table));
        let rest = &tables[tables.len().min(MOST_LINES)..];
        let mut checks: Vec<&CheckReport> = report.checks.iter().collect();
        checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        let mut not_carried: Vec<&NotCarried> = report.not_carried.iter().collect();
        not_carried.sort_by_key(|item| &item.kind);
        Self {
            tool_version: env!("CARGO_PKG_VERSION"),
            most_samples: MOST_SAMPLES,
            title: title(&report.command),
            command: &report.command,
            migration: &report.migration,
            outcome: report.outcome.name(),
            source: &report.source,
            target: &report.target,
            started: &report.started,
            seconds: report.seconds,
            verdict: Banner::of(&facts),
            rows: facts.rows,
            verified: facts.verified,
            differing: facts.differing,
            rate: facts.rate(),
            passed: facts.checks(Verdict::Pass),
            not_passed: not_passed(&facts),
            validation: facts.validation,
            stages: &report.stages[..report.stages.len().min(MOST_LINES)],
            not_reached: not_reached.collect(),
            rest_rows: total(rest.iter().map(|table| table.source_rows)),
            rest_verified: rest.iter().filter(|table| table.verified).count(),
            tables: Lines::of(tables.into_iter()),
            checks: Lines::of(checks.into_iter().map(CheckLine::of)),
            transforms: Lines::of(report.transforms.iter().map(TransformLine::of)),
            not_carried: Lines::of(not_carried.into_iter()),
            warnings: Lines::of(report.warnings.iter()),
            errors: Lines::of(report.errors.iter()),
        }
    }
}

/// How many there are, and those that are shown.
#[derive(Serialize)]
struct Lines<T> {
    all: usize,
    shown: Vec<T>,
}

impl<T> Lines<T> {
    fn of(items: impl ExactSizeIterator<Item = T>) -> Self {
        let all = items.len();
        let shown = items.take(MOST_LINES).collect();
        Self { all, shown }
    }
}

/// A check, with its samples as a person reads them.
#[derive(Serialize)]
struct CheckLine<'a> {
    report: &'a CheckReport,
    found: u64,
    accepted: u64,
    samples: Vec<(&'a str, String)>,
    /// What its plugin used, and of how much; empty where it did not run.
    used: String,
}

impl<'a> CheckLine<'a> {
    fn of(report: &'a CheckReport) -> Self {
        let shown = report.samples.iter().take(MOST_SAMPLES);
        let samples = shown.map(|sample| (sample.code.as_str(), sample.row.describe()));
        Self {
            report,
            found: total(report.findings.values().copied()),
            accepted: total(report.accepted.values().copied()),
            samples: samples.collect(),
            used: used(&report.usage, &report.allowed),
        }
    }
}

/// A transform, and what its plugin used.
#[derive(Serialize)]
struct TransformLine<'a> {
    report: &'a TransformReport,
    used: String,
}

impl<'a> TransformLine<'a> {
    fn of(report: &'a TransformReport) -> Self {
        Self {
            report,
            used: used(&report.usage, &report.allowed),
        }
    }
}

/// `4 instances, 0.2 s in 51 calls (99 % within 8 ms, the longest 9 ms of 1 s), 1.1 of 16 MiB`.
fn used(usage: &Usage, allowed: &Allowed) -> String {
    if usage.sessions == 0 {
        return String::new();
    }
    let time = |nanoseconds: u64| duration(Duration::from_nanos(nanoseconds).as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!(
        "{}, {} in {} (99 % within {}, the longest {} of {}), {:.1} of {:.0} MiB",
        count(usage.sessions, "instance"),
        time(usage.guest_nanoseconds),
        count(usage.calls, "call"),
        duration(usage.percentile(99).as_secs_f64()),
        time(usage.longest_call_nanoseconds),
        time(allowed.call_nanoseconds),
        mebibytes(usage.peak_memory_bytes),
        mebibytes(allowed.memory_bytes),
    )
}

fn title(command: &str) -> &'static str {
    match command {
        "migrate" => "Migration report",
        "validate" => "Validation report",
        "check" => "Check report",
        "diff" => "Comparison report",
        "rollback" => "Rollback report",
        _ => "Report",
    }
}
