//! What a SQLite file holds, by its pragmas (sqlite.org/pragma.html).

use limosa_model::{
    Catalogue, Clock, Column, ColumnDefault, ColumnType, ForeignKey, Generated, Index, IndexColumn,
    NotCarried, ReferentialAction, Table, TableName, Value,
};
use rusqlite::Connection;

use super::connection::query;
use crate::book::is_own;
use crate::error::Attempt;
use crate::session::{count, number, optional_text, text};
use crate::{Dialect, Result};

use super::dialect::SqliteDialect;
use super::statement::{checks_of, predicate_of};

/// Reads all of it.
pub(super) fn read(connection: &Connection) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    let list = query(
        connection,
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name",
        &[],
    )
    .attempt(|| "list the tables".into())?;
    for row in list {
        let name = text(&row[0]);
        if name.starts_with("sqlite_") || is_own(&name) {
            continue;
        }
        match text(&row[1]).as_str() {
            "table" => {
                let table = read_table(connection, &name, number(&row[2]) != 0)
                    .attempt(|| format!("read the definition of table {name}"))?;
                catalogue
                    .not_carried
                    .extend(in_statement(&name, table.definition.as_deref()));
                catalogue.tables.push(table);
            }
            kind @ ("view" | "virtual") => catalogue.not_carried.push(NotCarried {
                kind: kind.to_owned(),
                name,
                reason: "its SQL is SQLite's own; create it in the target by hand".into(),
            }),
            // The shadow tables of a virtual one.
            _ => {}
        }
    }
    let triggers = query(
        connection,
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
        &[],
    )
    .attempt(|| "list the triggers".into())?;
    catalogue
        .not_carried
        .extend(triggers.iter().map(|row| NotCarried {
            kind: "trigger".into(),
            name: text(&row[0]),
            reason: format!(
                "its SQL is SQLite's own; create it on {} in the target by hand",
                text(&row[1])
            ),
        }));
    complete_foreign_keys(&mut catalogue);
    Ok(catalogue)
}

/// What a table's statement says and no pragma does. Looked for by its words: to name one too many is no harm.
fn in_statement(table: &str, definition: Option<&str>) -> Vec<NotCarried> {
    let words: Vec<String> = definition
        .unwrap_or_default()
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .map(str::to_ascii_uppercase)
        .collect();
    [
        ("CHECK", "check constraint"),
        ("COLLATE", "collation"),
        ("DEFERRABLE", "deferrable foreign key"),
    ]
    .into_iter()
    // Where the statement is understood, each check is known by itself.
    .filter(|(word, _)| *word != "CHECK" || definition.and_then(checks_of).is_none())
    .filter(|(word, _)| words.iter().any(|found| found == word))
    .map(|(word, kind)| NotCarried {
        kind: kind.into(),
        name: table.to_owned(),
        reason: format!(
            "the {word} in its statement is SQLite's own; look whether the target needs the like"
        ),
    })
    .collect()
}

