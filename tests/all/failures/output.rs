//! What a run tells: the document for programs, where reports go, what a dry run leaves, and that no secret is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::independent::tables;
use limosa_tests::{Engine, Mariadb, Postgres, Server, wait_until};
use serde_json::Value;

use super::{Bench, refused};

/// The fields that the issue names, whatever was run and however it ended.
fn expect_shape(document: &Value) {
    let string = |value: &Value| value.is_string();
    let number = |value: &Value| value.is_number();
    let has = |value: &Value, names: &[&str], is: &dyn Fn(&Value) -> bool| {
        for name in names {
            assert!(is(&value[*name]), "{name} in {value:#}");
        }
    };
    has(document, &["migration", "outcome"], &string);
    has(
        document,
        &["stages", "tables", "checks", "warnings", "errors"],
        &Value::is_array,
    );
    let each = |name: &str| document[name].as_array().into_iter().flatten();
    for stage in each("stages") {
        has(stage, &["stage", "outcome"], &string);
        has(stage, &["seconds"], &number);
    }
    for table in each("tables") {
        has(table, &["table"], &string);
        has(table, &["source_rows", "target_rows", "seconds"], &number);
        has(table, &["verified"], &Value::is_boolean);
    }
    for check in each("checks") {
        has(
            check,
            &["plugin", "version", "digest", "table", "at", "verdict"],
            &string,
        );
        has(check, &["findings"], &|findings| {
            findings
                .as_object()
                .is_some_and(|all| all.values().all(Value::is_u64))
        });
        has(check, &["samples"], &Value::is_array);
    }
    for error in each("errors") {
        has(error, &["code", "message", "remedy"], &string);
    }
    assert!(each("warnings").all(Value::is_string), "{document:#}");
}

#[test]
fn the_document_for_programs() -> Result<()> {
    let bench = Bench::new()?;
    let check = [
        "--check",
        "negative-amounts:item.price",
        "--on-finding",
        "report",
    ];
    let run = |arguments: &[&str], code: i32, outcome: &str| -> Result<Value> {
        let document = bench.run(arguments)?.expect_code(code).json()?;
        expect_shape(&document);
        assert_eq!(document["outcome"], outcome, "{document:#}");
        Ok(document)
    };
    let with = |command: &[&'static str], more: &[&'static str]| {
        let ends = [bench.source.clone(), bench.target.clone()];
        command
            .iter()
            .map(ToString::to_string)
            .chain(ends)
            .chain(more.iter().map(ToString::to_string))
            .collect::<Vec<_>>()
    };
    let ended = |arguments: Vec<String>, code, outcome| {
        run(
            &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
            code,
            outcome,
        )
    };
    ended(
        with(&["migrate"], &["--check", "negative-amounts:item.price"]),
        1,
        "rolled-back",
    )?;
    ended(with(&["migrate", "--dry-run"], &check), 2, "dry-run")?;
    let document = ended(with(&["migrate"], &check), 2, "completed")?;
    let lengths: Vec<usize> = ["stages", "tables", "checks", "warnings", "errors"]
        .map(|name| document[name].as_array().map_or(0, Vec::len))
        .into();
    assert_eq!(lengths, [8, 1, 1, 1, 0], "{document:#}");
    ended(with(&["validate"], &check), 2, "completed")?;
    ended(with(&["diff"], &[]), 0, "completed")?;
    run(&["check", &bench.source, check[0], check[1]], 1, "failed")?;
    run(
        &[&["check", &bench.source], &check[..]].concat(),
        2,
        "completed",
    )?;
    run(
        &["diff", &bench.source, "sqlite:nowhere.sqlite"],
        1,
        "failed",
    )?;
    run(
        &["migrate", "sqlite:nowhere.sqlite", &bench.target],
        1,
        "failed",
    )?;
    bench.folder.write("limosa.toml", "nonsense = 1\n")?;
    run(&["migrate", &bench.source, &bench.target], 1, "failed")?;
    Ok(())
}

#[test]
fn a_dry_run_writes_nothing() -> Result<()> {
    let mut bench = Bench::new()?;
    let source = fs::read(bench.folder.path().join("source.sqlite"))?;
    let report = bench.migrate(&["--dry-run"])?.expect_code(0).json()?;
    assert_eq!(report["outcome"], "dry-run");
    assert_eq!(report["tables"][0]["source_rows"], 3, "{report:#}");
    assert!(!bench.target_file().exists());
    bench.refused(
        &["--dry-run", "--check", "negative-amounts:item.price"],
        "CHECK_001",
        &[],
    );
    let (postgres, mariadb) = (Server::<Postgres>::start()?, Server::<Mariadb>::start()?);
    for target in [
        postgres.create_database("dry")?,
        mariadb.create_database("dry")?,
    ] {
        bench.target = target;
        bench.migrate(&["--dry-run"])?.expect_code(0);
        assert_eq!(tables(&bench.target)?, Vec::<String>::new());
    }
    assert!(fs::read(bench.folder.path().join("source.sqlite"))? == source);
    Ok(())
}

