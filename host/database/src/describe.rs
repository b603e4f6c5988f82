//! Which value a message means.

use limosa_model::{Batch, Exception, TablePlan, Value};

use crate::Error;

/// `row id = 5`, or the row's place in its batch where the table has no key.
pub fn describe_row(table: &TablePlan, rows: &Batch, row: usize) -> String {
    let positions = table.key_positions();
    if positions.is_empty() {
        return format!("a row without a key, number {} of its batch", row + 1);
    }
    let parts: Vec<String> = table
        .key
        .iter()
        .zip(rows.values(row, &positions))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!("row {}", parts.join(", "))
}

/// The first value of a batch that does not have its column's type, as an error. One whose type is the source's own holds
/// what that held.
pub(crate) fn refuse_exceptions(table: &TablePlan, rows: &Batch) -> Result<(), Error> {
    let foreign = |exception: &&Exception| {
        let fit = &table.columns[exception.column].fit;
        !fit.takes_exception(&exception.value)
    };
    let Some(exception) = rows.exceptions().iter().find(foreign) else {
        return Ok(());
    };
    let plan = &table.columns[exception.column];
    Err(misfit(
        table,
        rows,
        exception.row,
        exception.column,
        &format!(
            "the {} {} is no {}, so {} cannot hold it",
            exception.value.class(),
            shown(&exception.value),
            plan.carried,
            plan.target_type
        ),
    ))
}

/// An error about one value.
pub(crate) fn misfit(
    table: &TablePlan,
    rows: &Batch,
    row: usize,
    column: usize,
    reason: &str,
) -> Error {
    Error::Misfit {
        table: table.source.clone(),
        column: table.columns[column].name.clone(),
        row: describe_row(table, rows, row),
        reason: reason.to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        // The class has said it.
        Value::Null => String::new(),
        value => value.to_string(),
    }
}
