//! What a MySQL or MariaDB database holds, by `information_schema`.

use limosa_model::{
    Catalogue, CheckConstraint, Clock, Collation, Column, ColumnDefault, ColumnType, ForeignKey,
    Generated, Index, IndexColumn, NotCarried, ReferentialAction, Table, TableName, Value,
};

use super::dialect::MysqlDialect;
use crate::access::Role;
use crate::book::is_own;
use crate::session::{Session, count, number, optional_text, text, truth};
use crate::{Dialect, Result};

const TABLES: &str = "SELECT table_name, table_rows, CAST(auto_increment AS CHAR) FROM information_schema.tables WHERE table_schema = database() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name";

const COLUMNS: &str = "SELECT table_name, column_name, column_type, data_type, is_nullable, column_default, extra, character_maximum_length, \
    numeric_precision, numeric_scale, generation_expression, collation_name FROM information_schema.columns WHERE table_schema = database() ORDER BY table_name, ordinal_position";

const INDEXES: &str = "SELECT table_name, index_name, non_unique, column_name, sub_part, collation, index_type, {expression} FROM information_schema.statistics \
    WHERE table_schema = database() ORDER BY table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name, r.delete_rule, r.update_rule, k.ordinal_position \
    FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r \
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
    WHERE k.table_schema = database() AND k.referenced_table_name IS NOT NULL ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

const OTHERS: &str = "SELECT 'view', table_name FROM information_schema.views WHERE table_schema = database() \
    UNION ALL SELECT 'trigger', trigger_name FROM information_schema.triggers WHERE trigger_schema = database() \
    UNION ALL SELECT lower(routine_type), routine_name FROM information_schema.routines WHERE routine_schema = database() \
    UNION ALL SELECT 'history', table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'SYSTEM VERSIONED' \
    UNION ALL SELECT lower(table_type), table_name FROM information_schema.tables WHERE table_schema = database() \
    AND table_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW', 'SYSTEM VIEW') \
    UNION ALL SELECT 'event', event_name FROM information_schema.events WHERE event_schema = database() ORDER BY 1, 2";

/// Reads the connection's database.
pub(super) async fn read(
    session: &mut dyn Session,
    mariadb: bool,
    role: Role,
) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    for row in session.rows(TABLES, &[]).await? {
        let name = text(&row[0]);
        if is_own(&name) {
            continue;
        }
        catalogue.tables.push(Table {
            name: TableName::new(name),
            columns: Vec::new(),
            primary_key: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            next_number: optional_text(&row[2]).and_then(|number| number.parse().ok()),
            estimated_rows: count(&row[1]),
            definition: None,
        });
    }
    for row in session.rows(COLUMNS, &[]).await? {
        if let Some(table) = named(&mut catalogue.tables, &row[0]) {
            table.columns.push(column(&row, mariadb));
        }
    }
    read_indexes(session, &mut catalogue, mariadb).await?;
    read_foreign_keys(session, &mut catalogue).await?;
    read_checks(session, &mut catalogue, mariadb).await?;
    if role == Role::Target {
        return Ok(catalogue);
    }
    for row in session.rows(OTHERS, &[]).await? {
        catalogue.not_carried.push(NotCarried {
            kind: text(&row[0]),
            name: text(&row[1]),
            reason: "its definition is MySQL's own; create it in the target by hand".into(),
        });
    }
    Ok(catalogue)
}

