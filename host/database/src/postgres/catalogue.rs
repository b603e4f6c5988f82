//! What a PostgreSQL schema holds, by the system catalogues (PostgreSQL's manual, chapter "System Catalogs").

use std::collections::{BTreeMap, BTreeSet};

use limosa_model::{
    Catalogue, CheckConstraint, Clock, Collation, Column, ColumnDefault, ColumnType, ForeignKey,
    Generated, Index, IndexColumn, NotCarried, OwnType, ReferentialAction, Table, TableName, Value,
};

use super::dialect::PostgresDialect;
use crate::access::Role;
use crate::book::is_own;
use crate::session::{Session, count, number, optional_text, text, truth};
use crate::{Dialect, Result};

/// The schemas that are not the server's own and may be looked into.
const SCHEMAS: &str = "SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
    AND has_schema_privilege(n.oid, 'USAGE')";

/// The name of the schema with this number, where it is not the connection's own.
const FOREIGN_SCHEMA: &str = "(SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = {of} AND n.nspname IS DISTINCT FROM current_schema())";

/// Without the tables of extensions, which come with those.
const TABLES: &str = "SELECT c.oid::int8, c.relname, c.reltuples::int8, {schema of c.relnamespace}, has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c \
    WHERE c.relnamespace IN ({schemas}) AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname";

const COLUMNS: &str = "SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), t.typname, a.atttypmod, a.attnotnull, \
    a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid), t.typtype::text, \
    pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname), \
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
    format_type(NULLIF(t.typbasetype, 0), t.typtypmod), b.typname, t.typtypmod, s.seqincrement, \
    CASE WHEN s.seqincrement > 0 AND (a.attidentity = 'a' OR s.seqincrement > 1 OR s.seqcycle OR s.seqmin <> 1) THEN format('GENERATED %s AS IDENTITY%s', \
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, CASE WHEN s.seqincrement > 1 OR s.seqcycle OR s.seqmin <> 1 \
    THEN format(' (INCREMENT BY %s MINVALUE %s MAXVALUE %s %s)', s.seqincrement, s.seqmin, s.seqmax, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) END) END, \
    (SELECT concat(quote_ident(kn.nspname), '.', quote_ident(k.collname)) FROM pg_catalog.pg_collation k JOIN pg_catalog.pg_namespace kn ON kn.oid = k.collnamespace \
    WHERE k.oid = a.attcollation AND a.attcollation <> t.typcollation), (SELECT k.collisdeterministic FROM pg_catalog.pg_collation k WHERE k.oid = a.attcollation) \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)::regclass \
    WHERE c.relnamespace IN ({schemas}) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

const INDEXES: &str = "SELECT i.indrelid::int8, ic.relname, i.indisprimary, i.indisunique, pg_get_expr(i.indpred, i.indrelid), k.position::int8, \
    a.attname, (i.indoption[k.position - 1] & 1)::int4, am.amname, \
    COALESCE((SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::regclass, o.conname, pg_get_constraintdef(o.oid)) FROM pg_catalog.pg_constraint o \
    WHERE o.conindid = i.indexrelid AND o.contype IN ('u', 'x')), pg_get_indexdef(i.indexrelid, 0, true)), \
    CASE WHEN k.attnum = 0 THEN pg_get_indexdef(i.indexrelid, k.position::int4, true) END \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam \
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position) \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 \
    WHERE c.relnamespace IN ({schemas}) AND c.relkind IN ('r', 'p') AND k.position <= i.indnkeyatts ORDER BY i.indrelid, ic.relname, k.position";

const FOREIGN_KEYS: &str = "SELECT o.conrelid::int8, o.conname, a.attname, p.relname, pa.attname, o.confdeltype::text, o.confupdtype::text, k.position::int8, {schema of p.relnamespace} \
    FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_class p ON p.oid = o.confrelid \
    CROSS JOIN LATERAL unnest(o.conkey, o.confkey) WITH ORDINALITY AS k(child, parent, position) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.child \
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = o.confrelid AND pa.attnum = k.parent \
    WHERE o.contype = 'f' AND c.relnamespace IN ({schemas}) AND o.conparentid = 0 ORDER BY o.conrelid, o.conname, k.position";

const CHECKS: &str = "SELECT o.conrelid::int8, o.conname, pg_get_expr(o.conbin, o.conrelid) FROM pg_catalog.pg_constraint o \
    JOIN pg_catalog.pg_class c ON c.oid = o.conrelid WHERE o.contype = 'c' AND o.convalidated AND c.relnamespace IN ({schemas}) ORDER BY o.conrelid, o.conname";

