//! Writing rows: prepared inserts of many rows, each below the server's packet size.

use async_trait::async_trait;
use limosa_model::{Batch, MigrationId, TablePlan, Value};
use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlPool};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, MySql};

use super::bind::Rows;
use super::connection::{CONNECTIONS, MysqlSession};
use super::dialect::MysqlDialect;
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk, session_name};
use crate::describe::{misfit, refuse_exceptions};
use crate::error::Attempt;
use crate::feeding::{Feeding, Next, Pieces};
use crate::session::{Session, number};
use crate::{Dialect, Error, Kind, Result};

/// Parameters of a prepared statement at most, by the protocol.
const MOST_PARAMETERS: usize = 65_535;
/// More rows a statement do not make it faster; a full batch is eight statements of this size and no rest.
const MOST_ROWS: usize = 1_024;

/// An open chunk. Dropping it ends the task, whose session ends with it.
pub(super) struct MysqlLoad {
    feeding: Feeding<Piece, Holding>,
    claim: Claim,
    dialect: MysqlDialect,
    largest_packet: usize,
}

/// An insert of some rows.
struct Piece {
    sql: String,
    arguments: MySqlArguments,
    operation: String,
}

/// A session in the transaction of a chunk. It holds a named lock from before its first write until after its last, so that
/// a host that takes over finds every session that may hold a row, and ends it. The transaction is therefore not one of
/// sqlx's, whose commit hands the connection back at once.
struct Holding {
    connection: PoolConnection<MySql>,
    /// The name of the lock, while the session holds it.
    lock: Option<String>,
}

impl Drop for Holding {
    /// With its session the server ends the transaction and frees the lock.
    fn drop(&mut self) {
        if self.lock.is_some() {
            self.connection.close_on_drop();
        }
    }
}

impl Holding {
    fn session(&mut self) -> MysqlSession<&mut MySqlConnection> {
        MysqlSession(&mut *self.connection)
    }

    /// Ends the transaction, and then gives the lock back.
    async fn end(&mut self, statement: &str) -> Result<()> {
        self.session().execute(statement, &[]).await?;
        let Some(name) = self.lock.clone() else {
            return Ok(());
        };
        // What is committed stays so: a session that does not answer here is closed, and a new one taken.
        let released = self
            .session()
            .rows("SELECT RELEASE_LOCK(?)", &[Value::Text(name)])
            .await;
        match released {
            Ok(_) => self.lock = None,
            Err(error) => tracing::debug!(%error, "a session that had ended its chunk is closed"),
        }
        Ok(())
    }
}

impl MysqlLoad {
    /// Begins the transaction and opens the chunk in it.
    pub(super) async fn begin(
        pool: &MySqlPool,
        claim: &Claim,
        mariadb: bool,
        largest_packet: usize,
    ) -> Result<Begun> {
        let dialect = MysqlDialect { mariadb };
        let mut connection = pool.acquire().await.attempt(|| "begin a chunk".into())?;
        let lock = take_lock(&mut MysqlSession(&mut *connection), claim).await?;
        let mut holding = Holding {
            connection,
            lock: Some(lock),
        };
        holding.session().execute("START TRANSACTION", &[]).await?;
        let begun = match open_chunk(&mut holding.session(), &dialect, claim).await {
            Ok(Opening::Open) => {
                return Ok(Begun::Open(Box::new(Self {
                    feeding: Feeding::start(|pieces| feed(holding, pieces)),
                    claim: claim.clone(),
                    dialect,
                    largest_packet,
                })));
            }
            Ok(Opening::AlreadyDone) => Ok(Begun::AlreadyDone),
            Ok(Opening::LeaseLost) => Ok(Begun::LeaseLost),
            Err(error) => Err(error),
        };
        // A lock that was waited for in vain leaves the transaction open on this engine.
        holding.end("ROLLBACK").await?;
        begun
    }
}

