//! The report as one page for people: a verdict in plain words first, then what it rests on.
//!
//! Here is what is said and how much of it; `report.html` is how it looks. Names and values of databases are hostile:
//! the template's name ends in `.html`, which turns escaping on, and nothing in it is marked as safe.

use std::collections::BTreeMap;
use std::time::Duration;

use limosa_model::{
    CheckReport, ErrorReport, NotCarried, Outcome, Report, Stage, StageOutcome, StageReport,
    TableReport, Verdict,
};
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

/// Renders the report as one self-contained HTML page.
///
/// # Errors
/// If the template and the page do not fit, which is a fault of the program.
pub fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_filter("number", number);
    environment.add_filter("duration", duration);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) => escape_formatter(out, state, &Value::from(visible(text, MOST_CHARACTERS))),
        None => escape_formatter(out, state, value),
    });
    let page = Value::from_serialize(Page::of(report));
    environment.render_named_str("report.html", include_str!("report.html"), page)
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    tool_version: &'static str,
    title: &'static str,
    report: Head<'a>,
    verdict: Banner,
    figures: Vec<Figure>,
    stages: Vec<StageLine>,
    tables: Tables<'a>,
    checks: Lines<CheckLine<'a>>,
    not_carried: Lines<(&'a str, Vec<&'a NotCarried>)>,
    warnings: Lines<&'a String>,
    errors: Lines<&'a ErrorReport>,
}

#[derive(Serialize)]
struct Head<'a> {
    command: &'a str,
    migration: &'a str,
    source: &'a str,
    target: &'a str,
    started: &'a str,
    seconds: f64,
}

/// How it went. A tone is `good`, `warn`, `bad` or `plain`, and never the only bearer of a meaning.
#[derive(Serialize)]
struct Banner {
    tone: &'static str,
    heading: &'static str,
    sentences: Vec<String>,
    error: Option<String>,
    remedy: Option<String>,
}

#[derive(Serialize)]
struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

/// What is shown, and how many are not.
#[derive(Serialize)]
struct Lines<T> {
    all: usize,
    shown: Vec<T>,
    more: usize,
}

impl<T> Lines<T> {
    fn of(mut all: Vec<T>, most: usize) -> Self {
        let count = all.len();
        all.truncate(most);
        let more = count - all.len();
        Self { all: count, shown: all, more }
    }
}

#[derive(Serialize)]
struct StageLine {
    name: &'static str,
    tone: &'static str,
    outcome: &'static str,
    seconds: Option<f64>,
    /// Where its bar begins and how long it is, in percent of all stages.
    bar: Option<(String, String)>,
}

#[derive(Serialize)]
struct Tables<'a> {
    source_label: &'static str,
    /// Empty where there is nothing in a target to speak of.
    target_label: &'static str,
    lines: Lines<TableLine<'a>>,
    rest_rows: u64,
    rest_verified: usize,
    timed: bool,
}

#[derive(Serialize)]
struct TableLine<'a> {
    name: String,
    source_rows: u64,
    target_rows: u64,
    tone: &'static str,
    status: String,
    seconds: f64,
    differences: Lines<&'a String>,
}

#[derive(Serialize)]
struct CheckLine<'a> {
    check: &'a CheckReport,
    tone: &'static str,
    verdict: &'static str,
    at: &'a str,
    found: u64,
    accepted: u64,
    codes: Vec<CodeLine<'a>>,
    samples: Lines<(&'a str, String)>,
}

