//! How MySQL and MariaDB write things.

use limosa_model::{
    Clock, Column, ColumnDefault, ColumnType, Engine, Fit, ForeignKey, Own, TableName, TablePlan,
    Value,
};

use crate::dialect::{
    Definition, Dialect, FOUR_DIGIT_DAYS, FOUR_DIGIT_MOMENTS, bounds_of, create_index, foreign_key,
    insert_generated, literal,
};

/// MySQL's SQL, with what differs in MariaDB.
#[derive(Debug)]
pub(crate) struct MysqlDialect {
    pub(crate) mariadb: bool,
}

/// Bytes of an index entry in InnoDB's default row format, at four bytes a character.
const INDEX_CHARACTERS: usize = 3072 / 4;

fn now(clock: Clock, carried: &ColumnType) -> Option<String> {
    match (carried, clock) {
        // An instant is kept as UTC.
        (ColumnType::Timestamp { zoned: true }, _)
        | (ColumnType::Timestamp { zoned: false }, Clock::Utc) => Some("(utc_timestamp(6))".into()),
        (ColumnType::Timestamp { zoned: false }, Clock::Session) => {
            Some("CURRENT_TIMESTAMP(6)".into())
        }
        // As SQLite writes it.
        (ColumnType::Text { .. }, Clock::Utc) => {
            Some("(date_format(utc_timestamp(), '%Y-%m-%d %H:%i:%s'))".into())
        }
        (ColumnType::Text { .. }, Clock::Session) => {
            Some("(date_format(now(), '%Y-%m-%d %H:%i:%s'))".into())
        }
        _ => None,
    }
}

/// Whether there is a decimal of so many digits, so many of them after the point.
fn holds_decimal(precision: u8, scale: i8) -> bool {
    precision <= 65 && (0..=30).contains(&scale)
}

impl MysqlDialect {
    /// Values that differ in a byte are different values: no folding of case, no padding.
    fn collation(&self) -> &'static str {
        if self.mariadb {
            "utf8mb4_nopad_bin"
        } else {
            "utf8mb4_0900_bin"
        }
    }
}

impl Dialect for MysqlDialect {
    fn engine(&self) -> Engine {
        Engine::Mysql
    }

    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn placeholder(&self, _position: usize) -> String {
        "?".to_owned()
    }

    fn longest_name(&self) -> usize {
        64
    }

    fn takes_name(&self, name: &str) -> bool {
        // "Schema Object Names": nothing beyond the Basic Multilingual Plane, and no blank at the end.
        let in_plane = |character| u32::from(character) <= 0xffff;
        name.chars().count() <= self.longest_name()
            && name.chars().all(in_plane)
            && !name.ends_with(' ')
    }

    fn folds_case(&self) -> bool {
        true
    }

    fn index_names_are_global(&self) -> bool {
        false
    }

    fn has_partial_indexes(&self) -> bool {
        false
    }

    fn native_type(
        &self,
        column: &Column,
        from: Engine,
        key_columns: usize,
    ) -> Result<String, String> {
        if from == Engine::Mysql {
            return Ok(column.declared.clone());
        }
        // What an index can hold, shared among its columns; a value beyond it is refused, never cut.
        let key_length = INDEX_CHARACTERS / key_columns.max(1);
        Ok(match &column.column_type {
            ColumnType::Boolean => "tinyint(1)".into(),
            ColumnType::Integer { bytes: 1 } => "tinyint".into(),
            ColumnType::Integer { bytes: 2 } => "smallint".into(),
            ColumnType::Integer { bytes: 3 | 4 } => "int".into(),
            ColumnType::Integer { .. } => "bigint".into(),
            ColumnType::Unsigned => "bigint unsigned".into(),
            ColumnType::Float { bytes: 4 } => "float".into(),
            ColumnType::Float { .. } => "double".into(),
            ColumnType::Decimal { precision, scale } if holds_decimal(*precision, *scale) => {
                format!("decimal({precision},{scale})")
            }
            // As much of it as there is; a value of more digits does not fit.
            ColumnType::Decimal { .. } | ColumnType::Number => "decimal(65,30)".into(),
            ColumnType::Text { length, .. } if key_columns > 0 => {
                let length = length.map_or(key_length, |length| key_length.min(length as usize));
                format!("varchar({length})")
            }
            // A row may hold 65,535 bytes outside its long texts; short ones count against that.
            ColumnType::Text {
                length: Some(length),
                ..
            } if *length <= 255 => format!("varchar({length})"),
            ColumnType::Native { .. } if key_columns > 0 => format!("varchar({key_length})"),
            ColumnType::Text { .. } | ColumnType::Native { .. } => "longtext".into(),
            ColumnType::Bytes { length } if key_columns > 0 => {
                let longest = key_length * 4;
                format!(
                    "varbinary({})",
                    length.map_or(longest, |length| longest.min(length as usize))
                )
            }
            ColumnType::Bytes { .. } => "longblob".into(),
            ColumnType::Date => "date".into(),
            ColumnType::Time => "time(6)".into(),
            // TIMESTAMP ends in 2038.
            ColumnType::Timestamp { .. } => "datetime(6)".into(),
            ColumnType::Uuid => "char(36)".into(),
            // MariaDB keeps the text of JSON and checks it; MySQL would rewrite it.
            ColumnType::Json { .. } if self.mariadb => "json".into(),
            ColumnType::Json { .. } => "longtext".into(),
        })
    }

