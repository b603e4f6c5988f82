//! Chunks that are claimed, loaded and committed: once, whole, and by whoever holds the lease.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use limosa_database::{Acquired, Begun, Book, Database, Kind, Lease};
use limosa_model::{Batch, ColumnType, Engine, KeyRange, TablePlan};

use super::place::{LONG, Place, define, holder, migration, take_lease};
use super::rows::{Cell, after, batch, claim, column, load, numbered, text};

async fn table(database: &dyn Database) -> Result<(TablePlan, Batch)> {
    let words = column(database, "words", ColumnType::TEXT, 0).map_err(anyhow::Error::msg)?;
    let plan = numbered(database, "t", vec![words])?;
    define(database, &[&database.dialect().create_table(&plan)]).await?;
    let rows: Vec<Vec<Cell>> = (0..10)
        .map(|id| vec![Cell::Whole(id), text("word")])
        .collect();
    let rows = batch(&plan, &rows)?;
    Ok((plan, rows))
}

async fn count(database: &dyn Database, plan: &TablePlan) -> Result<u64> {
    Ok(database.snapshot().await?.count(&plan.target).await?)
}

async fn begin(
    database: &dyn Database,
    lease: &Lease,
    plan: &TablePlan,
    range: KeyRange,
) -> Result<Begun> {
    Ok(database.begin(&claim(lease, plan, range)).await?)
}

pub(super) async fn a_chunk_is_loaded_once(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let (plan, rows) = table(database).await?;
    load(database, &lease, &plan, KeyRange::ALL, &rows).await?;
    ensure!(matches!(
        begin(database, &lease, &plan, KeyRange::ALL).await?,
        Begun::AlreadyDone
    ));
    let elsewhere = place.target().await?;
    ensure!(matches!(
        begin(elsewhere.as_ref(), &lease, &plan, KeyRange::ALL).await?,
        Begun::AlreadyDone
    ));
    ensure!(
        matches!(
            begin(database, &lease, &plan, after(5)).await?,
            Begun::Open(_)
        ),
        "another range is another chunk"
    );
    assert_eq!(count(database, &plan).await?, 10);
    Ok(())
}

pub(super) async fn another_epoch_is_refused(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let mut lease = take_lease(database).await?;
    let (plan, _) = table(database).await?;
    for epoch in [0, 2, -1] {
        lease.epoch = epoch;
        ensure!(
            matches!(
                begin(database, &lease, &plan, KeyRange::ALL).await?,
                Begun::LeaseLost
            ),
            "{epoch}"
        );
    }
    ensure!(Book::of(database).entries().await?.is_empty());
    Ok(())
}

pub(super) async fn a_dropped_load_leaves_nothing(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let (plan, rows) = table(database).await?;
    // More often than there are connections.
    for _ in 0..15 {
        let Begun::Open(mut load) = begin(database, &lease, &plan, KeyRange::ALL).await? else {
            bail!("it is not open");
        };
        load.write(&plan, &rows).await?;
        drop(load);
    }
    assert_eq!(count(database, &plan).await?, 0);
    ensure!(Book::of(database).entries().await?.is_empty());
    // Several at once, where the engine lets several write.
    if place.engine != Engine::Sqlite {
        let mut loads = Vec::new();
        for number in 0..5 {
            loads.push(begin(database, &lease, &plan, after(number)).await?);
        }
        ensure!(loads.iter().all(|load| matches!(load, Begun::Open(_))));
    }
    load(database, &lease, &plan, KeyRange::ALL, &rows).await?;
    assert_eq!(count(database, &plan).await?, 10);
    assert_eq!(Book::of(database).entries().await?.len(), 1);
    Ok(())
}

pub(super) async fn rows_ledger_and_findings_commit_together(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let watcher = place.target().await?;
    let lease = take_lease(database).await?;
    let (plan, rows) = table(database).await?;
    let Begun::Open(mut load) = begin(database, &lease, &plan, after(-1)).await? else {
        bail!("it is not open");
    };
    load.write(&plan, &rows).await?;
    let book = Book::of(watcher.as_ref());
    assert_eq!(
        (
            count(watcher.as_ref(), &plan).await?,
            book.entries().await?.len()
        ),
        (0, 0),
        "nothing is seen before"
    );
    let notes = format!(
        "[{{\"code\":\"odd\",\"text\":\"it's 🦆 {}\"}}]",
        "long ".repeat(40_000)
    );
    ensure!(load.commit(10, &notes).await?);
    let entries = book.entries().await?;
    assert_eq!(count(watcher.as_ref(), &plan).await?, 10);
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0].table, &entries[0].range, entries[0].rows),
        (&plan.source, &after(-1), 10)
    );
    assert_eq!(book.notes(&plan.source).await?, [notes]);
    Ok(())
}

