//! What a PostgreSQL schema holds, by the system catalogues (PostgreSQL's manual, chapter "System Catalogs").

use std::collections::BTreeMap;

use limosa_model::{
    Catalogue, CheckConstraint, Clock, Column, ColumnDefault, ColumnType, ForeignKey, Generated,
    Index, IndexColumn, NotCarried, OwnType, ReferentialAction, Table, TableName, Value,
};

use super::dialect::PostgresDialect;
use crate::book::is_own;
use crate::session::{Session, count, number, optional_text, text, truth};
use crate::{Dialect, Result};

const TABLES: &str = "SELECT c.oid::int8, c.relname, c.reltuples::int8, c.relkind::text FROM pg_catalog.pg_class c \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname";

const COLUMNS: &str = "SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), t.typname, a.atttypmod, a.attnotnull, \
    a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid), t.typtype::text, \
    pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname), \
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
    format_type(NULLIF(t.typbasetype, 0), t.typtypmod), b.typname, t.typtypmod \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

const INDEXES: &str = "SELECT i.indrelid::int8, ic.relname, i.indisprimary, i.indisunique, pg_get_expr(i.indpred, i.indrelid), k.position::int8, \
    a.attname, (i.indoption[k.position - 1] & 1)::int4, am.amname, pg_get_indexdef(i.indexrelid, 0, true), \
    CASE WHEN k.attnum = 0 THEN pg_get_indexdef(i.indexrelid, k.position::int4, true) END \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam \
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position) \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND k.position <= i.indnkeyatts ORDER BY i.indrelid, ic.relname, k.position";

const FOREIGN_KEYS: &str = "SELECT o.conrelid::int8, o.conname, a.attname, p.relname, pa.attname, o.confdeltype::text, o.confupdtype::text, k.position::int8 \
    FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_class p ON p.oid = o.confrelid \
    CROSS JOIN LATERAL unnest(o.conkey, o.confkey) WITH ORDINALITY AS k(child, parent, position) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.child \
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = o.confrelid AND pa.attnum = k.parent \
    WHERE o.contype = 'f' AND c.relnamespace = current_schema()::regnamespace AND o.conparentid = 0 ORDER BY o.conrelid, o.conname, k.position";

const CHECKS: &str = "SELECT o.conrelid::int8, o.conname, pg_get_expr(o.conbin, o.conrelid) FROM pg_catalog.pg_constraint o \
    JOIN pg_catalog.pg_class c ON c.oid = o.conrelid WHERE o.contype = 'c' AND o.convalidated AND c.relnamespace = current_schema()::regnamespace ORDER BY o.conrelid, o.conname";

const OTHERS: &str = "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END, c.relname \
    FROM pg_catalog.pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND (c.relkind IN ('v', 'm', 'f') OR c.relkind = 'S' AND NOT EXISTS \
    (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)) \
    UNION ALL SELECT 'trigger', t.tgname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace \
    UNION ALL SELECT CASE o.contype WHEN 'x' THEN 'exclusion constraint' WHEN 'c' THEN 'check constraint' ELSE 'deferrable constraint' END, \
    concat(c.relname, '.', o.conname) FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid \
    WHERE c.relnamespace = current_schema()::regnamespace AND (o.contype = 'x' OR o.contype = 'c' AND NOT o.convalidated OR o.condeferrable AND o.contype IN ('u', 'p', 'f')) \
    UNION ALL SELECT 'nulls not distinct', ic.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid \
    WHERE ic.relnamespace = current_schema()::regnamespace AND pg_get_indexdef(i.indexrelid) LIKE '%NULLS NOT DISTINCT%' \
    UNION ALL SELECT 'row security policy', concat(p.polname, ' on ', c.relname) FROM pg_catalog.pg_policy p \
    JOIN pg_catalog.pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = current_schema()::regnamespace \
    UNION ALL SELECT 'rule', concat(rulename, ' on ', tablename) FROM pg_catalog.pg_rules WHERE schemaname = current_schema() \
    UNION ALL SELECT 'inheritance', concat(c.relname, ' of ', p.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent WHERE NOT c.relispartition AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace \
    UNION ALL SELECT 'partitioning', c.relname FROM pg_catalog.pg_class c \
    WHERE c.relkind = 'p' AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace \
    UNION ALL SELECT 'schema', n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid <> current_schema()::regnamespace \
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND EXISTS \
    (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')) \
    UNION ALL SELECT 'function', p.proname FROM pg_catalog.pg_proc p WHERE p.pronamespace = current_schema()::regnamespace \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1, 2";

