//! After a value was refused: every table and column of which values do not fit, so that a person sees them all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{Code, Engine, ErrorReport, KeyRange, Plan, TablePlan};

use crate::Stop;
use crate::pipeline::read_ahead;

/// One error for each table with values that do not fit the types that they would be carried in.
///
/// A table that cannot be read is left out: its own failure is told where it was met.
pub(crate) async fn all(source: &Arc<dyn Database>, plan: &Plan, stop: &Stop) -> Vec<ErrorReport> {
    let mut errors = Vec::new();
    // SQLite types each value by itself and takes them all: there the failure was another.
    if plan.target_engine == Engine::Sqlite {
        return errors;
    }
    for table in &plan.tables {
        if stop.is_requested() {
            break;
        }
        let columns = of_table(source, table).await;
        if columns.is_empty() {
            continue;
        }
        let described: Vec<String> = columns
            .into_iter()
            .map(|(column, (count, example))| {
                let plan = &table.columns[column];
                format!("{count} values of column {} do not fit {} ({} in the source), for example {example}", plan.name, plan.target_type, plan.source_type)
            })
            .collect();
        errors.push(ErrorReport {
            code: Code::Data.text().into(),
            message: format!("table {}: {}", table.source, described.join("; ")),
            remedy: Code::Data.remedy().into(),
        });
    }
    errors
}

/// By column: how many values do not fit, and the first of them with its row.
async fn of_table(source: &Arc<dyn Database>, table: &TablePlan) -> BTreeMap<usize, (u64, String)> {
    let mut found: BTreeMap<usize, (u64, String)> = BTreeMap::new();
    let mut batches = read_ahead(
        source.clone(),
        table.source.clone(),
        table.scanned_shape(),
        Vec::new(),
        KeyRange::ALL,
    );
    while let Some(Ok(batch)) = batches.recv().await {
        for exception in batch.exceptions() {
            let entry = found.entry(exception.column).or_insert_with(|| {
                let key: Vec<String> = table
                    .key
                    .iter()
                    .zip(batch.values(exception.row, &table.key_positions()))
                    .map(|(name, value)| format!("{name} = {value}"))
                    .collect();
                let place = if key.is_empty() {
                    "a row without a key".to_owned()
                } else {
                    key.join(", ")
                };
                (
                    0,
                    format!(
                        "the {} {} at {place}",
                        exception.value.class(),
                        exception.value
                    ),
                )
            });
            entry.0 += 1;
        }
    }
    found
}
