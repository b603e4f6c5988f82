//! Rows that do not fit, set aside: through a kill and a resumption, and through an undo.

use std::time::Duration;

use anyhow::Result;
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Mariadb, Postgres, Program, Server, WorkingFolder, wait_until};
use rustix::process::Signal;
use serde_json::Value;

const ROWS: i64 = 40_000;
/// One row in so many has a word where its column has numbers.
const ODD: i64 = 250;
const PATIENCE: Duration = Duration::from_secs(60);

struct Scene {
    folder: WorkingFolder,
    source: String,
    target: String,
}

impl Scene {
    fn on<E: Engine>(server: &Server<E>) -> Result<Self> {
        let folder = WorkingFolder::new()?;
        let statements = format!(
            "CREATE TABLE reading (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, words TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
                INSERT INTO reading SELECT i, iif(i % {ODD}, i, 'about ' || i), 'Nr. ' || i FROM n;"
        );
        let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
        folder.write("limosa.toml", "[migration]\nlease_seconds = 3\n")?;
        Ok(Self {
            folder,
            source,
            target: server.create_database("readings")?,
        })
    }

    fn migration(&self, more: &[&str]) -> Program {
        let common = [
            "migrate",
            &self.source,
            &self.target,
            "--yes",
            "--batch-size",
            "1000",
            "--on-misfit",
            "quarantine",
            "--format",
            "json",
        ];
        self.folder.limosa(common.iter().chain(more))
    }

    fn count(&self, sql: &str) -> Result<i64> {
        number(&self.target, sql)
    }
}

fn killed_and_resumed<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    let scene = Scene::on(&server)?;
    let running = scene.migration(&[]).start()?;
    let ledger = "SELECT count(*) FROM limosa_ledger";
    wait_until("some chunks", PATIENCE, || {
        scene.count(ledger).unwrap_or(0) >= 4
    })?;
    running.signal(Signal::KILL)?;
    assert_eq!(running.wait()?.signal(), Some(9), "it was killed at work");
    let report: Value = scene.migration(&[]).run()?.expect_code(2).json()?;
    let table = &report["tables"][0];
    let (set_aside, kept) = (ROWS / ODD, ROWS - ROWS / ODD);
    assert_eq!(table["quarantined_rows"], set_aside, "{table:#}");
    assert_eq!(table["target_rows"], kept, "{table:#}");
    assert_eq!(table["verified"], true, "{table:#}");
    let amount = &table["columns"][1];
    assert_eq!(
        (&amount["exact"], &amount["rejected"]),
        (&kept.into(), &set_aside.into())
    );
    assert_eq!(scene.count("SELECT count(*) FROM reading")?, kept);
    assert_eq!(
        scene.count("SELECT count(*) FROM limosa_quarantine")?,
        set_aside
    );
    let keys = "SELECT count(DISTINCT row_key) FROM limosa_quarantine WHERE column_name = 'amount'";
    assert_eq!(scene.count(keys)?, set_aside, "none is there twice");
    let diff = [
        "diff",
        &scene.source,
        &scene.target,
        "--on-misfit",
        "quarantine",
    ];
    scene.folder.limosa(diff).run()?.expect_code(0);
    Ok(())
}

#[test]
fn killed_and_resumed_on_postgres() -> Result<()> {
    killed_and_resumed::<Postgres>()
}

#[test]
fn killed_and_resumed_on_mariadb() -> Result<()> {
    killed_and_resumed::<Mariadb>()
}

/// A run that fails for something else takes the quarantine with it.
#[test]
fn undone() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let check = ["--check", "negative-amounts:reading.amount?minimum=100"];
    let report: Value = scene.migration(&check).run()?.expect_code(1).json()?;
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    let left = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    assert_eq!(scene.count(left)?, 0);
    Ok(())
}

/// What was set aside is needed to pass: somebody who removes it is found out when the run goes on.
#[test]
fn what_was_set_aside_is_counted() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let running = scene.migration(&[]).start()?;
    let aside = "SELECT count(*) FROM limosa_quarantine";
    wait_until("some rows set aside", PATIENCE, || {
        scene.count(aside).unwrap_or(0) >= 8
    })?;
    running.signal(Signal::KILL)?;
    running.wait()?;
    server.execute("readings", "DELETE FROM limosa_quarantine")?;
    let report: Value = scene.migration(&[]).run()?.expect_code(1).json()?;
    let message = report["errors"].to_string();
    assert!(message.contains("do not fit and"), "{message}");
    Ok(())
}