/// A folder that cannot be written to: said in the one document, and the work itself is not lost.
#[test]
fn a_report_folder_that_cannot_be_used() -> Result<()> {
    let bench = Bench::new()?;
    bench.folder.write("file", "")?;
    let report = refused(
        bench.migrate(&["--report-folder", "file/reports"]),
        "PERM_001",
        &["file/reports"],
    );
    expect_shape(&report);
    assert!(
        !bench.target_file().exists(),
        "it was seen before the work, not after it"
    );
    let outcome = bench
        .migrate(&["--state-folder", "file/state"])?
        .expect_code(1);
    assert_eq!(outcome.json()?["errors"][0]["code"], "PERM_001");
    assert!(!bench.target_file().exists());
    bench.migrate(&[])?.expect_code(0);
    Ok(())
}

/// Every file of a folder that holds one of these texts.
fn files_with(folder: &Path, secrets: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, secrets)?);
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        if secrets.iter().any(|secret| text.contains(secret)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// A password that a URL has to spell otherwise, so that both spellings are looked for.
const PASSWORD: &str = "Geh#eim/47";
const SPELLED: &str = "Geh%23eim%2F47";
const SECRETS: [&str; 4] = [PASSWORD, SPELLED, "Geh#eim", "Geh%23eim"];

fn no_secret_is_told<E: Engine>(create_user: &str) -> Result<()> {
    let server = Server::<E>::start()?;
    let mut bench = Bench::new()?;
    server.execute(E::FIRST_DATABASE, &create_user.replace("SECRET", PASSWORD))?;
    server.create_database("moved")?;
    let url = server.url_as("ann", SPELLED, "moved");
    let everything = bench
        .folder
        .path()
        .parent()
        .context("the whole folder")?
        .to_path_buf();
    let log = ["--verbose", "--log-file", "run.log"];
    // On the command line, in success and in failure.
    bench.target = url.clone();
    bench.migrate(&log)?.expect_code(0);
    for arguments in [
        &["diff"][..],
        &["validate"],
        &["plan"],
        &["rollback"],
        &["migrate", "--yes"],
    ] {
        let _ = bench.run(&[arguments, &[&bench.source, &url], &log].concat())?;
    }
    for wrong in [
        server.url_as("ann", SPELLED, "none"),
        server.url_as("nobody", SPELLED, "moved"),
        format!("{url}?sslmode=nonsense&ssl-mode=nonsense"),
    ] {
        let outcome = bench.run(&[&["migrate", &bench.source, &wrong], &log[..]].concat())?;
        outcome.expect_code(1);
    }
    let _ = bench.run(
        &[
            &["migrate", &bench.source, &url.replace("://", ":/")],
            &log[..],
        ]
        .concat(),
    )?;
    for command in ["status", "history", "report"] {
        let _ = bench.run(&[command])?;
    }
    assert_eq!(files_with(&everything, &SECRETS)?, Vec::<PathBuf>::new());
    // From the environment: the list of processes does not show it either.
    let configuration = format!(
        "[source]\nurl = '{}'\n[target]\nurl = '{}'\n",
        bench.source,
        url.replace(SPELLED, "${LIMOSA_TEST_PASSWORD}")
    );
    bench.folder.write("limosa.toml", configuration)?;
    let mut running = bench
        .folder
        .limosa(["diff", "--verbose"])
        .environment("LIMOSA_TEST_PASSWORD", SPELLED)
        .start()?;
    let line = format!("/proc/{}/cmdline", running.process_id());
    let mut seen = String::new();
    wait_until("the end", Duration::from_secs(60), || {
        seen.push_str(&fs::read_to_string(&line).unwrap_or_default());
        running.has_ended().unwrap_or(true)
    })?;
    running.wait()?.expect_code(0);
    assert!(
        seen.contains("diff") && !SECRETS.iter().any(|secret| seen.contains(secret)),
        "{seen}"
    );
    assert_eq!(files_with(&everything, &SECRETS)?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn no_secret_of_postgres_is_told() -> Result<()> {
    no_secret_is_told::<Postgres>("CREATE USER ann SUPERUSER ENCRYPTED PASSWORD 'SECRET'")
}

#[test]
fn no_secret_of_mariadb_is_told() -> Result<()> {
    no_secret_is_told::<Mariadb>("CREATE USER ann IDENTIFIED BY 'SECRET'; GRANT ALL ON *.* TO ann")
}
