//! Validation: counts, the checks that need whole tables, and the comparison of every value on both sides.

use std::time::Instant;

use async_trait::async_trait;
use limosa_model::{Code, Progress, Stage, TablePlan};
use limosa_plugin::Scope;

use super::{Work, judge};
use crate::checks::{At, Subject, inspect};
use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result, compare};

pub(super) struct Validation;

#[async_trait]
impl Work for Validation {
    fn stage(&self) -> Stage {
        Stage::Validation
    }

    async fn check(&self, run: &Run<'_>) -> Result<()> {
        judge(run, At::InFlight)
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        count(run).await?;
        if run.checks().need_whole_tables() {
            check_target(run).await?;
        }
        if run.options().skip_post_validation {
            return Ok(());
        }
        for table in &run.plan.tables {
            run.may_go_on()?;
            compare_table(run, table).await?;
        }
        Ok(())
    }

    async fn verify(&self, run: &Run<'_>) -> Result<()> {
        let mut wrong = Vec::new();
        let aside = run
            .book()
            .set_aside(&run.id)
            .await
            .doing(|| "counting the rows in quarantine".into())?;
        let tally = run.tally();
        let tables = run.plan.tables.iter();
        for (plan, table) in tables.filter_map(|plan| Some((plan, tally.tables.get(&plan.source)?)))
        {
            let readings = plan.readings().iter();
            let kept = readings.map(|reading| aside.get(&plan.passage(reading).to_string()));
            let kept: u64 = kept.flatten().sum();
            if table.quarantined_rows != kept {
                wrong.push(format!(
                    "{} rows of table {} do not fit and {kept} are in the quarantine table",
                    table.quarantined_rows, table.table
                ));
            }
            if table.differing_rows > 0 {
                wrong.push(format!(
                    "table {} differs in {} rows, for example {}",
                    table.table,
                    table.differing_rows,
                    table.differences.first().map_or("-", String::as_str)
                ));
            } else if table.expected_rows() != table.target_rows {
                let made = table
                    .made_rows
                    .map_or_else(String::new, |made| format!(" of which {made} are made"));
                wrong.push(format!(
                    "table {} has {} rows in the source{made}, {} in the target and {} in quarantine",
                    table.table, table.source_rows, table.target_rows, table.quarantined_rows
                ));
            }
        }
        drop(tally);
        if !wrong.is_empty() {
            return Err(Error::refused(Code::Difference, wrong.join("; ")));
        }
        run.tally().warn_of_losses();
        Ok(())
    }
}

/// The probes, and the checks that look at whole tables.
async fn check_target(run: &Run<'_>) -> Result<()> {
    // Probes are queries that the target plans.
    let (catalogue, ()) = tokio::try_join!(run.target_catalogue(), run.statistics.are_fresh())?;
    let subject = Subject {
        database: run.target(),
        asked: run.asked(At::Target),
        catalogue: &catalogue,
        plan: &run.plan,
        at: At::Target,
    };
    let outcomes = inspect(
        &subject,
        run.checks(),
        &|scope| scope == Scope::Table,
        run.observer(),
        run.stop(),
    )
    .await?;
    run.take(At::Target, outcomes);
    judge(run, At::Target)
}

/// The rows that the target has now.
async fn count(run: &Run<'_>) -> Result<()> {
    for table in &run.plan.tables {
        run.may_go_on()?;
        let doing = || format!("counting the rows of table {}", table.target);
        let mut snapshot = run.target().snapshot().await.doing(doing)?;
        let rows = snapshot.count(&table.target).await.doing(doing)?;
        run.tally().table(&table.source).target_rows = rows;
    }
    Ok(())
}

async fn compare_table(run: &Run<'_>, table: &TablePlan) -> Result<()> {
    let clock = Instant::now();
    let observer = run.observer();
    let rows = run.tally().table(&table.source).target_rows;
    observer.observe(&Progress::TableStarted {
        work: "compare",
        table: table.source.clone(),
        rows,
    });
    let comparison = compare(
        run.source(),
        run.target(),
        table,
        run.transforms(),
        observer,
        None,
    )
    .await?;
    observer.observe(&Progress::TableEnded {
        table: table.source.clone(),
    });
    let mut tally = run.tally();
    let report = tally.table(&table.source);
    report.verified = comparison.is_equal();
    report.source_rows = comparison.source_rows;
    report.target_rows = comparison.target_rows;
    report.quarantined_rows = comparison.set_aside;
    report.made_rows = comparison.made_rows;
    report.differing_rows = comparison.differing_rows;
    report.differences = comparison.differences;
    report.seconds += clock.elapsed().as_secs_f64();
    Ok(())
}