#[derive(Serialize)]
struct CodeLine<'a> {
    code: &'a str,
    message: &'a str,
    found: u64,
    accepted: u64,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let facts = Facts::of(report);
        Self {
            tool_version: env!("CARGO_PKG_VERSION"),
            title: title(&report.command),
            report: Head {
                command: &report.command,
                migration: &report.migration,
                source: &report.source,
                target: &report.target,
                started: &report.started,
                seconds: report.seconds,
            },
            verdict: facts.banner(),
            figures: facts.figures(),
            stages: stage_lines(report),
            tables: facts.tables(),
            checks: check_lines(report),
            not_carried: not_carried(report),
            warnings: Lines::of(report.warnings.iter().collect(), MOST_LINES),
            errors: Lines::of(report.errors.iter().collect(), MOST_LINES),
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
            differing: tables.iter().filter(|table| differs(table)).count(),
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
        Banner {
            tone,
            heading,
            sentences: self.sentences(),
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
            Outcome::Failed => ("bad", "Failed"),
            Outcome::Completed | Outcome::DryRun if failed => ("bad", "Completed with errors"),
            Outcome::DryRun if self.is_spotless() => ("plain", "Dry run"),
            Outcome::DryRun => ("warn", "Dry run, with something to look at"),
            Outcome::Completed if !self.is_compared() => ("warn", "Completed, values not compared"),
            Outcome::Completed if self.is_spotless() => ("good", "Completed"),
            Outcome::Completed => ("warn", "Completed, with something to look at"),
        }
    }

    fn sentences(&self) -> Vec<String> {
        let own = match (self.report.command.as_str(), self.report.outcome) {
            ("migrate", Outcome::Completed) => self.completed(),
            ("migrate", Outcome::DryRun) => self.rehearsed(),
            ("migrate", Outcome::RolledBack) => vec![
                format!("The migration {}, and what it had created in the target was removed again.", self.ended()),
                "The source was only read.".into(),
            ],
            ("migrate", Outcome::Failed) => vec![
                format!("The migration {}.", self.ended()),
                self.what_is_left().into(),
                "The source was only read.".into(),
            ],
            ("rollback", _) => vec![self.rolled_back().into()],
            _ => self.looked(),
        };
        let mut sentences = own;
        sentences.extend(self.checked());
        sentences.extend(self.left_behind());
        sentences
    }

    fn completed(&self) -> Vec<String> {
        let tables = self.report.tables.len();
        if tables == 0 {
            return vec!["There was no table to copy.".into()];
        }
        let copied = self.rows_of_tables("copied");
        let compared = match self.validation {
            _ if self.verified == tables => ", and every value was compared and found equal.".into(),
            Some(StageOutcome::Resumed) => {
                ". They were validated by an earlier run of this migration; its report says how.".into()
            }
            _ if self.verified == 0 => {
                ". The rows were counted on both sides (counts only; values were not compared).".into()
            }
            _ => format!(
                ". Every value was compared and found equal in {} of them; of the others only the rows were counted.",
                count(self.verified as u64, "table")
            ),
        };
        vec![format!("{copied}{compared}"), "The source was only read.".into()]
    }

    fn rehearsed(&self) -> Vec<String> {
        vec![
            "This was a rehearsal: nothing was written.".into(),
            format!(
                "The migration would copy about {} of {}.",
                count(self.rows, "row"),
                count(self.report.tables.len() as u64, "table")
            ),
        ]
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

    /// What `diff`, `validate` and `check` came to; they write nothing.
    fn looked(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let tables = self.report.tables.len();
        if self.differing > 0 {
            sentences.push(format!(
                "Source and target are not equal: {} of {} {}, in at least {}.",
                number(tables_differing(self.differing)),
                count(tables as u64, "table"),
                if self.differing == 1 { "differs" } else { "differ" },
                count(self.differing_rows, "row"),
            ));
        } else if tables > 0 && self.is_compared() {
            sentences.push(format!(
                "{}, value by value, and found equal.",
                self.rows_of_tables("compared")
            ));
        }
        let judgements = ["DATA_002", "CHECK_001", "PLUG_002"];
        let other = |error: &ErrorReport| !judgements.contains(&error.code.as_str());
        if self.report.errors.iter().any(other) {
            sentences.push("It did not come to its end, so nothing more may be concluded from it.".into());
        } else if self.differing == 0 && self.has_error("DATA_002") {
            sentences.push("Source and target are not equal: the errors say where.".into());
        }
        sentences.push("Nothing was written to either database.".into());
        sentences
    }

    fn ended(&self) -> String {
        let verb = if self.has_error("STOP_001") { "was stopped" } else { "failed" };
        match self.report.stages.last() {
            Some(stage) => format!("{verb} in the stage “{}”", stage.stage.name().replace('-', " ")),
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
        match (all, of(Verdict::Pass)) {
            (0, _) => None,
            (1, 1) => Some("The one check passed.".into()),
            (_, passed) if passed == all => Some(format!("All {} checks passed.", number(all as u64))),
            (_, passed) => Some(format!(
                "Of {}, {} passed; {}.",
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
            .filter_map(|(verdict, word)| Some(format!("{} {word}", number(*self.verdicts.get(verdict)? as u64))))
            .collect();
        parts.join(", ")
    }

    fn left_behind(&self) -> Option<String> {
        let items = self.report.not_carried.len();
        (items > 0).then(|| match items {
            1 => "One thing of the source is not carried over; it is listed below.".into(),
            _ => format!("{} things of the source are not carried over; they are listed below.", number(items as u64)),
        })
    }

    fn figures(&self) -> Vec<Figure> {
        let figure = |label, value, note| Figure { label, value, note };
        let report = self.report;
        let tables = report.tables.len();
        let mut figures = Vec::new();
        if tables > 0 {
            figures.push(figure(self.rows_label(), number(self.rows), String::new()));
            let note = match (report.outcome, self.differing) {
                (Outcome::DryRun, _) => String::new(),
                (_, 0) => format!("{} compared and equal", number(self.verified as u64)),
                (_, differing) => format!("{} not equal", number(differing as u64)),
            };
            figures.push(figure("Tables", number(tables as u64), note));
        }
        figures.push(figure("Duration", duration(report.seconds), String::new()));
        if let Some(rate) = self.rate() {
            figures.push(figure("Rows per second", number(rate), String::new()));
        }
        if !report.checks.is_empty() {
            let passed = self.verdicts.get(&Verdict::Pass).copied().unwrap_or(0);
            let value = format!("{} of {}", number(passed as u64), number(report.checks.len() as u64));
            figures.push(figure("Checks passed", value, self.not_passed()));
        }
        figures
    }

    fn rows_label(&self) -> &'static str {
        match (self.report.command.as_str(), self.report.outcome) {
            (_, Outcome::DryRun) => "Rows to copy (estimate)",
            ("migrate", Outcome::RolledBack) => "Rows copied, since removed",
            ("migrate", _) => "Rows copied",
            _ => "Rows compared",
        }
    }

    /// Of the stage that copies; of the whole run where there are no stages. None if an earlier run copied a part.
    fn rate(&self) -> Option<u64> {
        let stages = &self.report.stages;
        let resumed = |stage: &StageReport| stage.outcome == StageOutcome::Resumed;
        if self.report.outcome == Outcome::DryRun || self.rows == 0 || stages.iter().any(resumed) {
            return None;
        }
        let seconds = match stages.iter().find(|stage| stage.stage == Stage::InitialSync) {
            Some(stage) => stage.seconds,
            None if self.report.checks.is_empty() => self.report.seconds,
            // The time of checks is not that of reading rows.
            None => self.report.tables.iter().map(|table| table.seconds).sum(),
        };
        let milliseconds = Duration::try_from_secs_f64(seconds).ok()?.as_millis();
        let rate = u128::from(self.rows) * 1_000 / Some(milliseconds).filter(|time| *time > 0)?;
        u64::try_from(rate).ok()
    }

    fn tables(&self) -> Tables<'a> {
        let migrates = self.report.command == "migrate";
        let counted = matches!(self.validation, Some(StageOutcome::Completed | StageOutcome::Resumed));
        let (source_label, target_label) = match self.report.outcome {
            Outcome::DryRun => ("Rows in source (estimate)", ""),
            Outcome::RolledBack => ("Rows read", "Rows written, since removed"),
            Outcome::Completed | Outcome::Failed if migrates && !counted => ("Rows read", "Rows written"),
            Outcome::Completed | Outcome::Failed => ("Rows in source", "Rows in target"),
        };
        let mut tables: Vec<&TableReport> = self.report.tables.iter().collect();
        tables.sort_by_key(|table| !differs(table));
        let rest = tables.split_off(tables.len().min(MOST_LINES));
        Tables {
            source_label,
            target_label,
            lines: Lines {
                all: self.report.tables.len(),
                shown: tables.into_iter().map(|table| self.table(table)).collect(),
                more: rest.len(),
            },
            rest_rows: total(rest.iter().map(|table| table.source_rows)),
            rest_verified: rest.iter().filter(|table| table.verified).count(),
            timed: self.report.tables.iter().any(|table| table.seconds > 0.0),
        }
    }

    fn table(&self, table: &'a TableReport) -> TableLine<'a> {
        let (tone, status) = match self.validation {
            _ if table.differing_rows > 0 => ("bad", format!("not equal: {}", count(table.differing_rows, "differing row"))),
            _ if table.verified => ("good", "equal: every value compared".into()),
            _ if self.report.outcome == Outcome::DryRun => ("plain", "not copied".into()),
            _ if differs(table) => ("bad", "not equal: the counts differ".into()),
            Some(StageOutcome::Completed | StageOutcome::Skipped) => {
                ("warn", "counts only; values were not compared".into())
            }
            Some(StageOutcome::Resumed) => ("plain", "validated by an earlier run; not compared in this one".into()),
            Some(StageOutcome::Failed | StageOutcome::Interrupted) | None => ("plain", "values were not compared".into()),
        };
        TableLine {
            name: table.table.to_string(),
            source_rows: table.source_rows,
            target_rows: table.target_rows,
            tone,
            status,
            seconds: table.seconds,
            differences: Lines::of(table.differences.iter().collect(), MOST_SAMPLES),
        }
    }

    fn is_compared(&self) -> bool {
        self.verified == self.report.tables.len()
    }

    fn is_spotless(&self) -> bool {
        self.report.warnings.is_empty() && self.verdicts.keys().all(|verdict| *verdict == Verdict::Pass)
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
