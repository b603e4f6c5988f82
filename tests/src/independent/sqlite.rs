//! Reads SQLite: each value comes with the storage class that it has.

use anyhow::{Result, bail};
use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::Column;
use super::canonical::{Kind, Plain, canonical};

pub(super) async fn tables(url: &str) -> Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    Ok(sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await?)
        .await?)
}

pub(super) async fn schema(url: &str) -> Result<Vec<String>> {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, name";
    Ok(sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await?)
        .await?)
}

pub(super) async fn columns(url: &str, table: &str) -> Result<Vec<Column>> {
    // 1 is a hidden column of a virtual table; generated ones are 2 and 3.
    let names: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid")
            .bind(table)
            .fetch_all(&mut connect(url).await?)
            .await?;
    Ok(names
        .into_iter()
        .map(|name| Column::new(name, Kind::Dynamic))
        .collect())
}

pub(super) async fn rows(
    url: &str,
    table: &str,
    columns: &[Column],
    expression: impl Fn(&Column, String) -> String,
) -> Result<Vec<String>> {
    let mut connection = connect(url).await?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    // A result has 2,000 columns at most, and each of a table's takes two; every scan gives the rows in the same order.
    for part in columns.chunks(900) {
        let list: Vec<String> = part
            .iter()
            .map(|column| expression(column, quote(&column.name)))
            .map(|expression| format!("typeof({expression}), {expression}"))
            .collect();
        let sql = format!("SELECT {} FROM {}", list.join(", "), quote(table));
        let mut stream = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
        let mut number = 0;
        while let Some(row) = stream.try_next().await? {
            if number == rows.len() {
                rows.push(Vec::with_capacity(columns.len()));
            }
            for (index, column) in part.iter().enumerate() {
                let place = 2 * index + 1;
                let value = match row.try_get_unchecked::<&str, _>(place - 1)? {
                    "null" => Plain::Null,
                    "integer" => Plain::Integer(row.try_get_unchecked(place)?),
                    "real" => Plain::Float(row.try_get_unchecked(place)?),
                    "text" => Plain::Text(row.try_get_unchecked(place)?),
                    "blob" => Plain::Bytes(row.try_get_unchecked(place)?),
                    class => bail!("SQLite has no storage class {class}"),
                };
                rows[number].push(canonical(&value, column.rule));
            }
            number += 1;
        }
    }
    Ok(rows.into_iter().map(|row| row.join(" | ")).collect())
}

async fn connect(url: &str) -> Result<SqliteConnection> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    Ok(
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).read_only(true))
            .await?,
    )
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
