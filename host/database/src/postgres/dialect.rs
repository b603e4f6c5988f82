//! How PostgreSQL writes things.

use limosa_model::{
    Clock, Column, ColumnDefault, ColumnType, Engine, Fit, ForeignKey, Own, TableName, TablePlan,
};

use super::decode::EPOCH_MICROSECONDS;
use crate::dialect::{
    Definition, Dialect, bounds_of, create_index, foreign_key, insert_generated, literal,
};

/// The reading of a wall clock, as a timestamp without a zone.
fn wall_clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Utc => "timezone('UTC', now())",
        Clock::Session => "LOCALTIMESTAMP",
    }
}

fn now(clock: Clock, carried: &ColumnType) -> Option<String> {
    match carried {
        ColumnType::Timestamp { zoned: true } => Some("now()".into()),
        ColumnType::Timestamp { zoned: false } => Some(wall_clock(clock).into()),
        // As SQLite writes it.
        ColumnType::Text { .. } => Some(format!(
            "to_char({}, 'YYYY-MM-DD HH24:MI:SS')",
            wall_clock(clock)
        )),
        _ => None,
    }
}

/// The bounds of dates and timestamps, from 1970 (PostgreSQL's `datatype/timestamp.h`, counted from 2000 there).
const FIRST_DAY: i32 = -2_440_588;
const LAST_DAY: i32 = i32::MAX;
const FIRST_MOMENT: i64 = EPOCH_MICROSECONDS - 211_813_488_000_000_000;
const LAST_MOMENT: i64 = i64::MAX;