/// Enumerations and domains, in the order in which they were made.
const TYPES: &str = "SELECT t.typname, t.typtype::text, (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
    format_type(NULLIF(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault, \
    (SELECT string_agg('CONSTRAINT ' || quote_ident(o.conname) || ' ' || pg_get_constraintdef(o.oid), ' ' ORDER BY o.conname) FROM pg_catalog.pg_constraint o WHERE o.contypid = t.oid), \
    quote_ident(t.typname) FROM pg_catalog.pg_type t WHERE t.typtype IN ('e', 'd') AND t.typnamespace = current_schema()::regnamespace ORDER BY t.oid";

/// A table in a `FROM`: its own rows, not those of tables that inherit from it; of a partitioned one, which has none of
/// its own, those of its partitions.
pub(super) async fn rows_of(session: &mut dyn Session, table: &TableName) -> Result<String> {
    let name = PostgresDialect.table(table);
    let sql = "SELECT relkind = 'p' FROM pg_catalog.pg_class WHERE oid = to_regclass($1)";
    let found = session.rows(sql, &[Value::Text(name.clone())]).await?;
    let is_partitioned = found.first().is_some_and(|row| truth(&row[0]));
    Ok(if is_partitioned {
        name
    } else {
        format!("ONLY {name}")
    })
}

/// Reads the connection's current schema.
pub(super) async fn read(session: &mut dyn Session) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    let mut tables: BTreeMap<i64, Table> = BTreeMap::new();
    for row in session.rows(TABLES, &[]).await? {
        let name = text(&row[1]);
        if is_own(&name) {
            continue;
        }
        tables.insert(
            number(&row[0]),
            Table {
                name: TableName::new(name),
                columns: Vec::new(),
                primary_key: Vec::new(),
                indexes: Vec::new(),
                foreign_keys: Vec::new(),
                checks: Vec::new(),
                next_number: None,
                // -1: never analysed.
                estimated_rows: count(&row[2]),
                definition: None,
            },
        );
    }
    let mut sequences = Vec::new();
    for row in session.rows(COLUMNS, &[]).await? {
        if let Some(table) = tables.get_mut(&number(&row[0])) {
            table.columns.push(column(&row));
            sequences.extend(optional_text(&row[10]).map(|name| (number(&row[0]), name)));
        }
    }
    read_sequences(session, &mut tables, &sequences, &mut catalogue).await?;
    read_types(session, &mut catalogue).await?;
    read_indexes(session, &mut tables).await?;
    read_foreign_keys(session, &mut tables).await?;
    for row in session.rows(CHECKS, &[]).await? {
        if let Some(table) = tables.get_mut(&number(&row[0])) {
            table.checks.push(CheckConstraint {
                name: optional_text(&row[1]),
                expression: text(&row[2]),
            });
        }
    }
    for row in session.rows(OTHERS, &[]).await? {
        catalogue.not_carried.push(NotCarried {
            kind: text(&row[0]),
            name: text(&row[1]),
            reason: "its definition is PostgreSQL's own; create it in the target by hand".into(),
        });
    }
    catalogue.tables = tables.into_values().collect();
    catalogue.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for table in &mut catalogue.tables {
        if table.estimated_rows == 0 {
            let sql = format!(
                "SELECT count(*) FROM {}",
                rows_of(session, &table.name).await?
            );
            table.estimated_rows = session
                .rows(&sql, &[])
                .await?
                .first()
                .map_or(0, |row| count(&row[0]));
        }
    }
    Ok(catalogue)
}

/// What the sequences behind columns will give next, by the tables' numbers.
async fn read_sequences(
    session: &mut dyn Session,
    tables: &mut BTreeMap<i64, Table>,
    sequences: &[(i64, String)],
    catalogue: &mut Catalogue,
) -> Result<()> {
    for (table, sequence) in sequences {
        let Some(table) = tables.get_mut(table) else {
            continue;
        };
        let asked = [Value::Text(sequence.clone())];
        let allowed = "SELECT has_sequence_privilege($1, 'SELECT')";
        let allowed = session.rows(allowed, &asked).await?;
        if !allowed.first().is_some_and(|row| truth(&row[0])) {
            catalogue.not_carried.push(NotCarried {
                kind: "sequence".into(),
                name: sequence.clone(),
                reason: "it may not be read; the target counts on from the greatest number that is there".into(),
            });
            continue;
        }
        // The name comes quoted from the server.
        let sql = format!(
            "SELECT last_value + CASE WHEN is_called THEN s.seqincrement ELSE 0 END FROM {sequence}, pg_catalog.pg_sequence s WHERE s.seqrelid = $1::regclass"
        );
        let rows = session.rows(&sql, &asked).await?;
        table.next_number = rows
            .first()
            .and_then(|row| u64::try_from(number(&row[0])).ok());
    }
    Ok(())
}

fn column(row: &[Value]) -> Column {
    let declared = text(&row[2]);
    let identity = !text(&row[6]).is_empty();
    let generated = !text(&row[7]).is_empty();
    let is_serial = row[10] != Value::Null;
    let default = optional_text(&row[8]).filter(|_| !generated && !is_serial);
    let labels = optional_text(&row[11]);
    let enumeration: Vec<String> = labels
        .and_then(|labels| serde_json::from_str(&labels).ok())
        .unwrap_or_default();
    // A domain is kept as what it is made of.
    let column_type = match (optional_text(&row[12]), enumeration.is_empty()) {
        (Some(base), _) => column_type(&text(&row[13]), &base, number(&row[14])),
        (None, true) => column_type(&text(&row[3]), &declared, number(&row[4])),
        (None, false) => ColumnType::Text {
            length: enumeration
                .iter()
                .filter_map(|label| u32::try_from(label.chars().count()).ok())
                .max(),
            padded: false,
        },
    };
    Column {
        name: text(&row[1]),
        column_type,
        declared,
        by_values: false,
        nullable: !truth(&row[5]),
        default: default.as_deref().map(default_of),
        default_sql: default,
        identity: identity || is_serial,
        generated: generated.then(|| Generated {
            expression: text(&row[8]),
            stored: text(&row[7]) == "s",
        }),
        enumeration,
        touched: None,
    }
}

fn column_type(name: &str, declared: &str, modifier: i64) -> ColumnType {
    // Lengths carry four bytes of header in their modifier.
    let length = u32::try_from(modifier - 4).ok();
    match name {
        "bool" => ColumnType::Boolean,
        "int2" => ColumnType::Integer { bytes: 2 },
        "int4" => ColumnType::Integer { bytes: 4 },
        "int8" => ColumnType::Integer { bytes: 8 },
        "float4" => ColumnType::Float { bytes: 4 },
        "float8" => ColumnType::Float { bytes: 8 },
        "numeric" => {
            let packed = modifier - 4;
            let precision = u8::try_from(packed >> 16 & 0xFFFF)
                .ok()
                .filter(|precision| (1..=76).contains(precision));
            let scale = i8::try_from(packed & 0x7FF).ok();
            match (precision, scale) {
                (Some(precision), Some(scale))
                    if packed > 0 && u32::from(precision) >= scale.unsigned_abs().into() =>
                {
                    ColumnType::Decimal { precision, scale }
                }
                _ => ColumnType::Number,
            }
        }
        "text" | "name" => ColumnType::TEXT,
        "varchar" => ColumnType::Text {
            length,
            padded: false,
        },
        "bpchar" => ColumnType::Text {
            length,
            padded: true,
        },
        "bytea" => ColumnType::BYTES,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        "timestamp" => ColumnType::Timestamp { zoned: false },
        "timestamptz" => ColumnType::Timestamp { zoned: true },
        "uuid" => ColumnType::Uuid,
        "json" => ColumnType::Json { parsed: false },
        "jsonb" => ColumnType::Json { parsed: true },
        _ => ColumnType::Native {
            name: declared.to_owned(),
        },
    }
}

fn default_of(sql: &str) -> ColumnDefault {
    match sql {
        "CURRENT_TIMESTAMP" | "now()" | "LOCALTIMESTAMP" => {
            return ColumnDefault::Now(Clock::Session);
        }
        "timezone('UTC'::text, now())" | "(now() AT TIME ZONE 'utc'::text)" => {
            return ColumnDefault::Now(Clock::Utc);
        }
        "CURRENT_DATE" => return ColumnDefault::Today(Clock::Session),
        "LOCALTIME" => return ColumnDefault::TimeOfDay(Clock::Session),
        "gen_random_uuid()" | "uuid_generate_v4()" => return ColumnDefault::NewUuid,
        "true" => return ColumnDefault::Literal(Value::Boolean(true)),
        "false" => return ColumnDefault::Literal(Value::Boolean(false)),
        _ => {}
    }
    if sql.starts_with("NULL::") {
        return ColumnDefault::Literal(Value::Null);
    }
    // 'text'::character varying, (-1), 1.5
    let bare = sql.trim_start_matches('(').trim_end_matches(')');
    if let Ok(number) = bare.parse::<i64>() {
        return ColumnDefault::Literal(Value::Integer(number));
    }
    if limosa_model::canonical_number(bare).is_some() {
        return ColumnDefault::Literal(Value::Text(bare.to_owned()));
    }
    if let Some((quoted, _)) = sql.rsplit_once("'::")
        && let Some(inner) = quoted.strip_prefix('\'')
        && !inner.replace("''", "").contains('\'')
    {
        return ColumnDefault::Literal(Value::Text(inner.replace("''", "'")));
    }
    ColumnDefault::Expression(sql.to_owned())
}

async fn read_types(session: &mut dyn Session, catalogue: &mut Catalogue) -> Result<()> {
    for row in session.rows(TYPES, &[]).await? {
        let (name, quoted) = (text(&row[0]), text(&row[7]));
        let definition = if text(&row[1]) == "e" {
            format!("CREATE TYPE {quoted} AS ENUM ({})", text(&row[2]))
        } else {
            let not_null = if truth(&row[4]) { " NOT NULL" } else { "" };
            let default = optional_text(&row[5])
                .map(|default| format!(" DEFAULT {default}"))
                .unwrap_or_default();
            format!(
                "CREATE DOMAIN {quoted} AS {}{default}{not_null} {}",
                text(&row[3]),
                text(&row[6])
            )
        };
        catalogue.types.push(OwnType { name, definition });
    }
    Ok(())
}

async fn read_indexes(session: &mut dyn Session, tables: &mut BTreeMap<i64, Table>) -> Result<()> {
    for row in session.rows(INDEXES, &[]).await? {
        let Some(table) = tables.get_mut(&number(&row[0])) else {
            continue;
        };
        let (name, column) = (text(&row[1]), optional_text(&row[6]));
        if truth(&row[2]) {
            table.primary_key.extend(column);
            continue;
        }
        if table.indexes.last().is_none_or(|index| index.name != name) {
            table.indexes.push(Index {
                name,
                columns: Vec::new(),
                unique: truth(&row[3]),
                predicate: optional_text(&row[4]),
                inline: false,
                definition: None,
            });
        }
        let Some(index) = table.indexes.last_mut() else {
            continue;
        };
        // The whole statement says more: the kind, the operators, where nulls stand, what else is kept in it.
        index.definition = optional_text(&row[9]);
        let is_plain = column.is_some() && text(&row[8]) == "btree";
        let is_first = number(&row[5]) == 1;
        if let Some(column) = column.filter(|_| is_plain && (is_first || !index.columns.is_empty()))
        {
            index.columns.push(IndexColumn {
                name: column,
                descending: truth(&row[7]),
            });
        } else {
            index.columns.clear();
        }
    }
    Ok(())
}

async fn read_foreign_keys(
    session: &mut dyn Session,
    tables: &mut BTreeMap<i64, Table>,
) -> Result<()> {
    let action = |value: &Value| match text(value).as_str() {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    };
    for row in session.rows(FOREIGN_KEYS, &[]).await? {
        let Some(table) = tables.get_mut(&number(&row[0])) else {
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
        table.foreign_keys.push(ForeignKey {
            name: text(&row[1]),
            columns: vec![column],
            parent: TableName::new(text(&row[3])),
            parent_columns: vec![parent_column],
            on_delete: action(&row[5]),
            on_update: action(&row[6]),
        });
    }
    Ok(())
}
