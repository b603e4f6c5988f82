//! What each sentence of the verdict says, and when.

use limosa_model::{Outcome, StageOutcome, Verdict};

use super::facts::{Facts, total};
use super::format::{at_least, count, number};

/// What a migration copied, and how that was verified.
pub(super) fn completed(facts: &Facts<'_>) -> String {
    let tables = facts.report.tables.len();
    if tables == 0 {
        return "The migration is complete; there was no table to copy.".into();
    }
    let copied = rows_of_tables(facts, "copied");
    match facts.validation {
        _ if facts.verified == tables => {
            format!("{copied}, and every value was compared and found equal.")
        }
        Some(StageOutcome::Resumed) => {
            format!(
                "{copied}. An earlier run of this migration validated them; its report says how."
            )
        }
        _ if facts.verified == 0 => {
            format!("{copied} and counted on both sides (counts only; values were not compared).")
        }
        _ => format!(
            "{copied}. Every value was compared and found equal in {} of them; of the others only the rows were counted.",
            count(facts.verified as u64, "table")
        ),
    }
}

/// What a dry run would have copied.
pub(super) fn rehearsed(facts: &Facts<'_>) -> String {
    let (rows, tables) = (
        count(facts.rows, "row"),
        count(facts.report.tables.len() as u64, "table"),
    );
    format!("This was a rehearsal: the migration would copy about {rows} of {tables}.")
}

/// What `rollback` came to.
pub(super) fn rolled_back(facts: &Facts<'_>) -> &'static str {
    match facts.report.outcome {
        Outcome::Completed | Outcome::RolledBack if facts.report.migration.is_empty() => {
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
pub(super) fn looked(facts: &Facts<'_>) -> Vec<String> {
    let cut_short = facts.is_cut_short();
    let tables = &facts.report.tables;
    let mut sentences = Vec::new();
    if cut_short && facts.report.outcome == Outcome::Failed {
        sentences.push(
            "This run did not come to its end: nothing is known of what it did not reach.".into(),
        );
    }
    if facts.differing > 0 {
        let shown = total(tables.iter().map(|table| table.differences.len() as u64));
        sentences.push(format!(
            "Source and target are not equal: {} of {} with differences, {} in all.",
            number(facts.differing as u64),
            count(tables.len() as u64, "table"),
            at_least(facts.differing_rows, shown),
        ));
    } else if facts.has_error("DATA_002") {
        sentences.push("Source and target are not equal: the errors say where.".into());
    } else if !tables.is_empty() && facts.is_compared() && facts.report.errors.is_empty() {
        let compared = rows_of_tables(facts, "compared");
        sentences.push(format!("{compared}, value by value, and found equal."));
    }
    sentences
}

/// How and where a migration failed or was stopped.
pub(super) fn ended(facts: &Facts<'_>) -> String {
    let verb = if facts.has_error("STOP_001") {
        "was stopped"
    } else {
        "failed"
    };
    match facts.report.stages.last() {
        Some(stage) => format!(
            "{verb} in the stage “{}”",
            stage.stage.name().replace('-', " ")
        ),
        None => format!("{verb} before its first stage"),
    }
}

/// What a failed migration left in the target.
pub(super) fn what_is_left(facts: &Facts<'_>) -> &'static str {
    if facts.has_error("ROLL_001") {
        "What it created in the target could not be removed: the target must not be used as it is."
    } else if facts.has_error("LOCK_002") {
        "Another host has taken it over and is at work on the target."
    } else if facts.report.stages.is_empty() {
        "This run copied nothing to the target."
    } else {
        "The target holds an unfinished copy and must not be used yet: the same command goes on with it, and `limosa rollback` removes it."
    }
}

/// What the checks came to, if there were any.
pub(super) fn checked(facts: &Facts<'_>) -> Option<String> {
    let all = facts.report.checks.len();
    let carried = match (facts.report.command.as_str(), facts.report.outcome) {
        ("migrate", Outcome::Completed) if facts.checks(Verdict::Fail) > 0 => {
            "; the rows found were carried as they are"
        }
        _ => "",
    };
    match (all, facts.checks(Verdict::Pass)) {
        (0, _) => None,
        (1, 1) => Some("The one check passed.".into()),
        (_, passed) if passed == all => Some(format!("All {} checks passed.", number(all as u64))),
        (_, passed) => Some(format!(
            "Of {}, {} passed; {}{carried}.",
            count(all as u64, "check"),
            number(passed as u64),
            not_passed(facts)
        )),
    }
}

/// The checks that did not pass, by verdict.
pub(super) fn not_passed(facts: &Facts<'_>) -> String {
    let words = [
        (Verdict::Warning, "with warnings"),
        (Verdict::Fail, "failed"),
        (Verdict::Inconclusive, "inconclusive"),
    ];
    let parts: Vec<String> = words
        .iter()
        .filter_map(|(verdict, word)| {
            let checks = facts.checks(*verdict);
            (checks > 0).then(|| format!("{} {word}", number(checks as u64)))
        })
        .collect();
    parts.join(", ")
}

/// That something of the source is not carried over, where the run ended well.
pub(super) fn left_behind(facts: &Facts<'_>) -> Option<String> {
    let items = facts.report.not_carried.len();
    let ends_well = matches!(facts.report.outcome, Outcome::Completed | Outcome::DryRun);
    (items > 0 && ends_well).then(|| match items {
        1 => "One thing of the source is not carried over; it is listed below.".into(),
        _ => format!(
            "{} things of the source are not carried over; they are listed below.",
            number(items as u64)
        ),
    })
}

/// `All 15 rows of 2 tables were copied`.
fn rows_of_tables(facts: &Facts<'_>, done: &str) -> String {
    let tables = count(facts.report.tables.len() as u64, "table");
    match facts.rows {
        1 => format!("The one row of {tables} was {done}"),
        rows => format!("All {} of {tables} were {done}", count(rows, "row")),
    }
}
