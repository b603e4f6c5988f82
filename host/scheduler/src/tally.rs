//! What a run comes to: table by table, check by check, stage by stage.

use std::collections::BTreeMap;

use limosa_model::{CheckOutcome, StageReport, TableName, TableReport};

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
                verified: false,
                differing_rows: 0,
                differences: Vec::new(),
                seconds: 0.0,
            })
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
            })
            .merge(outcome, SAMPLES);
    }
}
