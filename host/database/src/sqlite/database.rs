//! A SQLite file as a database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use limosa_model::{Batch, Catalogue, MigrationId, TablePlan, Value};
use rusqlite::Connection;

use super::catalogue;
use super::connection::{SqliteSession, blocking, open, query};
use super::dialect::SqliteDialect;
use super::load::{SqliteLoad, stored_again};
use super::scan::{SqliteSnapshot, collect};
use crate::access::{Begun, Claim, Database, Role, Snapshot};
use crate::error::Attempt;
use crate::probe::{no_question, operation};
use crate::script::Script;
use crate::session::Session;
use crate::{Dialect, Endpoint, Error, Kind, Result};

/// A file.
#[derive(Debug)]
pub(crate) struct SqliteDatabase {
    endpoint: Endpoint,
    path: PathBuf,
    role: Role,
    version: String,
    /// Shared by threads only while a connection is opened: two that create one file at once get in each other's way.
    opening: Mutex<()>,
    /// Of a source.
    watch: Option<Watch>,
}

/// A connection that stays open and holds no lock, to tell whether others wrote.
#[derive(Debug)]
struct Watch {
    connection: tokio::sync::Mutex<Option<Connection>>,
    seen: i64,
}

/// A number that changes for a connection with each commit of another (sqlite.org/pragma.html).
fn data_version(connection: &Connection) -> Result<i64> {
    connection
        .pragma_query_value(None, "data_version", |row| row.get(0))
        .attempt(|| "ask whether the file was written".into())
}

impl SqliteDatabase {
    /// Opens the file once, to see that it is a database. A target that does not exist is not created yet.
    pub(crate) async fn open(endpoint: Endpoint, role: Role) -> Result<Self> {
        let path = PathBuf::from(endpoint.secret());
        let version = format!("SQLite {}", rusqlite::version());
        let mut database = Self {
            endpoint,
            path,
            role,
            version,
            opening: Mutex::new(()),
            watch: None,
        };
        if role == Role::Source {
            let connection = database.connect()?;
            database.watch = Some(Watch {
                seen: data_version(&connection)?,
                connection: tokio::sync::Mutex::new(Some(connection)),
            });
        } else if database.path.exists() {
            database.connect()?;
        } else if !parent(&database.path).is_dir() {
            let message = format!(
                "there is no folder {} for {}",
                parent(&database.path).display(),
                database.endpoint
            );
            return Err(Error::impossible(Kind::Unreachable, message));
        }
        Ok(database)
    }

    fn connect(&self) -> Result<Connection> {
        // Nothing is kept behind this lock that a panic could have left half done.
        let _guard = self
            .opening
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        open(&self.path, self.role)
    }

    /// For reading. A target that is not there yet is read as an empty database, and stays not there.
    fn connect_to_read(&self) -> Result<Connection> {
        if self.role == Role::Target && !self.path.exists() {
            return Connection::open_in_memory().attempt(|| "open an empty database".into());
        }
        self.connect()
    }
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[async_trait]
impl Database for SqliteDatabase {
    fn dialect(&self) -> &dyn Dialect {
        &SqliteDialect
    }

    fn script(&self) -> &dyn Script {
        &SqliteDialect
    }

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn catalogue(&self) -> Result<Catalogue> {
        blocking(&mut Some(self.connect_to_read()?), |connection| {
            catalogue::read(connection)
        })
        .await
    }

    async fn was_written(&self) -> Result<Option<bool>> {
        let Some(watch) = &self.watch else {
            return Ok(None);
        };
        let mut connection = watch.connection.lock().await;
        let now = blocking(&mut connection, |connection| data_version(connection)).await?;
        Ok(Some(now != watch.seen))
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(
            SqliteSnapshot::begin(self.connect_to_read()?).await?,
        ))
    }

    async fn begin(&self, claim: &Claim) -> Result<Begun> {
        SqliteLoad::begin(self.connect()?, claim).await
    }

    /// A file has one writer.
    fn loads_at_once(&self) -> usize {
        1
    }

    async fn session(&self) -> Result<Box<dyn Session>> {
        Ok(Box::new(SqliteSession {
            connection: Some(self.connect()?),
        }))
    }

    async fn has_table(&self, name: &str) -> Result<bool> {
        let name = [Value::Text(name.to_owned())];
        let connection = self.connect_to_read()?;
        let rows = query(&connection, SqliteDialect.table_exists(), &name)
            .attempt(|| "look for a table".into())?;
        Ok(!rows.is_empty())
    }

    async fn discard_if_new(&self) -> Result<()> {
        let connection = self.connect_to_read()?;
        let operation = || "look whether the file is empty".to_owned();
        let rows = query(
            &connection,
            "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
            &[],
        )
        .attempt(operation)?;
        drop(connection);
        if rows.first().is_some_and(|row| row[0] == Value::Integer(0)) && self.path.exists() {
            // Without a table, index or view there is nothing in it to lose.
            std::fs::remove_file(&self.path).map_err(|source| Error::Statement {
                operation: format!("remove {}", self.path.display()),
                kind: Kind::Denied,
                source: source.into(),
            })?;
        }
        Ok(())
    }

    async fn evict(&self, _migration: &MigrationId, _epoch: i64) -> Result<()> {
        // A file lock cannot be taken from a process that holds it; whoever waits for it is told.
        Ok(())
    }

    async fn stored_again(
        &self,
        table: &TablePlan,
        rows: &Batch,
    ) -> Result<BTreeMap<usize, Vec<Option<Value>>>> {
        let connection =
            Connection::open_in_memory().attempt(|| "open an empty database".into())?;
        let (table, rows) = (table.clone(), rows.clone());
        blocking(&mut Some(connection), move |connection| {
            stored_again(connection, &table, &rows)
        })
        .await
    }

    async fn query(&self, sql: &str, row_limit: usize, deadline: Duration) -> Result<Batch> {
        let sql = sql.to_owned();
        let mut connection = Some(self.connect_to_read()?);
        let interrupt = connection.as_ref().map(Connection::get_interrupt_handle);
        let running = blocking(&mut connection, move |connection| {
            connection
                .pragma_update(None, "query_only", true)
                .attempt(|| "open the database for reading".into())?;
            collect(connection, &sql, row_limit)
        });
        match tokio::time::timeout(deadline, running).await {
            Ok(rows) => rows,
            Err(_) => {
                if let Some(interrupt) = interrupt {
                    interrupt.interrupt();
                }
                let message = format!(
                    "the statement of a probe took more than {} s",
                    deadline.as_secs()
                );
                Err(Error::impossible(Kind::Timeout, message))
            }
        }
    }

    async fn prepare(&self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        blocking(&mut Some(self.connect_to_read()?), move |connection| {
            let prepared = connection.prepare(&sql).attempt(operation)?;
            if prepared.column_count() == 0 || !prepared.readonly() {
                return Err(no_question());
            }
            Ok(())
        })
        .await
    }

    /// The file, by whatever path.
    async fn identity(&self) -> Result<String> {
        let path = std::fs::canonicalize(&self.path).map_err(|source| Error::Statement {
            operation: format!("find {}", self.path.display()),
            kind: Kind::Unreachable,
            source: source.into(),
        })?;
        Ok(path.display().to_string())
    }
}
