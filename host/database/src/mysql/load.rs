//! Writing rows: prepared inserts of many rows, each below the server's packet size.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_schema::DataType;
use async_trait::async_trait;
use limosa_model::{
    Batch, ColumnPlan, ColumnType, MigrationId, TablePlan, Value, write_date, write_decimal,
    write_time, write_timestamp,
};
use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlPool};
use sqlx::pool::PoolConnection;
use sqlx::{Arguments, AssertSqlSafe, MySql};

use super::connection::{CONNECTIONS, MysqlSession};
use super::dialect::MysqlDialect;
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk, session_name};
use crate::describe::{misfit, refuse_exceptions};
use crate::error::Attempt;
use crate::session::{Session, number};
use crate::{Dialect, Error, Kind, Result};

/// Parameters of a prepared statement at most, by the protocol.
const MOST_PARAMETERS: usize = 65_535;
/// More rows a statement do not make it faster; a full batch is eight statements of this size and no rest.
const MOST_ROWS: usize = 1_024;

/// An open chunk. Its session holds a named lock from before its first write until after its last, so that a host that
/// takes over finds every session that may hold a row, and ends it. The transaction is therefore not one of sqlx's, whose
/// commit hands the connection back at once.
pub(super) struct MysqlLoad {
    connection: PoolConnection<MySql>,
    claim: Claim,
    mariadb: bool,
    largest_packet: usize,
    /// The name of the lock, while the session holds it.
    lock: Option<String>,
}

impl Drop for MysqlLoad {
    /// With its session the server ends the transaction and frees the lock.
    fn drop(&mut self) {
        if self.lock.is_some() {
            self.connection.close_on_drop();
        }
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
        let mut connection = pool.acquire().await.attempt(|| "begin a chunk".into())?;
        let lock = take_lock(&mut MysqlSession(&mut *connection), claim).await?;
        let mut load = Self {
            connection,
            claim: claim.clone(),
            mariadb,
            largest_packet,
            lock: Some(lock),
        };
        load.session().execute("START TRANSACTION", &[]).await?;
        let opening = open_chunk(&mut load.session(), &MysqlDialect { mariadb }, claim).await;
        match opening {
            Ok(Opening::Open) => Ok(Begun::Open(Box::new(load))),
            Ok(Opening::AlreadyDone) => load.abandon().await.map(|()| Begun::AlreadyDone),
            Ok(Opening::LeaseLost) => load.abandon().await.map(|()| Begun::LeaseLost),
            Err(error) => {
                // A lock that was waited for in vain leaves the transaction open on this engine.
                load.abandon().await?;
                Err(error)
            }
        }
    }

    fn session(&mut self) -> MysqlSession<&mut MySqlConnection> {
        MysqlSession(&mut *self.connection)
    }

    async fn abandon(mut self) -> Result<()> {
        self.end("ROLLBACK").await
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

#[async_trait]
impl Load for MysqlLoad {
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()> {
        refuse_exceptions(table, rows)?;
        let dialect = MysqlDialect {
            mariadb: self.mariadb,
        };
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.target_name.clone())
            .collect();
        let head = format!(
            "INSERT INTO {} ({}) VALUES ",
            dialect.table(&table.target),
            dialect.list(&names)
        );
        let row_values = format!("({})", vec!["?"; names.len()].join(","));
        let most_rows = (MOST_PARAMETERS / names.len().max(1)).clamp(1, MOST_ROWS);
        let mut row = 0;
        while row < rows.len() {
            let (arguments, taken) = self.arguments(table, rows, row, most_rows)?;
            let mut sql = String::with_capacity(head.len() + taken * (row_values.len() + 1));
            sql.push_str(&head);
            for position in 0..taken {
                if position > 0 {
                    sql.push(',');
                }
                sql.push_str(&row_values);
            }
            sqlx::query_with(AssertSqlSafe(sql), arguments)
                .execute(&mut *self.connection)
                .await
                .attempt(|| format!("write into table {}", table.target))?;
            row += taken;
        }
        Ok(())
    }

    async fn commit(mut self: Box<Self>, rows: u64, notes: &str) -> Result<bool> {
        let dialect = MysqlDialect {
            mariadb: self.mariadb,
        };
        let claim = self.claim.clone();
        let held = close_chunk(&mut self.session(), &dialect, &claim, rows, notes).await?;
        if !held {
            return self.abandon().await.map(|()| false);
        }
        self.end("COMMIT").await.map(|()| true)
    }
}

impl MysqlLoad {
    /// The values of the next statement, and of how many rows they are.
    fn arguments(
        &self,
        table: &TablePlan,
        rows: &Batch,
        from: usize,
        most_rows: usize,
    ) -> Result<(MySqlArguments, usize)> {
        let taken = self.rows_that_fit(table, rows, from, most_rows)?;
        let mut arguments = MySqlArguments::default();
        arguments.reserve(taken * table.columns.len(), 0);
        let mut text = String::new();
        for row in from..from + taken {
            for (column, plan) in table.columns.iter().enumerate() {
                text.clear();
                add(&mut arguments, &mut text, rows, row, column, plan)
                    .map_err(|reason| misfit(table, rows, row, column, &reason))?;
            }
        }
        Ok((arguments, taken))
    }

