//! Tables and rows for the tests, without a planner: what is put in, and what comes back.

use std::fmt;
use std::sync::Arc;

use anyhow::{Result, ensure};
use futures_util::TryStreamExt as _;
use limosa_database::{Begun, Claim, Database, Error, Lease};
use limosa_model::{
    Batch, BatchBuilder, Column, ColumnPlan, ColumnType, Engine, Form, KeyRange, Shape, TableName,
    TablePlan, Treatment, Value, Why, wide_from_text,
};

/// A value as a batch carries it.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Null,
    /// An integer, a boolean as 0 or 1, a date in days, a time or timestamp in microseconds.
    Whole(i64),
    Float(f64),
    /// Without its point.
    Decimal(i128),
    /// A decimal that may have more than 38 digits, as text.
    Wide(String),
    Text(String),
    Bytes(Vec<u8>),
}

/// Text.
pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A column of another engine, as this one holds it; the error says why it cannot.
pub(super) fn column(
    database: &dyn Database,
    name: &str,
    carried: ColumnType,
    key_columns: usize,
) -> Result<ColumnPlan, String> {
    let dialect = database.dialect();
    let from = match dialect.engine() {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres | Engine::Mysql => Engine::Sqlite,
    };
    let described = Column {
        name: name.into(),
        declared: String::new(),
        column_type: carried.clone(),
        by_values: false,
        nullable: key_columns == 0,
        default: None,
        default_sql: None,
        identity: false,
        numbering: None,
        collation: None,
        generated: None,
        enumeration: Vec::new(),
        touched: None,
    };
    let target_type = dialect.native_type(&described, from, key_columns)?;
    Ok(ColumnPlan {
        name: name.into(),
        target_name: name.into(),
        source_type: String::new(),
        scanned: carried.clone(),
        treated: carried.clone(),
        fit: dialect.fit(&carried, &target_type),
        treatment: Treatment::default(),
        form: Form::Same,
        why: Why::Declared,
        carried,
        target_type,
        nullable: key_columns == 0,
        default: None,
        identity: false,
        numbering: None,
    })
}

/// A table whose key is also its primary key.
pub(super) fn table(name: &str, columns: Vec<ColumnPlan>, key: &[&str]) -> TablePlan {
    let key: Vec<String> = key.iter().map(|&name| name.to_owned()).collect();
    TablePlan {
        source: TableName::new(name),
        target: TableName::new(name),
        columns,
        primary_key: key.clone(),
        key,
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        generated: Vec::new(),
        next_number: None,
        estimated_rows: 0,
        chunk_rows: 1_000,
        definition: None,
        made_of: Vec::new(),
    }
}

/// A table with a whole number `id` as its key, and these columns.
pub(super) fn numbered(
    database: &dyn Database,
    name: &str,
    columns: Vec<ColumnPlan>,
) -> Result<TablePlan> {
    let id =
        column(database, "id", ColumnType::Integer { bytes: 8 }, 1).map_err(anyhow::Error::msg)?;
    Ok(table(
        name,
        std::iter::once(id).chain(columns).collect(),
        &["id"],
    ))
}

/// Rows as a batch of the table's carried types.
pub(super) fn batch(table: &TablePlan, rows: &[Vec<Cell>]) -> Result<Batch> {
    let mut builder = BatchBuilder::new(table.carried_shape());
    for row in rows {
        for (position, cell) in row.iter().enumerate() {
            match cell {
                Cell::Null => builder.null(position),
                Cell::Whole(number) => builder.integer(position, *number),
                Cell::Float(number) => builder.float(position, *number),
                Cell::Decimal(unscaled) => builder.decimal(position, *unscaled),
                Cell::Wide(text) => {
                    let ColumnType::Decimal { precision, scale } = table.columns[position].carried
                    else {
                        anyhow::bail!("{text} in a column that is no decimal");
                    };
                    let unscaled = wide_from_text(text, precision, scale);
                    builder.wide_decimal(
                        position,
                        unscaled.ok_or_else(|| anyhow::anyhow!("{text} does not fit"))?,
                    );
                }
                Cell::Text(text) => builder.text(position, text),
                Cell::Bytes(bytes) => builder.bytes(position, bytes),
            }
        }
        builder.end_row();
    }
    let batch = builder.finish()?;
    ensure!(
        batch.exceptions().is_empty(),
        "a cell of the test does not fit: {:?}",
        batch.exceptions()
    );
    Ok(batch)
}

/// The right to load a range of a table.
pub(super) fn claim(lease: &Lease, table: &TablePlan, range: KeyRange) -> Claim {
    Claim {
        ordinal: 0,
        migration: lease.migration.clone(),
        epoch: lease.epoch,
        table: table.source.clone(),
        range,
    }
}

/// A range that begins after this number.
pub(super) fn after(number: i64) -> KeyRange {
    KeyRange {
        after: Some(vec![Value::Integer(number)]),
        through: None,
    }
}

/// Loads rows in one chunk of their own.
pub(super) async fn load(
    database: &dyn Database,
    lease: &Lease,
    table: &TablePlan,
    range: KeyRange,
    rows: &Batch,
) -> Result<(), Error> {
    match database.begin(&claim(lease, table, range)).await? {
        Begun::Open(mut load) => {
            load.write(table, rows).await?;
            assert!(
                load.commit(rows.len() as u64, "[]").await?,
                "the lease is held"
            );
            Ok(())
        }
        other => panic!("the chunk is not open: {other:?}"),
    }
}

/// The rows of a range in the order of the key.
pub(super) async fn scan(
    database: &dyn Database,
    table: &TableName,
    shape: &Arc<Shape>,
    key: &[String],
    range: &KeyRange,
) -> Result<Vec<Batch>, Error> {
    let mut snapshot = database.snapshot().await?;
    let batches = snapshot.scan(table, shape, key, range).await?;
    batches.try_collect().await
}

/// All rows of a table as it was loaded.
pub(super) async fn scan_all(
    database: &dyn Database,
    table: &TablePlan,
) -> Result<Vec<Batch>, Error> {
    let shape = table.carried_shape();
    scan(database, &table.target, &shape, &table.key, &KeyRange::ALL).await
}

/// Rows as plain values, whatever batches they came in; fails for a value that did not fit its column.
pub(super) fn plain(batches: &[Batch]) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for batch in batches {
        ensure!(
            batch.exceptions().is_empty(),
            "exceptions: {}",
            Shown(&batch.exceptions())
        );
        let all: Vec<usize> = (0..batch.shape().fields().len()).collect();
        rows.extend((0..batch.len()).map(|row| batch.values(row, &all)));
    }
    Ok(rows)
}

/// The rows that came back are those that were put in.
pub(super) fn expect_same(expected: &Batch, found: &[Batch]) -> Result<()> {
    let expected = plain(std::slice::from_ref(expected))?;
    let found = plain(found)?;
    for (wanted, got) in expected.iter().zip(&found) {
        ensure!(wanted == got, "{} became {}", Shown(wanted), Shown(got));
    }
    ensure!(
        expected.len() == found.len(),
        "{} rows became {}",
        expected.len(),
        found.len()
    );
    Ok(())
}

/// Enough of something to recognise it: a megabyte would bury the message.
pub(super) struct Shown<'a, T>(pub(super) &'a T);

impl<T: fmt::Debug> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.0);
        match text.char_indices().nth(300) {
            Some((end, _)) => write!(f, "{}… ({} bytes)", &text[..end], text.len()),
            None => f.write_str(&text),
        }
    }
}
