//! Statements for SQLite with their values in them.

use limosa_model::{ColumnPlan, TablePlan, Value, canonical_number};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as Owned};

use super::connection::value_of;
use super::dialect::SqliteDialect;
use super::load::number;
use crate::Dialect;
use crate::script::{Script, hexadecimal, is_delicate};

impl Script for SqliteDialect {
    fn head(&self) -> &'static str {
        "-- Past foreign keys; triggers of the tables still fire. Run it with sqlite3 -bail, which stops at the first error.\n\
         PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;"
    }

    /// Decimals in the form in which a load stores them.
    fn constant(&self, value: &Value, column: &ColumnPlan) -> Option<String> {
        if let Value::Text(text) = value
            && column.carried.family() == "decimal"
            && let Some(canonical) = canonical_number(text)
        {
            return match number(canonical, column) {
                ToSqlOutput::Borrowed(stored) => plain(&value_of(stored)),
                ToSqlOutput::Owned(Owned::Text(text)) => plain(&Value::Text(text)),
                _ => None,
            };
        }
        plain(value)
    }

    /// With its class: the numbers 1 and 1.0 are equal here.
    fn is_same(&self, column: &ColumnPlan, constant: &str) -> String {
        let name = self.quote(&column.target_name);
        format!("({name} IS {constant} COLLATE BINARY AND typeof({name}) IS typeof({constant}))")
    }

    fn delete_one(&self, table: &TablePlan, condition: &str) -> Option<String> {
        let is_free = |name: &&str| {
            let mut columns = table.columns.iter();
            columns.all(|column| !column.target_name.eq_ignore_ascii_case(name))
        };
        // A column may have taken one of the names that the row's number goes by.
        let number = ["rowid", "_rowid_", "oid"].into_iter().find(is_free)?;
        let table = self.table(&table.target);
        Some(format!(
            "DELETE FROM {table} WHERE {number} = (SELECT {number} FROM {table} WHERE {condition} LIMIT 1)"
        ))
    }
}

/// A double in digits, if SQLite reads those very digits back: beyond 15 of them it does not always.
fn digits(number: f64) -> Option<String> {
    let text = format!("{number:e}");
    let connection = Connection::open_in_memory().ok()?;
    let read = connection.query_row(&format!("SELECT {text}"), [], |row| row.get::<_, f64>(0));
    (read.ok()?.to_bits() == number.to_bits()).then_some(text)
}

fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "NULL".into(),
        Value::Boolean(truth) => i64::from(*truth).to_string(),
        // Its digits alone would be one more than the greatest integer, with a sign before it.
        Value::Integer(i64::MIN) => format!("CAST('{}' AS INTEGER)", i64::MIN),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => return None,
        // There is no word for infinity; a number beyond all is one.
        Value::Float(number) if number.is_infinite() => {
            if *number > 0.0 { "9e999" } else { "-9e999" }.to_owned()
        }
        Value::Float(number) => return digits(*number),
        Value::Text(text) if is_delicate(text) => {
            format!("CAST(x'{}' AS TEXT)", hexadecimal(text.as_bytes()))
        }
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Bytes(bytes) => format!("x'{}'", hexadecimal(bytes)),
        Value::MalformedText(bytes) => format!("CAST(x'{}' AS TEXT)", hexadecimal(bytes)),
    })
}
