//! Statements for MySQL and MariaDB with their values in them.

use limosa_model::{ColumnPlan, ColumnType, TablePlan, Value, canonical_number};

use super::dialect::MysqlDialect;
use crate::Dialect;
use crate::script::{Script, hexadecimal, is_delicate};

impl Script for MysqlDialect {
    fn head(&self) -> &'static str {
        "-- Past foreign keys; triggers of the tables still fire.\n\
         SET NAMES utf8mb4; SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0;\n\
         BEGIN;"
    }

    fn constant(&self, value: &Value, column: &ColumnPlan) -> Option<String> {
        Some(match value {
            Value::Null => "NULL".into(),
            Value::Boolean(truth) => i64::from(*truth).to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) if number.is_finite() => format!("{number:e}"),
            // As a number: a bit string would take the digits of a text for its bits.
            Value::Text(text) if column.carried.family() == "decimal" => canonical_number(text)?,
            // What a backslash means depends on the session; hexadecimal digits mean the same in all.
            Value::Text(text) if text.contains('\\') || is_delicate(text) => {
                format!("_utf8mb4 x'{}'", hexadecimal(text.as_bytes()))
            }
            Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Value::Bytes(bytes) => format!("x'{}'", hexadecimal(bytes)),
            Value::Float(_) | Value::MalformedText(_) => return None,
        })
    }

    fn is_same(&self, column: &ColumnPlan, constant: &str) -> String {
        let name = self.quote(&column.target_name);
        // Not by the column's collation, nor with spaces at the end for nothing.
        if let ColumnType::Text { .. } | ColumnType::Json { .. } = column.carried {
            let bytes = |text: &str| format!("CAST(CONVERT({text} USING utf8mb4) AS BINARY)");
            return format!("{} <=> {}", bytes(&name), bytes(constant));
        }
        format!("{name} <=> {constant}")
    }

    fn delete_one(&self, table: &TablePlan, condition: &str) -> Option<String> {
        let table = self.table(&table.target);
        Some(format!("DELETE FROM {table} WHERE {condition} LIMIT 1"))
    }
}
