//! Writing rows: a prepared insert in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_schema::DataType;
use async_trait::async_trait;
use limosa_model::{
    Batch, ColumnPlan, ColumnType, TablePlan, Value, canonical_number, date_to_text,
    decimal_from_float, decimal_to_float, decimal_to_text, number_from_float, time_to_text,
    timestamp_to_text,
};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::connection::{SqliteSession, blocking, query, value_ref};
use super::dialect::SqliteDialect;
use crate::access::{Begun, Claim, Load};
use crate::book::{Opening, close_chunk, open_chunk};
use crate::describe::describe_row;
use crate::error::Attempt;
use crate::session::Session;
use crate::{Dialect, Error, Result};

/// An open chunk.
pub(super) struct SqliteLoad {
    session: SqliteSession,
    claim: Claim,
}

impl SqliteLoad {
    /// Begins the transaction and opens the chunk in it.
    pub(super) async fn begin(connection: Connection, claim: &Claim) -> Result<Begun> {
        let mut session = SqliteSession {
            connection: Some(connection),
        };
        session.execute("BEGIN IMMEDIATE", &[]).await?;
        Ok(
            match open_chunk(&mut session, &SqliteDialect, claim).await? {
                // Closing the connection rolls back.
                Opening::AlreadyDone => Begun::AlreadyDone,
                Opening::LeaseLost => Begun::LeaseLost,
                Opening::Open => Begun::Open(Box::new(Self {
                    session,
                    claim: claim.clone(),
                })),
            },
        )
    }
}

#[async_trait]
impl Load for SqliteLoad {
    async fn write(&mut self, table: &TablePlan, rows: &Batch) -> Result<()> {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.target_name.clone())
            .collect();
        let placeholders: Vec<String> = (1..=names.len())
            .map(|position| SqliteDialect.placeholder(position))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            SqliteDialect.table(&table.target),
            SqliteDialect.list(&names),
            placeholders.join(", ")
        );
        let (table, rows) = (table.clone(), rows.clone());
        blocking(&mut self.session.connection, move |connection| {
            insert(connection, &sql, &table, &rows)
        })
        .await
    }

    async fn commit(mut self: Box<Self>, rows: u64, notes: &str) -> Result<bool> {
        if !close_chunk(&mut self.session, &SqliteDialect, &self.claim, rows, notes).await? {
            return Ok(false);
        }
        self.session.execute("COMMIT", &[]).await?;
        Ok(true)
    }
}

fn insert(connection: &Connection, sql: &str, table: &TablePlan, rows: &Batch) -> Result<()> {
    let operation = || format!("write into table {}", table.target);
    let mut statement = connection.prepare_cached(sql).attempt(operation)?;
    for row in 0..rows.len() {
        for (column, plan) in table.columns.iter().enumerate() {
            let value = cell(rows, row, column, plan).ok_or_else(|| Error::Misfit {
                table: table.source.clone(),
                column: plan.name.clone(),
                row: describe_row(table, rows, row),
                reason: format!("SQLite has no form for {}", rows.value(row, column)),
            })?;
            statement
                .raw_bind_parameter(column + 1, value)
                .attempt(operation)?;
        }
        statement.raw_execute().attempt(|| {
            format!(
                "write {} into table {}",
                describe_row(table, rows, row),
                table.target
            )
        })?;
    }
    Ok(())
}

/// What SQLite makes of treated rows in columns of the source's own types: they are put into a table of such columns, in
/// memory, and read again.
pub(super) fn stored_again(
    connection: &Connection,
    table: &TablePlan,
    rows: &Batch,
) -> Result<BTreeMap<usize, Vec<Option<Value>>>> {
    let operation = || format!("try the values of table {}", table.source);
    let columns: Vec<ColumnPlan> = table.columns.iter().map(at_home).collect();
    let definitions: Vec<String> = (1..)
        .zip(&columns)
        // In quotes any text is a type, and its affinity that of its words.
        .map(|(number, column)| format!("c{number} {}", SqliteDialect.quote(&column.target_type)))
        .collect();
    let placeholders = vec!["?"; columns.len()].join(", ");
    connection
        .execute_batch(&format!("CREATE TABLE home ({})", definitions.join(", ")))
        .attempt(operation)?;
    let mut insert = connection
        .prepare(&format!("INSERT INTO home VALUES ({placeholders})"))
        .attempt(operation)?;
    let mut homeless = BTreeSet::new();
    for row in 0..rows.len() {
        for (column, plan) in columns.iter().enumerate() {
            let value = cell(rows, row, column, plan).unwrap_or_else(|| {
                homeless.insert((row, column));
                ToSqlOutput::Borrowed(ValueRef::Null)
            });
            insert
                .raw_bind_parameter(column + 1, value)
                .attempt(operation)?;
        }
        insert.raw_execute().attempt(operation)?;
    }
    let stored = query(connection, "SELECT * FROM home ORDER BY rowid", &[]).attempt(operation)?;
    let mut values: BTreeMap<usize, Vec<Option<Value>>> = BTreeMap::new();
    for (row, stored) in stored.into_iter().enumerate() {
        for (column, value) in stored.into_iter().enumerate() {
            let value = (!homeless.contains(&(row, column))).then_some(value);
            values.entry(column).or_default().push(value);
        }
    }
    Ok(values)
}

