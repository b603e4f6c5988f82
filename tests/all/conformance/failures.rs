//! What goes wrong, and what sort of failure it is said to be.

use anyhow::{Context as _, Result, bail, ensure};
use limosa_database::{Error, Kind, Role, open};
use limosa_model::{ColumnType, Engine, KeyRange};

use super::place::{Place, define, take_lease};
use super::rows::{Cell, batch, column, load, numbered, text};

async fn kind_of_opening(url: &str, role: Role) -> Result<Error> {
    match open(url, role).await {
        Ok(_) => bail!("it opens"),
        Err(error) => Ok(error),
    }
}

/// The address with something in it replaced.
fn changed(url: &str, part: &str, by: &str) -> Result<String> {
    ensure!(url.contains(part), "no {part}");
    Ok(url.replacen(part, by, 1))
}

pub(super) async fn connections_that_cannot_be(place: &Place) -> Result<()> {
    if place.engine == Engine::Sqlite {
        let path = place.url.trim_start_matches("sqlite:");
        assert_eq!(
            kind_of_opening(&place.url, Role::Source).await?.kind(),
            Kind::Unreachable,
            "no file"
        );
        assert_eq!(
            kind_of_opening("sqlite:/no/such/folder/file", Role::Target)
                .await?
                .kind(),
            Kind::Unreachable
        );
        ensure!(
            !std::path::Path::new(path).exists(),
            "looking makes nothing"
        );
        std::fs::write(
            path,
            "this is no database, and long enough to be read as the header of one: ".repeat(20),
        )?;
        for role in [Role::Source, Role::Target] {
            assert_eq!(
                kind_of_opening(&place.url, role).await?.kind(),
                Kind::Corrupt
            );
        }
        return Ok(());
    }
    let (credentials, _) = place.url.split_once('@').context("credentials")?;
    let password = credentials.rsplit_once(':').context("a password")?.1;
    let port = place
        .url
        .rsplit_once(':')
        .context("a port")?
        .1
        .split('/')
        .next()
        .context("a port")?;
    let cases = [
        (changed(&place.url, password, "wrong")?, Kind::Denied),
        (changed(&place.url, "limosa:", "nobody:")?, Kind::Denied),
        (
            changed(&place.url, "/place", "/no_such_place")?,
            Kind::Unreachable,
        ),
        (changed(&place.url, port, "1")?, Kind::Unreachable),
        (
            changed(&place.url, "127.0.0.1", "no-such-host.invalid")?,
            Kind::Unreachable,
        ),
    ];
    for (url, kind) in cases {
        let error = kind_of_opening(&url, Role::Target).await?;
        let shown = url.replace(password, "…");
        assert_eq!(error.kind(), kind, "{shown}: {error:?}");
        assert_eq!(error.is_retryable(), kind == Kind::Unreachable);
        let message = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        ensure!(
            !message.contains(password) && !message.contains(":wrong"),
            "a secret in {message}"
        );
    }
    Ok(())
}

pub(super) async fn statements_that_fail(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    define(
        database,
        &[
            "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, word VARCHAR(3), n SMALLINT NOT NULL, CHECK (n <> 13))",
            "INSERT INTO t VALUES (1, 'one', 1)",
        ],
    )
    .await?;
    let lax = place.engine == Engine::Sqlite;
    let refused = (!lax).then_some(Kind::Refused);
    for (sql, kind) in [
        ("INSERT INTO t VALUES (1, 'two', 2)", Some(Kind::Refused)),
        ("INSERT INTO t VALUES (2, NULL, NULL)", Some(Kind::Refused)),
        ("INSERT INTO t VALUES (2, NULL, 13)", Some(Kind::Refused)),
        ("INSERT INTO t VALUES (2, 'three', 3)", refused),
        ("INSERT INTO t VALUES (3, NULL, 70000)", refused),
        ("INSERT INTO t VALUES (4, NULL, 'x')", refused),
        ("INSERT INTO missing VALUES (1)", Some(Kind::Invalid)),
        ("SELECT missing FROM t", Some(Kind::Invalid)),
        ("SELEC 1", Some(Kind::Invalid)),
        ("CREATE TABLE t (a INTEGER)", Some(Kind::Invalid)),
    ] {
        let found = database
            .define(sql)
            .await
            .map_err(|error| error.kind())
            .err();
        assert_eq!(found, kind, "{sql}");
    }
    Ok(())
}

