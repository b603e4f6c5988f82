//! Connections to a MySQL or MariaDB server, each with the settings that the values depend on.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use limosa_model::Value;
use sqlx::mysql::{
    MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlPoolOptions, MySqlRow,
};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, MySql, Row, TypeInfo};

use crate::access::Role;
use crate::error::{Attempt, kind_of_sqlx};
use crate::session::Session;
use crate::{Endpoint, Error, Result};

/// How long a server may take to answer a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// Connections at most: chunks in flight, the lease, lookups.
pub(super) const CONNECTIONS: u32 = 12;

/// The SQL mode is set wholly: a lax server cuts and rounds without a word, and numbers a 0 anew. A 31st of February is let
/// through: only a server that took it once has one to give, and the day is kept as it was.
const SETTINGS: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO,ALLOW_INVALID_DATES', \
     SESSION time_zone = '+00:00', SESSION foreign_key_checks = 0, SESSION innodb_lock_wait_timeout = 60, \
     SESSION tx_isolation = 'READ-COMMITTED', SESSION wait_timeout = 3600";

/// Connects, and sees that the server answers.
pub(super) async fn connect(endpoint: &Endpoint, role: Role) -> Result<MySqlPool> {
    let failed = |source: sqlx::Error| Error::Connect {
        endpoint: endpoint.to_string(),
        kind: kind_of_sqlx(&source),
        source: source.into(),
    };
    let options = MySqlConnectOptions::from_str(endpoint.secret())
        .map_err(failed)?
        .pipes_as_concat(false)
        .disable_statement_logging();
    // Once without the pool, which would try again until its deadline and then say nothing of the reason.
    match tokio::time::timeout(CONNECT, options.connect()).await {
        Ok(connection) => drop(connection.map_err(failed)?),
        Err(_) => return Err(failed(sqlx::Error::PoolTimedOut)),
    }
    MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if let Err(error) = connection.execute(SETTINGS).await {
                    // MySQL 8 has the variable under its other name only.
                    if !error.to_string().contains("tx_isolation") {
                        return Err(error);
                    }
                    let settings = SETTINGS.replace("tx_isolation", "transaction_isolation");
                    connection
                        .execute(sqlx::raw_sql(AssertSqlSafe(settings)))
                        .await?;
                }
                if role == Role::Source {
                    connection
                        .execute("SET SESSION TRANSACTION READ ONLY")
                        .await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .map_err(failed)
}

/// A session on a connection of any kind.
pub(super) struct MysqlSession<C>(pub(super) C);

#[async_trait]
impl<C> Session for MysqlSession<C>
where
    C: std::ops::DerefMut<Target = MySqlConnection> + Send,
{
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let operation = || format!("run `{}`", head(sql));
        let done = if values.is_empty() {
            // Not every definition can be prepared.
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
                .execute(&mut *self.0)
                .await
                .attempt(operation)?
        } else {
            bound(sql, values)
                .execute(&mut *self.0)
                .await
                .attempt(operation)?
        };
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

pub(super) fn bound<'a>(sql: &str, values: &'a [Value]) -> Query<'a, MySql, MySqlArguments> {
    // Statements come from this crate, with names quoted by the dialect.
    // Kept prepared: nothing answers the packet that closes a statement, so on sqlx's connections, which leave Nagle's
    // algorithm on, the next statement would wait the 40 ms of a delayed acknowledgement: a third of a second a chunk.
    let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(true);
    values.iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<String>),
        Value::Boolean(truth) => query.bind(i64::from(*truth)),
        Value::Integer(number) => query.bind(*number),
        Value::Float(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_str()),
        Value::Bytes(bytes) | Value::MalformedText(bytes) => query.bind(bytes.as_slice()),
    })
}

fn values_of(row: &MySqlRow) -> std::result::Result<Vec<Value>, sqlx::Error> {
    (0..row.columns().len())
        .map(|column| {
            Ok(match row.column(column).type_info().name() {
                name if name.ends_with("INT UNSIGNED") => {
                    let number: Option<u64> = row.try_get_unchecked(column)?;
                    number.map_or(Value::Null, |number| {
                        i64::try_from(number)
                            .map_or_else(|_| Value::Text(number.to_string()), Value::Integer)
                    })
                }
                name if name.ends_with("INT") || name == "BOOLEAN" => row
                    .try_get_unchecked::<Option<i64>, _>(column)?
                    .map_or(Value::Null, Value::Integer),
                "FLOAT" | "DOUBLE" => row
                    .try_get_unchecked::<Option<f64>, _>(column)?
                    .map_or(Value::Null, Value::Float),
                _ => bytes_of(row.try_get_unchecked::<Option<&[u8]>, _>(column)?),
            })
        })
        .collect()
}

/// A row of the text protocol, where everything comes as text.
pub(super) fn text_row(row: &MySqlRow) -> std::result::Result<Vec<Value>, sqlx::Error> {
    (0..row.columns().len())
        .map(|column| {
            let value = bytes_of(row.try_get_unchecked::<Option<&[u8]>, _>(column)?);
            let Value::Text(text) = &value else {
                return Ok(value);
            };
            let name = row.column(column).type_info().name();
            let number = match name {
                "FLOAT" | "DOUBLE" => text.parse().ok().map(Value::Float),
                _ if name.contains("INT") || matches!(name, "BOOLEAN" | "DECIMAL" | "YEAR") => {
                    text.parse().ok().map(Value::Integer)
                }
                _ => None,
            };
            Ok(number.unwrap_or(value))
        })
        .collect()
}

fn bytes_of(bytes: Option<&[u8]>) -> Value {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => Value::Null,
        Some((_, Ok(text))) => Value::Text(text.to_owned()),
        Some((bytes, Err(_))) => Value::Bytes(bytes.to_vec()),
    }
}

/// Enough of a statement to recognise it in a message.
fn head(sql: &str) -> String {
    sql.chars().take(80).collect()
}
