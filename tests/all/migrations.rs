//! Whole migrations of real databases between real servers, each verified by a comparison that shares no code with the host.

use std::path::Path;

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::number;
use limosa_tests::{
    Engine, Mariadb, MariadbServer, Postgres, PostgresServer, Server, WorkingFolder, shared_data,
    unzip,
};
use serde_json::Value;

/// Rows of each table that a comparison of both sides found, all of them equal.
fn expect_equal_everywhere(source: &str, target: &str) -> Result<u64> {
    let mut rows: u64 = 0;
    for table in tables(source)? {
        rows += compare(&Side::new(source, &table), &Side::new(target, &table))
            .with_context(|| format!("comparing table {table}"))?
            .expect_equal() as u64;
    }
    Ok(rows)
}

/// Migrates, and holds the report, `limosa diff` and the independent comparison against each other.
fn migrates_exactly(source: &str, target: &str, expected_code: i32) -> Result<Value> {
    let folder = WorkingFolder::new()?;
    let outcome = folder
        .limosa(["migrate", source, target, "--yes", "--format", "json"])
        .run()?
        .expect_code(expected_code);
    let report: Value = outcome.json()?;
    assert_eq!(report["outcome"], "completed", "{report:#}");
    let diff = folder
        .limosa(["diff", source, target, "--format", "json"])
        .run()?
        .expect_code(0);
    assert_eq!(diff.json()?["outcome"], "completed");
    let rows = expect_equal_everywhere(source, target)?;
    let listed = report["tables"].as_array().context("tables")?;
    let told: u64 = listed
        .iter()
        .filter_map(|table| table["target_rows"].as_u64())
        .sum();
    assert_eq!(told, rows, "the report tells as many rows as there are");
    assert!(
        listed.iter().all(|table| table["verified"] == true),
        "{listed:#?}"
    );
    Ok(report)
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn a_real_file_arrives_whole<E: Engine>(file: &str, code: i32) -> Result<()> {
    let Some(path) = shared_data(file) else {
        return Ok(());
    };
    let server = Server::<E>::start()?;
    let target = server.create_database("moved")?;
    migrates_exactly(&sqlite(&path), &target, code)?;
    Ok(())
}

#[test]
fn chinook_from_sqlite_to_postgres() -> Result<()> {
    a_real_file_arrives_whole::<Postgres>("chinook.sqlite", 0)
}

#[test]
fn chinook_from_sqlite_to_mariadb() -> Result<()> {
    a_real_file_arrives_whole::<Mariadb>("chinook.sqlite", 0)
}

#[test]
fn employee_from_sqlite_to_postgres() -> Result<()> {
    a_real_file_arrives_whole::<Postgres>("employee.sqlite", 2)
}

#[test]
fn employee_from_sqlite_to_mariadb() -> Result<()> {
    a_real_file_arrives_whole::<Mariadb>("employee.sqlite", 2)
}

#[test]
fn chinook_from_sqlite_to_sqlite() -> Result<()> {
    let Some(path) = shared_data("chinook.sqlite") else {
        return Ok(());
    };
    let folder = WorkingFolder::new()?;
    migrates_exactly(
        &sqlite(&path),
        &sqlite(&folder.path().join("moved.sqlite")),
        0,
    )?;
    Ok(())
}

#[test]
fn sakila_from_mariadb_to_postgres() -> Result<()> {
    let Some(archive) = shared_data("sakila.mysql.zip") else {
        return Ok(());
    };
    let mariadb = MariadbServer::start()?;
    let postgres = Server::<Postgres>::start()?;
    let source = mariadb.create_database("sakila")?;
    for script in unzip(&archive)? {
        // The dump names its own database.
        mariadb.load("sakila", &script)?;
    }
    let target = postgres.create_database("sakila")?;
    let report = migrates_exactly(&source, &target, 2)?;
    let views: Vec<&Value> = report["not_carried"]
        .as_array()
        .context("not_carried")?
        .iter()
        .filter(|item| item["kind"] == "view")
        .collect();
    assert_eq!(views.len(), 7, "the views of Sakila are named: {views:?}");
    Ok(())
}

/// Each table that cannot be carried exactly is named with the reason, and the rest of the file arrives without them.
fn odd_tables_are_named<E: Engine>() -> Result<()> {
    let Some(path) = shared_data("pgloader-odd-tables.sqlite") else {
        return Ok(());
    };
    let server = Server::<E>::start()?;
    let (source, target) = (sqlite(&path), server.create_database("odd")?);
    let folder = WorkingFolder::new()?;
    let report = folder
        .limosa(["migrate", &source, &target, "--yes", "--format", "json"])
        .run()?
        .expect_code(1)
        .json()?;
    assert_eq!(report["outcome"], "rolled-back");
    let messages: Vec<&str> = report["errors"]
        .as_array()
        .context("errors")?
        .iter()
        .filter_map(|error| error["message"].as_str())
        .collect();
    for expected in [
        "table intege: 2 values of column id",
        "table stamps: 1 value of column StartTime",
    ] {
        assert!(
            messages.iter().any(|message| message.starts_with(expected)),
            "{expected} in {messages:#?}"
        );
    }
    assert_eq!(
        tables(&target)?,
        Vec::<String>::new(),
        "the target is as before"
    );
    let rest = [
        "migrate",
        &source,
        &target,
        "--yes",
        "--exclude",
        "intege",
        "--exclude",
        "stamps",
        "--format",
        "json",
    ];
    let report = folder.limosa(rest).run()?.expect_code(2).json()?;
    for table in report["tables"].as_array().context("tables")? {
        let name = table["table"].as_str().context("a name")?;
        compare(&Side::new(&source, name), &Side::new(&target, name))?.expect_equal();
    }
    Ok(())
}

#[test]
fn odd_tables_from_sqlite_to_postgres() -> Result<()> {
    odd_tables_are_named::<Postgres>()
}

#[test]
fn odd_tables_from_sqlite_to_mariadb() -> Result<()> {
    odd_tables_are_named::<Mariadb>()
}

#[test]
fn odd_tables_from_sqlite_to_sqlite_keep_every_odd_value() -> Result<()> {
    // The last has views and triggers, which are told.
    for (file, code) in [
        ("pgloader-odd-tables.sqlite", 0),
        ("pgloader-bad-utf8.sqlite", 0),
        ("pgloader-collision.sqlite", 0),
        ("employee.sqlite", 2),
    ] {
        let Some(path) = shared_data(file) else {
            return Ok(());
        };
        let folder = WorkingFolder::new()?;
        migrates_exactly(
            &sqlite(&path),
            &sqlite(&folder.path().join("moved.sqlite")),
            code,
        )
        .with_context(|| file.to_owned())?;
    }
    Ok(())
}

/// What an undo removes is also the schemas and types that were made, but not a schema that others use.
#[test]
fn schemas_go_with_an_undo() -> Result<()> {
    let server = PostgresServer::shared()?;
    let source = server.create_database("with_schemas")?;
    server.execute(
        "with_schemas",
        "CREATE SCHEMA sales; CREATE SCHEMA kept; CREATE TYPE sales.mood AS ENUM ('calm', 'hot');
         CREATE TABLE sales.orders (id int PRIMARY KEY, total numeric(8,2), feels sales.mood);
         CREATE TABLE kept.names (id int PRIMARY KEY, name text);
         INSERT INTO sales.orders VALUES (1, 5, 'calm'), (2, -5, 'hot'); INSERT INTO kept.names VALUES (1, 'Ada');",
    )?;
    let target = server.create_database("undone_schemas")?;
    server.execute(
        "undone_schemas",
        "CREATE SCHEMA kept; CREATE TABLE kept.own (id int)",
    )?;
    let folder = WorkingFolder::new()?;
    let migrate = |more: &[&str]| {
        let arguments = ["migrate", &source, &target, "--yes", "--format", "json"];
        folder
            .limosa(arguments.into_iter().chain(more.iter().copied()))
            .run()
    };
    // The target's own table stands in a schema that the plan writes into.
    migrate(&[])?.expect_code(1);
    let check = ["--force", "--check", "negative-amounts:sales.orders.total"];
    let outcome = migrate(&check)?.expect_code(1).json()?;
    assert_eq!(outcome["outcome"], "rolled-back", "{outcome:#}");
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'sales'";
    assert_eq!(number(&target, left)?, 0);
    let left = "SELECT count(*) FROM pg_tables WHERE schemaname = 'kept'";
    assert_eq!(number(&target, left)?, 1);
    migrate(&[
        "--force",
        "--check",
        "negative-amounts:sales.orders.total",
        "--on-finding",
        "report",
    ])?
    .expect_code(2);
    assert_eq!(
        number(
            &target,
            "SELECT count(*) FROM sales.orders WHERE feels = 'hot'"
        )?,
        1
    );
    assert_eq!(number(&target, "SELECT count(*) FROM kept.names")?, 1);
    Ok(())
}
