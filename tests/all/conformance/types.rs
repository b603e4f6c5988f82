//! Each carried type with its edge values: loaded, read back, and the same; or refused.

use std::slice;

use anyhow::{Result, bail, ensure};
use limosa_database::{Database, Error, Kind, Lease};
use limosa_model::Engine::Postgres;
use limosa_model::{
    Batch, ColumnPlan, ColumnType, Field, KeyRange, Shape, TableName, TablePlan, Value,
};

use super::edges::{Case, cases};
use super::place::{Place, define, take_lease};
use super::rows::{
    Cell, Shown, after, batch, column, expect_same, load, numbered, plain, scan, scan_all, text,
};

pub(super) async fn every_type_arrives_exactly_or_not_at_all(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let mut problems = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let name = format!("t{number}");
        let found = check(place, database.as_ref(), &lease, &name, case).await;
        if let Err(error) = found {
            problems.push(format!("{:?}: {error:#}", case.carried));
        }
    }
    problems.extend(misread(database.as_ref()).await?);
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

/// What the catalogue says of tables made from plans must hold for every row in them.
async fn misread(database: &dyn Database) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for table in database.catalogue().await?.tables {
        let fields = table.columns.iter().map(|column| Field {
            name: column.name.clone(),
            column_type: column.column_type.clone(),
            nullable: column.nullable,
        });
        let shape = Shape::new(fields.collect());
        let batches = scan(database, &table.name, &shape, &[], &KeyRange::ALL).await;
        if let Err(error) = plain(&batches.map_err(whole)?) {
            let value = table.column("value").map(|column| &column.declared);
            problems.push(format!("{value:?} is misread: {error:#}"));
        }
    }
    Ok(problems)
}

async fn check(
    place: &Place,
    database: &dyn Database,
    lease: &Lease,
    name: &str,
    case: &Case,
) -> Result<()> {
    let value = column(database, "value", case.carried.clone(), 0).map_err(anyhow::Error::msg)?;
    let table = numbered(database, name, vec![value.clone()])?;
    define(database, &[&database.dialect().create_table(&table)]).await?;
    if case.lacking.contains(&place.engine) {
        return kept_or_refused(database, lease, &table, &case.kept).await;
    }
    let (refused, also_kept): (Vec<_>, Vec<_>) = case
        .refused
        .iter()
        .partition(|(_, engines)| engines.contains(&place.engine));
    let kept = case
        .kept
        .iter()
        .chain(also_kept.iter().map(|(cell, _)| cell))
        .chain(slice::from_ref(&Cell::Null));
    let rows: Vec<Vec<Cell>> = (0..)
        .zip(kept)
        .map(|(id, cell)| vec![Cell::Whole(id), cell.clone()])
        .collect();
    let rows = batch(&table, &rows)?;
    load(database, lease, &table, KeyRange::ALL, &rows)
        .await
        .map_err(whole)?;
    let mut problems = Vec::new();
    if let Err(error) = expect_same(&rows, &scan_all(database, &table).await.map_err(whole)?) {
        problems.push(format!("{error:#}"));
    }
    if let Some(reason) = beside_text(database, lease, &table, &rows).await.err() {
        problems.push(format!("beside a column that goes as text: {reason:#}"));
    }
    let wrong = case
        .wrong
        .iter()
        .filter(|(_, engines)| engines.contains(&place.engine));
    for (id, (cell, _)) in (1_000..).zip(refused.into_iter().chain(wrong)) {
        if let Err(error) = expect_refused(database, lease, &table, id, cell).await {
            problems.push(format!("{error:#}"));
        }
    }
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}

/// Each value by itself: it arrives as it is, or it is refused.
async fn kept_or_refused(
    database: &dyn Database,
    lease: &Lease,
    table: &TablePlan,
    cells: &[Cell],
) -> Result<()> {
    let mut arrived = Vec::new();
    for (id, cell) in (0..).zip(cells) {
        let row = vec![Cell::Whole(id), cell.clone()];
        let rows = batch(table, slice::from_ref(&row))?;
        match load(database, lease, table, after(id - 1), &rows).await {
            Ok(()) => arrived.push(row),
            Err(error) => ensure!(error.kind() == Kind::Refused, "{:#}", whole(error)),
        }
    }
    ensure!(!arrived.is_empty(), "every value was refused");
    expect_same(
        &batch(table, &arrived)?,
        &scan_all(database, table).await.map_err(whole)?,
    )
}

