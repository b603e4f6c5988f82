//! The cases of the first-party probes, on every engine: a folder each, `plugins/<plugin>/cases/<case>/case.toml`.
//!
//! Those of checks and transforms need no database, and have their runner beside the plugin runtime.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use limosa_tests::query::sqlite_file;
use limosa_tests::{MariadbServer, PostgresServer, WorkingFolder, checkout};
use serde_json::json;
use toml::{Table, Value};

/// Which statements make the rows of a case, in words that the three engines share.
fn statements(case: &Table) -> Result<String> {
    let columns: Vec<String> = list(case, "columns")?
        .iter()
        .enumerate()
        .map(|(position, column)| {
            let declared = match column["type"].as_str() {
                Some("integer") => "BIGINT",
                Some("text") => "VARCHAR(100)",
                Some("date") => "DATE",
                other => bail!("no column of type {other:?} here"),
            };
            Ok(format!("column_{position} {declared}"))
        })
        .collect::<Result<_>>()?;
    let rows: Vec<String> = list(case, "rows")?
        .iter()
        .map(|row| {
            let values: Vec<String> = row
                .as_array()
                .context("a row")?
                .iter()
                .map(literal)
                .collect::<Result<_>>()?;
            Ok(format!("({})", values.join(", ")))
        })
        .collect::<Result<_>>()?;
    let mut statements = format!("CREATE TABLE records ({});", columns.join(", "));
    if !rows.is_empty() {
        statements += &format!(" INSERT INTO records VALUES {};", rows.join(", "));
    }
    Ok(statements)
}

fn literal(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Integer(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Table(mark) if mark.contains_key("null") => "NULL".to_owned(),
        other => bail!("no value {other} here"),
    })
}

fn list<'a>(case: &'a Table, name: &str) -> Result<&'a [Value]> {
    let list = case.get(name).and_then(Value::as_array);
    Ok(list.with_context(|| format!("no {name}"))?)
}

/// Runs every case of every probe on a database that `database` makes of a case's statements.
fn every_case(database: impl Fn(&WorkingFolder, usize, &str) -> Result<String>) -> Result<()> {
    let mut ran = 0;
    for plugin in folders(&checkout().join("plugins"))? {
        let Ok(manifest) = std::fs::read_to_string(plugin.join("plugin.toml")) else {
            continue;
        };
        let manifest: Table = manifest.parse()?;
        if manifest["kind"].as_str() != Some("probe") {
            continue;
        }
        for case in folders(&plugin.join("cases"))? {
            ran += 1;
            let place = case.display().to_string();
            let case: Table = std::fs::read_to_string(case.join("case.toml"))?.parse()?;
            let folder = WorkingFolder::new()?;
            let url = database(&folder, ran, &statements(&case)?)?;
            let columns: Vec<String> = (0..list(&case, "columns")?.len())
                .map(|position| format!("column_{position}"))
                .collect();
            let name = manifest["name"].as_str().context("name")?;
            let check = format!("{name}:records.{}", columns.join(","));
            let outcome = folder
                .limosa(["check", &url, "--check", &check, "--format", "json"])
                .run()?;
            let report = outcome.json()?;
            let expected: BTreeMap<&str, i64> = case["expect"]["counts"]
                .as_table()
                .context("counts")?
                .iter()
                .map(|(code, count)| (code.as_str(), count.as_integer().unwrap_or(-1)))
                .collect();
            let found = &report["checks"][0];
            assert_eq!(
                found["verdict"],
                case["expect"]["verdict"].as_str().context("verdict")?,
                "{place}: {report:#}"
            );
            assert_eq!(found["findings"], json!(expected), "{place}: {report:#}");
        }
    }
    assert!(ran > 0, "no probe has a case");
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

#[test]
fn on_sqlite() -> Result<()> {
    every_case(|folder, _, statements| sqlite_file(&folder.path().join("case.sqlite"), statements))
}

#[test]
fn on_postgres() -> Result<()> {
    let server = PostgresServer::shared()?;
    every_case(|_, number, statements| {
        let name = format!("probe_{number}");
        let url = server.create_database(&name)?;
        server.execute(&name, statements)?;
        Ok(url)
    })
}

#[test]
fn on_mariadb() -> Result<()> {
    let server = MariadbServer::shared()?;
    every_case(|_, number, statements| {
        let name = format!("probe_{number}");
        let url = server.create_database(&name)?;
        server.execute(&name, statements)?;
        Ok(url)
    })
}
