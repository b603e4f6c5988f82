//! The report as one page for people: a verdict in plain words first, then what it rests on.
//!
//! Here is what is said and how much of it; `report.html` is how it looks. Names and values of databases are hostile:
//! the template's name ends in `.html`, which turns escaping on, and only its own macros make what is not escaped again.

use std::collections::BTreeMap;
use std::time::Duration;

use limosa_model::{
    CheckReport, ErrorReport, NotCarried, Outcome, Report, Stage, StageOutcome, StageReport,
    TableReport, Verdict,
};
use minijinja::value::Serde;
use minijinja::{Environment, Value, escape_formatter};
use serde::Serialize;

/// Sample rows of one check, and differences of one table: what a person still reads.
const MOST_SAMPLES: usize = 200;
/// Tables, checks, warnings and so on that have a line of their own: some 40 printed pages.
const MOST_LINES: usize = 500;
/// Characters of one text: messages come from plugins, and a report may be read back from any file.
const MOST_CHARACTERS: usize = 2_000;
/// Characters of the first error in the verdict; it stands below in full.
const MOST_IN_VERDICT: usize = 400;

/// True of every migration: each adapter opens the source for reading alone.
const ONLY_READ: &str = "The source was only read.";

/// Renders the report as one self-contained HTML page.
///
/// # Errors
/// If the template and the page do not fit, which is a fault of the program.
pub(crate) fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_filter("number", number);
    environment.add_filter("duration", duration);
    environment.add_filter("counted", count);
    environment.add_filter("at_least", at_least);
    environment.set_formatter(|out, state, value| match value.as_str() {
        // Only what a macro of the template made is safe.
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(visible(text, MOST_CHARACTERS)))
        }
        _ => escape_formatter(out, state, value),
    });
    let page = Value::from(Serde(Page::of(report)));
    environment.render_named_str("report.html", include_str!("report.html"), page)
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
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
    not_carried: Lines<&'a NotCarried>,
    warnings: Lines<&'a String>,
    errors: Lines<&'a ErrorReport>,
}

/// How it went. A tone is `good`, `warn`, `bad` or `plain`, and never the only bearer of a meaning.
#[derive(Serialize)]
struct Banner {
    tone: &'static str,
    heading: &'static str,
    lead: String,
    more: String,
    error: Option<String>,
    remedy: Option<String>,
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
        }
    }
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
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
            verdict: facts.banner(),
            rows: facts.rows,
            verified: facts.verified,
            differing: facts.differing,
            rate: facts.rate(),
            passed: facts.verdicts.get(&Verdict::Pass).copied().unwrap_or(0),
            not_passed: facts.not_passed(),
            validation: facts.validation,
            stages: &report.stages[..report.stages.len().min(MOST_LINES)],
            not_reached: not_reached.collect(),
            rest_rows: total(rest.iter().map(|table| table.source_rows)),
            rest_verified: rest.iter().filter(|table| table.verified).count(),
            tables: Lines::of(tables.into_iter()),
            checks: Lines::of(checks.into_iter().map(CheckLine::of)),
            not_carried: Lines::of(not_carried.into_iter()),
            warnings: Lines::of(report.warnings.iter()),
            errors: Lines::of(report.errors.iter()),
        }
    }
}

/// What the words of the verdict are chosen by.
struct Facts<'a> {
    report: &'a Report,
    rows: u64,
    verified: usize,
    differing: usize,
    differing_rows: u64,
    /// How the stage that compares both sides ended; none outside of a migration and where it was not reached.
    validation: Option<StageOutcome>,
    verdicts: BTreeMap<Verdict, usize>,
}