/// A column of the source as the target of its own values.
fn at_home(column: &ColumnPlan) -> ColumnPlan {
    ColumnPlan {
        carried: column.treated.clone(),
        target_type: column.source_type.clone(),
        ..column.clone()
    }
}

/// One value as SQLite stores it; `None`: SQLite has no form for it.
///
/// Exceptions are stored as they were, since SQLite types each value. A column of TEXT affinity gets its
/// decimals as text: SQLite would cut a double to 15 digits on the way in.
fn cell<'a>(
    rows: &'a Batch,
    row: usize,
    column: usize,
    plan: &ColumnPlan,
) -> Option<ToSqlOutput<'a>> {
    let array = rows.column(column);
    if array.is_null(row) {
        let value = rows
            .exception(row, column)
            .map_or(ValueRef::Null, value_ref);
        return Some(ToSqlOutput::Borrowed(value));
    }
    let owned = |text: String| ToSqlOutput::Owned(rusqlite::types::Value::Text(text));
    Some(match array.data_type() {
        DataType::Boolean => integer(i64::from(array.as_boolean().value(row))),
        DataType::Int64 => integer(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row), plan)?,
        DataType::Decimal128(precision, scale) => {
            let unscaled = array.as_primitive::<Decimal128Type>().value(row);
            let float = decimal_to_float(unscaled, *scale);
            if !keeps_text(plan) && decimal_from_float(float, *precision, *scale) == Some(unscaled)
            {
                real(float)
            } else {
                number(canonical_number(&decimal_to_text(unscaled, *scale))?, plan)
            }
        }
        DataType::Decimal256(..) => number(
            canonical_number(&array.as_primitive::<Decimal256Type>().value_as_string(row))?,
            plan,
        ),
        DataType::Date32 => owned(date_to_text(array.as_primitive::<Date32Type>().value(row))?),
        DataType::Time64(_) => owned(time_to_text(
            array.as_primitive::<Time64MicrosecondType>().value(row),
        )?),
        DataType::Timestamp(..) => owned(timestamp_to_text(
            array.as_primitive::<TimestampMicrosecondType>().value(row),
        )?),
        DataType::Binary => {
            ToSqlOutput::Borrowed(ValueRef::Blob(array.as_binary::<i32>().value(row)))
        }
        _ => {
            let text = array.as_string::<i32>().value(row);
            match plan.carried {
                ColumnType::Number => number(canonical_number(text)?, plan),
                _ => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            }
        }
    })
}

fn integer<'a>(number: i64) -> ToSqlOutput<'a> {
    ToSqlOutput::Borrowed(ValueRef::Integer(number))
}

fn real<'a>(number: f64) -> ToSqlOutput<'a> {
    ToSqlOutput::Borrowed(ValueRef::Real(number))
}

/// A float. SQLite takes NaN for null; and where a column's affinity is one of numbers, it keeps whole ones as integers,
/// which have no negative zero (sqlite.org/datatype3.html, 2).
fn float<'a>(number: f64, plan: &ColumnPlan) -> Option<ToSqlOutput<'a>> {
    let is_negative_zero = number == 0.0 && number.is_sign_negative();
    let is_left_alone = ["", "BLOB"].contains(&plan.target_type.to_ascii_uppercase().as_str());
    (!number.is_nan() && (!is_negative_zero || is_left_alone)).then(|| real(number))
}

/// Whether the target's column has TEXT affinity (sqlite.org/datatype3.html, 3.1).
fn keeps_text(plan: &ColumnPlan) -> bool {
    plan.target_type.contains("TEXT")
}

/// A canonical decimal as an integer or a double where that is the same number, else as text.
pub(super) fn number<'a>(text: String, plan: &ColumnPlan) -> ToSqlOutput<'a> {
    if !keeps_text(plan) {
        if let Ok(whole) = text.parse::<i64>() {
            return integer(whole);
        }
        if let Ok(float) = text.parse::<f64>()
            && number_from_float(float).as_deref() == Some(text.as_str())
        {
            return real(float);
        }
    }
    ToSqlOutput::Owned(rusqlite::types::Value::Text(text))
}
