//! Every table and column of which values do not fit, with how many they are and an example of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use limosa_database::{Database, describe_row};
use limosa_model::{Code, ErrorReport, KeyRange, OnMisfit, Plan, TablePlan};

use crate::error::Doing;
use crate::pipeline::read_ahead;
use crate::{Result, Stop, Transforms};

/// What does not fit of one column.
#[derive(Clone, Debug, Default)]
pub struct ColumnMisfits {
    /// How many values.
    pub count: u64,
    /// The first of them: why, and which row.
    pub example: String,
}

/// One error for each table with values that do not fit and stop the migration.
///
/// A table that cannot be read is left out: its own failure is told where it was met.
pub(crate) async fn all(
    source: &Arc<dyn Database>,
    plan: &Plan,
    transforms: &Transforms,
    stop: &Stop,
) -> Vec<ErrorReport> {
    let mut errors = Vec::new();
    for table in &plan.tables {
        if stop.is_requested() {
            break;
        }
        let Ok(TableMisfits { mut columns, .. }) = of_table(source, table, transforms).await else {
            continue;
        };
        columns.retain(|column, _| stops(table, *column));
        if !columns.is_empty() {
            errors.push(ErrorReport {
                code: Code::Data.text().into(),
                message: format!("table {}: {}", table.source, described(table, &columns)),
                remedy: Code::Data.remedy().into(),
            });
        }
    }
    errors
}

/// Whether a misfit of a column stops the migration.
pub(crate) fn stops(table: &TablePlan, column: usize) -> bool {
    let treatment = &table.columns[column].treatment;
    treatment.on_misfit.unwrap_or_default() == OnMisfit::Stop
}

/// In words, column by column.
pub(crate) fn described(table: &TablePlan, columns: &BTreeMap<usize, ColumnMisfits>) -> String {
    let described = columns.iter().map(|(column, found)| {
        let plan = &table.columns[*column];
        format!(
            "{} of column {} {} not fit {} ({} in the source), for example {}",
            if found.count == 1 {
                "1 value".to_owned()
            } else {
                format!("{} values", found.count)
            },
            plan.name,
            if found.count == 1 { "does" } else { "do" },
            plan.target_type,
            plan.source_type,
            found.example
        )
    });
    described.collect::<Vec<_>>().join("; ")
}

/// What does not fit of one table.
#[derive(Debug, Default)]
pub(crate) struct TableMisfits {
    /// By column.
    pub(crate) columns: BTreeMap<usize, ColumnMisfits>,
    /// By the columns that a transform saw, as their names are listed: the rows that it refuses, and that are to be quarantined.
    pub(crate) refused: BTreeMap<String, ColumnMisfits>,
}

/// How many values do not fit after their treatment and transforms, column by column, and the first of them with its row.
///
/// # Errors
/// If the table cannot be read, or a transform fails or refuses a row that is not to be quarantined.
pub(crate) async fn of_table(
    source: &Arc<dyn Database>,
    table: &TablePlan,
    transforms: &Transforms,
) -> Result<TableMisfits> {
    let mut found = TableMisfits::default();
    for reading in table.readings() {
        let mut passage = transforms.start(table, reading)?;
        let mut batches = read_ahead(
            source.clone(),
            reading.source.clone(),
            reading.scanned_shape(),
            Vec::new(),
            KeyRange::ALL,
        );
        while let Some(batch) = batches.recv().await {
            let batch =
                batch.doing(|| format!("looking at the values of table {}", reading.source))?;
            let surveyed = passage.survey(batch.clone()).await?;
            for misfit in surveyed.misfits {
                let entry = found.columns.entry(misfit.column).or_default();
                entry.count(|| (misfit.reason, describe_row(reading, &batch, misfit.row)));
            }
            for (row, refused) in surveyed.refused {
                let entry = found.refused.entry(refused.columns.join(", ")).or_default();
                entry.count(|| (refused.meaning, describe_row(reading, &batch, row)));
            }
        }
    }
    Ok(found)
}

impl ColumnMisfits {
    fn count(&mut self, first: impl FnOnce() -> (String, String)) {
        if self.count == 0 {
            let (reason, row) = first();
            self.example = format!("{reason} at {row}");
        }
        self.count += 1;
    }
}
