//! What is killed, frozen or cut off in the middle: the same command goes on, and the target is exact.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{
    Engine, Mariadb, Options, Outcome, Postgres, Program, Running, Server, WorkingFolder, wait_until,
};
use rustix::process::Signal;
use serde_json::Value;

/// Rows of the large table: 30 chunks, and more than a second of copying where nothing is optimised.
const ROWS: i64 = 300_000;
const CHUNK: &str = "10000";
/// Whatever is waited for here takes a second or two on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A migration to be interrupted, from a ledger of [`ROWS`] rows with a text, a decimal, a float, a time and nulls.
struct Scene {
    folder: WorkingFolder,
    source: String,
    target: String,
}

impl Scene {
    fn new(target: impl FnOnce(&WorkingFolder) -> Result<String>) -> Result<Self> {
        let folder = WorkingFolder::new()?;
        let statements = format!(
            "CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE booking (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account(id), words TEXT,
                amount DECIMAL(12, 2), weight REAL, booked DATETIME);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
                INSERT INTO account SELECT i, 'account ' || i FROM n;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
                INSERT INTO booking SELECT i, i % 100 + 1, iif(i % 7, 'Nr. ' || i || ' é', NULL), i * 7 % 100000 / 100.0,
                    iif(i % 11, i / 3.0, NULL), datetime(1700000000 + i * 60, 'unixepoch') FROM n;
             CREATE INDEX booking_account ON booking (account_id);"
        );
        let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
        // A lease that runs out soon, for those who wait for one.
        folder.write("limosa.toml", "[migration]\nlease_seconds = 3\n")?;
        let target = target(&folder)?;
        Ok(Self { folder, source, target })
    }

    fn on<E: Engine>(server: &Server<E>) -> Result<Self> {
        Self::new(|_| server.create_database("moved"))
    }

    fn on_sqlite() -> Result<Self> {
        Self::new(|folder| Ok(format!("sqlite:{}", folder.path().join("target.sqlite").display())))
    }

    fn migration(&self) -> Program {
        self.migration_with(&[])
    }

    fn migration_with(&self, more: &[&str]) -> Program {
        let common = ["migrate", &self.source, &self.target, "--yes", "--batch-size", CHUNK, "--format", "json"];
        self.folder.limosa(common.iter().chain(more))
    }

    /// Chunks that are in the target; none while it cannot be asked, or once the books are gone.
    fn chunks(&self) -> i64 {
        if self.target.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
            return 0;
        }
        number(&self.target, "SELECT count(*) FROM limosa_ledger").unwrap_or(0)
    }

    /// Starts a run, and returns once the target holds some chunks and misses most.
    fn in_the_middle(&self) -> Result<Running> {
        let mut running = self.migration().start()?;
        wait_until("some chunks", PATIENCE, || self.chunks() >= 4 || running.has_ended().unwrap_or(true))?;
        assert!(!running.has_ended()?, "it ended before it was interrupted: {}", running.stderr());
        Ok(running)
    }

    fn in_the_middle_killed(&self) -> Result<Outcome> {
        let running = self.in_the_middle()?;
        running.signal(Signal::KILL)?;
        let outcome = running.wait()?;
        assert_eq!(outcome.signal(), Some(9), "it was killed at work");
        Ok(outcome)
    }

    /// Both sides hold the same rows, and nothing else is in the target.
    fn expect_exact(&self) -> Result<()> {
        assert_eq!(tables(&self.target)?, ["account", "booking"]);
        let mut rows = Vec::new();
        for table in ["account", "booking"] {
            rows.push(compare(&Side::new(&self.source, table), &Side::new(&self.target, table))?.expect_equal());
        }
        assert_eq!(rows, [100, usize::try_from(ROWS)?]);
        Ok(())
    }

    fn expect_empty(&self) -> Result<()> {
        let left = match self.target.strip_prefix("sqlite:") {
            Some(path) if !Path::new(path).exists() => Vec::new(),
            _ => tables(&self.target)?,
        };
        assert_eq!(left, Vec::<String>::new());
        Ok(())
    }
}

fn report(outcome: Outcome, code: i32) -> Result<Value> {
    outcome.expect_code(code).json()
}

/// How a stage of a run ended.
fn stage(report: &Value, name: &str) -> Result<String> {
    let stages = report["stages"].as_array().context("stages")?;
    let stage = stages.iter().find(|stage| stage["stage"] == name);
    let stage = stage.with_context(|| format!("no stage {name} in {stages:?}"))?;
    Ok(stage["outcome"].as_str().context("outcome")?.to_owned())
}

#[track_caller]
fn expect_error(report: &Value, code: &str) -> String {
    let error = &report["errors"][0];
    assert_eq!(error["code"], code, "{report:#}");
    error["message"].as_str().unwrap_or_default().to_owned()
}

/// A copy that is killed in the middle goes on from the chunks that are there.
fn a_killed_copy_resumes(scene: &Scene) -> Result<()> {
    scene.in_the_middle_killed()?;
    let before = scene.chunks();
    let running = scene.migration().start()?;
    let mut fewest = before;
    let mut seen = Vec::new();
    let outcome = {
        let mut running = running;
        while !running.has_ended()? {
            // None: the books are gone at the end, or busy.
            if let Ok(chunks) = number(&scene.target, "SELECT count(*) FROM limosa_ledger") {
                fewest = fewest.min(chunks);
                seen.push(chunks);
            }
            sleep(Duration::from_millis(5));
        }
        running.wait()?
    };
    assert_eq!(fewest, before, "what was copied stays: {seen:?}");
    let report = report(outcome, 0)?;
    assert_eq!(stage(&report, "preparation")?, "resumed");
    assert_eq!(stage(&report, "schema-sync")?, "resumed");
    let table = &report["tables"][1];
    assert_eq!((&table["source_rows"], &table["target_rows"]), (&ROWS.into(), &ROWS.into()), "{table}");
    scene.expect_exact()
}

#[test]
fn a_killed_copy_to_postgres_resumes() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    scene.in_the_middle_killed()?;
    // The transaction that wrote the first row, which a second copy of it would change.
    let first = "SELECT xmin::text::bigint FROM booking WHERE id = 1";
    let written = number(&scene.target, first)?;
    let report = report(scene.migration().run()?, 0)?;
    assert_eq!(number(&scene.target, first)?, written, "the first chunk was not copied again");
    assert_eq!(stage(&report, "schema-sync")?, "resumed");
    scene.expect_exact()
}

#[test]
fn a_killed_copy_to_mariadb_resumes() -> Result<()> {
    let server = Server::<Mariadb>::start()?;
    a_killed_copy_resumes(&Scene::on(&server)?)
}

#[test]
fn a_killed_copy_to_sqlite_resumes() -> Result<()> {
    a_killed_copy_resumes(&Scene::on_sqlite()?)
}
