//! Comparing both sides table by table, and reporting where they are not equal.

use std::time::Instant;

use limosa_model::{Catalogue, Code, Observer, Progress, Report, TablePlan, TableReport};
use limosa_scheduler::{Stop, compare};

use super::report::found;
use super::wiring::{Sides, Wiring, catalogue_of_target};
use crate::{Error, Result};

/// Compares every table of the plan, value by value.
pub(super) async fn compare_sides(
    wiring: &Wiring,
    report: &mut Report,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let sides = wiring.sides().await?;
    let there = catalogue_of_target(&sides.target).await?;
    for table in &sides.plan.tables {
        if stop.is_requested() {
            return Err(Error::Run {
                doing: "comparing".into(),
                source: limosa_scheduler::Error::refused(
                    Code::Interrupted,
                    "the comparison was stopped",
                ),
            });
        }
        match missing(table, &there) {
            Some(message) => report.errors.push(found(Code::Difference, message)),
            None => compare_table(&sides, table, report, observer).await?,
        }
    }
    Ok(())
}

/// What the target lacks of a table, if anything.
fn missing(table: &TablePlan, there: &Catalogue) -> Option<String> {
    let Some(found) = there.table(&table.target) else {
        return Some(format!("table {} is not in the target", table.target));
    };
    let column = table
        .columns
        .iter()
        .find(|column| found.column(&column.target_name).is_none())?;
    Some(format!(
        "column {}.{} is not in the target",
        table.target, column.target_name
    ))
}

async fn compare_table(
    sides: &Sides,
    table: &TablePlan,
    report: &mut Report,
    observer: &dyn Observer,
) -> Result<()> {
    let clock = Instant::now();
    observer.observe(&Progress::TableStarted {
        work: "compare",
        table: table.source.clone(),
        rows: table.estimated_rows,
    });
    let comparison = compare(
        &sides.source,
        &sides.target,
        table,
        &sides.transforms,
        observer,
    )
    .await
    .map_err(|source| Error::Run {
        doing: format!("comparing table {}", table.source),
        source,
    })?;
    observer.observe(&Progress::TableEnded {
        table: table.source.clone(),
    });
    if !comparison.is_equal() {
        let at_least = if comparison.partial { "at least " } else { "" };
        let message = format!(
            "table {} differs in {at_least}{} rows",
            table.source, comparison.differing_rows
        );
        report.errors.push(found(Code::Difference, message));
    }
    report.tables.push(TableReport {
        table: table.source.clone(),
        source_rows: comparison.source_rows,
        target_rows: comparison.target_rows,
        quarantined_rows: comparison.set_aside,
        columns: Vec::new(),
        verified: comparison.is_equal(),
        differing_rows: comparison.differing_rows,
        differences: comparison.differences,
        seconds: clock.elapsed().as_secs_f64(),
    });
    Ok(())
}