impl<'a> Facts<'a> {
    fn of(report: &'a Report) -> Self {
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

    fn banner(&self) -> Banner {
        let error = self.report.errors.first();
        let (tone, heading) = self.heading();
        let mut sentences = self.sentences().into_iter();
        Banner {
            tone,
            heading,
            lead: sentences.next().unwrap_or_default(),
            more: sentences.collect::<Vec<_>>().join(" "),
            error: error.map(|error| visible(&error.message, MOST_IN_VERDICT)),
            remedy: error.map(|error| visible(&error.remedy, MOST_IN_VERDICT)),
        }
    }

    fn heading(&self) -> (&'static str, &'static str) {
        let failed = !self.report.errors.is_empty();
        match self.report.outcome {
            Outcome::RolledBack if failed => ("bad", "Failed and rolled back"),
            Outcome::RolledBack => ("good", "Rolled back"),
            Outcome::Failed if self.has_error("STOP_001") => ("warn", "Stopped on request"),
            Outcome::Failed if !self.looks() || self.is_cut_short() => ("bad", "Failed"),
            Outcome::Failed if self.has_error("DATA_002") => ("bad", "Not equal"),
            Outcome::Failed => ("bad", "Not all checks passed"),
            Outcome::Completed | Outcome::DryRun if failed => ("bad", "Completed with errors"),
            Outcome::DryRun if self.is_spotless() => ("plain", "Dry run"),
            Outcome::DryRun => ("warn", "Dry run, with something to look at"),
            Outcome::Completed if !self.is_compared() => ("warn", "Completed, values not compared"),
            Outcome::Completed if self.is_spotless() => ("good", "Completed"),
            Outcome::Completed => ("warn", "Completed, with something to look at"),
        }
    }

    /// The first is the verdict; the others say what it means.
    fn sentences(&self) -> Vec<String> {
        let (before, after): (Vec<String>, _) =
            match (self.report.command.as_str(), self.report.outcome) {
                ("migrate", Outcome::Completed) => (vec![self.completed()], Some(ONLY_READ)),
                ("migrate", Outcome::DryRun) => {
                    (vec![self.rehearsed()], Some("Nothing was written."))
                }
                ("migrate", Outcome::RolledBack) => {
                    let removed = "and what it had created in the target was removed again.";
                    (
                        vec![format!("The migration {}, {removed}", self.ended())],
                        Some(ONLY_READ),
                    )
                }
                ("migrate", Outcome::Failed) => {
                    let left = self.what_is_left().into();
                    (
                        vec![format!("The migration {}.", self.ended()), left],
                        Some(ONLY_READ),
                    )
                }
                ("rollback", _) => (vec![self.rolled_back().into()], None),
                _ => (self.looked(), Some("Nothing was written.")),
            };
        let mut sentences = before;
        sentences.extend(self.checked());
        sentences.extend(self.left_behind());
        sentences.extend(after.map(String::from));
        sentences
    }

    fn completed(&self) -> String {
        let tables = self.report.tables.len();
        if tables == 0 {
            return "The migration is complete; there was no table to copy.".into();
        }
        let copied = self.rows_of_tables("copied");
        match self.validation {
            _ if self.verified == tables => {
                format!("{copied}, and every value was compared and found equal.")
            }
            Some(StageOutcome::Resumed) => {
                format!(
                    "{copied}. An earlier run of this migration validated them; its report says how."
                )
            }
            _ if self.verified == 0 => {
                format!(
                    "{copied} and counted on both sides (counts only; values were not compared)."
                )
            }
            _ => format!(
                "{copied}. Every value was compared and found equal in {} of them; of the others only the rows were counted.",
                count(self.verified as u64, "table")
            ),
        }
    }

    fn rehearsed(&self) -> String {
        let (rows, tables) = (
            count(self.rows, "row"),
            count(self.report.tables.len() as u64, "table"),
        );
        format!("This was a rehearsal: the migration would copy about {rows} of {tables}.")
    }

    fn rolled_back(&self) -> &'static str {
        match self.report.outcome {
            Outcome::Completed | Outcome::RolledBack if self.report.migration.is_empty() => {
                "The target holds no unfinished migration, so nothing was removed."
            }
            Outcome::Completed | Outcome::RolledBack => {
                "What the unfinished migration had created in the target was removed."
            }
            Outcome::Failed | Outcome::DryRun => {
                "The rollback did not finish: the target may still hold what the migration created."
            }
        }
    }

