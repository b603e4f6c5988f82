//! Writing rows: one `COPY` for all batches of a chunk, in the transaction of the chunk.
//!
//! A task of its own feeds the server, so that rows are encoded while others are on the wire and the server never waits
//! for the next statement: a `COPY` a batch took twice as long.

use async_trait::async_trait;
use limosa_model::{Batch, TablePlan};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::connection::PostgresSession;
use super::dialect::PostgresDialect;
use super::{copy_text, encode};
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk, session_name};
use crate::describe::refuse_exceptions;
use crate::error::Attempt;
use crate::{Dialect, Error, Kind, Result};

/// Encoded batches that wait for the wire.
const AHEAD: usize = 2;

/// An open chunk. Dropping it ends the task, whose transaction rolls back.
pub(super) struct PostgresLoad {
    sender: Sender<Piece>,
    feeding: JoinHandle<Result<Option<Transaction<'static, Postgres>>>>,
    claim: Claim,
}

/// What the task is told.
enum Piece {
    /// Rows for the statement.
    Rows {
        statement: String,
        operation: String,
        data: Vec<u8>,
    },
    /// There are no more; the transaction is wanted back.
    End,
}

impl PostgresLoad {
    /// Begins the transaction and opens the chunk in it.
    pub(super) async fn begin(pool: &PgPool, claim: &Claim) -> Result<Begun> {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        let mut transaction = pool
            .begin_with(begin)
            .await
            .attempt(|| "begin a chunk".into())?;
        // By this name a host that takes over finds the sessions to end.
        let name = session_name(&claim.migration, claim.epoch).replace('\'', "''");
        transaction
            .execute(sqlx::query(AssertSqlSafe(format!(
                "SET LOCAL application_name = '{name}'"
            ))))
            .await
            .attempt(|| "name the session".into())?;
        let opening = open_chunk(
            &mut PostgresSession(&mut *transaction),
            &PostgresDialect,
            claim,
        )
        .await?;
        let begun = match opening {
            Opening::Open => {
                let (sender, receiver) = channel(AHEAD);
                let feeding = tokio::spawn(feed(transaction, receiver));
                return Ok(Begun::Open(Box::new(Self {
                    sender,
                    feeding,
                    claim: claim.clone(),
                })));
            }
            Opening::AlreadyDone => Begun::AlreadyDone,
            Opening::LeaseLost => Begun::LeaseLost,
        };
        transaction
            .rollback()
            .await
            .attempt(|| "roll back a chunk".into())?;
        Ok(begun)
    }

    /// Ends the task, and takes its transaction or its failure.
    async fn end(self) -> Result<(Transaction<'static, Postgres>, Claim)> {
        // If the task is gone, its failure is what there is to tell.
        let _ = self.sender.send(Piece::End).await;
        match self.feeding.await {
            Ok(Ok(Some(transaction))) => Ok((transaction, self.claim)),
            Ok(Ok(None)) => Err(Error::impossible(
                Kind::Unreachable,
                "the rows of a chunk ended early",
            )),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(Error::Statement {
                operation: "write rows".into(),
                kind: Kind::Invalid,
                source: panic.into(),
            }),
        }
    }
}

/// Feeds the server until it is told the end, or nobody is left to tell it.
async fn feed(
    mut transaction: Transaction<'static, Postgres>,
    mut pieces: Receiver<Piece>,
) -> Result<Option<Transaction<'static, Postgres>>> {
    let mut next = pieces.recv().await;
    while let Some(piece) = next.take() {
        let Piece::Rows {
            statement,
            operation,
            data,
        } = piece
        else {
            return Ok(Some(transaction));
        };
        let binary = statement.ends_with(BINARY);
        let mut copy = transaction
            .copy_in_raw(&statement)
            .await
            .attempt(|| operation.clone())?;
        if binary {
            copy.send(encode::HEADER)
                .await
                .attempt(|| operation.clone())?;
        }
        copy.send(data).await.attempt(|| operation.clone())?;
        loop {
            next = pieces.recv().await;
            match &mut next {
                Some(Piece::Rows {
                    statement: same,
                    data,
                    ..
                }) if *same == statement => {
                    copy.send(std::mem::take(data))
                        .await
                        .attempt(|| operation.clone())?;
                }
                // Nobody is left: the copy must not be finished.
                None => {
                    return copy
                        .abort("the chunk was given up")
                        .await
                        .map(|()| None)
                        .attempt(|| operation.clone());
                }
                Some(_) => break,
            }
        }
        if binary {
            copy.send(encode::TRAILER)
                .await
                .attempt(|| operation.clone())?;
        }
        copy.finish().await.attempt(|| operation.clone())?;
    }
    Ok(None)
}

const BINARY: &str = "FROM STDIN (FORMAT binary)";
const TEXT: &str = "FROM STDIN (FORMAT text)";

#[async_trait]
impl Load for PostgresLoad {
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()> {
        refuse_exceptions(table, rows)?;
        // What is left of exceptions are the server's own values, in its own text.
        let binary = if rows.exceptions().is_empty() {
            encode::encode(table, rows)
        } else {
            None
        };
        let (data, form) = match binary {
            Some(data) => (data?, BINARY),
            None => (copy_text::encode(table, rows)?, TEXT),
        };
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.target_name.clone())
            .collect();
        let statement = format!(
            "COPY {} ({}) {form}",
            PostgresDialect.table(&table.target),
            PostgresDialect.list(&names)
        );
        let operation = format!("write into table {}", table.target);
        if self
            .sender
            .send(Piece::Rows {
                statement,
                operation,
                data,
            })
            .await
            .is_ok()
        {
            return Ok(());
        }
        // The task ended before its time: with the failure that is told here.
        match (&mut self.feeding).await {
            Ok(Err(error)) => Err(error),
            _ => Err(Error::impossible(
                Kind::Unreachable,
                "the rows of a chunk ended early",
            )),
        }
    }

    async fn commit(self: Box<Self>, rows: u64, notes: &str) -> Result<bool> {
        let (mut transaction, claim) = self.end().await?;
        if !close_chunk(
            &mut PostgresSession(&mut *transaction),
            &PostgresDialect,
            &claim,
            rows,
            notes,
        )
        .await?
        {
            transaction
                .rollback()
                .await
                .attempt(|| "roll back a chunk".into())?;
            return Ok(false);
        }
        transaction
            .commit()
            .await
            .attempt(|| "commit a chunk".into())?;
        Ok(true)
    }
}
