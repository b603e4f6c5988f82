//! Connections to a SQLite file, and a way to use them from asynchronous code.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use limosa_model::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};

use crate::access::Role;
use crate::error::{Attempt, describe_sqlite, kind_of_sqlite};
use crate::session::Session;
use crate::{Error, Kind, Result};

/// How long a statement waits for another process to let go of the file.
const BUSY: Duration = Duration::from_secs(10);

/// Opens the file, and reads its header, so that a file that is no database is found now.
pub(super) fn open(path: &Path, role: Role) -> Result<Connection> {
    let shown = path.display().to_string();
    let missing = !path.exists();
    if role == Role::Source && missing {
        return Err(Error::impossible(
            Kind::Unreachable,
            format!("there is no file {shown}"),
        ));
    }
    let flags = match role {
        Role::Source => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Role::Target => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = |source: rusqlite::Error| Error::Connect {
        endpoint: format!("sqlite:{shown}"),
        kind: kind_of_sqlite(&source),
        source: describe_sqlite(source),
    };
    let connection = Connection::open_with_flags(path, flags).map_err(connect)?;
    connection.busy_timeout(BUSY).map_err(connect)?;
    // A guess of SQLite's: text in double quotes that names no column is a literal. A wrong name should fail.
    connection
        .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)
        .map_err(connect)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(connect)?;
    // Rows arrive before their parents; the keys are checked at the end.
    connection
        .pragma_update(None, "foreign_keys", false)
        .map_err(connect)?;
    if role == Role::Target {
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(connect)?;
    }
    Ok(connection)
}

/// Runs work on a connection on a thread that may wait, and hands the connection back.
///
/// If the caller goes away, the connection is closed where the work ends: an open transaction is rolled back.
pub(super) async fn blocking<T: Send + 'static>(
    connection: &mut Option<Connection>,
    work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
) -> Result<T> {
    let Some(mut own) = connection.take() else {
        return Err(Error::impossible(
            Kind::Unreachable,
            "the connection was closed by an earlier failure",
        ));
    };
    let joined = tokio::task::spawn_blocking(move || {
        let result = work(&mut own);
        (own, result)
    })
    .await;
    match joined {
        Ok((own, result)) => {
            *connection = Some(own);
            result
        }
        Err(panic) => Err(Error::Statement {
            operation: "use SQLite".into(),
            kind: Kind::Invalid,
            source: panic.into(),
        }),
    }
}

/// A value as SQLite binds it.
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(value_ref(self.0)))
    }
}

/// A value with the storage class that it came with.
pub(super) fn value_ref(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Float(number) => ValueRef::Real(*number),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Bytes(bytes) => ValueRef::Blob(bytes),
        Value::MalformedText(bytes) => ValueRef::Text(bytes),
    }
}

/// A value as stored.
pub(super) fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Float(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::MalformedText(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// Runs a query and collects its rows.
pub(super) fn query(
    connection: &Connection,
    sql: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let rows = statement.query_map(
        rusqlite::params_from_iter(values.iter().map(Bound)),
        |row| {
            (0..columns)
                .map(|column| row.get_ref(column).map(value_of))
                .collect()
        },
    )?;
    rows.collect()
}

/// A connection used as a session.
pub(super) struct SqliteSession {
    pub(super) connection: Option<Connection>,
}

#[async_trait]
impl Session for SqliteSession {
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let (sql, values) = (sql.to_owned(), values.to_vec());
        blocking(&mut self.connection, move |connection| {
            let changed = connection
                .execute(&sql, rusqlite::params_from_iter(values.iter().map(Bound)))
                .attempt(|| format!("run `{}`", head(&sql)))?;
            Ok(changed as u64)
        })
        .await
    }

    async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let (sql, values) = (sql.to_owned(), values.to_vec());
        blocking(&mut self.connection, move |connection| {
            query(connection, &sql, &values).attempt(|| format!("run `{}`", head(&sql)))
        })
        .await
    }
}

/// Enough of a statement to recognise it in a message.
fn head(sql: &str) -> String {
    sql.chars().take(80).collect()
}