    /// What `diff`, `validate` and `check` came to.
    fn looked(&self) -> Vec<String> {
        let cut_short = self.is_cut_short();
        let tables = &self.report.tables;
        let mut sentences = Vec::new();
        if cut_short && self.report.outcome == Outcome::Failed {
            sentences.push(
                "This run did not come to its end: nothing is known of what it did not reach."
                    .into(),
            );
        }
        if self.differing > 0 {
            let shown = total(tables.iter().map(|table| table.differences.len() as u64));
            sentences.push(format!(
                "Source and target are not equal: {} of {} with differences, {} in all.",
                number(self.differing as u64),
                count(tables.len() as u64, "table"),
                at_least(self.differing_rows, shown),
            ));
        } else if self.has_error("DATA_002") {
            sentences.push("Source and target are not equal: the errors say where.".into());
        } else if !tables.is_empty() && self.is_compared() && self.report.errors.is_empty() {
            let compared = self.rows_of_tables("compared");
            sentences.push(format!("{compared}, value by value, and found equal."));
        }
        sentences
    }

    fn ended(&self) -> String {
        let verb = if self.has_error("STOP_001") {
            "was stopped"
        } else {
            "failed"
        };
        match self.report.stages.last() {
            Some(stage) => format!(
                "{verb} in the stage “{}”",
                stage.stage.name().replace('-', " ")
            ),
            None => format!("{verb} before its first stage"),
        }
    }

    fn what_is_left(&self) -> &'static str {
        if self.has_error("ROLL_001") {
            "What it created in the target could not be removed: the target must not be used as it is."
        } else if self.has_error("LOCK_002") {
            "Another host has taken it over and is at work on the target."
        } else if self.report.stages.is_empty() {
            "This run copied nothing to the target."
        } else {
            "The target holds an unfinished copy and must not be used yet: the same command goes on with it, and `limosa rollback` removes it."
        }
    }

    fn checked(&self) -> Option<String> {
        let all = self.report.checks.len();
        let of = |verdict| self.verdicts.get(&verdict).copied().unwrap_or(0);
        let carried = match (self.report.command.as_str(), self.report.outcome) {
            ("migrate", Outcome::Completed) if of(Verdict::Fail) > 0 => {
                "; the rows found were carried as they are"
            }
            _ => "",
        };
        match (all, of(Verdict::Pass)) {
            (0, _) => None,
            (1, 1) => Some("The one check passed.".into()),
            (_, passed) if passed == all => {
                Some(format!("All {} checks passed.", number(all as u64)))
            }
            (_, passed) => Some(format!(
                "Of {}, {} passed; {}{carried}.",
                count(all as u64, "check"),
                number(passed as u64),
                self.not_passed()
            )),
        }
    }

    fn not_passed(&self) -> String {
        let words = [
            (Verdict::Warning, "with warnings"),
            (Verdict::Fail, "failed"),
            (Verdict::Inconclusive, "inconclusive"),
        ];
        let parts: Vec<String> = words
            .iter()
            .filter_map(|(verdict, word)| {
                Some(format!(
                    "{} {word}",
                    number(*self.verdicts.get(verdict)? as u64)
                ))
            })
            .collect();
        parts.join(", ")
    }

    fn left_behind(&self) -> Option<String> {
        let items = self.report.not_carried.len();
        let ends_well = matches!(self.report.outcome, Outcome::Completed | Outcome::DryRun);
        (items > 0 && ends_well).then(|| match items {
            1 => "One thing of the source is not carried over; it is listed below.".into(),
            _ => format!(
                "{} things of the source are not carried over; they are listed below.",
                number(items as u64)
            ),
        })
    }

    /// Of the stage that copies; of the whole run where there are no stages. None if an earlier run copied a part.
    fn rate(&self) -> Option<u64> {
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

    fn looks(&self) -> bool {
        !matches!(self.report.command.as_str(), "migrate" | "rollback")
    }

    /// Something other than what was looked for ended the run.
    fn is_cut_short(&self) -> bool {
        let judgements = ["DATA_002", "CHECK_001", "PLUG_002"];
        let errors = &self.report.errors;
        errors.is_empty()
            || errors
                .iter()
                .any(|error| !judgements.contains(&error.code.as_str()))
    }

    fn is_compared(&self) -> bool {
        self.verified == self.report.tables.len()
    }

    fn is_spotless(&self) -> bool {
        self.report.warnings.is_empty()
            && self
                .verdicts
                .keys()
                .all(|verdict| *verdict == Verdict::Pass)
    }

    fn has_error(&self, code: &str) -> bool {
        self.report.errors.iter().any(|error| error.code == code)
    }

    /// `All 15 rows of 2 tables were copied`.
    fn rows_of_tables(&self, done: &str) -> String {
        let tables = count(self.report.tables.len() as u64, "table");
        match self.rows {
            1 => format!("The one row of {tables} was {done}"),
            rows => format!("All {} of {tables} were {done}", count(rows, "row")),
        }
    }
}