/// A source is only read, whoever asks.
pub(super) async fn a_source_refuses_to_be_written(place: &Place) -> Result<()> {
    define(
        place.target().await?.as_ref(),
        &["CREATE TABLE t (id INTEGER)"],
    )
    .await?;
    let source = place.source().await?;
    for sql in [
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "CREATE TABLE u (a INTEGER)",
        "DELETE FROM t",
    ] {
        let Err(error) = source.define(sql).await else {
            bail!("{sql}");
        };
        assert_eq!(error.kind(), Kind::Denied, "{sql}: {error:?}");
    }
    assert_eq!(source.catalogue().await?.tables.len(), 1);
    Ok(())
}

pub(super) async fn locks_are_told(place: &Place) -> Result<()> {
    let database = place.target().await?;
    define(
        database.as_ref(),
        &[
            "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, n INTEGER)",
            "INSERT INTO t VALUES (1, 1)",
        ],
    )
    .await?;
    let (mut one, mut other) = (database.session().await?, database.session().await?);
    let (begin, patience) = match place.engine {
        Engine::Sqlite => ("BEGIN IMMEDIATE", "PRAGMA busy_timeout = 100"),
        Engine::Postgres => ("BEGIN", "SET lock_timeout = 100"),
        Engine::Mysql => ("BEGIN", "SET SESSION innodb_lock_wait_timeout = 1"),
    };
    one.execute(begin, &[]).await?;
    one.execute("UPDATE t SET n = 2", &[]).await?;
    match place.engine {
        Engine::Sqlite => drop(other.rows(patience, &[]).await?),
        Engine::Postgres | Engine::Mysql => drop(other.execute(patience, &[]).await?),
    }
    let Err(error) = other.execute("UPDATE t SET n = 3", &[]).await else {
        bail!("both write one row");
    };
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (Kind::Locked, true),
        "{error:?}"
    );
    one.execute("ROLLBACK", &[]).await?;
    other.execute("UPDATE t SET n = 3", &[]).await?;
    Ok(())
}

/// A server may be as lax as it likes: the sessions set their own mode.
pub(super) async fn a_lax_server_alters_nothing(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let mut problems = Vec::new();
    for (at, (target_type, carried, cell)) in (0..).zip([
        ("varchar(3)", ColumnType::TEXT, text("long")),
        ("char(3)", ColumnType::TEXT, text("long")),
        ("varchar(3)", ColumnType::TEXT, text("lon ")),
        ("tinytext", ColumnType::TEXT, text("x".repeat(300))),
        ("varbinary(3)", ColumnType::BYTES, Cell::Bytes(vec![1; 4])),
        ("binary(3)", ColumnType::BYTES, Cell::Bytes(vec![1; 4])),
        ("tinyblob", ColumnType::BYTES, Cell::Bytes(vec![1; 300])),
        (
            "tinyint",
            ColumnType::Integer { bytes: 8 },
            Cell::Whole(128),
        ),
        (
            "tinyint unsigned",
            ColumnType::Integer { bytes: 8 },
            Cell::Whole(-1),
        ),
        (
            "int",
            ColumnType::Integer { bytes: 8 },
            Cell::Whole(1 << 31),
        ),
        (
            "decimal(5,2)",
            ColumnType::Decimal {
                precision: 9,
                scale: 2,
            },
            Cell::Decimal(100_000),
        ),
        ("enum('a','b')", ColumnType::TEXT, text("c")),
        ("year", ColumnType::Integer { bytes: 2 }, Cell::Whole(3000)),
        (
            "varchar(3) character set latin1",
            ColumnType::TEXT,
            text("🦆"),
        ),
        ("json", ColumnType::Json { parsed: false }, text("no json")),
        ("uuid", ColumnType::Uuid, text("no uuid")),
    ]) {
        let mut value = column(database, "value", carried, 0).map_err(anyhow::Error::msg)?;
        value.target_type = target_type.into();
        value.fit = database.dialect().fit(&value.carried, target_type);
        let table = numbered(database, &format!("t{at}"), vec![value])?;
        define(database, &[&database.dialect().create_table(&table)]).await?;
        let rows = batch(&table, &[vec![Cell::Whole(1), cell]])?;
        match load(database, &lease, &table, KeyRange::ALL, &rows).await {
            Ok(()) => problems.push(format!("{target_type} took it")),
            Err(error) if error.kind() == Kind::Refused => {}
            Err(error) => problems.push(format!(
                "{target_type}: {:?}: {:#}",
                error.kind(),
                anyhow::Error::new(error)
            )),
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    // Zero is a number like others, and not a request for the next.
    define(
        database,
        &[
            "CREATE TABLE numbered (id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY)",
            "INSERT INTO numbered VALUES (0)",
        ],
    )
    .await?;
    let rows = database
        .session()
        .await?
        .rows("SELECT id FROM numbered", &[])
        .await?;
    assert_eq!(rows, [[limosa_model::Value::Integer(0)]]);
    Ok(())
}