const OTHERS: &str = "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END, {place of c.relnamespace} || c.relname \
    FROM pg_catalog.pg_class c WHERE c.relnamespace IN ({schemas}) AND (c.relkind IN ('v', 'm', 'f') OR c.relkind = 'S' AND NOT EXISTS \
    (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)) \
    UNION ALL SELECT 'trigger', {place of c.relnamespace} || t.tgname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
    WHERE NOT t.tgisinternal AND c.relnamespace IN ({schemas}) \
    UNION ALL SELECT CASE o.contype WHEN 'x' THEN 'exclusion constraint' WHEN 'c' THEN 'check constraint' WHEN 'u' THEN 'deferrable unique constraint' ELSE 'deferrable constraint' END, \
    concat({place of c.relnamespace}, c.relname, '.', o.conname) FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid \
    WHERE c.relnamespace IN ({schemas}) AND (o.contype = 'x' OR o.contype = 'c' AND NOT o.convalidated OR o.condeferrable AND o.contype IN ('u', 'p', 'f')) \
    UNION ALL SELECT 'nulls not distinct', {place of ic.relnamespace} || ic.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid \
    WHERE ic.relnamespace IN ({schemas}) AND pg_get_indexdef(i.indexrelid) LIKE '%NULLS NOT DISTINCT%' \
    UNION ALL SELECT 'row security policy', concat(p.polname, ' on ', {place of c.relnamespace}, c.relname) FROM pg_catalog.pg_policy p \
    JOIN pg_catalog.pg_class c ON c.oid = p.polrelid WHERE c.relnamespace IN ({schemas}) \
    UNION ALL SELECT 'rule', concat(r.rulename, ' on ', {place of c.relnamespace}, c.relname) FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
    WHERE r.rulename <> '_RETURN' AND c.relnamespace IN ({schemas}) \
    UNION ALL SELECT 'inheritance', concat({place of c.relnamespace}, c.relname, ' of ', {place of p.relnamespace}, p.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent WHERE NOT c.relispartition AND c.relkind = 'r' AND c.relnamespace IN ({schemas}) \
    UNION ALL SELECT 'partitioning', {place of c.relnamespace} || c.relname FROM pg_catalog.pg_class c \
    WHERE c.relkind = 'p' AND NOT c.relispartition AND c.relnamespace IN ({schemas}) \
    UNION ALL SELECT 'schema', n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
    AND NOT has_schema_privilege(n.oid, 'USAGE') AND EXISTS \
    (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')) \
    UNION ALL SELECT 'function', {place of p.pronamespace} || p.proname FROM pg_catalog.pg_proc p WHERE p.pronamespace IN ({schemas}) \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1, 2";

/// Enumerations and domains, in the order in which they were made.
const TYPES: &str = "SELECT t.typname, t.typtype::text, (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
    format_type(NULLIF(t.typbasetype, 0), t.typtypmod) || COALESCE((SELECT format(' COLLATE %I.%I', kn.nspname, k.collname) FROM pg_catalog.pg_collation k \
    JOIN pg_catalog.pg_namespace kn ON kn.oid = k.collnamespace JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype WHERE k.oid = t.typcollation AND t.typcollation <> b.typcollation), ''), \
    t.typnotnull, t.typdefault, \
    (SELECT string_agg('CONSTRAINT ' || quote_ident(o.conname) || ' ' || pg_get_constraintdef(o.oid), ' ' ORDER BY o.conname) FROM pg_catalog.pg_constraint o WHERE o.contypid = t.oid), \
    concat({place of t.typnamespace}, quote_ident(t.typname)), {schema of t.typnamespace} FROM pg_catalog.pg_type t WHERE t.typtype IN ('e', 'd') AND t.typnamespace IN ({schemas}) ORDER BY t.oid";

/// A question about all schemas: `{schemas}` are they, `{schema of x}` is the name of one that is not the connection's own,
/// and `{place of x}` the same before another name.
fn of_all_schemas(question: &str) -> String {
    let mut sql = question.replace("{schemas}", SCHEMAS);
    for column in [
        "c.relnamespace",
        "ic.relnamespace",
        "p.relnamespace",
        "p.pronamespace",
        "t.typnamespace",
    ] {
        let schema = FOREIGN_SCHEMA.replace("{of}", column);
        sql = sql.replace(&format!("{{schema of {column}}}"), &schema);
        let place = format!("COALESCE(quote_ident({schema}) || '.', '')");
        sql = sql.replace(&format!("{{place of {column}}}"), &place);
    }
    sql
}

/// A table's name, with its schema if that is not the connection's own.
fn table_name(schema: Option<String>, name: String) -> TableName {
    match schema {
        Some(schema) => TableName::in_schema(schema, name),
        None => TableName::new(name),
    }
}

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

/// Reads all schemas.
pub(super) async fn read(session: &mut dyn Session, role: Role) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    let named = format!(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IS DISTINCT FROM current_schema() AND oid IN ({SCHEMAS}) ORDER BY 1"
    );
    let schemas = session.rows(&named, &[]).await?;
    catalogue.schemas = schemas.iter().map(|row| text(&row[0])).collect();
    let mut tables: BTreeMap<i64, Table> = BTreeMap::new();
    let mut hidden: BTreeSet<TableName> = BTreeSet::new();
    for row in session.rows(&of_all_schemas(TABLES), &[]).await? {
        let name = table_name(optional_text(&row[3]), text(&row[1]));
        if name.schema().is_none() && is_own(name.name()) {
            continue;
        }
        // Whoever wants one of these is told when it is read.
        if !truth(&row[4]) {
            hidden.insert(name.clone());
        }
        tables.insert(
            number(&row[0]),
            Table {
                name,
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
    for row in session.rows(&of_all_schemas(COLUMNS), &[]).await? {
        if let Some(table) = tables.get_mut(&number(&row[0])) {
            table.columns.push(column(&row));
            if number(&row[15]) < 0 {
                catalogue.not_carried.push(NotCarried {
                    kind: "numbering".into(),
                    name: format!("{}.{}", table.name, text(&row[1])),
                    reason: "it counts downwards; the target counts on from the greatest number that is there".into(),
                });
            }
            sequences.extend(optional_text(&row[10]).map(|name| (number(&row[0]), name)));
        }
    }
    read_sequences(session, &mut tables, &sequences, &mut catalogue).await?;
    read_types(session, &mut catalogue).await?;
    read_indexes(session, &mut tables).await?;
    read_foreign_keys(session, &mut tables).await?;
    for row in session.rows(&of_all_schemas(CHECKS), &[]).await? {
        if let Some(table) = tables.get_mut(&number(&row[0])) {
            table.checks.push(CheckConstraint {
                name: optional_text(&row[1]),
                expression: text(&row[2]),
            });
        }
    }
    catalogue.tables = tables.into_values().collect();
    catalogue.tables.sort_by(|a, b| a.name.cmp(&b.name));
    if role == Role::Target {
        return Ok(catalogue);
    }
    for row in session.rows(&of_all_schemas(OTHERS), &[]).await? {
        catalogue.not_carried.push(NotCarried {
            kind: text(&row[0]),
            name: text(&row[1]),
            reason: "its definition is PostgreSQL's own; create it in the target by hand".into(),
        });
    }
    for table in &mut catalogue.tables {
        if table.estimated_rows == 0 && !hidden.contains(&table.name) {
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
        let next = rows.first().map(|row| number(&row[0]));
        table.next_number = next.and_then(|next| u64::try_from(next).ok());
        if table.next_number.is_none() {
            catalogue.not_carried.push(NotCarried {
                kind: "numbering".into(),
                name: sequence.clone(),
                reason: "it counts below zero; the target counts on from the greatest number that is there".into(),
            });
        }
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
        numbering: optional_text(&row[16]),
        collation: collation(row),
        generated: generated.then(|| Generated {
            expression: text(&row[8]),
            stored: text(&row[7]) == "s",
        }),
        enumeration,
        touched: None,
    }
}

/// The type `citext` folds case whatever its collation is.
fn collation(row: &[Value]) -> Option<Collation> {
    let folds = text(&row[3]) == "citext" || text(&row[13]) == "citext";
    let exact = !folds && (row[18] == Value::Null || truth(&row[18]));
    let name = optional_text(&row[17]);
    match name {
        Some(name) => Some(Collation { name, exact }),
        None if folds => Some(Collation {
            name: String::new(),
            exact,
        }),
        None => None,
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
    for row in session.rows(&of_all_schemas(TYPES), &[]).await? {
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
        let name = table_name(optional_text(&row[8]), name);
        catalogue.types.push(OwnType { name, definition });
    }
    Ok(())
}

async fn read_indexes(session: &mut dyn Session, tables: &mut BTreeMap<i64, Table>) -> Result<()> {
    for row in session.rows(&of_all_schemas(INDEXES), &[]).await? {
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
    for row in session.rows(&of_all_schemas(FOREIGN_KEYS), &[]).await? {
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
            parent: table_name(optional_text(&row[8]), text(&row[3])),
            parent_columns: vec![parent_column],
            on_delete: action(&row[5]),
            on_update: action(&row[6]),
        });
    }
    Ok(())
}
