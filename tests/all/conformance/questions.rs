//! What plugins may ask: whether keys exist, and the reviewed statements of a probe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use limosa_database::question::Bounds;
use limosa_database::{Database, Kind, lookup, probe};
use limosa_model::{Batch, BatchBuilder, ColumnType, Engine, Field, Shape, TableName, Value};

use super::place::{Place, define};

const SECONDS: Duration = Duration::from_secs(20);

fn keys(types: &[ColumnType], rows: &[&[Value]]) -> Result<Batch> {
    let field = |(at, column_type): (usize, &ColumnType)| Field {
        name: format!("k{at}"),
        column_type: column_type.clone(),
        nullable: true,
    };
    let mut builder = BatchBuilder::new(Shape::new(types.iter().enumerate().map(field).collect()));
    for row in rows {
        for (column, value) in row.iter().enumerate() {
            match value {
                Value::Null => builder.null(column),
                Value::Integer(number) => builder.integer(column, *number),
                Value::Text(text) => builder.text(column, text),
                other => bail!("{other:?}"),
            }
        }
        builder.end_row();
    }
    Ok(builder.finish()?)
}

fn word(text: &str) -> Value {
    Value::Text(text.into())
}

async fn asked(
    database: &Arc<dyn Database>,
    columns: &[&str],
    types: &[ColumnType],
    rows: &[&[Value]],
) -> Result<Vec<bool>> {
    let columns = columns.iter().map(|&name| name.to_owned()).collect();
    let known = lookup(
        database.clone(),
        TableName::new("known"),
        columns,
        types.to_vec(),
    );
    let first = known.exists(&keys(types, rows)?).await?;
    assert_eq!(
        known.exists(&keys(types, rows)?).await?,
        first,
        "asked again"
    );
    Ok(first)
}

pub(super) async fn keys_are_looked_up(place: &Place) -> Result<()> {
    let database = place.target().await?;
    define(
        database.as_ref(),
        &[
            "CREATE TABLE known (id BIGINT, word VARCHAR(50), day DATE)",
            "INSERT INTO known VALUES (1, 'one', '2024-01-01'), (-5, 'it''s', '2024-02-29'), (9223372036854775807, '', NULL), (NULL, 'ünï 🦆', NULL), (7, NULL, NULL)",
        ],
    )
    .await?;
    let integer = ColumnType::Integer { bytes: 8 };
    let number = Value::Integer;
    let rows: [&[Value]; 7] = [
        &[number(1)],
        &[number(2)],
        &[Value::Null],
        &[number(i64::MAX)],
        &[number(-5)],
        &[number(i64::MIN)],
        &[number(7)],
    ];
    assert_eq!(
        asked(&database, &["id"], std::slice::from_ref(&integer), &rows).await?,
        [true, false, true, true, true, false, true]
    );
    let rows: [&[Value]; 7] = [
        &[word("one")],
        &[word("ONE")],
        &[word("")],
        &[word("it's")],
        &[word("ünï 🦆")],
        &[Value::Null],
        &[word("one ")],
    ];
    assert_eq!(
        asked(&database, &["word"], &[ColumnType::TEXT], &rows).await?,
        [true, false, true, true, true, true, false]
    );
    let rows: [&[Value]; 5] = [
        &[number(1), word("one")],
        &[number(1), word("it's")],
        &[number(2), Value::Null],
        &[Value::Null, word("no")],
        &[number(-5), word("it's")],
    ];
    assert_eq!(
        asked(
            &database,
            &["id", "word"],
            &[integer.clone(), ColumnType::TEXT],
            &rows
        )
        .await?,
        [true, false, true, true, true]
    );
    let nothing: [&[Value]; 0] = [];
    assert!(
        asked(&database, &["id"], std::slice::from_ref(&integer), &nothing)
            .await?
            .is_empty()
    );
    let missing = lookup(
        database.clone(),
        TableName::new("missing"),
        vec!["id".into()],
        vec![integer.clone()],
    );
    ensure!(
        missing
            .exists(&keys(&[integer], &[&[number(1)]])?)
            .await
            .is_err(),
        "an unknown table is no answer"
    );
    Ok(())
}

