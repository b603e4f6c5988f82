//! Statements for PostgreSQL with their values in them.

use limosa_model::{ColumnPlan, ColumnType, TablePlan, Value};

use super::calendar::{far_date, far_timestamp};
use super::dialect::PostgresDialect;
use crate::Dialect;
use crate::script::{Script, hexadecimal};

impl Script for PostgresDialect {
    /// Past triggers and foreign keys, so that no change brings another with it; that takes a user who may say so.
    fn head(&self) -> &'static str {
        "-- Past triggers and foreign keys, which takes a superuser: run it with psql -v ON_ERROR_STOP=1 -f.\n\
         SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';\n\
         BEGIN;\nSET LOCAL session_replication_role = replica;"
    }

    /// In quotes: the column says of which type it is.
    fn constant(&self, value: &Value, column: &ColumnPlan) -> Option<String> {
        let text = match value {
            Value::Null => return Some("NULL".into()),
            Value::Boolean(truth) => return Some(truth.to_string()),
            // Days and moments that have no text of four digits a year.
            Value::Integer(days) if column.carried == ColumnType::Date => far_date(*days),
            Value::Integer(moment) if matches!(column.carried, ColumnType::Timestamp { .. }) => {
                far_timestamp((*moment).into())
            }
            Value::Integer(number) => number.to_string(),
            // Infinity and NaN are written so, too.
            Value::Float(number) => format!("{number:e}"),
            // There is no such character here, and a client would end the line at it.
            Value::Text(text) if text.contains('\0') => return None,
            Value::Text(text) => text.replace('\'', "''"),
            Value::Bytes(bytes) => format!("\\x{}", hexadecimal(bytes)),
            Value::MalformedText(_) => return None,
        };
        Some(format!("'{text}'"))
    }

    fn own_numbers(&self) -> &'static str {
        " OVERRIDING SYSTEM VALUE"
    }

    /// Not by the type's own equality: that of floats takes -0 for 0, that of some texts `a` for `A`, and JSON has none.
    fn is_same(&self, column: &ColumnPlan, constant: &str) -> String {
        let name = self.quote(&column.target_name);
        let bare = column
            .target_type
            .split(" COLLATE ")
            .next()
            .unwrap_or_default();
        match column.carried {
            ColumnType::Float { .. } => format!(
                "float8send({name}::float8) IS NOT DISTINCT FROM float8send({constant}::float8)"
            ),
            ColumnType::Text { .. } | ColumnType::Json { .. } | ColumnType::Native { .. } => {
                format!(
                    "{name}::text COLLATE \"C\" IS NOT DISTINCT FROM {constant}::{bare}::text COLLATE \"C\""
                )
            }
            _ => format!("{name} IS NOT DISTINCT FROM {constant}"),
        }
    }

    /// A row's place counts within its partition.
    fn delete_one(&self, table: &TablePlan, condition: &str) -> Option<String> {
        let table = self.table(&table.target);
        Some(format!(
            "DELETE FROM {table} WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM {table} WHERE {condition} LIMIT 1)"
        ))
    }
}
