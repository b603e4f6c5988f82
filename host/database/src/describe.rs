//! Which value a message means, and what servers would alter instead of refusing it.

use limosa_model::{Batch, ColumnPlan, Exception, TablePlan, Value};

use crate::Error;

/// `row id = 5`, or the row's place in its batch where the table has no key.
pub(crate) fn describe_row(table: &TablePlan, rows: &Batch, row: usize) -> String {
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

/// The first value of a batch that its column cannot hold, as an error. For targets that type their columns; one whose type
/// is the source's own holds what that held.
pub(crate) fn refuse_exceptions(table: &TablePlan, rows: &Batch) -> Result<(), Error> {
    let foreign = |exception: &&Exception| !table.columns[exception.column].own_type;
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

/// How many characters the target's column takes, if it says so.
pub(crate) fn longest_text(plan: &ColumnPlan) -> Option<usize> {
    ["varchar(", "char(", "character varying(", "character("]
        .iter()
        .find_map(|prefix| plan.target_type.strip_prefix(prefix))
        .and_then(|rest| rest.split(')').next()?.parse().ok())
}

/// Servers cut spaces at the end of a text to the length of its column, without a word.
pub(crate) fn refuse_longer(text: &str, longest: usize) -> Result<(), String> {
    if text.len() > longest {
        let characters = text.chars().count();
        if characters > longest {
            return Err(format!(
                "a text of {characters} characters where {longest} fit"
            ));
        }
    }
    Ok(())
}

/// Lower-case `8-4-4-4-12`: the form in which every engine hands UUIDs out.
pub(crate) fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(position, byte)| match position {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            })
}

fn shown(value: &Value) -> String {
    match value {
        // The class has said it.
        Value::Null => String::new(),
        value => value.to_string(),
    }
}
