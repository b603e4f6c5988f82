//! Whole migrations of real databases between real servers, each verified by a comparison that shares no code with the host.

use std::path::Path;

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::{Engine, Mariadb, MariadbServer, Postgres, Server, WorkingFolder, shared_data};
use serde_json::Value;

/// Rows of each table that a comparison of both sides found, all of them equal.
fn expect_equal_everywhere(source: &str, target: &str) -> Result<u64> {
    let mut rows = 0;
    for table in tables(source)? {
        rows += compare(&Side::new(source, &table), &Side::new(target, &table))
            .with_context(|| format!("comparing table {table}"))?
            .expect_equal();
    }
    Ok(rows)
}

/// Migrates, and holds the report, `limosa diff` and the independent comparison against each other.
fn migrates_exactly(source: &str, target: &str, expected_code: i32) -> Result<Value> {
    let folder = WorkingFolder::new()?;
    let outcome = folder.limosa(["migrate", source, target, "--yes", "--format", "json"]).run()?.expect_code(expected_code);
    let report: Value = outcome.json()?;
    assert_eq!(report["outcome"], "completed", "{report:#}");
    let diff = folder.limosa(["diff", source, target, "--format", "json"]).run()?.expect_code(0);
    assert_eq!(diff.json()?["outcome"], "completed");
    let rows = expect_equal_everywhere(source, target)?;
    let listed = report["tables"].as_array().context("tables")?;
    let told: u64 = listed.iter().filter_map(|table| table["target_rows"].as_u64()).sum();
    assert_eq!(told, rows, "the report tells as many rows as there are");
    assert!(listed.iter().all(|table| table["verified"] == true), "{listed:#?}");
    Ok(report)
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn a_real_file_arrives_whole<E: Engine>(file: &str, code: i32) -> Result<()> {
    let Some(path) = shared_data(file) else { return Ok(()) };
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
    a_real_file_arrives_whole::<Postgres>("employee.sqlite", 0)
}

#[test]
fn employee_from_sqlite_to_mariadb() -> Result<()> {
    a_real_file_arrives_whole::<Mariadb>("employee.sqlite", 0)
}

#[test]
fn chinook_from_sqlite_to_sqlite() -> Result<()> {
    let Some(path) = shared_data("chinook.sqlite") else { return Ok(()) };
    let folder = WorkingFolder::new()?;
    migrates_exactly(&sqlite(&path), &sqlite(&folder.path().join("moved.sqlite")), 0)?;
    Ok(())
}

#[test]
fn sakila_from_mariadb_to_postgres() -> Result<()> {
    let Some(archive) = shared_data("sakila.mysql.zip") else { return Ok(()) };
    let mariadb = MariadbServer::start()?;
    let postgres = Server::<Postgres>::start()?;
    let source = mariadb.create_database("sakila")?;
    for script in limosa_tests::unzip(&archive)? {
        mariadb.load("sakila", &script)?;
    }
    let target = postgres.create_database("sakila")?;
    let report = migrates_exactly(&source, &target, 0)?;
    let views: Vec<&Value> = report["not_carried"].as_array().context("not_carried")?.iter().filter(|item| item["kind"] == "view").collect();
    assert_eq!(views.len(), 7, "the views of Sakila are named: {views:?}");
    Ok(())
}
