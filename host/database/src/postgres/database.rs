//! A schema of a PostgreSQL database as a database.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use limosa_model::{Batch, Catalogue, ColumnType, MigrationId, TablePlan, Value, canonical_number};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

use super::catalogue;
use super::connection::{PostgresSession, connect, text_row};
use super::dialect::PostgresDialect;
use super::load::PostgresLoad;
use super::scan::PostgresSnapshot;
use crate::access::{Begun, Claim, Database, Role, Snapshot};
use crate::book::session_name;
use crate::error::Attempt;
use crate::probe::{ask, operation, prepare};
use crate::script::Script;
use crate::session::{Session, text};
use crate::{Dialect, Endpoint, Error, Kind, Result};

/// Chunks that are loaded at the same time: more of them only wait for each other at the log.
const LOADS_AT_ONCE: usize = 4;

/// A server's database, in the connection's current schema.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    endpoint: Endpoint,
    role: Role,
    pool: PgPool,
    version: String,
    /// The connection's current schema.
    schema: String,
}

impl PostgresDatabase {
    /// Connects.
    pub(crate) async fn open(endpoint: Endpoint, role: Role) -> Result<Self> {
        let pool = connect(&endpoint, role).await?;
        let mut database = Self {
            endpoint,
            role,
            pool,
            version: String::new(),
            schema: String::new(),
        };
        let rows = database
            .session()
            .await?
            .rows(
                "SELECT current_setting('server_version'), current_schema()::text",
                &[],
            )
            .await?;
        let row = rows.first().cloned().unwrap_or_default();
        if row.get(1).is_none_or(|schema| *schema == Value::Null) {
            let message = format!(
                "{} has no current schema: none of its search_path exists",
                database.endpoint
            );
            return Err(Error::impossible(Kind::Invalid, message));
        }
        database.schema = row.get(1).map(text).unwrap_or_default();
        database.version = format!("PostgreSQL {}", row.first().map(text).unwrap_or_default());
        Ok(database)
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    fn dialect(&self) -> &dyn Dialect {
        &PostgresDialect
    }

    fn own_schema(&self) -> Option<&str> {
        Some(&self.schema)
    }

    fn script(&self) -> &dyn Script {
        &PostgresDialect
    }

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn catalogue(&self) -> Result<Catalogue> {
        catalogue::read(self.session().await?.as_mut(), self.role).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let transaction = self
            .pool
            .begin_with(begin)
            .await
            .attempt(|| "begin to read".into())?;
        Ok(Box::new(PostgresSnapshot { transaction }))
    }

    async fn begin(&self, claim: &Claim) -> Result<Begun> {
        PostgresLoad::begin(&self.pool, claim).await
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
        Ok(Box::new(PostgresSession(connection)))
    }

    async fn evict(&self, migration: &MigrationId, epoch: i64) -> Result<()> {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()";
        let name = Value::Text(session_name(migration, epoch));
        self.session().await?.rows(sql, &[name]).await.map(|_| ())
    }

    /// Other engines do not keep the zeros at the end of a number.
    async fn stored_again(
        &self,
        table: &TablePlan,
        rows: &Batch,
    ) -> Result<BTreeMap<usize, Vec<Option<Value>>>> {
        let numbers = table.columns.iter().enumerate();
        let numbers = numbers.filter(|(_, column)| column.treated == ColumnType::Number);
        let plain = |value| match value {
            Value::Text(text) => Value::Text(canonical_number(&text).unwrap_or(text)),
            other => other,
        };
        let of_column = |column| {
            let values = (0..rows.len()).map(|row| Some(plain(rows.value(row, column))));
            values.collect()
        };
        Ok(numbers
            .map(|(position, _)| (position, of_column(position)))
            .collect())
    }

    async fn query(&self, sql: &str, row_limit: usize, deadline: Duration) -> Result<Batch> {
        let mut transaction = self.begin_to_ask().await?;
        let limit = format!("SET LOCAL statement_timeout = {}", deadline.as_millis());
        sqlx::query(AssertSqlSafe(limit))
            .execute(&mut *transaction)
            .await
            .attempt(operation)?;
        ask(transaction, sql, row_limit, text_row).await
    }

    async fn prepare(&self, sql: &str) -> Result<()> {
        prepare(self.begin_to_ask().await?, sql).await
    }

    /// The database of a server since that was started: one that was copied, or a standby, is another.
    async fn identity(&self) -> Result<String> {
        let sql = "SELECT pg_postmaster_start_time()::text, oid::text FROM pg_catalog.pg_database \
             WHERE datname = current_database()";
        let rows = self.session().await?.rows(sql, &[]).await?;
        Ok(rows
            .iter()
            .flatten()
            .map(text)
            .collect::<Vec<_>>()
            .join(" "))
    }
}

impl PostgresDatabase {
    async fn begin_to_ask(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
        let begun = self.pool.begin_with("BEGIN READ ONLY").await;
        begun.attempt(operation)
    }
}
