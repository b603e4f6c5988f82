//! A migration that was done when its host died: only its books, or a word to the journal, were still to go.

use limosa_model::{EventKind, Phase, Progress, Stage, StageOutcome, StageReport};

use crate::Result;
use crate::error::Doing;
use crate::run::Run;

/// Finishes what a crash in the middle of the cleanup left. `false`: the migration is not that far.
///
/// # Errors
/// If the target or the journal refuses.
pub(crate) async fn finish(run: &Run<'_>) -> Result<bool> {
    let state = run.state().await?;
    let known = Stage::ALL
        .iter()
        .all(|stage| *stage == Stage::Cleanup || state.completed.contains(stage));
    let begun = matches!(
        state.phase,
        Phase::Running(Stage::Cleanup) | Phase::Stopped(Stage::Cleanup)
    ) || state.phase == Phase::Ready && state.completed.contains(&Stage::Cleanup);
    let asking = || "looking for the books in the target".to_owned();
    let marked = run.book().is_finished().await.doing(asking)?;
    if !marked {
        let gone = !run.book().exist().await.doing(asking)?;
        if !(known && begun && gone && all_tables_are_there(run).await?) {
            return Ok(false);
        }
    }
    let removing = || "removing the books from the target".to_owned();
    run.book().close_quarantine().await.doing(removing)?;
    run.book().remove().await.doing(removing)?;
    // Another host's journal knows more of it than this one does.
    if known && !state.is_over() {
        let plan = run.plan.digest();
        run.record(EventKind::Resumed { epoch: 0, plan }).await?;
        if !state.completed.contains(&Stage::Cleanup) {
            let stage = Stage::Cleanup;
            run.record(EventKind::StageStarted { stage }).await?;
            run.record(EventKind::StageCompleted { stage }).await?;
        }
        run.record(EventKind::Completed).await?;
    }
    let text = "the copy was done and verified by an earlier run; what only the migration needed is removed".into();
    run.observer().observe(&Progress::Note { text });
    let outcome = |stage| {
        if stage == Stage::Cleanup {
            StageOutcome::Completed
        } else {
            StageOutcome::Resumed
        }
    };
    run.tally().stages = Stage::ALL
        .map(|stage| StageReport {
            stage,
            outcome: outcome(stage),
            seconds: 0.0,
        })
        .into();
    Ok(true)
}

/// They are gone if the migration was rolled back from elsewhere meanwhile.
async fn all_tables_are_there(run: &Run<'_>) -> Result<bool> {
    let there = run.look_at_target().await?;
    Ok(run
        .plan
        .tables
        .iter()
        .all(|table| there.table(&table.target).is_some()))
}
