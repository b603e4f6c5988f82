//! The eight stages, one file each, each with the same four verbs.

mod cleanup;
mod cutover;
mod cutover_preparation;
mod initial_sync;
mod post_cutover_validation;
mod preparation;
mod schema_sync;
mod validation;

use async_trait::async_trait;
use limosa_model::{Code, Stage, TableName, Verdict};

use crate::OnFinding;
use crate::checks::At;
use crate::error::Doing;
use crate::run::Run;
use crate::undo::names;
use crate::{Error, Result};

/// A stage.
#[async_trait]
pub(crate) trait Work: Send + Sync {
    /// Which one.
    fn stage(&self) -> Stage;

    /// May it start? Called once, before `run`; writes nothing.
    async fn check(&self, _run: &Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Does the work. Called again by a run that resumes, also for a stage that was done: it looks at what is there, does
    /// what is missing, and finds out again what the report and the judgement need.
    async fn run(&self, run: &Run<'_>) -> Result<()>;

    /// Is the work done? Called once, after `run`.
    async fn verify(&self, _run: &Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Takes back what only this stage knows of. What is in the target's books is removed for all stages at once.
    async fn undo(&self, _run: &Run<'_>) -> Result<()> {
        Ok(())
    }
}

/// All stages, in order.
pub(crate) fn all() -> [Box<dyn Work>; 8] {
    [
        Box::new(preparation::Preparation),
        Box::new(schema_sync::SchemaSync),
        Box::new(initial_sync::InitialSync),
        Box::new(validation::Validation),
        Box::new(cutover_preparation::CutoverPreparation),
        Box::new(cutover::Cutover),
        Box::new(post_cutover_validation::PostCutoverValidation),
        Box::new(cleanup::Cleanup),
    ]
}

/// Undoes this stage and those before it, the last first.
pub(crate) async fn undo_from(run: &Run<'_>, stage: Stage) -> Result<()> {
    for work in all().iter().rev().filter(|work| work.stage() <= stage) {
        work.undo(run).await?;
    }
    Ok(())
}

/// An error if the target holds tables that are not this migration's.
pub(crate) async fn refuse_full_target(run: &Run<'_>) -> Result<()> {
    let endpoint = run.target().endpoint();
    let there = run.look_at_target().await?;
    let book = run.book();
    let ours = if book
        .exist()
        .await
        .doing(|| "looking for the books in the target".into())?
    {
        book.created()
            .await
            .doing(|| "reading what was created".into())?
    } else {
        Vec::new()
    };
    let is_used = |schema: Option<&str>| {
        let mut tables = run.plan.tables.iter();
        tables.any(|table| table.target.schema() == schema)
    };
    let foreign: Vec<TableName> = there
        .tables
        .iter()
        .map(|table| table.name.clone())
        // What stands in schemas that the plan does not touch is in nobody's way.
        .filter(|name| !ours.contains(name) && (name.schema().is_none() || is_used(name.schema())))
        .collect();
    let folds = run.target().dialect().folds_case();
    let collides = |name: &TableName| {
        run.plan.tables.iter().any(|table| {
            table.target == *name || folds && table.target.name().eq_ignore_ascii_case(name.name())
        })
    };
    let colliding: Vec<TableName> = foreign
        .iter()
        .filter(|name| collides(name))
        .cloned()
        .collect();
    if !colliding.is_empty() {
        let mut message = format!("{endpoint} already has {}", names(&colliding));
        if let Some(earlier) = &run.completed {
            message += &format!(
                "; migration {earlier} from here to there was completed, and `limosa diff` compares both sides"
            );
        }
        return Err(Error::refused(Code::TargetNotEmpty, message));
    }
    if !foreign.is_empty() && !run.options().force {
        let message = format!(
            "{endpoint} is not empty: it has {}; none of them would be touched, and --force goes on beside them",
            names(&foreign)
        );
        return Err(Error::refused(Code::TargetNotEmpty, message));
    }
    Ok(())
}

/// What the outcomes of checks at one place lead to.
pub(crate) fn judge(run: &Run<'_>, at: At) -> Result<()> {
    let mut failed = Vec::new();
    let mut warnings = Vec::new();
    for ((place, check), outcome) in &run.tally().outcomes {
        if *place != at {
            continue;
        }
        let found: Vec<String> = outcome
            .findings
            .iter()
            .filter(|findings| findings.count > findings.accepted)
            .map(|findings| format!("{} {}", findings.count - findings.accepted, findings.code))
            .collect();
        match outcome.verdict() {
            Verdict::Pass => {}
            Verdict::Warning => warnings.push(format!("{check}: {}", found.join(", "))),
            Verdict::Fail if run.options().on_finding == OnFinding::Report => {
                warnings.push(format!(
                    "{check}: {} (carried as they are)",
                    found.join(", ")
                ));
            }
            Verdict::Fail => failed.push(format!("{check} found {}", found.join(", "))),
            Verdict::Inconclusive => {
                let reason = outcome.inconclusive.clone().unwrap_or_default();
                return Err(Error::refused(
                    Code::Inconclusive,
                    format!("the check {check} is inconclusive: {reason}"),
                ));
            }
        }
    }
    run.tally().warnings.extend(warnings);
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Error::refused(Code::Findings, failed.join("; ")))
    }
}
