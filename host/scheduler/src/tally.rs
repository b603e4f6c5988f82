//! What a run comes to: table by table, check by check, stage by stage.

use std::collections::BTreeMap;

use limosa_database::QUARANTINE;
use limosa_model::{CheckOutcome, StageReport, TableName, TableReport, Usage};

use crate::checks::{At, SAMPLES};

/// Grows while the stages work; the report is made of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) tables: BTreeMap<TableName, TableReport>,
    pub(crate) outcomes: BTreeMap<(At, String), CheckOutcome>,
    pub(crate) warnings: Vec<String>,
    pub(crate) stages: Vec<StageReport>,
}

impl Tally {
    /// What is told of a table.
    pub(crate) fn table(&mut self, table: &TableName) -> &mut TableReport {
        self.tables
            .entry(table.clone())
            .or_insert_with(|| TableReport {
                table: table.clone(),
                source_rows: 0,
                target_rows: 0,
                quarantined_rows: 0,
                made_rows: None,
                columns: Vec::new(),
                verified: false,
                differing_rows: 0,
                differences: Vec::new(),
                seconds: 0.0,
            })
    }

    /// Says which values are not in the target as they were, by their column's treatment.
    pub(crate) fn warn_of_losses(&mut self) {
        for report in self.tables.values() {
            let table = &report.table;
            let offenders: Vec<String> = report
                .columns
                .iter()
                .filter(|column| column.counts.rejected > 0)
                .map(|column| format!("{} of column {}", column.counts.rejected, column.column))
                .collect();
            if report.quarantined_rows > 0 {
                self.warnings.push(format!(
                    "{} rows of table {table} are in the table {QUARANTINE} instead of the target's, for values that do not fit: {}",
                    report.quarantined_rows,
                    offenders.join(", ")
                ));
            }
            for column in report
                .columns
                .iter()
                .filter(|column| column.counts.lossy > 0)
            {
                let (count, verb) = match column.counts.lossy {
                    1 => ("1 value".to_owned(), "was"),
                    more => (format!("{more} values"), "were"),
                };
                self.warnings.push(format!(
                    "{count} of column {table}.{} {verb} rounded or nulled, as its treatment asks",
                    column.column
                ));
            }
        }
    }

    /// Takes the outcome of a check in.
    pub(crate) fn outcome(&mut self, at: At, outcome: CheckOutcome) {
        self.outcomes
            .entry((at, outcome.check.clone()))
            .or_insert_with(|| CheckOutcome {
                check: outcome.check.clone(),
                rows: 0,
                findings: Vec::new(),
                inconclusive: None,
                usage: Usage::default(),
            })
            .merge(outcome, SAMPLES);
    }
}