/// The same rows in a table with a column for which PostgreSQL's binary form does not serve.
async fn beside_text(
    database: &dyn Database,
    lease: &Lease,
    table: &TablePlan,
    rows: &Batch,
) -> Result<()> {
    let wide = ColumnType::Decimal {
        precision: 60,
        scale: 0,
    };
    let wide = column(database, "wide", wide, 0).map_err(anyhow::Error::msg)?;
    let mut beside = table.clone();
    beside.source = TableName::new(format!("{}_beside", table.source.name()));
    beside.target = beside.source.clone();
    beside.columns.push(wide);
    define(database, &[&database.dialect().create_table(&beside)]).await?;
    let mut cells = Vec::new();
    for row in 0..rows.len() {
        cells.push(vec![
            Cell::Whole(i64::try_from(row)?),
            Cell::Null,
            Cell::Null,
        ]);
    }
    let nulls = batch(&beside, &cells)?;
    let columns = vec![
        rows.column(0).clone(),
        rows.column(1).clone(),
        nulls.column(2).clone(),
    ];
    let rows = Batch::new(beside.carried_shape(), columns, rows.len(), Vec::new())?;
    load(database, lease, &beside, KeyRange::ALL, &rows)
        .await
        .map_err(whole)?;
    expect_same(&rows, &scan_all(database, &beside).await.map_err(whole)?)
}

async fn expect_refused(
    database: &dyn Database,
    lease: &Lease,
    table: &TablePlan,
    id: i64,
    cell: &Cell,
) -> Result<()> {
    let rows = batch(table, &[vec![Cell::Whole(id), cell.clone()]])?;
    let Err(error) = load(database, lease, table, after(id), &rows).await else {
        let found = plain(&scan_all(database, table).await.map_err(whole)?)?;
        let stored = found.iter().find(|row| row[0] == Value::Integer(id));
        bail!("{} was taken, as {}", Shown(cell), Shown(&stored));
    };
    ensure!(
        error.kind() == Kind::Refused,
        "{} is {:?}, not refused: {:#}",
        Shown(cell),
        error.kind(),
        whole(error)
    );
    if let Error::Misfit { column, row, .. } = &error {
        ensure!(
            column == "value" && row.contains(&format!("id = {id}")),
            "{error} names neither row nor column"
        );
    }
    Ok(())
}

/// An error with its sources.
fn whole(error: Error) -> anyhow::Error {
    anyhow::Error::new(error)
}

pub(super) async fn text_with_a_nul(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let value =
        column(database.as_ref(), "words", ColumnType::TEXT, 0).map_err(anyhow::Error::msg)?;
    let table = numbered(database.as_ref(), "t", vec![value])?;
    define(
        database.as_ref(),
        &[&database.dialect().create_table(&table)],
    )
    .await?;
    let rows = batch(
        &table,
        &[
            vec![Cell::Whole(7), text("fine")],
            vec![Cell::Whole(8), text("a\0b")],
        ],
    )?;
    match load(database.as_ref(), &lease, &table, KeyRange::ALL, &rows).await {
        Ok(()) => {
            ensure!(place.engine != Postgres, "PostgreSQL has no such text");
            expect_same(&rows, &scan_all(database.as_ref(), &table).await?)
        }
        Err(Error::Misfit {
            table,
            column,
            row,
            reason,
        }) => {
            ensure!(place.engine == Postgres, "{reason}");
            let place = (table.to_string(), column.as_str(), row.as_str());
            assert_eq!(place, ("t".into(), "words", "row id = 8"));
            assert!(reason.contains("NUL"), "{reason}");
            Ok(())
        }
        Err(error) => Err(whole(error)),
    }
}

pub(super) async fn a_row_of_nulls(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let columns: Vec<ColumnPlan> = cases()
        .into_iter()
        .enumerate()
        .filter_map(|(number, case)| {
            column(database.as_ref(), &format!("c{number}"), case.carried, 0).ok()
        })
        .collect();
    let width = columns.len();
    let table = numbered(database.as_ref(), "nulls", columns)?;
    define(
        database.as_ref(),
        &[&database.dialect().create_table(&table)],
    )
    .await?;
    let rows: Vec<Vec<Cell>> = (0..3)
        .map(|id| {
            let mut row = vec![Cell::Whole(id)];
            row.resize(width + 1, Cell::Null);
            row
        })
        .collect();
    let rows = batch(&table, &rows)?;
    load(database.as_ref(), &lease, &table, KeyRange::ALL, &rows).await?;
    expect_same(&rows, &scan_all(database.as_ref(), &table).await?)
}
