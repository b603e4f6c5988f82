//! After a failure: undo, or leave everything for the same command to resume, and say which.

use limosa_model::{Code, EventKind, Outcome, Report, Stage};

use crate::run::Run;
use crate::undo::{names, roll_back};
use crate::{Error, stages};

/// What a run that failed comes to: undone, or left for the same command to resume.
pub(crate) async fn fail(run: &Run<'_>, error: &Error, report: &mut Report) -> Outcome {
    let Some(lease) = run.lease() else {
        return Outcome::Failed;
    };
    // Another host is at work: neither its journal nor its target is ours to touch.
    if error.code() == Code::LeaseLost {
        return Outcome::Failed;
    }
    let entered = run.tally().stages.last().map(|stage| stage.stage);
    let stage = entered.unwrap_or(Stage::Preparation);
    let resumable = error.code() != Code::Configuration || stage > Stage::Preparation;
    if error.calls_for_undo() && !run.options().no_rollback && resumable && stage < Stage::Cutover {
        let reason = error.report().message;
        let undone = async {
            run.record(EventKind::RollbackStarted { reason }).await?;
            stages::undo_from(run, stage).await?;
            let dropped = roll_back(run.target()).await?;
            run.record(EventKind::RolledBack).await?;
            Ok::<_, Error>(dropped)
        };
        match undone.await {
            Ok(dropped) => {
                let text = if dropped.is_empty() {
                    "nothing had been created in the target".into()
                } else {
                    format!("removed from the target: {}", names(&dropped))
                };
                run.warn(format!("rolled back: {text}"));
                return Outcome::RolledBack;
            }
            Err(failure) => {
                let cause = failure.report();
                let message = format!(
                    "the target could not be cleaned: {}; its table limosa_object names what the migration created",
                    cause.message
                );
                report
                    .errors
                    .push(Error::refused(Code::Rollback, message).report());
                return Outcome::Failed;
            }
        }
    }
    // A run that entered no stage leaves the migration where it stood.
    if let Some(stage) = entered {
        let reported = error.report();
        let stopped = EventKind::Stopped {
            stage,
            code: Some(reported.code),
            message: reported.message,
        };
        if let Err(failure) = run.record(stopped).await {
            report.errors.push(failure.report());
        }
    }
    if let Err(failure) = run.book().release(lease).await {
        tracing::warn!(error = %failure, "the lease could not be released; it runs out by itself");
    }
    run.warn(
        "the target holds an unfinished copy: the same command goes on with it, `limosa rollback` removes it".into(),
    );
    Outcome::Failed
}
