//! The independent comparison, against real servers and rows that were loaded without Limosa.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::{
    Engine as _, Mariadb, MariadbServer, Postgres, PostgresServer, block_on, shared_data,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

fn sqlite(path: &Path, statements: &str) -> Result<String> {
    block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let mut connection: SqliteConnection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(statements))
            .execute(&mut connection)
            .await?;
        Ok(format!("sqlite:{}", path.display()))
    })
}

const SQLITE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, flag BOOLEAN, price NUMERIC(10, 2), weight REAL, note TEXT, raw BLOB, day TEXT, at TEXT);
    INSERT INTO t VALUES (1, 1, 1.99, 0.1, 'O''Brien | é', x'00ff', '2009-01-31', '2009-01-31T10:00:00.250'),
        (2, 0, 100, 3e300, '', x'', NULL, '2009-01-31'), (3, NULL, NULL, 3, NULL, NULL, NULL, NULL);";
const ROWS_ELSEWHERE: &str = "(1, true, 1.990, 0.1, 'O''Brien | é', BYTES1, '2009-01-31', '2009-01-31 10:00:00.25'),
        (2, false, 100, 3e300, '', BYTES0, NULL, '2009-01-31'), (3, NULL, NULL, 3, NULL, NULL, NULL, NULL);";

/// Equal at first; each statement then changes one value in a way that a careless comparison does not see.
fn each_change_is_seen(
    source: &str,
    target: &str,
    execute: impl Fn(&str) -> Result<()>,
    changes: &[&str],
) -> Result<()> {
    let compare = || compare(&Side::new(source, "t"), &Side::new(target, "t"));
    assert_eq!(compare()?.expect_equal(), 3);
    for change in changes {
        execute("CREATE TABLE kept AS SELECT * FROM t")?;
        execute(change)?;
        let found = compare()?;
        assert!(!found.is_equal(), "{change}");
        execute("DELETE FROM t; INSERT INTO t SELECT * FROM kept; DROP TABLE kept")?;
        compare()?.expect_equal();
    }
    Ok(())
}

const CHANGES: &[&str] = &[
    "UPDATE t SET flag = NULL WHERE id = 2",
    "UPDATE t SET price = price + 0.01 WHERE id = 1",
    "UPDATE t SET weight = 0.1e0 + 1.5e-17 WHERE id = 1",
    "UPDATE t SET note = NULL WHERE id = 2",
    "UPDATE t SET note = 'O''Brien | é ' WHERE id = 1",
    "UPDATE t SET raw = NULL WHERE id = 2",
    "UPDATE t SET at = '2009-01-31 10:00:00.251' WHERE id = 1",
    "DELETE FROM t WHERE id = 3",
    "INSERT INTO t (id) VALUES (4)",
];

#[test]
fn postgres_is_read_exactly() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let source = sqlite(&folder.path().join("a.sqlite"), SQLITE)?;
    let server = PostgresServer::shared()?;
    let target = server.create_database("comparison")?;
    let rows = ROWS_ELSEWHERE
        .replace("BYTES1", "'\\x00ff'")
        .replace("BYTES0", "''");
    server.execute("comparison", &format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, flag boolean, price numeric, weight float8, note text, raw bytea, day date, at timestamp); INSERT INTO t VALUES {rows}"
    ))?;
    each_change_is_seen(
        &source,
        &target,
        |sql| block_on(Postgres::execute(&target, sql)),
        CHANGES,
    )
}

#[test]
fn mariadb_is_read_exactly() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let source = sqlite(&folder.path().join("a.sqlite"), SQLITE)?;
    let server = MariadbServer::shared()?;
    let target = server.create_database("comparison")?;
    let rows = ROWS_ELSEWHERE
        .replace("BYTES1", "x'00ff'")
        .replace("BYTES0", "x''");
    server.execute("comparison", &format!(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, flag BOOLEAN, price DECIMAL(20, 4), weight DOUBLE, note TEXT, raw BLOB, day DATE, at DATETIME(6)); INSERT INTO t VALUES {rows}"
    ))?;
    each_change_is_seen(
        &source,
        &target,
        |sql| block_on(Mariadb::execute(&target, sql)),
        CHANGES,
    )
}

#[test]
fn a_column_without_partner_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let one = sqlite(&folder.path().join("a.sqlite"), "CREATE TABLE t (a, b)")?;
    let other = sqlite(&folder.path().join("b.sqlite"), "CREATE TABLE T (A)")?;
    let (one, other) = (Side::new(&one, "t"), Side::new(&other, "T"));
    assert!(
        compare(&one, &other)
            .expect_err("b is alone")
            .to_string()
            .contains('b')
    );
    assert!(compare(&other, &one).is_err(), "either way");
    assert!(compare(&one, &Side::new("sqlite:/nowhere", "t")).is_err());
    Ok(())
}

#[test]
fn a_real_database_equals_itself() -> Result<()> {
    let Some(path) = shared_data("chinook.sqlite") else {
        return Ok(());
    };
    let url = format!("sqlite:{}", path.display());
    let mut rows = 0;
    for table in tables(&url)? {
        rows += compare(&Side::new(&url, &table), &Side::new(&url, &table))?.expect_equal();
    }
    assert_eq!(rows, 15_607);
    Ok(())
}

#[test]
fn a_dump_with_routines_loads_and_equals_itself() -> Result<()> {
    let Some(zip) = shared_data("sakila.mysql.zip") else {
        return Ok(());
    };
    let server = MariadbServer::shared()?;
    let url = server.create_database("sakila")?;
    for part in ["sakila-db/sakila-schema.sql", "sakila-db/sakila-data.sql"] {
        let script = Command::new("unzip")
            .arg("-p")
            .arg(&zip)
            .arg(part)
            .output()?;
        server.load("sakila", &script.stdout)?;
    }
    let tables = tables(&url)?;
    assert!(tables.len() >= 16, "{tables:?}");
    for table in &tables {
        compare(&Side::new(&url, table), &Side::new(&url, table))?.expect_equal();
    }
    assert!(server.load("sakila", b"SELECT no_such_column;").is_err());
    Ok(())
}