async fn filled(place: &Place) -> Result<Arc<dyn Database>> {
    let database = place.target().await?;
    define(
        database.as_ref(),
        &[
            "CREATE TABLE t (id INTEGER, word VARCHAR(20), share DOUBLE PRECISION)",
            "INSERT INTO t VALUES (1, 'one', 0.5), (2, 'it''s', -1e300), (3, NULL, NULL)",
        ],
    )
    .await?;
    Ok(database)
}

pub(super) async fn probes_read(place: &Place) -> Result<()> {
    let database = filled(place).await?;
    let bounds = Bounds {
        engine: place.engine,
        table: TableName::new("t"),
        columns: ["id", "word", "share", "gone"].map(str::to_owned).into(),
    };
    let ask = probe(database.clone(), bounds, SECONDS);
    let t = database.dialect().quote("t");
    let rows = ask
        .run(&format!("SELECT id, word, share FROM {t} ORDER BY id"), 3)
        .await?;
    let names: Vec<&str> = rows
        .shape()
        .fields()
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["id", "word", "share"]);
    let found = super::rows::plain(&[rows])?;
    let expected = [
        vec![Value::Integer(1), word("one"), Value::Float(0.5)],
        vec![Value::Integer(2), word("it's"), Value::Float(-1e300)],
        vec![Value::Integer(3), Value::Null, Value::Null],
    ];
    assert_eq!(found, expected);
    ensure!(
        ask.run(&format!("SELECT id FROM {t} WHERE id > 5"), 3)
            .await?
            .is_empty()
    );
    let counted = ask
        .run(&format!("SELECT count(*) AS n FROM {t}"), 1)
        .await?;
    assert_eq!(counted.value(0, 0), Value::Integer(3));
    for limit in [0, 1, 2] {
        let Err(error) = ask.run(&format!("SELECT id FROM {t}"), limit).await else {
            bail!("three rows under a limit of {limit}");
        };
        ensure!(
            error.message.contains(&limit.to_string()),
            "{}",
            error.message
        );
    }
    for refused in [
        format!("SELECT nothing FROM {t}"),
        format!("SELECT gone FROM {t}"),
        "SELECT 1 AS n; SELECT 2 AS n".to_owned(),
    ] {
        ensure!(ask.run(&refused, 3).await.is_err(), "{refused}");
    }
    // Prepared alone, what is not there is told, and nothing runs.
    database.prepare(&format!("SELECT id FROM {t}")).await?;
    for refused in [format!("SELECT gone FROM {t}"), format!("DELETE FROM {t}")] {
        ensure!(database.prepare(&refused).await.is_err(), "{refused}");
    }
    assert_eq!(
        ask.run(&format!("SELECT id FROM {t}"), 3).await?.len(),
        3,
        "it serves on after errors"
    );
    answers_are_of_a_size(database.as_ref()).await
}

/// Few rows may be large: they are held in memory too.
async fn answers_are_of_a_size(database: &dyn Database) -> Result<()> {
    define(
        database,
        &[
            match database.dialect().engine() {
                Engine::Mysql => "CREATE TABLE large (id BIGINT, words LONGTEXT)",
                Engine::Sqlite | Engine::Postgres => "CREATE TABLE large (id BIGINT, words TEXT)",
            },
            &format!(
                "INSERT INTO large VALUES (1, '{0}'), (2, '{0}'), (3, '{0}'), (4, '{0}'), (5, '{0}')",
                "word ".repeat(400_000)
            ),
        ],
    )
    .await?;
    // 2 MB each.
    let (fits, too_large) = (
        "SELECT a.words AS w FROM large a, large b",
        "SELECT a.words AS w FROM large a, large b, large c WHERE c.id < 3",
    );
    assert_eq!(database.query(fits, 100, SECONDS).await?.len(), 25);
    match database.query(too_large, 100, SECONDS).await {
        Ok(rows) => bail!("{} rows of 2 MB", rows.len()),
        Err(error) => ensure!(error.to_string().contains("more than 64 MiB"), "{error}"),
    }
    Ok(())
}

