//! How SQLite writes things.

use limosa_model::{
    CheckConstraint, Clock, Column, ColumnDefault, ColumnType, Engine, Fit, ForeignKey, TableName,
    TablePlan, Value,
};

use super::catalogue::column_type;
use crate::dialect::{
    Definition, Dialect, FOUR_DIGIT_DAYS, FOUR_DIGIT_MOMENTS, create_index, foreign_key, literal,
};

/// SQLite's SQL.
#[derive(Debug)]
pub(crate) struct SqliteDialect;

/// A double keeps every decimal of this many digits apart: IEEE 754, `DBL_DIG`.
const DIGITS_OF_A_DOUBLE: u8 = 15;

/// The time by a clock, where a column holds it as text.
fn now(function: &str, word: &str, clock: Clock, carried: &ColumnType) -> Option<String> {
    let clock = match carried {
        ColumnType::Timestamp { zoned: true } => Clock::Utc,
        ColumnType::Timestamp { zoned: false }
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Text { .. } => clock,
        _ => return None,
    };
    Some(match clock {
        Clock::Utc => word.to_owned(),
        Clock::Session => format!("({function}('now', 'localtime'))"),
    })
}

impl Dialect for SqliteDialect {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn placeholder(&self, position: usize) -> String {
        format!("?{position}")
    }

    fn longest_name(&self) -> usize {
        // No limit of its own; what a statement may hold is far beyond any name.
        4096
    }

    fn folds_case(&self) -> bool {
        true
    }

    fn index_names_are_global(&self) -> bool {
        true
    }

    fn enforces_types(&self) -> bool {
        false
    }

    fn native_type(
        &self,
        column: &Column,
        from: Engine,
        _key_columns: usize,
    ) -> Result<String, String> {
        if from == Engine::Sqlite {
            return Ok(column.declared.clone());
        }
        // SQLite turns text into a number under NUMERIC affinity wherever 15 digits survive; a name that holds
        // "TEXT" has TEXT affinity and is left alone. The catalogue reads these names back.
        Ok(match &column.column_type {
            ColumnType::Boolean => "BOOLEAN".into(),
            ColumnType::Integer { .. } => "INTEGER".into(),
            ColumnType::Unsigned => "DECIMAL_TEXT(20,0)".into(),
            ColumnType::Float { .. } => "REAL".into(),
            ColumnType::Decimal { precision, scale }
                if *precision <= DIGITS_OF_A_DOUBLE && *scale >= 0 =>
            {
                format!("DECIMAL({precision},{scale})")
            }
            ColumnType::Decimal { precision, scale } => {
                format!("DECIMAL_TEXT({precision},{scale})")
            }
            ColumnType::Number => "DECIMAL_TEXT".into(),
            ColumnType::Text {
                length: Some(length),
                ..
            } => format!("VARCHAR({length})"),
            ColumnType::Text { length: None, .. } | ColumnType::Native { .. } => "TEXT".into(),
            ColumnType::Bytes { .. } => "BLOB".into(),
            ColumnType::Date => "DATE".into(),
            ColumnType::Time => "TIME".into(),
            ColumnType::Timestamp { zoned: false } => "DATETIME".into(),
            ColumnType::Timestamp { zoned: true } => "TIMESTAMP_UTC".into(),
            ColumnType::Uuid => "UUID_TEXT".into(),
            ColumnType::Json { .. } => "JSON_TEXT".into(),
        })
    }