fn read_table(connection: &Connection, name: &str, without_rowid: bool) -> rusqlite::Result<Table> {
    let quoted = SqliteDialect.quote(name);
    let this = [Value::Text(name.to_owned())];
    let mut primary_key = Vec::new();
    let mut columns = Vec::new();
    for row in query(
        connection,
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)",
        &this,
    )? {
        let (column, declared) = (text(&row[0]), text(&row[1]));
        if number(&row[4]) > 0 {
            primary_key.push((number(&row[4]), column.clone()));
        }
        // 2 is made when it is read, 3 is kept; the expression stands in the table's statement.
        let generated = (number(&row[5]) >= 2).then(|| Generated {
            expression: String::new(),
            stored: number(&row[5]) == 3,
        });
        let default = optional_text(&row[3]);
        columns.push(Column {
            column_type: column_type(&declared),
            name: column,
            declared,
            by_values: false,
            nullable: number(&row[2]) == 0,
            default: default.as_deref().map(default_of),
            default_sql: default.map(|sql| format!("({sql})")),
            identity: false,
            numbering: None,
            collation: None,
            generated,
            enumeration: Vec::new(),
            touched: None,
        });
    }
    primary_key.sort();
    let primary_key: Vec<String> = primary_key.into_iter().map(|(_, column)| column).collect();
    let is_row_identity = !without_rowid
        && matches!(primary_key.as_slice(), [only] if columns.iter().any(|column| &column.name == only && column.declared.eq_ignore_ascii_case("INTEGER")));
    for column in columns
        .iter_mut()
        .filter(|column| primary_key.contains(&column.name))
    {
        column.identity = is_row_identity;
        if column.nullable {
            // Outside WITHOUT ROWID, SQLite lets nulls into a primary key; what counts is whether any are there.
            let sql = format!(
                "SELECT 1 FROM {quoted} WHERE {} IS NULL LIMIT 1",
                SqliteDialect.quote(&column.name)
            );
            column.nullable =
                !(is_row_identity || without_rowid || query(connection, &sql, &[])?.is_empty());
        }
    }
    let definition = query(
        connection,
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1",
        &this,
    )?;
    let definition = definition.first().and_then(|row| optional_text(&row[0]));
    Ok(Table {
        checks: definition
            .as_deref()
            .and_then(checks_of)
            .unwrap_or_default(),
        name: TableName::new(name),
        indexes: read_indexes(connection, name)?,
        foreign_keys: read_foreign_keys(connection, name)?,
        columns,
        primary_key,
        next_number: next_number(connection, name)?.filter(|_| is_row_identity),
        // To count them is to read the whole table, which the census does.
        estimated_rows: 0,
        definition,
    })
}

/// What a table of `AUTOINCREMENT` gives next; the count is made with the first row.
fn next_number(connection: &Connection, table: &str) -> rusqlite::Result<Option<u64>> {
    let known = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'";
    if query(connection, known, &[])?.is_empty() {
        return Ok(None);
    }
    let rows = query(
        connection,
        "SELECT seq FROM sqlite_sequence WHERE name = ?1",
        &[Value::Text(table.to_owned())],
    )?;
    Ok(rows.first().map(|row| count(&row[0]).saturating_add(1)))
}

fn read_indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Index>> {
    let mut indexes = Vec::new();
    let list = query(
        connection,
        "SELECT i.name, i.\"unique\", i.origin, i.partial, m.sql FROM pragma_index_list(?1) i LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = i.name ORDER BY i.name",
        &[Value::Text(table.to_owned())],
    )?;
    for row in list {
        let name = text(&row[0]);
        if text(&row[2]) == "pk" {
            continue;
        }
        let columns = query(
            connection,
            "SELECT name, \"desc\" FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno",
            &[row[0].clone()],
        )?;
        let is_expression = columns.iter().any(|column| column[0] == Value::Null);
        let is_partial = number(&row[3]) != 0;
        indexes.push(Index {
            columns: if is_expression {
                Vec::new()
            } else {
                columns
                    .iter()
                    .map(|column| IndexColumn {
                        name: text(&column[0]),
                        descending: number(&column[1]) != 0,
                    })
                    .collect()
            },
            unique: number(&row[1]) != 0,
            predicate: is_partial.then(|| predicate_of(&text(&row[4])).unwrap_or_default()),
            inline: row[4] == Value::Null,
            definition: optional_text(&row[4]),
            name,
        });
    }
    Ok(indexes)
}

fn read_foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    let rows = query(
        connection,
        "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
        &[Value::Text(table.to_owned())],
    )?;
    for row in rows {
        let (id, from, to) = (number(&row[0]), text(&row[2]), optional_text(&row[3]));
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let action = |value: &Value| {
                ReferentialAction::from_sql(&text(value)).unwrap_or(ReferentialAction::NoAction)
            };
            let key = ForeignKey {
                name: String::new(),
                columns: Vec::new(),
                parent: TableName::new(text(&row[1])),
                parent_columns: Vec::new(),
                on_delete: action(&row[4]),
                on_update: action(&row[5]),
            };
            keys.push((id, key));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(from);
            key.parent_columns.extend(to);
        }
    }
    Ok(keys
        .into_iter()
        .map(|(_, key)| ForeignKey {
            name: format!("{table}_{}_fkey", key.columns.join("_")),
            ..key
        })
        .collect())
}

