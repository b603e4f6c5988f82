//! Running the checks over one whole side, and reporting what they came to.

use std::collections::BTreeMap;

use limosa_model::{CheckOutcome, Code, Observer, Report, Verdict};
use limosa_scheduler::checks::{At, Checks, Subject, inspect};
use limosa_scheduler::{OnFinding, Stop, plan};

use super::report::found;
use super::wiring::{End, Wiring, catalogue_of_target};
use crate::{Error, Result};

/// Runs the checks over the source, which needs no target.
pub(super) async fn check_source(
    wiring: &Wiring,
    report: &mut Report,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let (source, (_, checks)) = tokio::try_join!(wiring.source(), wiring.plugins())?;
    let (source, catalogue) = (source.database, source.catalogue);
    // A plan from the source to itself: every column in its own type.
    let plan = plan(
        source.as_ref(),
        &catalogue,
        source.as_ref(),
        &wiring.settings.options.plan,
    )
    .map_err(|source| Error::Run {
        doing: "planning".into(),
        source,
    })?;
    let asked = wiring.asked(End::Source, &source, &checks).await?;
    let subject = Subject {
        database: &source,
        asked: &asked,
        catalogue: &catalogue,
        plan: &plan,
        at: At::Source,
    };
    run_checks(wiring, report, &subject, &checks, observer, stop).await
}

/// Runs the checks over what a migration put into the target.
pub(super) async fn check_target(
    wiring: &Wiring,
    report: &mut Report,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let sides = wiring.sides().await?;
    let catalogue = catalogue_of_target(&sides.target).await?;
    let asked = wiring
        .asked(End::Target, &sides.target, &sides.checks)
        .await?;
    let subject = Subject {
        database: &sides.target,
        asked: &asked,
        catalogue: &catalogue,
        plan: &sides.plan,
        at: At::Target,
    };
    run_checks(wiring, report, &subject, &sides.checks, observer, stop).await
}

async fn run_checks(
    wiring: &Wiring,
    report: &mut Report,
    subject: &Subject<'_>,
    checks: &Checks,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let log = wiring.finding_log()?;
    let outcomes = inspect(subject, checks, &|_| true, observer, stop)
        .await
        .map_err(|source| Error::Run {
            doing: "running the checks".into(),
            source,
        })?;
    let mut settled = BTreeMap::new();
    for outcome in outcomes {
        let outcome = checks.settle(outcome, &log);
        judge(report, &outcome, wiring.settings.options.on_finding);
        settled.insert((subject.at, outcome.check.clone()), outcome);
    }
    report.checks.extend(checks.reports(&settled));
    Ok(())
}

/// A check that did not pass is a warning or an error of the run.
fn judge(report: &mut Report, outcome: &CheckOutcome, on_finding: OnFinding) {
    let counts: Vec<String> = outcome
        .findings
        .iter()
        .map(|findings| format!("{} {}", findings.count - findings.accepted, findings.code))
        .collect();
    let text = format!("{} found {}", outcome.check, counts.join(", "));
    let code = match outcome.verdict() {
        Verdict::Pass => return,
        Verdict::Fail if on_finding == OnFinding::Stop => Code::Findings,
        Verdict::Warning | Verdict::Fail => return report.warnings.push(text),
        Verdict::Inconclusive => Code::Inconclusive,
    };
    let message = match &outcome.inconclusive {
        Some(reason) => format!("the check {} is inconclusive: {reason}", outcome.check),
        None => text,
    };
    report.errors.push(found(code, message));
}
