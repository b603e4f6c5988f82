//! Writing rows: one `COPY` a batch, in the transaction of the chunk.

use async_trait::async_trait;
use limosa_model::{Batch, TablePlan};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};

use super::connection::PostgresSession;
use super::dialect::PostgresDialect;
use super::{copy_text, encode};
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk};
use crate::describe::refuse_exceptions;
use crate::error::Attempt;
use crate::{Dialect, Result};

/// An open chunk. Dropping the transaction rolls back.
pub(super) struct PostgresLoad {
    transaction: Transaction<'static, Postgres>,
    claim: Claim,
}

impl PostgresLoad {
    /// Begins the transaction and opens the chunk in it.
    pub(super) async fn begin(pool: &PgPool, claim: &Claim) -> Result<Begun> {
        let mut transaction = pool
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await
            .attempt(|| "begin a chunk".into())?;
        // By this name a host that takes over finds the sessions to end.
        let name = application_name(claim.migration.as_str(), claim.epoch);
        transaction
            .execute(sqlx::query(AssertSqlSafe(format!(
                "SET application_name = '{}'",
                name.replace('\'', "''")
            ))))
            .await
            .attempt(|| "name the session".into())?;
        let opening = open_chunk(
            &mut PostgresSession(&mut *transaction),
            &PostgresDialect,
            claim,
        )
        .await?;
        if !matches!(opening, Opening::Open) {
            transaction
                .rollback()
                .await
                .attempt(|| "roll back a chunk".into())?;
        } else {
            return Ok(Begun::Open(Box::new(Self {
                transaction,
                claim: claim.clone(),
            })));
        }
        Ok(if matches!(opening, Opening::AlreadyDone) {
            Begun::AlreadyDone
        } else {
            Begun::LeaseLost
        })
    }
}

/// What the sessions of a chunk are called on the server; at most 63 bytes are kept.
pub(super) fn application_name(migration: &str, epoch: i64) -> String {
    format!("limosa:{migration}:{epoch}")
}

#[async_trait]
impl Load for PostgresLoad {
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()> {
        refuse_exceptions(table, rows)?;
        let (data, options) = match encode::encode(table, rows) {
            Some(data) => (data?, "FORMAT binary"),
            None => (copy_text::encode(table, rows)?, "FORMAT text"),
        };
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.target_name.clone())
            .collect();
        let sql = format!(
            "COPY {} ({}) FROM STDIN ({options})",
            PostgresDialect.table(&table.target),
            PostgresDialect.list(&names)
        );
        let operation = || format!("write into table {}", table.target);
        let mut copy = self
            .transaction
            .copy_in_raw(&sql)
            .await
            .attempt(operation)?;
        copy.send(data).await.attempt(operation)?;
        copy.finish().await.attempt(operation)?;
        Ok(())
    }

    async fn commit(mut self: Box<Self>, rows: u64, findings: &str) -> Result<bool> {
        if !close_chunk(
            &mut PostgresSession(&mut *self.transaction),
            &PostgresDialect,
            &self.claim,
            rows,
            findings,
        )
        .await?
        {
            self.transaction
                .rollback()
                .await
                .attempt(|| "roll back a chunk".into())?;
            return Ok(false);
        }
        self.transaction
            .commit()
            .await
            .attempt(|| "commit a chunk".into())?;
        Ok(true)
    }
}
