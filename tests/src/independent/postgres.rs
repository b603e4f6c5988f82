//! Reads PostgreSQL: floats and bytes in binary, all else as the server's own text.

use anyhow::Result;
use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::Column;
use super::canonical::{Kind, Plain, canonical};

pub(super) async fn tables(url: &str) -> Result<Vec<String>> {
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' \
               AND table_type = 'BASE TABLE' ORDER BY table_name COLLATE \"C\"";
    Ok(sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await?)
        .await?)
}

/// Columns, then constraints, then indexes, then types: each by the server's own words.
pub(super) async fn schema(url: &str) -> Result<Vec<String>> {
    let sql = "SELECT line FROM ( \
        SELECT 1 AS part, format('%I.%I %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), \
            CASE WHEN a.attnotnull THEN ' NOT NULL' END, CASE WHEN a.attidentity <> '' THEN ' IDENTITY' WHEN a.attgenerated <> '' THEN ' GENERATED ' || pg_get_expr(d.adbin, d.adrelid) \
            ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END) AS line, c.relname::text AS name, a.attnum::int AS place \
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped \
        UNION ALL SELECT 2, format('%s: %s %s', o.conrelid::regclass, o.conname, pg_get_constraintdef(o.oid)), o.conname::text, 0 \
        FROM pg_constraint o WHERE o.connamespace = 'public'::regnamespace AND o.conrelid <> 0 \
        UNION ALL SELECT 3, indexdef, indexname::text, 0 FROM pg_indexes WHERE schemaname = 'public' \
        UNION ALL SELECT 4, format('type %I %s', t.typname, coalesce((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), \
            format_type(t.typbasetype, t.typtypmod))), t.typname::text, 0 FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd') \
        ) AS lines ORDER BY part, name COLLATE \"C\", place";
    Ok(sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await?)
        .await?)
}

pub(super) async fn columns(url: &str, table: &str) -> Result<Vec<Column>> {
    let (schema, table) = table.split_once('.').unwrap_or(("public", table));
    let sql = "SELECT column_name::text, udt_name::text FROM information_schema.columns \
               WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position";
    let found: Vec<(String, String)> = sqlx::query_as(sql)
        .bind(schema)
        .bind(table)
        .fetch_all(&mut connect(url).await?)
        .await?;
    Ok(found
        .into_iter()
        .map(|(name, kind)| Column::new(name, kind_of(&kind)))
        .collect())
}

/// Enumerations, arrays, intervals and whatever else there is are compared as text.
fn kind_of(name: &str) -> Kind {
    match name {
        "bool" => Kind::Boolean,
        "int2" | "int4" | "int8" | "numeric" | "oid" => Kind::Number,
        "float4" | "float8" => Kind::Float,
        "bytea" => Kind::Bytes,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "timestamp" | "timestamptz" => Kind::Moment,
        "jsonb" => Kind::Json,
        "uuid" => Kind::Uuid,
        _ => Kind::Text,
    }
}

pub(super) async fn rows(
    url: &str,
    table: &str,
    columns: &[Column],
    expression: impl Fn(&Column, String) -> String,
) -> Result<Vec<String>> {
    let list: Vec<String> = columns
        .iter()
        .map(|column| {
            let expression = expression(column, quote(&column.name));
            match column.kind {
                Kind::Float => format!("({expression})::float8"),
                Kind::Bytes => expression,
                _ => format!("({expression})::text"),
            }
        })
        .collect();
    let table = table.split('.').map(quote).collect::<Vec<_>>().join(".");
    let sql = format!("SELECT {} FROM {table}", list.join(", "));
    let mut connection = connect(url).await?;
    let mut stream = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let mut values = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            let value = match column.kind {
                Kind::Float => row.try_get::<Option<f64>, _>(index)?.map(Plain::Float),
                Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(index)?.map(Plain::Bytes),
                Kind::Boolean => row
                    .try_get::<Option<&str>, _>(index)?
                    .map(|text| Plain::Boolean(text == "true")),
                _ => row
                    .try_get::<Option<String>, _>(index)?
                    .map(|text| Plain::Text(text.into())),
            };
            values.push(canonical(&value.unwrap_or(Plain::Null), column.rule));
        }
        rows.push(values.join(" | "));
    }
    Ok(rows)
}

async fn connect(url: &str) -> Result<PgConnection> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql("SET timezone = 'UTC'; SET datestyle = 'ISO'")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
