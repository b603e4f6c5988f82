//! Writing rows: one `COPY` for all batches of a chunk, in the transaction of the chunk.
//!
//! A `COPY` a batch took twice as long: the server waited for the next statement.

use async_trait::async_trait;
use limosa_model::{Batch, TablePlan};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};

use super::connection::PostgresSession;
use super::dialect::PostgresDialect;
use super::{copy_text, encode};
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk, session_name};
use crate::describe::refuse_exceptions;
use crate::error::Attempt;
use crate::feeding::{Feeding, Next, Pieces};
use crate::{Dialect, Result};

/// An open chunk. Dropping it ends the task, whose transaction rolls back.
pub(super) struct PostgresLoad {
    feeding: Feeding<Piece, Transaction<'static, Postgres>>,
    claim: Claim,
}

/// Rows for a statement.
struct Piece {
    statement: String,
    operation: String,
    data: Vec<u8>,
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
                return Ok(Begun::Open(Box::new(Self {
                    feeding: Feeding::start(|pieces| feed(transaction, pieces)),
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
}

/// Feeds the server until it is told the end, or nobody is left to tell it.
async fn feed(
    mut transaction: Transaction<'static, Postgres>,
    mut pieces: Pieces<Piece>,
) -> Result<Option<Transaction<'static, Postgres>>> {
    let mut next = pieces.next().await;
    loop {
        let Piece {
            statement,
            operation,
            data,
        } = match next {
            Next::Piece(piece) => piece,
            Next::End => return Ok(Some(transaction)),
            Next::GivenUp => return Ok(None),
        };
        let attempting = || operation.clone();
        let binary = statement.ends_with(BINARY);
        let mut copy = transaction
            .copy_in_raw(&statement)
            .await
            .attempt(attempting)?;
        if binary {
            copy.send(encode::HEADER).await.attempt(attempting)?;
        }
        copy.send(data).await.attempt(attempting)?;
        next = loop {
            match pieces.next().await {
                Next::Piece(piece) if piece.statement == statement => {
                    copy.send(piece.data).await.attempt(attempting)?;
                }
                // Nobody is left: the copy must not be finished.
                Next::GivenUp => {
                    let aborted = copy.abort("the chunk was given up").await;
                    return aborted.map(|()| None).attempt(attempting);
                }
                other => break other,
            }
        };
        if binary {
            copy.send(encode::TRAILER).await.attempt(attempting)?;
        }
        copy.finish().await.attempt(attempting)?;
    }
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
        let piece = Piece {
            statement,
            operation,
            data,
        };
        self.feeding.send(piece).await
    }

    async fn commit(self: Box<Self>, rows: u64, notes: &str) -> Result<bool> {
        let Self { feeding, claim } = *self;
        let mut transaction = feeding.end().await?;
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
