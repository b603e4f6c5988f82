//! How a run ended, in plain words: a heading, the sentence that is the verdict, and those that say what it means.

use limosa_model::Outcome;
use serde::Serialize;

use super::facts::Facts;
use super::format::visible;
use super::sentences::{
    checked, completed, ended, left_behind, looked, rehearsed, rolled_back, what_is_left,
};

/// Characters of the first error in the verdict; it stands below in full.
const MOST_IN_VERDICT: usize = 400;

/// True of every migration: each adapter opens the source for reading alone.
const ONLY_READ: &str = "The source was only read.";

/// How it went. A tone is `good`, `warn`, `bad` or `plain`, and never the only bearer of a meaning.
#[derive(Serialize)]
pub(super) struct Banner {
    tone: &'static str,
    heading: &'static str,
    lead: String,
    more: String,
    error: Option<String>,
    remedy: Option<String>,
}

impl Banner {
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let error = facts.report.errors.first();
        let (tone, heading) = heading(facts);
        let mut sentences = sentences(facts).into_iter();
        Self {
            tone,
            heading,
            lead: sentences.next().unwrap_or_default(),
            more: sentences.collect::<Vec<_>>().join(" "),
            error: error.map(|error| visible(&error.message, MOST_IN_VERDICT)),
            remedy: error.map(|error| visible(&error.remedy, MOST_IN_VERDICT)),
        }
    }
}

/// Its tone and its words.
fn heading(facts: &Facts<'_>) -> (&'static str, &'static str) {
    let failed = !facts.report.errors.is_empty();
    match facts.report.outcome {
        Outcome::RolledBack if failed => ("bad", "Failed and rolled back"),
        Outcome::RolledBack => ("good", "Rolled back"),
        Outcome::Failed if facts.has_error("STOP_001") => ("warn", "Stopped on request"),
        Outcome::Failed if !facts.looks() || facts.is_cut_short() => ("bad", "Failed"),
        Outcome::Failed if facts.has_error("DATA_002") => ("bad", "Not equal"),
        Outcome::Failed => ("bad", "Not all checks passed"),
        Outcome::Completed | Outcome::DryRun if failed => ("bad", "Completed with errors"),
        Outcome::DryRun if facts.is_spotless() => ("plain", "Dry run"),
        Outcome::DryRun => ("warn", "Dry run, with something to look at"),
        Outcome::Completed if !facts.is_compared() => ("warn", "Completed, values not compared"),
        Outcome::Completed if facts.is_spotless() => ("good", "Completed"),
        Outcome::Completed => ("warn", "Completed, with something to look at"),
    }
}

/// The first is the verdict; the others say what it means.
fn sentences(facts: &Facts<'_>) -> Vec<String> {
    let (before, after): (Vec<String>, _) =
        match (facts.report.command.as_str(), facts.report.outcome) {
            ("migrate", Outcome::Completed) => (vec![completed(facts)], Some(ONLY_READ)),
            ("migrate", Outcome::DryRun) => (vec![rehearsed(facts)], Some("Nothing was written.")),
            ("migrate", Outcome::RolledBack) => {
                let removed = "and what it had created in the target was removed again.";
                (
                    vec![format!("The migration {}, {removed}", ended(facts))],
                    Some(ONLY_READ),
                )
            }
            ("migrate", Outcome::Failed) => {
                let left = what_is_left(facts).into();
                (
                    vec![format!("The migration {}.", ended(facts)), left],
                    Some(ONLY_READ),
                )
            }
            ("rollback", _) => (vec![rolled_back(facts).into()], None),
            _ => (looked(facts), Some("Nothing was written.")),
        };
    let mut sentences = before;
    sentences.extend(checked(facts));
    sentences.extend(left_behind(facts));
    sentences.extend(after.map(String::from));
    sentences
}
