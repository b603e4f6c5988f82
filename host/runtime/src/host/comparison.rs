//! Comparing both sides table by table, and reporting where they are not equal.

use std::path::Path;
use std::time::Instant;

use limosa_database::Book;
use limosa_model::{Catalogue, Code, Observer, Progress, Report, TablePlan, TableReport};
use limosa_scheduler::{Repair, Stop, compare, parents_first};

use super::repair::RepairFile;
use super::report::found;
use super::wiring::{Sides, Wiring, catalogue_of_target, database_error};
use crate::{Error, Result};

/// Compares every table of the plan, value by value.
pub(super) async fn compare_sides(
    wiring: &Wiring,
    report: &mut Report,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let sides = wiring.sides().await?;
    compare_all(&sides, report, None, observer, stop).await
}

/// The same, and writes the statements that would make the target equal.
pub(super) async fn repair_target(
    wiring: &Wiring,
    path: &Path,
    report: &mut Report,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let mut file = RepairFile::create(path)?;
    let sides = wiring.sides().await?;
    compare_all(&sides, report, Some(&mut file), observer, stop).await?;
    let ends = (sides.plan.source.as_str(), sides.plan.target.as_str());
    let text = file.finish(sides.target.script(), ends)?;
    observer.observe(&Progress::Note { text });
    Ok(())
}

async fn compare_all(
    sides: &Sides,
    report: &mut Report,
    file: Option<&mut RepairFile<'_>>,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let compared = compare_tables(sides, report, file, observer, stop).await;
    report.transforms = sides.transforms.reports();
    compared
}

async fn compare_tables(
    sides: &Sides,
    report: &mut Report,
    mut file: Option<&mut RepairFile<'_>>,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let there = catalogue_of_target(&sides.target).await?;
    let book = Book::of(sides.target.as_ref());
    let quarantined = book
        .all_set_aside()
        .await
        .map_err(|error| database_error("counting the rows in quarantine", error))?;
    for table in parents_first(&sides.plan.tables) {
        if stop.is_requested() {
            return Err(Error::Run {
                doing: "comparing".into(),
                source: limosa_scheduler::Error::refused(
                    Code::Interrupted,
                    "the comparison was stopped",
                ),
            });
        }
        if let Some(message) = missing(table, &there) {
            if let Some(file) = &mut file {
                file.remark(message.clone());
            }
            report.errors.push(found(Code::Difference, message));
            continue;
        }
        let script = sides.target.script();
        // Rows are replaced, and what the source does not know of them would be lost.
        let own = own_columns(table, &there);
        let repair = match &mut file {
            Some(file) if own.is_empty() => Some(file.next(table, script)?),
            Some(file) => {
                let own = own.join(", ");
                file.remark(format!(
                    "table {} has columns that the source lacks ({own})",
                    table.target
                ));
                None
            }
            None => None,
        };
        let aside = compare_table(sides, table, report, repair, observer).await?;
        if aside > 0
            && let Some(file) = &mut file
        {
            file.remark(format!(
                "{aside} rows of table {} do not fit, and belong into the quarantine",
                table.source
            ));
        }
        let readings = table.readings().iter();
        let kept = readings.map(|reading| quarantined.get(&table.passage(reading).to_string()));
        let kept: u64 = kept.flatten().sum();
        if aside != kept {
            let message = format!(
                "{aside} rows of table {} do not fit and {kept} are in the quarantine table",
                table.source
            );
            report.errors.push(found(Code::Difference, message));
        }
    }
    Ok(())
}

/// Columns that only the target has and that it does not make itself.
fn own_columns<'a>(table: &TablePlan, there: &'a Catalogue) -> Vec<&'a str> {
    let is_known = |name: &str| {
        table
            .columns
            .iter()
            .any(|column| column.target_name == name)
    };
    let columns = there
        .table(&table.target)
        .map_or(&[][..], |found| &found.columns);
    columns
        .iter()
        .filter(|column| column.generated.is_none() && !is_known(&column.name))
        .map(|column| column.name.as_str())
        .collect()
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
    repair: Option<Repair<'_>>,
    observer: &dyn Observer,
) -> Result<u64> {
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
        repair,
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
        made_rows: comparison.made_rows,
        columns: Vec::new(),
        verified: comparison.is_equal(),
        differing_rows: comparison.differing_rows,
        differences: comparison.differences,
        seconds: clock.elapsed().as_secs_f64(),
    });
    Ok(comparison.set_aside)
}