/// Older servers have no such view, and parse and forget the constraints. Those of MariaDB's JSON columns come with the type.
async fn read_checks(
    session: &mut dyn Session,
    catalogue: &mut Catalogue,
    mariadb: bool,
) -> Result<()> {
    let known = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'information_schema' AND lower(table_name) = 'check_constraints'";
    if session.rows(known, &[]).await?.is_empty() {
        return Ok(());
    }
    // MariaDB names the table in the view itself, and lets two tables have checks of one name.
    let sql = if mariadb {
        "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = database() \
         AND lower(check_clause) NOT LIKE 'json_valid(%' ORDER BY 1, 2"
    } else {
        "SELECT t.table_name, c.constraint_name, c.check_clause FROM information_schema.check_constraints c JOIN information_schema.table_constraints t \
         ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name AND t.constraint_type = 'CHECK' \
         WHERE c.constraint_schema = database() ORDER BY 1, 2"
    };
    for row in session.rows(sql, &[]).await? {
        if let Some(table) = named(&mut catalogue.tables, &row[0]) {
            table.checks.push(CheckConstraint {
                name: optional_text(&row[1]),
                expression: text(&row[2]),
            });
        }
    }
    Ok(())
}

/// The values of `enum('small','it''s')`.
fn enumeration(declared: &str) -> Vec<String> {
    let Some(list) = declared
        .strip_prefix("enum('")
        .and_then(|rest| rest.strip_suffix("')"))
    else {
        return Vec::new();
    };
    list.split("','")
        .map(|value| value.replace("''", "'"))
        .collect()
}

/// A default as MariaDB takes it back: in parentheses, unless it is a constant or the current time.
fn default_sql(sql: &str) -> String {
    let lower = sql.to_ascii_lowercase();
    let is_plain = sql.starts_with('\'')
        || lower == "null"
        || lower.starts_with("current_timestamp")
        || limosa_model::canonical_number(sql).is_some();
    if is_plain {
        sql.to_owned()
    } else {
        format!("({sql})")
    }
}

fn named<'a>(tables: &'a mut [Table], name: &Value) -> Option<&'a mut Table> {
    let name = text(name);
    tables.iter_mut().find(|table| table.name.name() == name)
}

fn column(row: &[Value], mariadb: bool) -> Column {
    let (declared, extra) = (text(&row[2]), text(&row[6]).to_ascii_lowercase());
    let generated = optional_text(&row[10]).filter(|expression| !expression.is_empty());
    let is_text = matches!(
        text(&row[3]).as_str(),
        "char" | "varchar" | "text" | "tinytext" | "mediumtext" | "longtext" | "enum" | "set"
    );
    let default = optional_text(&row[5]).filter(|_| generated.is_none());
    let touched = extra
        .split_once("on update ")
        .map(|(_, sql)| sql.to_owned());
    Column {
        name: text(&row[1]),
        column_type: column_type(row, &declared),
        declared,
        by_values: false,
        nullable: truth(&row[4]),
        default: default
            .as_deref()
            .map(|sql| default_of(sql, mariadb, is_text, extra.contains("default_generated"))),
        default_sql: default.as_deref().filter(|_| mariadb).map(default_sql),
        identity: extra.contains("auto_increment"),
        numbering: None,
        generated: generated.map(|expression| Generated {
            expression,
            stored: extra.contains("stored") || extra.contains("persistent"),
        }),
        collation: optional_text(&row[11]).map(|name| Collation {
            exact: is_exact(&name),
            name,
        }),
        enumeration: enumeration(&text(&row[2])),
        touched,
    }
}

/// Those that compare bytes, and do not take spaces at the end for nothing.
fn is_exact(collation: &str) -> bool {
    collation == "binary" || collation.ends_with("_nopad_bin") || collation.ends_with("_0900_bin")
}

