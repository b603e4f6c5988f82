//! The quarantine table: rows of which a value did not fit, each with its key, the reason and every original value.
//!
//! It is written in the transaction of the chunk that the row belongs to, stays in the target when the migration is done,
//! and goes with it when that is undone. Values are JSON with their class, floats by their bits and bytes in hexadecimal, so
//! that nothing of the original is lost.

use std::sync::Arc;

use limosa_database::{Dialect, QUARANTINE};
use limosa_model::{
    Batch, BatchBuilder, Code, ColumnPlan, ColumnType, Fit, Form, MigrationId, OnMisfit, Plan,
    Shape, TableName, TablePlan, Treatment, Why,
};
use serde_json::{Map, json};

use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result};

/// A row that did not fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SetAside {
    key: String,
    column: String,
    reason: String,
    original: String,
}

impl SetAside {
    /// Of a row as it was read from the source.
    pub(crate) fn new(
        reading: &TablePlan,
        original: &Batch,
        row: usize,
        column: &str,
        reason: &str,
    ) -> Self {
        let object = |positions: &[usize]| {
            let names = positions
                .iter()
                .map(|position| reading.columns[*position].name.clone());
            let values = original.values(row, positions);
            let fields = names.zip(values.into_iter().map(|value| json!(value)));
            json!(fields.collect::<Map<_, _>>()).to_string()
        };
        let all: Vec<usize> = (0..reading.columns.len()).collect();
        Self {
            key: object(&reading.key_positions()),
            column: column.to_owned(),
            // It may quote the value, and not every engine takes this character in a text.
            reason: reason.replace('\0', "\\0"),
            original: object(&all),
        }
    }
}

/// The columns of the table, and whether they hold names rather than texts of any length.
const COLUMNS: [(&str, bool); 6] = [
    ("migration", true),
    ("source_table", true),
    ("row_key", false),
    ("column_name", false),
    ("reason", false),
    ("original", false),
];

/// The plan of the table, by which a load writes it like any other.
pub(crate) fn plan(dialect: &dyn Dialect) -> TablePlan {
    let column = |(name, is_name): &(&str, bool)| ColumnPlan {
        name: (*name).to_owned(),
        target_name: (*name).to_owned(),
        source_type: String::new(),
        scanned: ColumnType::TEXT,
        treated: ColumnType::TEXT,
        carried: ColumnType::TEXT,
        target_type: if *is_name {
            dialect.name_type()
        } else {
            dialect.text_type().to_owned()
        },
        fit: Fit::default(),
        treatment: Treatment::default(),
        form: Form::Same,
        why: Why::Declared,
        nullable: false,
        default: None,
        identity: false,
        numbering: None,
    };
    let name = TableName::new(QUARANTINE);
    TablePlan {
        source: name.clone(),
        target: name,
        columns: COLUMNS.iter().map(column).collect(),
        key: Vec::new(),
        primary_key: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        generated: Vec::new(),
        next_number: None,
        estimated_rows: 0,
        chunk_rows: 1,
        definition: None,
        made_of: Vec::new(),
    }
}

/// Rows set aside, as the table takes them.
pub(crate) fn rows(
    migration: &MigrationId,
    table: &TableName,
    aside: &[SetAside],
    shape: &Arc<Shape>,
) -> Result<Batch> {
    let mut builder = BatchBuilder::new(shape.clone());
    for row in aside {
        let texts = [
            migration.as_str(),
            &table.to_string(),
            &row.key,
            &row.column,
            &row.reason,
            &row.original,
        ];
        for (column, text) in texts.into_iter().enumerate() {
            builder.text(column, text);
        }
        builder.end_row();
    }
    builder.finish().map_err(|error| {
        let message = format!("rows of table {table} cannot be set aside: {error}");
        Error::refused(Code::Internal, message)
    })
}

/// Whether a migration may set rows aside.
pub(crate) fn is_needed(plan: &Plan) -> bool {
    let tables = plan.tables.iter();
    let tables = tables.flat_map(|table| std::iter::once(table).chain(&table.made_of));
    let columns = tables.flat_map(|table| &table.columns);
    columns
        .into_iter()
        .any(|column| column.treatment.on_misfit == Some(OnMisfit::Quarantine))
}

/// Makes the table, if it is not there.
pub(crate) async fn open(run: &Run<'_>) -> Result<()> {
    let doing = || "making the quarantine table".to_owned();
    if run.target().has_table(QUARANTINE).await.doing(doing)? {
        return Ok(());
    }
    let dialect = run.target().dialect();
    run.define(&dialect.create_table(&plan(dialect)), doing)
        .await
}

#[cfg(test)]
mod tests {
    use limosa_model::Value;

    use super::*;

    #[test]
    fn values_are_written_whole() {
        let written = |value: &Value| json!(value).to_string();
        assert_eq!(written(&Value::Text("a\0".into())), r#"{"text":"a\u0000"}"#);
        assert_eq!(
            written(&Value::Float(0.1)),
            r#"{"float":"3fb999999999999a"}"#
        );
        assert_eq!(written(&Value::Null), r#""null""#);
    }
}
