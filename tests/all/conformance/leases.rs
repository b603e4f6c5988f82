//! The books of a migration: who holds it, what was made, and that nothing of them stays.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use limosa_database::{Acquired, BOOKS, Book, Kind, Lease};
use limosa_model::{Engine, MigrationId, TableName};

use super::place::{LONG, Place, define, holder, migration, take_lease};

fn ours(acquired: Acquired) -> Result<Lease> {
    match acquired {
        Acquired::Ours(lease) => Ok(lease),
        Acquired::Held { holder, .. } => bail!("{holder:?} holds it"),
    }
}

pub(super) async fn a_lease_changes_hands_only_when_free(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let book = Book::of(database.as_ref());
    ensure!(!book.exist().await? && book.migration().await?.is_none());
    let first = take_lease(database.as_ref()).await?;
    assert_eq!(
        (first.epoch, book.migration().await?),
        (1, Some(migration()))
    );
    ensure!(book.exist().await? && book.holds(&first).await? && book.renew(&first).await?);

    let Acquired::Held {
        holder: by,
        migration: of,
        age,
    } = book
        .acquire(&migration(), &holder(2), LONG, &|_| false)
        .await?
    else {
        bail!("two hold it");
    };
    assert_eq!((by, of), (holder(1), migration()));
    ensure!(age < Duration::from_secs(60), "{age:?}");

    // Another migration may not have it while it is held, nor once it is free.
    let other = MigrationId::new("other");
    ensure!(matches!(
        book.acquire(&other, &holder(2), LONG, &|_| false).await?,
        Acquired::Held { .. }
    ));
    ensure!(book.release(&first).await?);
    let refused = book.acquire(&other, &holder(2), LONG, &|_| false).await;
    assert_eq!(
        refused.map_err(|error| error.kind()).err(),
        Some(Kind::Locked)
    );

    let second = ours(
        book.acquire(&migration(), &holder(2), LONG, &|_| false)
            .await?,
    )?;
    assert_eq!(second.epoch, 2);
    ensure!(
        !book.holds(&first).await? && !book.renew(&first).await? && !book.release(&first).await?,
        "the first has lost it"
    );
    ensure!(book.holds(&second).await?);

    // It lapses, unless it is renewed.
    tokio::time::sleep(Duration::from_millis(60)).await;
    ensure!(book.renew(&second).await?);
    ensure!(matches!(
        book.acquire(&migration(), &holder(3), Duration::from_secs(20), &|_| {
            false
        })
        .await?,
        Acquired::Held { .. }
    ));
    tokio::time::sleep(Duration::from_millis(60)).await;
    let third = ours(
        book.acquire(&migration(), &holder(3), Duration::from_millis(50), &|_| {
            false
        })
        .await?,
    )?;
    assert_eq!(third.epoch, 3);

    // Its holder is known to be gone.
    ensure!(matches!(
        book.acquire(&migration(), &holder(4), LONG, &|known| *known == holder(2))
            .await?,
        Acquired::Held { .. }
    ));
    let fourth = ours(
        book.acquire(&migration(), &holder(4), LONG, &|known| *known == holder(3))
            .await?,
    )?;
    assert_eq!(fourth.epoch, 4);
    Ok(())
}

pub(super) async fn of_two_hosts_at_once_one_gets_the_lease(place: &Place) -> Result<()> {
    for round in 0..3 {
        let mut hosts = Vec::new();
        for process in 1..=3 {
            let database = place.target().await?;
            hosts.push(tokio::spawn(async move {
                Book::of(database.as_ref())
                    .acquire(&migration(), &holder(process), LONG, &|_| false)
                    .await
            }));
        }
        let mut leases = Vec::new();
        for host in hosts {
            match host.await?? {
                Acquired::Ours(lease) => leases.push(lease),
                Acquired::Held { .. } => {}
            }
        }
        assert_eq!(leases.len(), 1, "{leases:?}");
        assert_eq!(leases[0].epoch, round + 1);
        let database = place.target().await?;
        ensure!(Book::of(database.as_ref()).release(&leases[0]).await?);
    }
    Ok(())
}

pub(super) async fn what_was_made_is_known(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let book = Book::of(database.as_ref());
    take_lease(database.as_ref()).await?;
    ensure!(book.created().await?.is_empty());
    let names = [
        TableName::new("b"),
        TableName::new("a.b \"c\""),
        TableName::new("a"),
        TableName::new("A b"),
    ];
    for name in names.iter().chain(&names) {
        book.will_create(name).await?;
    }
    let mut created = book.created().await?;
    created.sort();
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(created, expected, "each once");
    Ok(())
}

pub(super) async fn books_go_without_a_trace(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    define(database, &["CREATE TABLE kept (a INTEGER)"]).await?;
    take_lease(database).await?;
    let catalogue = database.catalogue().await?;
    assert_eq!(catalogue.tables.len(), 1, "the books are not the user's");
    let book = Book::of(database);
    book.remove().await?;
    book.remove().await?;
    ensure!(!book.exist().await?);
    for name in BOOKS {
        ensure!(!database.has_table(name).await?, "{name} stays");
    }
    let everything = match place.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master",
        Engine::Postgres => {
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        }
        Engine::Mysql => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database()"
        }
    };
    assert_eq!(
        database.session().await?.rows(everything, &[]).await?.len(),
        1,
        "only the table that was there"
    );
    // And all of it anew.
    assert_eq!(take_lease(database).await?.epoch, 1);
    Ok(())
}