/// Parents and their columns as the parents spell them: SQLite neither minds case nor wants the columns named.
fn complete_foreign_keys(catalogue: &mut Catalogue) {
    let parents: Vec<(TableName, Vec<String>, Vec<String>)> = catalogue
        .tables
        .iter()
        .map(|table| {
            let columns = table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect();
            (table.name.clone(), table.primary_key.clone(), columns)
        })
        .collect();
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    for table in &mut catalogue.tables {
        let own: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        for key in &mut table.foreign_keys {
            spell(&mut key.columns, &own);
            if let Some((name, primary_key, columns)) = parents
                .iter()
                .find(|(name, ..)| same(name.name(), key.parent.name()))
            {
                key.parent = name.clone();
                if key.parent_columns.is_empty() {
                    key.parent_columns.clone_from(primary_key);
                }
                spell(&mut key.parent_columns, columns);
            }
        }
    }
}

fn spell(names: &mut [String], as_in: &[String]) {
    for name in names {
        if let Some(known) = as_in.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            name.clone_from(known);
        }
    }
}

/// What a declared type means. SQLite itself only knows affinities (sqlite.org/datatype3.html, 3.1).
pub(super) fn column_type(declared: &str) -> ColumnType {
    let upper = declared.to_ascii_uppercase();
    let (name, arguments) = match upper.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches(')')),
        None => (upper.trim(), ""),
    };
    let mut arguments = arguments
        .split(',')
        .map(|argument| argument.trim().parse::<i32>().ok());
    let (first, second) = (arguments.next().flatten(), arguments.next().flatten());
    match name {
        "DECIMAL_TEXT" | "DECIMAL" | "NUMERIC" | "DEC" | "MONEY" | "NUMBER" => {
            let precision = first
                .and_then(|precision| u8::try_from(precision).ok())
                .filter(|precision| (1..=76).contains(precision));
            let scale = second.map_or(Some(0), |scale| i8::try_from(scale).ok());
            match (precision, scale) {
                (Some(20), Some(0)) if name == "DECIMAL_TEXT" => ColumnType::Unsigned,
                (Some(precision), Some(scale))
                    if u32::from(precision) >= scale.unsigned_abs().into() =>
                {
                    ColumnType::Decimal { precision, scale }
                }
                _ => ColumnType::Number,
            }
        }
        "BOOLEAN" | "BOOL" => ColumnType::Boolean,
        "DATE" => ColumnType::Date,
        "TIME" => ColumnType::Time,
        "DATETIME" | "TIMESTAMP" => ColumnType::Timestamp { zoned: false },
        "TIMESTAMP_UTC" => ColumnType::Timestamp { zoned: true },
        "UUID" | "UUID_TEXT" | "GUID" => ColumnType::Uuid,
        "JSON" | "JSON_TEXT" => ColumnType::Json { parsed: false },
        // Lengths are not enforced here, so they promise nothing about the values.
        _ if name.contains("INT") => ColumnType::Integer { bytes: 8 },
        _ if ["CHAR", "CLOB", "TEXT"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            ColumnType::TEXT
        }
        _ if name.contains("BLOB") => ColumnType::BYTES,
        _ if ["REAL", "FLOA", "DOUB"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            ColumnType::Float { bytes: 8 }
        }
        "" => ColumnType::BYTES,
        _ => ColumnType::Number,
    }
}