/// What was written before a row was refused goes with it.
pub(super) async fn a_refused_row_takes_the_chunk_with_it(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let (mut plan, rows) = table(database).await?;
    plan.columns[1].nullable = false;
    plan.target = limosa_model::TableName::new("strict");
    define(database, &[&database.dialect().create_table(&plan)]).await?;
    let bad = batch(
        &plan,
        &[
            vec![Cell::Whole(100), text("fine")],
            vec![Cell::Whole(101), Cell::Null],
        ],
    )?;
    let Begun::Open(mut load) = begin(database, &lease, &plan, KeyRange::ALL).await? else {
        bail!("it is not open");
    };
    load.write(&plan, &rows).await?;
    // An engine may tell of it as late as at the end.
    let told = match load.write(&plan, &bad).await {
        Ok(()) => load.commit(12, "[]").await.map(|_| ()),
        Err(error) => Err(error),
    };
    let Err(error) = told else {
        bail!("a null was taken");
    };
    assert_eq!(error.kind(), Kind::Refused, "{error:?}");
    assert_eq!(count(database, &plan).await?, 0);
    ensure!(Book::of(database).entries().await?.is_empty());
    Ok(())
}

pub(super) async fn of_two_at_once_one_loads(place: &Place) -> Result<()> {
    let (one, other) = (place.target().await?, place.target().await?);
    let lease = take_lease(one.as_ref()).await?;
    let (plan, rows) = table(one.as_ref()).await?;
    for (range, commits) in [(KeyRange::ALL, true), (after(5), false)] {
        let Begun::Open(mut load) = begin(one.as_ref(), &lease, &plan, range.clone()).await? else {
            bail!("it is not open");
        };
        if commits {
            load.write(&plan, &rows).await?;
        }
        let (second, second_claim) = (other.clone(), claim(&lease, &plan, range.clone()));
        let waiting = tokio::spawn(async move { second.begin(&second_claim).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        ensure!(!waiting.is_finished(), "the second waits for the first");
        if commits {
            ensure!(load.commit(10, "[]").await?);
            let second = waiting.await??;
            ensure!(matches!(second, Begun::AlreadyDone), "{second:?}");
        } else {
            drop(load);
            let second = waiting.await??;
            ensure!(
                matches!(second, Begun::Open(_)),
                "the first gave up: {second:?}"
            );
        }
    }
    assert_eq!(count(one.as_ref(), &plan).await?, 10);
    Ok(())
}

/// A host that slept through a takeover, whose session was overlooked, still does not commit.
pub(super) async fn a_lease_lost_in_the_middle_commits_nothing(place: &Place) -> Result<()> {
    if place.engine == Engine::Sqlite {
        // The file is locked from begin to commit: nobody can take the lease in between.
        return Ok(());
    }
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let (plan, rows) = table(database).await?;
    let Begun::Open(mut load) = begin(database, &lease, &plan, KeyRange::ALL).await? else {
        bail!("it is not open");
    };
    load.write(&plan, &rows).await?;
    define(
        place.target().await?.as_ref(),
        &["UPDATE limosa_lease SET epoch = epoch + 1"],
    )
    .await?;
    ensure!(!load.commit(10, "[]").await?, "the lease was lost");
    assert_eq!(count(database, &plan).await?, 0);
    ensure!(Book::of(database).entries().await?.is_empty());
    Ok(())
}

/// Whoever takes over ends what the last host left in the middle.
pub(super) async fn a_takeover_ends_stuck_sessions(place: &Place) -> Result<()> {
    if place.engine == Engine::Sqlite {
        // A file lock cannot be taken from its process; whoever waits is told.
        return Ok(());
    }
    for id in [
        migration(),
        limosa_model::MigrationId::new(
            "a-migration-whose-name-is-as-long-as-the-books-will-take-0123456",
        ),
    ] {
        let (stuck, next) = (place.target().await?, place.target().await?);
        let book = Book::of(next.as_ref());
        let Acquired::Ours(lease) = Book::of(stuck.as_ref())
            .acquire(&id, &holder(1), LONG, &|_| false)
            .await?
        else {
            bail!("the lease is free");
        };
        let (plan, rows) = table(stuck.as_ref()).await?;
        let Begun::Open(mut load) = begin(stuck.as_ref(), &lease, &plan, KeyRange::ALL).await?
        else {
            bail!("it is not open");
        };
        load.write(&plan, &rows).await?;
        let Acquired::Ours(newer) = book.acquire(&id, &holder(2), LONG, &|_| true).await? else {
            bail!("its holder is dead");
        };
        assert_eq!(newer.epoch, lease.epoch + 1);
        // Would wait for the stuck session's row if that were still there.
        let again = tokio::time::timeout(
            Duration::from_secs(5),
            begin(next.as_ref(), &newer, &plan, KeyRange::ALL),
        )
        .await;
        let Begun::Open(mut again) =
            again.map_err(|_| anyhow::anyhow!("the stuck session was not ended: {id}"))??
        else {
            bail!("it is not open");
        };
        again.write(&plan, &rows).await?;
        ensure!(again.commit(10, "[]").await?);
        ensure!(
            !load.commit(10, "[]").await.unwrap_or(false),
            "its session is gone"
        );
        ensure!(matches!(
            begin(stuck.as_ref(), &lease, &plan, after(3)).await?,
            Begun::LeaseLost
        ));
        assert_eq!(count(next.as_ref(), &plan).await?, 10);
        book.remove().await?;
        define(next.as_ref(), &["DROP TABLE t"]).await?;
    }
    Ok(())
}