fn column_type(row: &[Value], declared: &str) -> ColumnType {
    let unsigned = declared.contains("unsigned");
    let length = u32::try_from(number(&row[7]))
        .ok()
        .filter(|length| *length > 0);
    match text(&row[3]).to_ascii_lowercase().as_str() {
        // Unsigned ones need the next width, so that every value fits a signed column elsewhere.
        "tinyint" => ColumnType::Integer {
            bytes: if unsigned { 2 } else { 1 },
        },
        "smallint" => ColumnType::Integer {
            bytes: if unsigned { 4 } else { 2 },
        },
        "mediumint" => ColumnType::Integer { bytes: 4 },
        "int" => ColumnType::Integer {
            bytes: if unsigned { 8 } else { 4 },
        },
        "bigint" if unsigned => ColumnType::Unsigned,
        "bigint" => ColumnType::Integer { bytes: 8 },
        "year" => ColumnType::Integer { bytes: 2 },
        "bit" if declared == "bit(64)" => ColumnType::Unsigned,
        "bit" => ColumnType::Integer { bytes: 8 },
        "float" => ColumnType::Float { bytes: 4 },
        "double" => ColumnType::Float { bytes: 8 },
        "decimal" => ColumnType::Decimal {
            precision: u8::try_from(number(&row[8])).unwrap_or(65),
            scale: i8::try_from(number(&row[9])).unwrap_or(30),
        },
        // Stored without their padding.
        "char" | "varchar" => ColumnType::Text {
            length,
            padded: false,
        },
        "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => ColumnType::TEXT,
        "binary" | "varbinary" => ColumnType::Bytes { length },
        "tinyblob" | "blob" | "mediumblob" | "longblob" => ColumnType::BYTES,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        "datetime" => ColumnType::Timestamp { zoned: false },
        "timestamp" => ColumnType::Timestamp { zoned: true },
        "json" => ColumnType::Json { parsed: true },
        "uuid" => ColumnType::Uuid,
        "inet4" | "inet6" => ColumnType::Native {
            name: declared.to_owned(),
        },
        // Geometry: the server's own bytes, a reference system and well-known binary.
        _ => ColumnType::BYTES,
    }
}

fn default_of(sql: &str, mariadb: bool, is_text: bool, is_expression: bool) -> ColumnDefault {
    let lower = sql.to_ascii_lowercase();
    if lower.starts_with("current_timestamp") || lower.starts_with("now(") {
        return ColumnDefault::Now(Clock::Session);
    }
    if lower == "curdate()" || lower == "current_date()" {
        return ColumnDefault::Today(Clock::Session);
    }
    match lower.as_str() {
        "curtime()" | "current_time()" => return ColumnDefault::TimeOfDay(Clock::Session),
        "utc_timestamp()" | "utc_timestamp(6)" => return ColumnDefault::Now(Clock::Utc),
        "unix_timestamp()" => return ColumnDefault::UnixTime,
        "uuid()" => return ColumnDefault::NewUuid,
        _ => {}
    }
    // MariaDB writes the SQL of the default, MySQL the bare value.
    if mariadb {
        if lower == "null" {
            return ColumnDefault::Literal(Value::Null);
        }
        if let Some(inner) = sql
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
            && !inner.replace("''", "").contains(['\'', '\\'])
        {
            return ColumnDefault::Literal(Value::Text(inner.replace("''", "'")));
        }
    } else if is_text && !is_expression {
        return ColumnDefault::Literal(Value::Text(sql.to_owned()));
    }
    if let Ok(number) = sql.parse::<i64>() {
        return ColumnDefault::Literal(Value::Integer(number));
    }
    if limosa_model::canonical_number(sql).is_some() || (!mariadb && !is_expression) {
        return ColumnDefault::Literal(Value::Text(sql.to_owned()));
    }
    ColumnDefault::Expression(sql.to_owned())
}