/// Counts need not differ where values do; before anything is copied, counts differ and mean nothing.
fn differs(outcome: Outcome, table: &TableReport) -> bool {
    table.differing_rows > 0
        || (outcome != Outcome::DryRun && table.source_rows != table.target_rows)
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

/// A report may be read back from any file: sums of its numbers must not overflow.
fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// `1 row`, `15 607 rows`.
fn count(items: u64, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        number(items),
        if items == 1 { "" } else { "s" }
    )
}

/// A comparison stops counting where there is too much, and its report does not say so; all shown is all there is.
fn at_least(rows: u64, shown: u64) -> String {
    let words = if rows > shown { "at least " } else { "" };
    format!("{words}{}", count(rows, "differing row"))
}

/// Digits in groups of three, by narrow spaces that do not break: no country reads them as a decimal sign.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// As a person says it: `350 ms`, `4.2 s`, `5 min 12 s`, `2 h 5 min`.
fn duration(seconds: f64) -> String {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let whole = time.as_secs();
    match (time.as_millis(), whole) {
        (0, _) if time.is_zero() => "0 s".into(),
        (0, _) => "under 1 ms".into(),
        (milliseconds @ ..1_000, _) => format!("{milliseconds} ms"),
        (..60_000, _) => format!("{}.{} s", whole, time.subsec_millis() / 100),
        (_, ..3_600) => format!("{} min {} s", whole / 60, whole % 60),
        (_, ..86_400) => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
        _ => format!("{} d {} h", number(whole / 86_400), whole / 3_600 % 24),
    }
}