/// What a default's SQL means.
fn default_of(sql: &str) -> ColumnDefault {
    let mut bare = sql.trim();
    while let Some(inner) = bare
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        bare = inner.trim();
    }
    let upper = bare.to_ascii_uppercase();
    match upper.as_str() {
        "NULL" => return ColumnDefault::Literal(Value::Null),
        "TRUE" => return ColumnDefault::Literal(Value::Integer(1)),
        "FALSE" => return ColumnDefault::Literal(Value::Integer(0)),
        _ => {}
    }
    let spaced = upper.replace(' ', "");
    let known = match spaced.as_str() {
        "CURRENT_TIMESTAMP" | "DATETIME('NOW')" => Some(ColumnDefault::Now(Clock::Utc)),
        "DATETIME('NOW','LOCALTIME')" => Some(ColumnDefault::Now(Clock::Session)),
        "CURRENT_DATE" | "DATE('NOW')" => Some(ColumnDefault::Today(Clock::Utc)),
        "DATE('NOW','LOCALTIME')" => Some(ColumnDefault::Today(Clock::Session)),
        "CURRENT_TIME" | "TIME('NOW')" => Some(ColumnDefault::TimeOfDay(Clock::Utc)),
        "TIME('NOW','LOCALTIME')" => Some(ColumnDefault::TimeOfDay(Clock::Session)),
        "UNIXEPOCH()"
        | "UNIXEPOCH('NOW')"
        | "STRFTIME('%S','NOW')"
        | "CAST(STRFTIME('%S','NOW')ASINTEGER)" => Some(ColumnDefault::UnixTime),
        "JULIANDAY()" | "JULIANDAY('NOW')" => Some(ColumnDefault::JulianDay),
        _ => None,
    };
    // `%S` is the second within its minute, and `%s` those since 1970.
    if let Some(known) = known
        && (known != ColumnDefault::UnixTime || !bare.contains("%S"))
    {
        return known;
    }
    if let Ok(number) = bare.parse::<i64>() {
        return ColumnDefault::Literal(Value::Integer(number));
    }
    if limosa_model::canonical_number(bare).is_some() {
        return ColumnDefault::Literal(Value::Text(bare.to_owned()));
    }
    for quote in ['\'', '"'] {
        let inner = bare
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        let doubled = format!("{quote}{quote}");
        if let Some(inner) = inner.filter(|inner| !inner.replace(&doubled, "").contains(quote)) {
            return ColumnDefault::Literal(Value::Text(
                inner.replace(&doubled, &quote.to_string()),
            ));
        }
    }
    ColumnDefault::Expression(sql.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types() {
        let check =
            |declared: &str, expected| assert_eq!(column_type(declared), expected, "{declared}");
        check("INTEGER", ColumnType::Integer { bytes: 8 });
        check("tinyint(1)", ColumnType::Integer { bytes: 8 });
        check(
            "NUMERIC(10, 2)",
            ColumnType::Decimal {
                precision: 10,
                scale: 2,
            },
        );
        check("decimal", ColumnType::Number);
        check("decimal(5,9)", ColumnType::Number);
        check("NVARCHAR(160)", ColumnType::TEXT);
        check("DATETIME", ColumnType::Timestamp { zoned: false });
        check("double precision", ColumnType::Float { bytes: 8 });
        check("", ColumnType::BYTES);
        check(
            "DECIMAL_TEXT(38,10)",
            ColumnType::Decimal {
                precision: 38,
                scale: 10,
            },
        );
        check("DECIMAL_TEXT(20,0)", ColumnType::Unsigned);
    }

    #[test]
    fn defaults_by_meaning() {
        let check = |sql: &str, expected| assert_eq!(default_of(sql), expected, "{sql}");
        check(
            "'it''s'",
            ColumnDefault::Literal(Value::Text("it's".into())),
        );
        check("(5)", ColumnDefault::Literal(Value::Integer(5)));
        check("0.0", ColumnDefault::Literal(Value::Text("0.0".into())));
        check("current_timestamp", ColumnDefault::Now(Clock::Utc));
        check("(datetime('now'))", ColumnDefault::Now(Clock::Utc));
        check(
            "(datetime('now', 'localtime'))",
            ColumnDefault::Now(Clock::Session),
        );
        check("strftime('%s','now')", ColumnDefault::UnixTime);
        check("'a' || 'b'", ColumnDefault::Expression("'a' || 'b'".into()));
        check(
            "strftime('%S','now')",
            ColumnDefault::Expression("strftime('%S','now')".into()),
        );
    }
}
