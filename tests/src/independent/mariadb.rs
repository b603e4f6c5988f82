//! Reads MariaDB: floats and bytes in binary, all else as the server's own text.

use anyhow::Result;
use futures_util::TryStreamExt as _;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::Column;
use super::canonical::{Kind, Plain, canonical};

pub(super) async fn tables(url: &str) -> Result<Vec<String>> {
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
               AND table_type = 'BASE TABLE' ORDER BY BINARY table_name";
    Ok(sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await?)
        .await?)
}

pub(super) async fn schema(url: &str) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for table in tables(url).await? {
        let sql = AssertSqlSafe(format!("SHOW CREATE TABLE {}", quote(&table)));
        let row = sqlx::query(sql).fetch_one(&mut connect(url).await?).await?;
        statements.push(row.try_get::<String, _>(1)?);
    }
    Ok(statements)
}

pub(super) async fn columns(url: &str, table: &str) -> Result<Vec<Column>> {
    let sql = "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR) FROM information_schema.columns \
               WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position";
    let found: Vec<(String, String)> = sqlx::query_as(sql)
        .bind(table)
        .fetch_all(&mut connect(url).await?)
        .await?;
    Ok(found
        .into_iter()
        .map(|(name, kind)| Column::new(name, kind_of(&kind)))
        .collect())
}

/// Enumerations, sets, addresses and JSON, which is text to MariaDB, are compared as text.
fn kind_of(name: &str) -> Kind {
    match name {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "year" | "bit" => {
            Kind::Number
        }
        "float" | "double" => Kind::Float,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes,
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => Kind::Bytes,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "datetime" | "timestamp" => Kind::Moment,
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
                // FLOAT as text has six digits; as DOUBLE it is exact.
                Kind::Float => format!("CAST({expression} AS DOUBLE)"),
                Kind::Bytes => format!("HEX({expression})"),
                // BIT is bytes to a cast; + 0 makes it the number, and leaves the others what they are.
                Kind::Number => format!("CAST({expression} + 0 AS CHAR)"),
                _ => format!("CAST({expression} AS CHAR)"),
            }
        })
        .collect();
    let sql = format!("SELECT {} FROM {}", list.join(", "), quote(table));
    let mut connection = connect(url).await?;
    let mut stream = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let mut values = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            let value = match column.kind {
                Kind::Float => row
                    .try_get_unchecked::<Option<f64>, _>(index)?
                    .map(Plain::Float),
                Kind::Bytes => match row.try_get_unchecked::<Option<String>, _>(index)? {
                    Some(digits) => Some(Plain::Bytes(bytes(&digits)?)),
                    None => None,
                },
                _ => row
                    .try_get_unchecked::<Option<String>, _>(index)?
                    .map(|text| Plain::Text(text.into())),
            };
            values.push(canonical(&value.unwrap_or(Plain::Null), column.rule));
        }
        rows.push(values.join(" | "));
    }
    Ok(rows)
}

/// The bytes of hexadecimal digits, which cross without a character set.
fn bytes(digits: &str) -> Result<Vec<u8>> {
    (0..digits.len())
        .step_by(2)
        .map(|at| Ok(u8::from_str_radix(&digits[at..at + 2], 16)?))
        .collect()
}

/// sqlx sets the session's time zone to UTC and its character set to utf8mb4.
async fn connect(url: &str) -> Result<MySqlConnection> {
    Ok(MySqlConnection::connect(&url.replacen("mariadb:", "mysql:", 1)).await?)
}

fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
