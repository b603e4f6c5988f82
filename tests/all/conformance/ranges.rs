//! Chunks of a table: every row in exactly one, whatever the key and the size; and single rows by their keys.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use limosa_database::Database;
use limosa_model::{ColumnType, Key, KeyRange, TableName, TablePlan, Value};

use super::keys::{Keyed, keyed};
use super::place::{Place, define, take_lease};
use super::rows::{Cell, batch, column, load, plain, scan, table, text};

async fn filled(database: &dyn Database, (name, types, keys): &Keyed) -> Result<TablePlan> {
    let names: Vec<String> = (0..types.len()).map(|at| format!("k{at}")).collect();
    let mut columns = types
        .iter()
        .zip(&names)
        .map(|(carried, name)| column(database, name, carried.clone(), types.len()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(anyhow::Error::msg)?;
    columns.push(column(database, "payload", ColumnType::TEXT, 0).map_err(anyhow::Error::msg)?);
    let plan = table(
        name,
        columns,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    define(database, &[&database.dialect().create_table(&plan)]).await?;
    let rows: Vec<Vec<Cell>> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            key.iter()
                .cloned()
                .chain([text(format!("row {at}"))])
                .collect()
        })
        .collect();
    let lease = take_lease(database)
        .await
        .or_else(|_| Ok::<_, anyhow::Error>(known_lease()))?;
    load(
        database,
        &lease,
        &plan,
        KeyRange::ALL,
        &batch(&plan, &rows)?,
    )
    .await?;
    for definition in database.dialect().create_indexes(&plan) {
        define(database, &[&definition.sql]).await?;
    }
    Ok(plan)
}

/// The lease that the first table took.
fn known_lease() -> limosa_database::Lease {
    limosa_database::Lease {
        migration: super::place::migration(),
        epoch: 1,
    }
}

/// A range as it comes back from the ledger.
fn kept(range: &KeyRange) -> Result<KeyRange> {
    Ok(serde_json::from_str(&serde_json::to_string(range)?)?)
}

async fn walk(
    database: &dyn Database,
    plan: &TablePlan,
    size: u64,
) -> Result<Vec<(KeyRange, Vec<Vec<Value>>)>> {
    let shape = plan.carried_shape();
    let mut chunks = Vec::new();
    let mut after: Option<Key> = None;
    loop {
        let open = KeyRange {
            after: after.clone(),
            through: None,
        };
        let through = database
            .snapshot()
            .await?
            .boundary(&plan.target, &shape, &plan.key, &open, size)
            .await?;
        let range = kept(&KeyRange {
            after,
            through: through.clone(),
        })?;
        let rows = plain(&scan(database, &plan.target, &shape, &plan.key, &range).await?)?;
        ensure!(
            through.is_none() || rows.len() as u64 == size,
            "{range} has {} rows, not {size}",
            rows.len()
        );
        ensure!(chunks.len() < 1_000, "the chunks do not end");
        chunks.push((range, rows));
        match through {
            Some(through) => after = Some(through),
            None => return Ok(chunks),
        }
    }
}

pub(super) async fn chunks_part_a_table(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let mut problems = Vec::new();
    for keyed in keyed() {
        let found: Result<()> = async {
            let plan = filled(database, &keyed).await?;
            let shape = plan.carried_shape();
            let all =
                plain(&scan(database, &plan.target, &shape, &plan.key, &KeyRange::ALL).await?)?;
            ensure!(all.len() == keyed.2.len(), "{} rows", all.len());
            for size in [1, 2, 5, all.len() as u64, 1_000] {
                let chunks = walk(database, &plan, size)
                    .await
                    .with_context(|| format!("chunks of {size}"))?;
                let joined: Vec<Vec<Value>> =
                    chunks.into_iter().flat_map(|(_, rows)| rows).collect();
                ensure!(
                    joined == all,
                    "chunks of {size} give {joined:?}, not {all:?}"
                );
            }
            Ok(())
        }
        .await;
        if let Err(error) = found {
            problems.push(format!("{}: {error:#}", keyed.0));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

/// Rows that came and went between two runs, and a run with another size, leave the old bounds good.
pub(super) async fn bounds_need_no_rows(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let keys = (0..20)
        .map(|number| vec![Cell::Whole(number * 2)])
        .collect();
    let plan = filled(
        database,
        &("even", vec![ColumnType::Integer { bytes: 8 }], keys),
    )
    .await?;
    let chunks = walk(database, &plan, 7).await?;
    let name = database.dialect().table(&plan.target);
    define(
        database,
        &[
            &format!("DELETE FROM {name} WHERE k0 IN (12, 26)"),
            &format!("INSERT INTO {name} VALUES (13, 'new'), (99, 'last')"),
        ],
    )
    .await?;
    let shape = plan.carried_shape();
    let (mut seen, mut rows) = (BTreeSet::new(), 0);
    for (range, _) in &chunks {
        for row in plain(&scan(database, &plan.target, &shape, &plan.key, range).await?)? {
            seen.insert(row[0].clone());
            rows += 1;
        }
    }
    assert_eq!((seen.len(), rows), (20, 20));
    let nothing = KeyRange {
        after: Some(vec![Value::Integer(99)]),
        through: None,
    };
    ensure!(
        scan(database, &plan.target, &shape, &plan.key, &nothing)
            .await?
            .is_empty(),
        "nothing follows the last row"
    );
    ensure!(
        database
            .snapshot()
            .await?
            .boundary(&plan.target, &shape, &plan.key, &nothing, 1)
            .await?
            .is_none()
    );
    Ok(())
}

pub(super) async fn rows_by_their_keys(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let mut problems = Vec::new();
    for keyed in keyed() {
        let found: Result<()> = async {
            let plan = filled(database, &keyed).await?;
            let shape = plan.carried_shape();
            let all =
                plain(&scan(database, &plan.target, &shape, &plan.key, &KeyRange::ALL).await?)?;
            let width = plan.key.len();
            let mut snapshot = database.snapshot().await?;
            let wanted: Vec<Vec<Value>> = all.iter().step_by(2).cloned().collect();
            let keys: Vec<Key> = wanted.iter().map(|row| row[..width].to_vec()).collect();
            let mut got = plain(
                &snapshot
                    .fetch(&plan.target, &shape, &plan.key, &keys)
                    .await?,
            )?;
            got.sort();
            let mut expected = wanted.clone();
            expected.sort();
            ensure!(got == expected, "{got:?}, not {expected:?}");
            assert_eq!(snapshot.count(&plan.target).await?, all.len() as u64);
            Ok(())
        }
        .await;
        if let Err(error) = found {
            problems.push(format!("{}: {error:#}", keyed.0));
        }
    }
    let plan = filled(
        database,
        &(
            "sparse",
            vec![ColumnType::Integer { bytes: 8 }],
            vec![vec![Cell::Whole(1)]],
        ),
    )
    .await?;
    let keys: Vec<Key> = (1..400)
        .map(|number| vec![Value::Integer(number)])
        .collect();
    let got = plain(
        &database
            .snapshot()
            .await?
            .fetch(&plan.target, &plan.carried_shape(), &plan.key, &keys)
            .await?,
    )?;
    assert_eq!(
        got,
        [[Value::Integer(1), Value::Text("row 0".into())]],
        "those that exist"
    );
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

pub(super) async fn a_large_table_comes_in_batches(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let keys = (0..20_000)
        .map(|number| vec![Cell::Whole(number)])
        .collect();
    let plan = filled(
        database,
        &("large", vec![ColumnType::Integer { bytes: 8 }], keys),
    )
    .await?;
    let shape = plan.carried_shape();
    let batches = scan(database, &plan.target, &shape, &plan.key, &KeyRange::ALL).await?;
    assert!(
        batches.len() >= 3
            && batches
                .iter()
                .all(|batch| !batch.is_empty() && batch.len() <= limosa_model::MAX_BATCH_ROWS)
    );
    let rows = plain(&batches)?;
    ensure!(
        rows.iter()
            .zip(0..)
            .all(|(row, number)| row[0] == Value::Integer(number)),
        "in the order of the key"
    );
    assert_eq!(rows.len(), 20_000);
    // A reader that goes away in the middle leaves a database that serves the next one.
    for _ in 0..20 {
        let mut snapshot = database.snapshot().await?;
        let mut batches = snapshot
            .scan(&plan.target, &shape, &plan.key, &KeyRange::ALL)
            .await?;
        futures_util::StreamExt::next(&mut batches)
            .await
            .context("a batch")??;
    }
    assert_eq!(
        database.snapshot().await?.count(&plan.target).await?,
        20_000
    );
    let narrow = limosa_model::Shape::new(Vec::new());
    let counted = scan(database, &plan.target, &narrow, &[], &KeyRange::ALL).await;
    assert!(
        counted.is_ok_and(
            |batches| batches.iter().map(limosa_model::Batch::len).sum::<usize>() == 20_000
        ),
        "no column at all"
    );
    Ok(())
}

/// A snapshot does not see what is written after it began.
pub(super) async fn a_source_tells_whether_it_was_written(place: &Place) -> Result<()> {
    let target = place.target().await?;
    let made = ["CREATE TABLE t (id BIGINT)", "INSERT INTO t VALUES (1)"];
    define(target.as_ref(), &made).await?;
    let source = place.source().await?;
    // Only a file keeps a number of its changes that anybody may read.
    let tells = place.engine == limosa_model::Engine::Sqlite;
    assert_eq!(source.was_written().await?, tells.then_some(false));
    source.catalogue().await?;
    assert_eq!(
        source.snapshot().await?.count(&TableName::new("t")).await?,
        1
    );
    assert_eq!(source.was_written().await?, tells.then_some(false));
    // As many rows as before.
    define(target.as_ref(), &["UPDATE t SET id = 2"]).await?;
    assert_eq!(source.was_written().await?, tells.then_some(true));
    assert_eq!(
        target.was_written().await?,
        None,
        "a target is written by us"
    );
    Ok(())
}

pub(super) async fn a_snapshot_stands_still(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    if place.engine == limosa_model::Engine::Sqlite {
        // In the rollback journal's mode a writer waits for readers.
        database
            .session()
            .await?
            .rows("PRAGMA journal_mode = WAL", &[])
            .await?;
    }
    let keys = (0..3).map(|number| vec![Cell::Whole(number)]).collect();
    let plan = filled(
        database,
        &("still", vec![ColumnType::Integer { bytes: 8 }], keys),
    )
    .await?;
    let mut snapshot = database.snapshot().await?;
    assert_eq!(snapshot.count(&plan.target).await?, 3);
    define(
        database,
        &[&format!(
            "INSERT INTO {} VALUES (7, 'late')",
            database.dialect().table(&plan.target)
        )],
    )
    .await?;
    assert_eq!(snapshot.count(&plan.target).await?, 3);
    assert_eq!(database.snapshot().await?.count(&plan.target).await?, 4);
    Ok(())
}