    fn form(&self, column_type: &ColumnType) -> &'static str {
        match column_type {
            ColumnType::Boolean | ColumnType::Integer { .. } => "integer",
            ColumnType::Float { .. } => "float",
            ColumnType::Bytes { .. } => "bytes",
            // An integer or a double where that is the same number, else text.
            ColumnType::Unsigned | ColumnType::Decimal { .. } | ColumnType::Number => "number",
            _ => "text",
        }
    }

    fn fit(&self, carried: &ColumnType, target_type: &str) -> Fit {
        // Each value has its own type here, so that of its column need not be that of the value.
        let any = Fit {
            exceptions: true,
            ..Fit::default()
        };
        match carried {
            // NaN becomes null; and where a column's affinity is one of numbers, whole floats are kept as integers, which have
            // no negative zero (sqlite.org/datatype3.html, 2).
            ColumnType::Float { .. } => Fit {
                no_nan: true,
                no_negative_zero: !["", "BLOB"]
                    .contains(&target_type.to_ascii_uppercase().as_str()),
                ..any
            },
            ColumnType::Date => Fit {
                days: Some(FOUR_DIGIT_DAYS),
                ..any
            },
            ColumnType::Timestamp { .. } => Fit {
                microseconds: Some(FOUR_DIGIT_MOMENTS),
                ..any
            },
            _ => any,
        }
    }

    fn surely_fits(&self, _column_type: &ColumnType, _fit: &Fit) -> bool {
        // A column's type promises nothing.
        false
    }

    fn scanned_type(&self, column: &Column, to: Engine) -> ColumnType {
        match &column.column_type {
            // Within SQLite the stored text is what counts, not what it means.
            ColumnType::Date
            | ColumnType::Time
            | ColumnType::Timestamp { .. }
            | ColumnType::Uuid
            | ColumnType::Json { .. }
                if to == Engine::Sqlite =>
            {
                ColumnType::TEXT
            }
            // A column without affinity keeps 1 and 1.0 apart.
            ColumnType::Number
                if to == Engine::Sqlite && column_type(&column.declared) == ColumnType::BYTES =>
            {
                ColumnType::BYTES
            }
            other => other.clone(),
        }
    }

    /// What is not bytes then comes as the exception that it is, with its own class.
    fn stored_type(&self, _scanned: &ColumnType) -> Option<ColumnType> {
        Some(ColumnType::BYTES)
    }

    fn default(
        &self,
        default: &ColumnDefault,
        carried: &ColumnType,
        _from: Engine,
    ) -> Option<String> {
        match default {
            ColumnDefault::Literal(value) => match (value, carried) {
                (Value::Boolean(truth), ColumnType::Boolean) => Some(i32::from(*truth).to_string()),
                (Value::Text(text), ColumnType::Boolean) => match text.as_str() {
                    "t" | "true" => Some("1".into()),
                    "f" | "false" => Some("0".into()),
                    _ => None,
                },
                _ => literal(value, carried),
            },
            ColumnDefault::Now(clock) => now("datetime", "CURRENT_TIMESTAMP", *clock, carried),
            ColumnDefault::Today(clock) => now("date", "CURRENT_DATE", *clock, carried),
            ColumnDefault::TimeOfDay(clock) => now("time", "CURRENT_TIME", *clock, carried),
            ColumnDefault::UnixTime => matches!(carried, ColumnType::Integer { .. })
                .then(|| "(CAST(strftime('%s', 'now') AS INTEGER))".into()),
            ColumnDefault::JulianDay => {
                matches!(carried, ColumnType::Float { .. }).then(|| "(julianday('now'))".into())
            }
            // No function makes one.
            ColumnDefault::NewUuid | ColumnDefault::Expression(_) => None,
        }
    }

    fn create_table(&self, table: &TablePlan) -> String {
        if let Some(definition) = &table.definition {
            return definition.clone();
        }
        let row_identity = match table.primary_key.as_slice() {
            [name] => table.columns.iter().find(|column| {
                &column.target_name == name && column.target_type.eq_ignore_ascii_case("INTEGER")
            }),
            _ => None,
        };
        let mut parts: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let mut part =
                    format!("{} {}", self.quote(&column.target_name), column.target_type);
                if row_identity.is_some_and(|identity| identity.name == column.name) {
                    part.push_str(" PRIMARY KEY");
                    if column.identity && table.next_number.is_some() {
                        part.push_str(" AUTOINCREMENT");
                    }
                }
                if !column.nullable {
                    part.push_str(" NOT NULL");
                }
                if let Some(default) = &column.default {
                    part.push_str(&format!(" DEFAULT {default}"));
                }
                part
            })
            .collect();
        if row_identity.is_none() && !table.primary_key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", self.list(&table.primary_key)));
        }
        parts.extend(table.checks.iter().map(|check| {
            let name = check.name.as_deref().unwrap_or_default();
            format!(
                "CONSTRAINT {} CHECK ({})",
                self.quote(name),
                check.expression
            )
        }));
        parts.extend(table.foreign_keys.iter().map(|key| foreign_key(self, key)));
        format!(
            "CREATE TABLE {} (\n  {}\n)",
            self.table(&table.target),
            parts.join(",\n  ")
        )
    }

    fn create_indexes(&self, table: &TablePlan) -> Vec<Definition> {
        table
            .indexes
            .iter()
            .filter(|index| !index.inline)
            .map(|index| match &index.definition {
                Some(definition) => Definition {
                    name: index.name.clone(),
                    sql: definition.clone(),
                },
                None => create_index(self, table, index),
            })
            .collect()
    }

    fn add_foreign_key(
        &self,
        _table: &TableName,
        _key: &ForeignKey,
        _unproven: bool,
    ) -> Option<String> {
        None
    }

    fn add_check(&self, _table: &TableName, _check: &CheckConstraint) -> Option<String> {
        None
    }

    fn restart_identity(&self, table: &TablePlan) -> Vec<String> {
        // Without a count of its own, a table gives the greatest number that is there plus one.
        let Some(next) = table.next_number else {
            return Vec::new();
        };
        let Some(column) = table.columns.iter().find(|column| column.identity) else {
            return Vec::new();
        };
        let name = table.target.name().replace('\'', "''");
        let greatest = format!(
            "(SELECT COALESCE(max({}), 0) FROM {})",
            self.quote(&column.target_name),
            self.table(&table.target)
        );
        vec![
            format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"),
            format!(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', max({greatest}, {}))",
                next.saturating_sub(1)
            ),
        ]
    }

    fn most_columns(&self) -> usize {
        // SQLITE_MAX_COLUMN, as it is compiled here.
        2_000
    }

    fn drop_tables(&self, tables: &[TableName]) -> Vec<String> {
        tables
            .iter()
            .map(|name| format!("DROP TABLE IF EXISTS {}", self.table(name)))
            .collect()
    }

    fn analyze(&self, table: &TableName) -> String {
        format!("ANALYZE {}", self.table(table))
    }

    fn now_in_milliseconds(&self) -> &'static str {
        "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    }

    fn share_lock(&self) -> &'static str {
        // A writing transaction locks the whole file.
        ""
    }

    fn table_exists(&self) -> &'static str {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1"
    }

    fn text_type(&self) -> &'static str {
        "TEXT"
    }
}
