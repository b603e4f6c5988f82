//! A MySQL or MariaDB database as a database.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use limosa_model::{Batch, Catalogue, MigrationId, TablePlan, Value};
use sqlx::mysql::MySqlPool;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::catalogue;
use super::connection::{CONNECTIONS, MysqlSession, connect, text_row};
use super::dialect::MysqlDialect;
use super::load::{MysqlLoad, lock_name};
use super::scan::MysqlSnapshot;
use crate::access::{Begun, Claim, Database, Role, Snapshot};
use crate::error::Attempt;
use crate::probe::{ask, operation, prepare};
use crate::script::Script;
use crate::session::{Session, number, text};
use crate::{Dialect, Endpoint, Error, Kind, Result};

/// How long a session that was ended may take to roll back.
const ROLL_BACK: Duration = Duration::from_secs(60);

/// Chunks that are loaded at the same time. Two of one table already spend a third of the server's time waiting for each
/// other at InnoDB's clustered index.
const LOADS_AT_ONCE: usize = 2;

/// A server's database.
#[derive(Debug)]
pub(crate) struct MysqlDatabase {
    endpoint: Endpoint,
    role: Role,
    pool: MySqlPool,
    dialect: MysqlDialect,
    version: String,
    largest_packet: usize,
}

impl MysqlDatabase {
    /// Connects.
    pub(crate) async fn open(endpoint: Endpoint, role: Role) -> Result<Self> {
        let pool = connect(&endpoint, role).await?;
        let connection = pool
            .acquire()
            .await
            .attempt(|| format!("connect to {endpoint}"))?;
        let rows = MysqlSession(connection)
            .rows("SELECT version(), @@max_allowed_packet", &[])
            .await?;
        let row = rows.into_iter().next().unwrap_or_default();
        let server = row.first().map(text).unwrap_or_default();
        let mariadb = server.to_ascii_lowercase().contains("mariadb");
        let version = if mariadb {
            format!("MariaDB {server}")
        } else {
            format!("MySQL {server}")
        };
        let largest_packet = row.get(1).map_or(0, number);
        Ok(Self {
            endpoint,
            role,
            pool,
            dialect: MysqlDialect { mariadb },
            version,
            largest_packet: usize::try_from(largest_packet).unwrap_or(0).max(16 << 10),
        })
    }
}

#[async_trait]
impl Database for MysqlDatabase {
    fn dialect(&self) -> &dyn Dialect {
        &self.dialect
    }

    fn script(&self) -> &dyn Script {
        &self.dialect
    }

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn catalogue(&self) -> Result<Catalogue> {
        catalogue::read(
            self.session().await?.as_mut(),
            self.dialect.mariadb,
            self.role,
        )
        .await
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        let operation = || "begin to read".to_owned();
        let mut connection = self.pool.acquire().await.attempt(operation)?;
        // For the next transaction only: the loads read what is committed.
        sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            .execute(&mut *connection)
            .await
            .attempt(operation)?;
        let begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
        let transaction =
            sqlx::Transaction::begin(connection, Some(SqlSafeStr::into_sql_str(begin)))
                .await
                .attempt(operation)?;
        Ok(Box::new(MysqlSnapshot { transaction }))
    }

    async fn begin(&self, claim: &Claim) -> Result<Begun> {
        MysqlLoad::begin(&self.pool, claim, self.dialect.mariadb, self.largest_packet).await
    }

    fn loads_at_once(&self) -> usize {
        LOADS_AT_ONCE
    }

    async fn session(&self) -> Result<Box<dyn Session>> {
        let connection = self
            .pool
            .acquire()
            .await
            .attempt(|| format!("connect to {}", self.endpoint))?;
        Ok(Box::new(MysqlSession(connection)))
    }

    async fn evict(&self, migration: &MigrationId, epoch: i64) -> Result<()> {
        let mut session = self.session().await?;
        for slot in 0..CONNECTIONS {
            let name = [Value::Text(lock_name(migration, epoch, slot))];
            let started = Instant::now();
            loop {
                let holder = session.rows("SELECT IS_USED_LOCK(?)", &name).await?;
                let Some(holder) = holder
                    .first()
                    .map(|row| number(&row[0]))
                    .filter(|holder| *holder > 0)
                else {
                    break;
                };
                if started.elapsed() > ROLL_BACK {
                    let message = format!(
                        "session {holder} of the host that held the migration does not end"
                    );
                    return Err(Error::impossible(Kind::Locked, message));
                }
                // It may end by itself between the question and the answer.
                if let Err(error) = session.execute(&format!("KILL {holder}"), &[]).await {
                    tracing::debug!(%error, holder, "a session could not be ended");
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// One value has one form here.
    async fn stored_again(
        &self,
        _table: &TablePlan,
        _rows: &Batch,
    ) -> Result<BTreeMap<usize, Vec<Option<Value>>>> {
        Ok(BTreeMap::new())
    }

    async fn query(&self, sql: &str, row_limit: usize, deadline: Duration) -> Result<Batch> {
        let mut transaction = self.begin_to_ask().await?;
        let limit = if self.dialect.mariadb {
            format!(
                "SET SESSION max_statement_time = {}",
                deadline.as_secs_f64()
            )
        } else {
            format!("SET SESSION max_execution_time = {}", deadline.as_millis())
        };
        sqlx::raw_sql(AssertSqlSafe(limit))
            .execute(&mut *transaction)
            .await
            .attempt(operation)?;
        ask(transaction, sql, row_limit, text_row).await
    }

    async fn prepare(&self, sql: &str) -> Result<()> {
        prepare(self.begin_to_ask().await?, sql).await
    }

    /// What a server says of itself to any user: two on one machine differ in where they keep their data.
    async fn identity(&self) -> Result<String> {
        let sql = "SELECT DATABASE(), @@hostname, @@port, @@datadir, @@server_id, @@version";
        let rows = self.session().await?.rows(sql, &[]).await?;
        Ok(rows
            .iter()
            .flatten()
            .map(text)
            .collect::<Vec<_>>()
            .join(" "))
    }
}

impl MysqlDatabase {
    async fn begin_to_ask(&self) -> Result<sqlx::Transaction<'static, sqlx::MySql>> {
        let mut connection = self.pool.acquire().await.attempt(operation)?;
        // The deadline is set for the session, which therefore ends with the probe.
        connection.close_on_drop();
        let begin = "START TRANSACTION READ ONLY";
        sqlx::Transaction::begin(connection, Some(SqlSafeStr::into_sql_str(begin)))
            .await
            .attempt(operation)
    }
}