/// The name of a lock by which a host that takes over finds the sessions to end.
pub(super) fn lock_name(migration: &MigrationId, epoch: i64, slot: u32) -> String {
    format!("{}:{slot}", session_name(migration, epoch))
}

async fn take_lock(session: &mut dyn Session, claim: &Claim) -> Result<String> {
    for slot in 0..CONNECTIONS {
        let name = lock_name(&claim.migration, claim.epoch, slot);
        let taken = session
            .rows("SELECT GET_LOCK(?, 0)", &[Value::Text(name.clone())])
            .await?;
        if taken.first().is_some_and(|row| number(&row[0]) == 1) {
            return Ok(name);
        }
    }
    Err(Error::impossible(
        Kind::Locked,
        "every session of this migration on the target is busy",
    ))
}

/// Feeds the server until there is no more, or nobody is left to tell.
async fn feed(mut holding: Holding, mut pieces: Pieces<Piece>) -> Result<Option<Holding>> {
    loop {
        let piece = match pieces.next().await {
            Next::Piece(piece) => piece,
            Next::End => return Ok(Some(holding)),
            Next::GivenUp => return Ok(None),
        };
        sqlx::query_with(AssertSqlSafe(piece.sql), piece.arguments)
            .execute(&mut *holding.connection)
            .await
            .attempt(|| piece.operation)?;
    }
}

#[async_trait]
impl Load for MysqlLoad {
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()> {
        refuse_exceptions(table, rows)?;
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.target_name.clone())
            .collect();
        let head = format!(
            "INSERT INTO {} ({}) VALUES ",
            self.dialect.table(&table.target),
            self.dialect.list(&names)
        );
        let row_values = format!("({})", vec!["?"; names.len()].join(","));
        let most_rows = (MOST_PARAMETERS / names.len().max(1)).clamp(1, MOST_ROWS);
        let mut row = 0;
        let bound = Rows::new(table, rows);
        while row < rows.len() {
            let taken = self.rows_that_fit(table, rows, &bound, row, most_rows)?;
            let piece = Piece {
                sql: format!("{head}{}", vec![row_values.as_str(); taken].join(",")),
                arguments: bound.bind(row, taken)?,
                operation: format!("write into table {}", table.target),
            };
            self.feeding.send(piece).await?;
            row += taken;
        }
        Ok(())
    }

    async fn commit(self: Box<Self>, rows: u64, notes: &str) -> Result<bool> {
        let mut holding = self.feeding.end().await?;
        let (dialect, claim) = (&self.dialect, &self.claim);
        let held = close_chunk(&mut holding.session(), dialect, claim, rows, notes).await?;
        let statement = if held { "COMMIT" } else { "ROLLBACK" };
        holding.end(statement).await.map(|()| held)
    }
}

impl MysqlLoad {
    /// How many rows the next statement takes: as many as it may, or else a power of two, so that all statements of a table
    /// are of a few sizes and stay prepared. One that is closed again costs the next the 40 ms of a delayed acknowledgement.
    fn rows_that_fit(
        &self,
        table: &TablePlan,
        rows: &Batch,
        bound: &Rows<'_>,
        from: usize,
        most_rows: usize,
    ) -> Result<usize> {
        let (mut taken, mut bytes) = (0, 0);
        while taken < most_rows && from + taken < rows.len() {
            let row = from + taken;
            let size = bound.size(row);
            if size + 4096 > self.largest_packet {
                let reason = format!(
                    "the row takes {size} bytes, most of them here, and the server's max_allowed_packet is {}: raise it on the server while the migration runs",
                    self.largest_packet
                );
                return Err(misfit(table, rows, row, bound.largest_column(row), &reason));
            }
            if taken > 0 && bytes + size > self.largest_packet / 2 {
                break;
            }
            bytes += size;
            taken += 1;
        }
        Ok(if taken == most_rows {
            taken
        } else {
            1 << taken.max(1).ilog2()
        })
    }
}