/// PostgreSQL's SQL.
#[derive(Debug)]
pub(crate) struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn placeholder(&self, position: usize) -> String {
        format!("${position}")
    }

    fn longest_name(&self) -> usize {
        // NAMEDATALEN - 1, in bytes; longer ones are cut without a word.
        63
    }

    fn folds_case(&self) -> bool {
        false
    }

    fn index_names_are_global(&self) -> bool {
        true
    }

    fn native_type(
        &self,
        column: &Column,
        from: Engine,
        _key_columns: usize,
    ) -> Result<String, String> {
        if from == Engine::Postgres {
            return Ok(column.declared.clone());
        }
        Ok(match &column.column_type {
            ColumnType::Boolean => "boolean".into(),
            ColumnType::Integer { bytes: 1 | 2 } => "smallint".into(),
            ColumnType::Integer { bytes: 3 | 4 } => "integer".into(),
            ColumnType::Integer { .. } => "bigint".into(),
            ColumnType::Unsigned => "numeric(20,0)".into(),
            ColumnType::Float { bytes: 4 } => "real".into(),
            ColumnType::Float { .. } => "double precision".into(),
            ColumnType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
            ColumnType::Number => "numeric".into(),
            // char(n) would pad what was not padded and lose what was.
            ColumnType::Text {
                length: Some(length),
                ..
            } if *length <= 10_485_760 => format!("character varying({length})"),
            ColumnType::Text { .. } | ColumnType::Native { .. } => "text".into(),
            ColumnType::Bytes { .. } => "bytea".into(),
            ColumnType::Date => "date".into(),
            ColumnType::Time => "time without time zone".into(),
            ColumnType::Timestamp { zoned: false } => "timestamp without time zone".into(),
            ColumnType::Timestamp { zoned: true } => "timestamp with time zone".into(),
            ColumnType::Uuid => "uuid".into(),
            // json keeps the text; jsonb would not.
            ColumnType::Json { .. } => "json".into(),
        })
    }

    fn has_collation(&self, name: &str) -> bool {
        name.starts_with("pg_catalog.")
    }

    fn form(&self, column_type: &ColumnType) -> &'static str {
        column_type.family()
    }

    fn fit(&self, carried: &ColumnType, target_type: &str) -> Fit {
        let bounds = bounds_of(target_type);
        match carried {
            ColumnType::Boolean | ColumnType::Bytes { .. } => Fit::default(),
            ColumnType::Time => Fit {
                own: Some(Own::EndOfDay),
                ..Fit::default()
            },
            ColumnType::Integer { .. } => Fit {
                integers: match target_type {
                    "smallint" => Some((i16::MIN.into(), i16::MAX.into())),
                    "integer" => Some((i32::MIN.into(), i32::MAX.into())),
                    _ => None,
                },
                ..Fit::default()
            },
            ColumnType::Float { bytes } => Fit {
                single: *bytes == 4,
                ..Fit::default()
            },
            // "Numeric Types": up to 131,072 digits before the point and 16,383 after it.
            ColumnType::Unsigned | ColumnType::Decimal { .. } => Fit {
                own: Some(Own::NoNumber),
                ..Fit::default()
            },
            ColumnType::Number => Fit {
                digits: Some((131_072, 16_383)),
                own: Some(Own::NoFiniteNumber),
                ..Fit::default()
            },
            ColumnType::Text { .. } | ColumnType::Native { .. } => Fit {
                no_nul: true,
                characters: bounds.first().copied(),
                ..Fit::default()
            },
            // "Date/Time Types": 4713 BC to 5874897 AD, and to 294276 AD.
            ColumnType::Date => Fit {
                days: Some((FIRST_DAY, LAST_DAY)),
                own: Some(Own::EndsOfTime),
                ..Fit::default()
            },
            ColumnType::Timestamp { .. } => Fit {
                microseconds: Some((FIRST_MOMENT, LAST_MOMENT)),
                own: Some(Own::EndsOfTime),
                ..Fit::default()
            },
            ColumnType::Uuid => Fit {
                uuid: true,
                ..Fit::default()
            },
            ColumnType::Json { .. } => Fit {
                json: true,
                ..Fit::default()
            },
        }
    }

    fn surely_fits(&self, column_type: &ColumnType, fit: &Fit) -> bool {
        match column_type {
            ColumnType::Boolean | ColumnType::Integer { .. } | ColumnType::Unsigned => true,
            ColumnType::Uuid | ColumnType::Bytes { length: None } => true,
            ColumnType::Json { .. } => fit.bytes.is_none(),
            ColumnType::Float { .. } => fit.takes_floats(),
            // No text holds a NUL here.
            ColumnType::Text { length, .. } => fit.takes_texts_of(*length),
            ColumnType::Native { .. } => fit.takes_texts_of(None),
            ColumnType::Bytes {
                length: Some(length),
            } => fit.takes_bytes_of(*length),
            // NaN, infinities, 24:00, and years that others do not have.
            ColumnType::Decimal { .. }
            | ColumnType::Number
            | ColumnType::Date
            | ColumnType::Time
            | ColumnType::Timestamp { .. } => false,
        }
    }

    fn scanned_type(&self, column: &Column, _to: Engine) -> ColumnType {
        column.column_type.clone()
    }

    /// A numeric without bounds keeps the zeros at its end.
    fn stored_type(&self, scanned: &ColumnType) -> Option<ColumnType> {
        (*scanned == ColumnType::Number).then_some(ColumnType::TEXT)
    }

    fn default(
        &self,
        default: &ColumnDefault,
        carried: &ColumnType,
        from: Engine,
    ) -> Option<String> {
        match default {
            ColumnDefault::Literal(value) => literal(value, carried),
            ColumnDefault::Now(clock) => now(*clock, carried),
            ColumnDefault::Today(clock) => {
                let today = format!("({})::date", wall_clock(*clock));
                match carried {
                    ColumnType::Date => Some(today),
                    ColumnType::Text { .. } => Some(format!("({today})::text")),
                    _ => None,
                }
            }
            ColumnDefault::TimeOfDay(clock) => match carried {
                ColumnType::Time => Some(format!("({})::time", wall_clock(*clock))),
                ColumnType::Text { .. } => {
                    Some(format!("to_char({}, 'HH24:MI:SS')", wall_clock(*clock)))
                }
                _ => None,
            },
            ColumnDefault::UnixTime => matches!(carried, ColumnType::Integer { bytes: 8 })
                .then(|| "(floor(extract(epoch FROM now())))::bigint".to_owned()),
            ColumnDefault::JulianDay => {
                matches!(carried, ColumnType::Float { bytes: 8 }).then(|| {
                    "(extract(epoch FROM now()) / 86400 + 2440587.5)::double precision".to_owned()
                })
            }
            ColumnDefault::NewUuid => match carried {
                ColumnType::Uuid => Some("gen_random_uuid()".into()),
                ColumnType::Text { .. } => Some("(gen_random_uuid())::text".into()),
                _ => None,
            },
            ColumnDefault::Expression(sql) => (from == Engine::Postgres).then(|| sql.clone()),
        }
    }

    fn create_table(&self, table: &TablePlan) -> String {
        let mut parts: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let mut part =
                    format!("{} {}", self.quote(&column.target_name), column.target_type);
                if column.identity {
                    let usual = "GENERATED BY DEFAULT AS IDENTITY";
                    part.push(' ');
                    part.push_str(column.numbering.as_deref().unwrap_or(usual));
                } else if let Some(default) = &column.default {
                    part.push_str(&format!(" DEFAULT {default}"));
                }
                if !column.nullable {
                    part.push_str(" NOT NULL");
                }
                part
            })
            .collect();
        insert_generated(&mut parts, table);
        format!(
            "CREATE TABLE {} (\n  {}\n)",
            self.table(&table.target),
            parts.join(",\n  ")
        )
    }

    fn create_indexes(&self, table: &TablePlan) -> Vec<Definition> {
        let mut definitions = Vec::new();
        if !table.primary_key.is_empty() {
            definitions.push(Definition {
                name: String::new(),
                sql: format!(
                    "ALTER TABLE {} ADD PRIMARY KEY ({})",
                    self.table(&table.target),
                    self.list(&table.primary_key)
                ),
            });
        }
        definitions.extend(
            table
                .indexes
                .iter()
                .map(|index| create_index(self, table, index)),
        );
        definitions
    }

    fn add_foreign_key(
        &self,
        table: &TableName,
        key: &ForeignKey,
        unproven: bool,
    ) -> Option<String> {
        let suffix = if unproven { " NOT VALID" } else { "" };
        Some(format!(
            "ALTER TABLE {} ADD {}{suffix}",
            self.table(table),
            foreign_key(self, key)
        ))
    }

    fn restart_identity(&self, table: &TablePlan) -> Vec<String> {
        let Some(column) = table.columns.iter().find(|column| column.identity) else {
            return Vec::new();
        };
        let name = self.table(&table.target);
        vec![format!(
            "SELECT setval(number.seqrelid::regclass, LEAST(number.next, number.seqmax)::bigint, number.next > number.seqmax) FROM \
             (SELECT s.seqrelid, s.seqmax, {next} + ceil(GREATEST((SELECT COALESCE(max({column}), 0) FROM {name}) + 1 - {next}, 0)::numeric / s.seqincrement) * s.seqincrement AS next \
             FROM pg_catalog.pg_sequence s WHERE s.seqrelid = pg_get_serial_sequence('{}', '{}')::regclass) AS number",
            name.replace('\'', "''"),
            column.target_name.replace('\'', "''"),
            column = self.quote(&column.target_name),
            next = table.next_number.unwrap_or(1),
        )]
    }

    fn has_schemas(&self) -> bool {
        true
    }

    fn most_columns(&self) -> usize {
        // MaxHeapAttributeNumber.
        1_600
    }

    fn analyze(&self, table: &TableName) -> String {
        format!("ANALYZE {}", self.table(table))
    }

    fn now_in_milliseconds(&self) -> &'static str {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    }

    fn share_lock(&self) -> &'static str {
        " FOR SHARE"
    }

    fn table_exists(&self) -> &'static str {
        "SELECT 1 FROM pg_catalog.pg_class WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) AND relkind IN ('r', 'p') AND relname = $1"
    }

    fn text_type(&self) -> &'static str {
        "text"
    }
}
