//! Statements with their values in them, to be read and run by people: what a repair consists of.
//!
//! A row is replaced rather than updated: two rows that swap a unique value, columns that the server sets with each change, and
//! columns that take no value of others are then no cases of their own.

use limosa_model::{Batch, ColumnPlan, Key, TablePlan, Value};

use crate::Dialect;

/// How an engine writes statements that anybody may run, in any session.
pub trait Script: Dialect {
    /// What sets a session so that the statements mean what they should and change nothing but their own rows, and begins the
    /// transaction. With what a reader should know, as comments.
    fn head(&self) -> &'static str;

    /// A value of a column, as it is carried, as a constant; `None` if there is none.
    fn constant(&self, value: &Value, column: &ColumnPlan) -> Option<String>;

    /// What stands before the values of an `INSERT` that gives those of columns, too, that number themselves.
    fn own_numbers(&self) -> &'static str {
        ""
    }

    /// Whether a column holds the very value that a constant says, byte by byte; two nulls are the same.
    fn is_same(&self, column: &ColumnPlan, constant: &str) -> String;

    /// Deletes one of the rows that meet a condition; `None`: they cannot be told apart.
    fn delete_one(&self, table: &TablePlan, condition: &str) -> Option<String>;
}

/// `INSERT` of a row, as it is carried.
///
/// # Errors
/// If a value does not fit, or the engine has no constant for it.
pub fn insert(
    dialect: &dyn Script,
    table: &TablePlan,
    rows: &Batch,
    row: usize,
) -> Result<String, String> {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.target_name.clone())
        .collect();
    let one = rows.slice(row);
    let mut misfits = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        column.fit.misfits(&one, position, &mut misfits);
    }
    if let Some(misfit) = misfits.first() {
        let column = &table.columns[misfit.column];
        return Err(format!(
            "{}, so {} of {} cannot hold it",
            misfit.reason, column.target_type, column.name
        ));
    }
    let columns = table.columns.iter().enumerate();
    let values: Vec<String> = columns
        .map(|(position, column)| constant(dialect, column, &rows.value(row, position)))
        .collect::<Result<_, _>>()?;
    Ok(format!(
        "INSERT INTO {} ({}){} VALUES ({})",
        dialect.table(&table.target),
        dialect.list(&names),
        dialect.own_numbers(),
        values.join(", ")
    ))
}

/// `DELETE` of the row with this key; of one of the rows with these values, where there is no key.
///
/// # Errors
/// If the engine has no constant for one of the values, or cannot tell equal rows apart.
pub fn delete(dialect: &dyn Script, table: &TablePlan, key: &Key) -> Result<String, String> {
    let condition = condition(dialect, table, key)?;
    if !table.key.is_empty() {
        let target = dialect.table(&table.target);
        return Ok(format!("DELETE FROM {target} WHERE {condition}"));
    }
    dialect
        .delete_one(table, &condition)
        .ok_or_else(|| "its rows have no name by which one of several can be deleted".to_owned())
}

/// Picks the row by its key, or by all of its values.
fn condition(dialect: &dyn Script, table: &TablePlan, key: &Key) -> Result<String, String> {
    let positions = match table.key_positions() {
        key if key.is_empty() => (0..table.columns.len()).collect(),
        key => key,
    };
    let parts: Vec<String> = positions
        .into_iter()
        .zip(key)
        .map(|(position, value)| {
            let column = &table.columns[position];
            let constant = constant(dialect, column, value)?;
            // By the key's index where that finds nothing but the key.
            Ok(if table.key.is_empty() || column.nullable {
                dialect.is_same(column, &constant)
            } else {
                format!("{} = {constant}", dialect.quote(&column.target_name))
            })
        })
        .collect::<Result<_, String>>()?;
    Ok(parts.join(" AND "))
}

fn constant(dialect: &dyn Script, column: &ColumnPlan, value: &Value) -> Result<String, String> {
    dialect.constant(value, column).ok_or_else(|| {
        format!(
            "{} has no constant for {value} in column {}",
            dialect.engine(),
            column.name
        )
    })
}

/// A text as the rest of a line behind `--`: nothing in it ends the line.
pub fn comment(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    format!("-- {line}")
}

/// Bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text holds what a shell of the engine may take for something else: ends of lines, NUL.
pub(crate) fn is_delicate(text: &str) -> bool {
    text.chars().any(char::is_control)
}