pub(super) async fn probes_do_not_write(place: &Place) -> Result<()> {
    let database = filled(place).await?;
    let aside = tempfile::tempdir()?;
    let mut statements: Vec<String> = [
        "INSERT INTO t VALUES (4, 'four', 4)",
        "UPDATE t SET id = 9",
        "DELETE FROM t",
        "DROP TABLE t",
        "CREATE TABLE u (a INTEGER)",
        "CREATE VIEW u AS SELECT id FROM t",
        "COMMIT; DELETE FROM t",
        "ROLLBACK; DELETE FROM t",
        "SELECT 1; DELETE FROM t",
        "SELECT 1; COMMIT; DROP TABLE t",
    ]
    .map(str::to_owned)
    .into();
    statements.extend(match place.engine {
        Engine::Sqlite => vec![
            format!("VACUUM INTO '{}'", aside.path().join("copy").display()),
            format!("ATTACH '{}' AS other", aside.path().join("other").display()),
        ],
        Engine::Postgres => vec![
            "WITH gone AS (DELETE FROM t RETURNING id) SELECT * FROM gone".to_owned(),
            "SELECT id FROM t FOR UPDATE".to_owned(),
        ],
        Engine::Mysql => vec![
            "START TRANSACTION; DELETE FROM t; COMMIT".to_owned(),
            "TRUNCATE TABLE t".to_owned(),
        ],
    });
    let mut taken = Vec::new();
    for sql in &statements {
        if database.query(sql, 10, SECONDS).await.is_ok() {
            taken.push(sql.as_str());
        }
    }
    ensure!(taken.is_empty(), "taken: {taken:?}");
    assert_eq!(
        std::fs::read_dir(aside.path())?.count(),
        0,
        "no file was made"
    );
    let found = database
        .query("SELECT id FROM t ORDER BY id", 10, SECONDS)
        .await?;
    assert_eq!(
        super::rows::plain(&[found])?,
        [
            [Value::Integer(1)],
            [Value::Integer(2)],
            [Value::Integer(3)]
        ]
    );
    assert_eq!(database.catalogue().await?.tables.len(), 1);
    // The connections write as before.
    define(database.as_ref(), &["INSERT INTO t VALUES (4, 'four', 4)"]).await?;
    Ok(())
}

pub(super) async fn probes_end_at_their_deadline(place: &Place) -> Result<()> {
    let database = filled(place).await?;
    let (endless, slow) = match place.engine {
        Engine::Sqlite => (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
            "SELECT 1",
        ),
        Engine::Postgres => ("SELECT pg_sleep(30)", "SELECT 1 FROM pg_sleep(1)"),
        Engine::Mysql => (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT sum(a.i * b.i * c.i) FROM n a, n b, n c",
            "SELECT SLEEP(1)",
        ),
    };
    let begin = Instant::now();
    let Err(error) = database
        .query(endless, 10, Duration::from_millis(400))
        .await
    else {
        bail!("it ended");
    };
    assert_eq!(error.kind(), Kind::Timeout, "{error:?}");
    ensure!(
        begin.elapsed() < Duration::from_secs(5),
        "after {:?}",
        begin.elapsed()
    );
    // The deadline was the probe's, not the connection's.
    database
        .query("SELECT id FROM t", 10, Duration::from_millis(300))
        .await?;
    let rows = database.session().await?.rows(slow, &[]).await?;
    ensure!(
        rows == [[Value::Integer(1)]] || rows == [[Value::Integer(0)]],
        "{rows:?}"
    );
    Ok(())
}