async fn read_indexes(
    session: &mut dyn Session,
    catalogue: &mut Catalogue,
    mariadb: bool,
) -> Result<()> {
    let dialect = MysqlDialect { mariadb };
    let mut parts: Vec<String> = Vec::new();
    // Only MySQL has indexes over expressions.
    let sql = INDEXES.replace("{expression}", if mariadb { "NULL" } else { "expression" });
    for row in session.rows(&sql, &[]).await? {
        let Some(table) = named(&mut catalogue.tables, &row[0]) else {
            continue;
        };
        let (name, column) = (text(&row[1]), optional_text(&row[3]));
        if name == "PRIMARY" {
            table.primary_key.extend(column);
            continue;
        }
        let kind = text(&row[6]);
        let unique = number(&row[2]) == 0;
        if table.indexes.last().is_none_or(|index| index.name != name) {
            parts.clear();
            table.indexes.push(Index {
                name: name.clone(),
                columns: Vec::new(),
                unique,
                predicate: None,
                inline: false,
                definition: None,
            });
        }
        let quoted = dialect.table(&table.name);
        let Some(index) = table.indexes.last_mut() else {
            continue;
        };
        let descending = text(&row[5]) == "D";
        let length = optional_text(&row[4]);
        parts.push(match &column {
            Some(column) => format!(
                "{}{}{}",
                dialect.quote(column),
                length
                    .as_ref()
                    .map_or(String::new(), |length| format!("({length})")),
                if descending { " DESC" } else { "" }
            ),
            None => format!("({})", text(&row[7])),
        });
        let is_plain =
            column.is_some() && length.is_none() && ["BTREE", "HASH"].contains(&kind.as_str());
        let is_first = parts.len() == 1;
        match column.filter(|_| is_plain && (is_first || index.definition.is_none())) {
            Some(column) => index.columns.push(IndexColumn {
                name: column,
                descending,
            }),
            None => {
                index.columns.clear();
                let words = match kind.as_str() {
                    "FULLTEXT" | "SPATIAL" => kind.as_str(),
                    _ if unique => "UNIQUE",
                    _ => "",
                };
                index.definition = Some(format!(
                    "CREATE {words} INDEX {} ON {quoted} ({})",
                    dialect.quote(&name),
                    parts.join(", ")
                ));
            }
        }
    }
    Ok(())
}

async fn read_foreign_keys(session: &mut dyn Session, catalogue: &mut Catalogue) -> Result<()> {
    for row in session.rows(FOREIGN_KEYS, &[]).await? {
        let parent = text(&row[3]);
        // On a server that folds case, the reference may be written in another case than the table.
        let parent = catalogue
            .tables
            .iter()
            .map(|table| table.name.name().to_owned())
            .find(|name| name.eq_ignore_ascii_case(&parent))
            .unwrap_or(parent);
        let Some(table) = named(&mut catalogue.tables, &row[0]) else {
            continue;
        };
        let (column, parent_column) = (text(&row[2]), text(&row[4]));
        if number(&row[7]) > 1
            && let Some(key) = table.foreign_keys.last_mut()
        {
            key.columns.push(column);
            key.parent_columns.push(parent_column);
            continue;
        }
        let action = |value: &Value| {
            ReferentialAction::from_sql(&text(value)).unwrap_or(ReferentialAction::NoAction)
        };
        table.foreign_keys.push(ForeignKey {
            name: text(&row[1]),
            columns: vec![column],
            parent: TableName::new(parent),
            parent_columns: vec![parent_column],
            on_delete: action(&row[5]),
            on_update: action(&row[6]),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_both_servers() {
        let literal = |value| ColumnDefault::Literal(value);
        assert_eq!(
            default_of("'it''s'", true, true, false),
            literal(Value::Text("it's".into()))
        );
        assert_eq!(
            default_of("it's", false, true, false),
            literal(Value::Text("it's".into()))
        );
        assert_eq!(default_of("NULL", true, true, false), literal(Value::Null));
        assert_eq!(
            default_of("4.99", true, false, false),
            literal(Value::Text("4.99".into()))
        );
        assert_eq!(
            default_of("current_timestamp()", true, false, false),
            ColumnDefault::Now(Clock::Session)
        );
        assert_eq!(
            default_of("uuid()", true, true, false),
            ColumnDefault::NewUuid
        );
        assert_eq!(
            default_of("rand()", false, true, true),
            ColumnDefault::Expression("rand()".into())
        );
    }
}
