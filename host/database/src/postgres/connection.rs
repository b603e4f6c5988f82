//! Connections to a PostgreSQL server, each with the settings that the values depend on.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use limosa_model::Value;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Postgres, Row, TypeInfo, ValueRef};

use crate::access::Role;
use crate::error::{Attempt, kind_of_sqlx};
use crate::session::Session;
use crate::{Endpoint, Error, Result};

/// How long a server may take to answer a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// Connections at most: chunks in flight, the lease, lookups.
const CONNECTIONS: u32 = 12;

/// Sets what decides how values are written and read, rather than assume it. Without `row_security`, a table whose policy
/// hides rows from this user is refused instead of read in part.
const SETTINGS: &str = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; \
     SET bytea_output = 'hex'; SET extra_float_digits = 1; SET standard_conforming_strings = on; \
     SET lock_timeout = '60s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '10min'; \
     SET row_security = off";

/// Connects, and sees that the server answers.
pub(super) async fn connect(endpoint: &Endpoint, role: Role) -> Result<PgPool> {
    let failed = |source: sqlx::Error| Error::Connect {
        endpoint: endpoint.to_string(),
        kind: kind_of_sqlx(&source),
        source: source.into(),
    };
    let options = PgConnectOptions::from_str(endpoint.secret())
        .map_err(failed)?
        .application_name("limosa")
        .disable_statement_logging();
    // Once without the pool, which would try again until its deadline and then say nothing of the reason.
    match tokio::time::timeout(CONNECT, options.connect()).await {
        Ok(connection) => drop(connection.map_err(failed)?),
        Err(_) => return Err(failed(sqlx::Error::PoolTimedOut)),
    }
    let settings = match role {
        Role::Source => format!("{SETTINGS}; SET default_transaction_read_only = on"),
        Role::Target => SETTINGS.to_owned(),
    };
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move {
                connection
                    .execute(sqlx::raw_sql(AssertSqlSafe(settings)))
                    .await
                    .map(|_| ())
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                // Whoever goes away in the middle of a COPY leaves an answer that sqlx does not count: each later
                // statement would take the answer to the one before for its own. Such a connection is closed.
                let answer = sqlx::raw_sql("SELECT 1").fetch_optional(&mut *connection);
                Ok(answer.await?.is_some())
            })
        })
        .connect_with(options)
        .await
        .map_err(failed)
}

/// A session on a connection of any kind.
pub(super) struct PostgresSession<C>(pub(super) C);

#[async_trait]
impl<C> Session for PostgresSession<C>
where
    C: std::ops::DerefMut<Target = PgConnection> + Send,
{
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let done = bound(sql, values)
            .execute(&mut *self.0)
            .await
            .attempt(|| format!("run `{}`", head(sql)))?;
        Ok(done.rows_affected())
    }

    async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let rows = bound(sql, values)
            .fetch_all(&mut *self.0)
            .await
            .attempt(|| format!("run `{}`", head(sql)))?;
        rows.iter()
            .map(|row| values_of(row).attempt(|| format!("read the rows of `{}`", head(sql))))
            .collect()
    }
}

fn bound<'a>(sql: &str, values: &'a [Value]) -> Query<'a, Postgres, PgArguments> {
    // Statements come from this crate, with names quoted by the dialect.
    let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(!values.is_empty());
    values.iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<String>),
        Value::Boolean(truth) => query.bind(*truth),
        Value::Integer(number) => query.bind(*number),
        Value::Float(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_str()),
        Value::Bytes(bytes) | Value::MalformedText(bytes) => query.bind(bytes.as_slice()),
    })
}

fn values_of(row: &PgRow) -> std::result::Result<Vec<Value>, sqlx::Error> {
    (0..row.columns().len())
        .map(|column| {
            if row.try_get_raw(column)?.is_null() {
                return Ok(Value::Null);
            }
            Ok(match row.column(column).type_info().name() {
                "BOOL" => Value::Boolean(row.try_get_unchecked(column)?),
                "INT2" => Value::Integer(row.try_get_unchecked::<i16, _>(column)?.into()),
                "INT4" => Value::Integer(row.try_get_unchecked::<i32, _>(column)?.into()),
                "INT8" => Value::Integer(row.try_get_unchecked(column)?),
                "FLOAT8" => Value::Float(row.try_get_unchecked(column)?),
                "\"CHAR\"" => Value::Text(
                    char::from(row.try_get_unchecked::<i8, _>(column)?.unsigned_abs()).to_string(),
                ),
                "BYTEA" => Value::Bytes(row.try_get_unchecked(column)?),
                _ => Value::Text(row.try_get_unchecked(column)?),
            })
        })
        .collect()
}

/// A row of the simple protocol, where everything comes as text, and the names of its columns.
pub(super) fn text_row(row: &PgRow) -> std::result::Result<Vec<Value>, sqlx::Error> {
    (0..row.columns().len())
        .map(|column| {
            let raw = row.try_get_raw(column)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            let text = raw.as_str().map_err(sqlx::Error::Decode)?;
            let number = || text.parse().ok().map(Value::Integer);
            let float = || text.parse().ok().map(Value::Float);
            let value = match row.column(column).type_info().name() {
                "INT2" | "INT4" | "INT8" => number(),
                "FLOAT4" | "FLOAT8" => float(),
                "BOOL" => Some(Value::Boolean(text == "t")),
                _ => None,
            };
            Ok(value.unwrap_or_else(|| Value::Text(text.to_owned())))
        })
        .collect()
}

/// Enough of a statement to recognise it in a message.
fn head(sql: &str) -> String {
    sql.chars().take(80).collect()
}