    /// The two have most in common.
    fn has_collation(&self, name: &str) -> bool {
        let is_of_mariadb = ["_nopad_", "_uca1400_"]
            .iter()
            .any(|part| name.contains(part));
        let is_of_mysql = name.contains("_0900_");
        if self.mariadb {
            !is_of_mysql
        } else {
            !is_of_mariadb
        }
    }

    fn form(&self, column_type: &ColumnType) -> &'static str {
        match column_type {
            ColumnType::Boolean | ColumnType::Unsigned => "integer",
            ColumnType::Uuid => "text",
            ColumnType::Json { .. } if self.mariadb => "text",
            other => other.family(),
        }
    }

    fn fit(&self, carried: &ColumnType, target_type: &str) -> Fit {
        let bound = bounds_of(target_type).first().copied();
        match carried {
            ColumnType::Boolean | ColumnType::Unsigned => Fit::default(),
            ColumnType::Time => Fit {
                own: Some(Own::Spans),
                ..Fit::default()
            },
            ColumnType::Integer { .. } => Fit {
                integers: match target_type {
                    "tinyint" => Some((i8::MIN.into(), i8::MAX.into())),
                    "smallint" => Some((i16::MIN.into(), i16::MAX.into())),
                    "int" => Some((i32::MIN.into(), i32::MAX.into())),
                    _ => None,
                },
                ..Fit::default()
            },
            // Even a strict server rounds to four bytes, and MariaDB takes the sign from a negative zero.
            ColumnType::Float { bytes } => Fit {
                single: *bytes == 4,
                no_nan: true,
                no_infinity: true,
                no_negative_zero: self.mariadb,
                ..Fit::default()
            },
            ColumnType::Decimal { precision, scale } if holds_decimal(*precision, *scale) => {
                Fit::default()
            }
            // Even a strict server rounds to the scale.
            ColumnType::Decimal { .. } | ColumnType::Number => Fit {
                digits: Some((35, 30)),
                ..Fit::default()
            },
            ColumnType::Text { .. } | ColumnType::Native { .. } => Fit {
                characters: bound,
                ..Fit::default()
            },
            ColumnType::Bytes { .. } => Fit {
                bytes: bound,
                ..Fit::default()
            },
            ColumnType::Date => Fit {
                days: Some(FOUR_DIGIT_DAYS),
                own: Some(Own::ZeroDates),
                ..Fit::default()
            },
            ColumnType::Timestamp { .. } => Fit {
                microseconds: Some(FOUR_DIGIT_MOMENTS),
                own: Some(Own::ZeroDates),
                ..Fit::default()
            },
            ColumnType::Uuid => Fit {
                uuid: true,
                ..Fit::default()
            },
            ColumnType::Json { .. } => Fit {
                json: self.mariadb,
                ..Fit::default()
            },
        }
    }

    fn surely_fits(&self, column_type: &ColumnType, fit: &Fit) -> bool {
        match column_type {
            ColumnType::Boolean
            | ColumnType::Integer { .. }
            | ColumnType::Unsigned
            | ColumnType::Decimal { .. }
            | ColumnType::Number
            | ColumnType::Uuid
            | ColumnType::Json { .. } => true,
            ColumnType::Float { .. } => fit.takes_floats(),
            ColumnType::Bytes { length } => {
                length.map_or(fit.bytes.is_none(), |length| fit.takes_bytes_of(length))
            }
            ColumnType::Text { length, .. } => !fit.no_nul && fit.takes_texts_of(*length),
            ColumnType::Native { .. } => !fit.no_nul && fit.takes_texts_of(None),
            // Zero dates, and times of up to 838 hours.
            ColumnType::Date | ColumnType::Time | ColumnType::Timestamp { .. } => false,
        }
    }

    fn scanned_type(&self, column: &Column, _to: Engine) -> ColumnType {
        column.column_type.clone()
    }

    fn default(
        &self,
        default: &ColumnDefault,
        carried: &ColumnType,
        from: Engine,
    ) -> Option<String> {
        match default {
            // Long texts take no plain default in MySQL; the parentheses make it an expression.
            ColumnDefault::Literal(value) => {
                let text = literal(value, carried)?;
                Some(if matches!(value, Value::Null) {
                    text
                } else {
                    format!("({text})")
                })
            }
            ColumnDefault::Now(clock) => now(*clock, carried),
            ColumnDefault::Today(clock) => {
                matches!(carried, ColumnType::Date | ColumnType::Text { .. }).then(|| match clock {
                    Clock::Utc => "(utc_date())".into(),
                    Clock::Session => "(curdate())".into(),
                })
            }
            ColumnDefault::TimeOfDay(clock) => {
                matches!(carried, ColumnType::Time | ColumnType::Text { .. }).then(|| match clock {
                    Clock::Utc => "(utc_time())".into(),
                    Clock::Session => "(curtime())".into(),
                })
            }
            ColumnDefault::UnixTime => matches!(carried, ColumnType::Integer { bytes: 8 })
                .then(|| "(unix_timestamp())".into()),
            ColumnDefault::JulianDay => matches!(carried, ColumnType::Float { bytes: 8 })
                .then(|| "(unix_timestamp(now(6)) / 86400 + 2440587.5)".into()),
            ColumnDefault::NewUuid => matches!(carried, ColumnType::Uuid | ColumnType::Text { .. })
                .then(|| "(uuid())".into()),
            ColumnDefault::Expression(sql) => (from == Engine::Mysql).then(|| format!("({sql})")),
        }
    }

    fn create_table(&self, table: &TablePlan) -> String {
        let mut parts: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let mut part =
                    format!("{} {}", self.quote(&column.target_name), column.target_type);
                part.push_str(if column.nullable {
                    " NULL"
                } else {
                    " NOT NULL"
                });
                if column.identity && table.primary_key.first() == Some(&column.target_name) {
                    part.push_str(" AUTO_INCREMENT");
                } else if let Some(default) = &column.default {
                    part.push_str(&format!(" DEFAULT {default}"));
                }
                part
            })
            .collect();
        insert_generated(&mut parts, table);
        // The table is kept in the order of its primary key, so that belongs to it from the start.
        if !table.primary_key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", self.list(&table.primary_key)));
        }
        format!(
            "CREATE TABLE {} (\n  {}\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {}",
            self.table(&table.target),
            parts.join(",\n  "),
            self.collation()
        )
    }

    fn create_indexes(&self, table: &TablePlan) -> Vec<Definition> {
        table
            .indexes
            .iter()
            .map(|index| create_index(self, table, index))
            .collect()
    }

    fn add_foreign_key(
        &self,
        table: &TableName,
        key: &ForeignKey,
        unproven: bool,
    ) -> Option<String> {
        if unproven {
            return None;
        }
        // InnoDB has no SET DEFAULT; it would be refused.
        Some(format!(
            "ALTER TABLE {} ADD {}",
            self.table(table),
            foreign_key(self, key)
        ))
    }

    fn restart_identity(&self, table: &TablePlan) -> Vec<String> {
        let numbers_itself = table.columns.iter().any(|column| column.identity);
        // InnoDB takes the greatest that is there plus one, if that is more.
        let next = table.next_number.filter(|_| numbers_itself);
        next.map(|next| {
            format!(
                "ALTER TABLE {} AUTO_INCREMENT = {next}",
                self.table(&table.target)
            )
        })
        .into_iter()
        .collect()
    }

    fn most_columns(&self) -> usize {
        // InnoDB's limit (MySQL's manual, "InnoDB Limits").
        1_017
    }

    fn analyze(&self, table: &TableName) -> String {
        format!("ANALYZE TABLE {}", self.table(table))
    }

    fn now_in_milliseconds(&self) -> &'static str {
        "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
    }

    fn share_lock(&self) -> &'static str {
        " LOCK IN SHARE MODE"
    }

    fn table_exists(&self) -> &'static str {
        "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE' AND table_name = ?"
    }

    fn name_type(&self) -> String {
        format!(
            "varchar(200) CHARACTER SET utf8mb4 COLLATE {}",
            self.collation()
        )
    }

    fn text_type(&self) -> &'static str {
        "longtext CHARACTER SET utf8mb4"
    }
}