/// Cut to a length, and with what would hide or turn text around written out.
fn visible(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for (position, character) in text.chars().enumerate() {
        if position == most {
            shown.push('…');
            break;
        }
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                shown.extend(character.escape_unicode());
            }
            character if character.is_control() => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use limosa_model::{TableName, Value as Key};
    use serde_json::json;

    use super::*;

    fn table(name: &str, rows: u64) -> serde_json::Value {
        json!({
            "table": name, "source_rows": rows, "target_rows": rows, "verified": true,
            "differing_rows": 0, "differences": [], "seconds": 0.4,
        })
    }

    fn report(command: &str, outcome: Outcome) -> Report {
        let report = json!({
            "command": command, "migration": "0a1b2c3d4e-1", "outcome": outcome,
            "source": "sqlite:clinic.sqlite", "target": "postgres://limosa@db/clinic",
            "started": "2026-02-03T04:05:06Z", "seconds": 16.0, "stages": [],
            "tables": [table("patient", 3_607), table("invoice", 12_000)],
            "checks": [], "not_carried": [], "warnings": [], "errors": [],
        });
        serde_json::from_value(report).unwrap()
    }

    fn stages(last: StageOutcome, entered: usize) -> Vec<StageReport> {
        let all = Stage::ALL[..entered].iter().map(|stage| StageReport {
            stage: *stage,
            outcome: StageOutcome::Completed,
            seconds: 2.0,
        });
        let mut stages: Vec<StageReport> = all.collect();
        stages[entered - 1].outcome = last;
        stages
    }

    fn check(verdict: Verdict, samples: usize) -> CheckReport {
        let sample = json!({
            "code": "negative", "columns": ["id", "<b>name"],
            "key": [Key::Integer(5), Key::Text("<script>alert(1)</script>".into())],
        });
        let check = json!({
            "check": "negative-amounts:invoice.amount", "plugin": "negative-amounts", "version": "1.2.0",
            "digest": "0123456789abcdef0123456789abcdef", "table": "invoice", "at": "in-flight",
            "verdict": verdict, "rows": 12_000, "findings": {"negative": samples}, "accepted": {"negative": 1},
            "messages": {"negative": "amount is < 0"}, "samples": vec![sample; samples], "reason": null,
        });
        serde_json::from_value(check).unwrap()
    }

    fn failed(code: &str, message: &str) -> Vec<ErrorReport> {
        vec![ErrorReport {
            code: code.into(),
            message: message.into(),
            remedy: "Mend it.".into(),
        }]
    }

    #[track_caller]
    fn shows(page: &str, texts: &[&str]) {
        for text in texts {
            assert!(page.contains(text), "`{text}` is not in\n{page}");
        }
    }

    #[test]
    fn a_completed_migration_says_what_was_compared() {
        let mut report = report("migrate", Outcome::Completed);
        report.stages = stages(StageOutcome::Completed, 8);
        let page = render(&report).unwrap();
        shows(
            &page,
            &[
                "All 15\u{202f}607 rows of 2 tables were copied, and every value was compared and found equal.",
                "7\u{202f}803",
                "post cutover validation",
            ],
        );
        for absent in [
            "id=\"checks\"",
            "id=\"errors\"",
            "id=\"warnings\"",
            "id=\"not-carried\"",
        ] {
            assert!(
                !page.contains(absent),
                "an empty section is there: {absent}"
            );
        }
        report.tables[1].verified = false;
        shows(
            &render(&report).unwrap(),
            &[
                "found equal in 1 table of them",
                "counts only; values were not compared",
            ],
        );
        report.tables[0].verified = false;
        shows(
            &render(&report).unwrap(),
            &["Completed, values not compared"],
        );
    }

    #[test]
    fn hostile_names_and_values_stay_text() {
        let evil = "<script>alert('x')</script>\u{202e}\0\"><img src=x>";
        let mut report = report("migrate", Outcome::RolledBack);
        report.stages = stages(StageOutcome::Failed, 3);
        report.tables[0].table = TableName::new(evil);
        report.tables[0].differing_rows = 900;
        report.tables[0].differences = vec![evil.into(); 300];
        report.checks = vec![check(Verdict::Fail, 300)];
        report.checks[0].messages = BTreeMap::from([("negative".into(), evil.into())]);
        report.not_carried = vec![NotCarried {
            kind: evil.into(),
            name: evil.into(),
            reason: evil.into(),
        }];
        report.warnings = vec![evil.into()];
        report.errors = failed("CHECK_001", &evil.repeat(500));
        for text in [
            &mut report.command,
            &mut report.migration,
            &mut report.source,
            &mut report.started,
        ] {
            text.push_str(evil);
        }
        let page = render(&report).unwrap();
        for absent in ["<script", "<img", "<b>name", "\u{202e}", "\0"] {
            assert!(!page.contains(absent), "{absent:?} got through");
        }
        shows(&page, &["&lt;script&gt;", "u{202e}", "100 more"]);
        assert!(page.len() < 600_000, "{} bytes", page.len());
    }

    #[test]
    fn a_failure_says_where_and_what_is_left() {
        let mut report = report("migrate", Outcome::RolledBack);
        report.stages = stages(StageOutcome::Failed, 3);
        report.errors = failed("CHECK_001", "a check found 3 rows");
        let removed = "failed in the stage “initial sync”, and what it had created in the target was removed again";
        shows(
            &render(&report).unwrap(),
            &[removed, "Written, since removed", "not reached", "Mend it."],
        );
        report.outcome = Outcome::Failed;
        shows(
            &render(&report).unwrap(),
            &["must not be used yet", "The source was only read."],
        );
        report.errors = failed("STOP_001", "stopped");
        shows(
            &render(&report).unwrap(),
            &["Stopped on request", "was stopped in the stage"],
        );
        report.stages.clear();
        shows(
            &render(&report).unwrap(),
            &["This run copied nothing to the target."],
        );
    }

    #[test]
    fn a_dry_run_claims_nothing() {
        let mut report = report("migrate", Outcome::DryRun);
        for table in &mut report.tables {
            (table.target_rows, table.verified) = (0, false);
        }
        report.checks = vec![check(Verdict::Pass, 0)];
        let page = render(&report).unwrap();
        shows(
            &page,
            &[
                "Nothing was written.",
                "would copy about 15\u{202f}607 rows",
                "estimate",
                "The one check passed.",
            ],
        );
        assert!(!page.contains("not equal") && !page.contains("Rows in target"));
    }

    #[test]
    fn looking_commands_speak_of_what_they_looked_at() {
        let mut report = report("diff", Outcome::Completed);
        shows(
            &render(&report).unwrap(),
            &["were compared, value by value, and found equal."],
        );
        report.outcome = Outcome::Failed;
        report.tables[0].verified = false;
        report.tables[0].differing_rows = 3;
        report.errors = failed("DATA_002", "table patient differs in 3 rows");
        shows(
            &render(&report).unwrap(),
            &[
                "Not equal",
                "1 of 2 tables with differences, at least 3 differing rows in all",
            ],
        );
        report.command = "check".into();
        report.tables.clear();
        report.checks = vec![
            check(Verdict::Fail, 2),
            check(Verdict::Inconclusive, 0),
            check(Verdict::Pass, 0),
        ];
        shows(
            &render(&report).unwrap(),
            &["Of 3 checks, 1 passed; 1 failed, 1 inconclusive."],
        );
    }

    #[test]
    fn many_tables_are_counted_and_the_worst_shown() {
        let mut report = report("diff", Outcome::Failed);
        let tables = (0..700).map(|number| table(&format!("t{number}"), 10));
        report.tables = tables
            .map(|table| serde_json::from_value(table).unwrap())
            .collect();
        report.tables[699].differing_rows = 1;
        shows(
            &render(&report).unwrap(),
            &["t699", "200 more tables", "2\u{202f}000"],
        );
    }

    #[test]
    fn every_case_has_a_page() {
        use Outcome::{Completed, DryRun, Failed, RolledBack};
        use StageOutcome::{Interrupted, Resumed, Skipped};
        for command in ["migrate", "validate", "check", "diff", "rollback", "what"] {
            for outcome in [Completed, Failed, RolledBack, DryRun] {
                let mut report = report(command, outcome);
                render(&report).unwrap();
                report.checks = vec![check(Verdict::Pass, 0), check(Verdict::Warning, 1)];
                report.checks[1].messages.clear();
                report.checks[1].accepted.clear();
                report.checks.push(check(Verdict::Inconclusive, 0));
                report.checks[2].reason = Some("it ran out of memory".into());
                report.tables[0].verified = false;
                for last in [Resumed, Skipped, Interrupted] {
                    report.stages = stages(last, 4);
                    shows(
                        &render(&report).unwrap(),
                        &["it ran out of memory", "</html>"],
                    );
                }
                (report.tables, report.seconds) = (Vec::new(), -1.0);
                render(&report).unwrap();
            }
        }
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = [
            0.0,
            0.000_2,
            0.35,
            4.26,
            312.0,
            7_500.0,
            190_000.0,
            f64::NAN,
        ]
        .map(duration);
        assert_eq!(
            said,
            [
                "0 s",
                "under 1 ms",
                "350 ms",
                "4.2 s",
                "5 min 12 s",
                "2 h 5 min",
                "2 d 4 h",
                "0 s"
            ]
        );
    }
}