    /// How many rows the next statement takes: as many as it may, or else a power of two, so that all statements of a table
    /// are of a few sizes and stay prepared. One that is closed again costs the next the 40 ms of a delayed acknowledgement.
    fn rows_that_fit(
        &self,
        table: &TablePlan,
        rows: &Batch,
        from: usize,
        most_rows: usize,
    ) -> Result<usize> {
        let (mut taken, mut bytes) = (0, 0);
        while taken < most_rows && from + taken < rows.len() {
            let row = from + taken;
            let size: usize = (0..table.columns.len())
                .map(|column| cell_size(rows, row, column))
                .sum();
            if size + 4096 > self.largest_packet {
                let reason = format!(
                    "the row takes {size} bytes, most of them here, and the server's max_allowed_packet is {}: raise it on the server while the migration runs",
                    self.largest_packet
                );
                let largest =
                    (0..table.columns.len()).max_by_key(|column| cell_size(rows, row, *column));
                return Err(misfit(table, rows, row, largest.unwrap_or(0), &reason));
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

fn cell_size(rows: &Batch, row: usize, column: usize) -> usize {
    let array = rows.column(column);
    match array.data_type() {
        DataType::Utf8 => {
            usize::try_from(array.as_string::<i32>().value_length(row)).unwrap_or(0) + 9
        }
        DataType::Binary => {
            usize::try_from(array.as_binary::<i32>().value_length(row)).unwrap_or(0) + 9
        }
        _ => 40,
    }
}

/// Binds one value; `Err` if MySQL would alter it without a word. `text` is empty, for those that go as text.
fn add(
    arguments: &mut MySqlArguments,
    text: &mut String,
    rows: &Batch,
    row: usize,
    column: usize,
    plan: &ColumnPlan,
) -> std::result::Result<(), String> {
    let array = rows.column(column);
    let outside = || {
        format!(
            "{} lies outside what {} holds",
            rows.value(row, column),
            plan.target_type
        )
    };
    if array.is_null(row) {
        // An exception here is a value of the server's own, in its own text.
        let text = match rows.exception(row, column) {
            None => None,
            Some(Value::Text(text)) => Some(text.as_str()),
            Some(other) => return Err(format!("{} {other}", other.class())),
        };
        return arguments.add(text).map_err(|error| error.to_string());
    }
    match array.data_type() {
        DataType::Boolean => arguments.add(i64::from(array.as_boolean().value(row))),
        DataType::Int64 => arguments.add(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            plan.fit.float(value)?;
            arguments.add(value)
        }
        // As a number: a bit string would take the digits of a text for its bits.
        DataType::Decimal128(..) if plan.carried == ColumnType::Unsigned => {
            let unscaled = array.as_primitive::<Decimal128Type>().value(row);
            arguments.add(u64::try_from(unscaled).map_err(|_| outside())?)
        }
        DataType::Decimal128(_, scale) => {
            write_decimal(
                text,
                array.as_primitive::<Decimal128Type>().value(row),
                *scale,
            );
            plan.fit.number(text)?;
            arguments.add(text.as_str())
        }
        DataType::Decimal256(..) => {
            let text = array.as_primitive::<Decimal256Type>().value_as_string(row);
            plan.fit.number(&text)?;
            arguments.add(text)
        }
        DataType::Date32 => {
            write_date(text, array.as_primitive::<Date32Type>().value(row)).ok_or_else(outside)?;
            arguments.add(text.as_str())
        }
        DataType::Time64(_) => {
            let time = array.as_primitive::<Time64MicrosecondType>().value(row);
            write_time(text, time).ok_or_else(outside)?;
            arguments.add(text.as_str())
        }
        DataType::Timestamp(..) => {
            let timestamp = array.as_primitive::<TimestampMicrosecondType>().value(row);
            write_timestamp(text, timestamp).ok_or_else(outside)?;
            arguments.add(text.as_str())
        }
        DataType::Binary => arguments.add(array.as_binary::<i32>().value(row)),
        _ => {
            let text = array.as_string::<i32>().value(row);
            // Even a strict server cuts spaces beyond a length, and rounds to a scale.
            plan.fit.length(text)?;
            plan.fit.number(text)?;
            arguments.add(text)
        }
    }
    .map_err(|error| error.to_string())
}
