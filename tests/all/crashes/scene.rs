//! A migration that is worth interrupting, and what must hold of it afterwards.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Outcome, Program, Relay, Running, Server, WorkingFolder, wait_until};
use rustix::process::Signal;
use serde_json::Value;

/// Chunks of the large table: enough of them to be interrupted among.
pub(crate) const CHUNKS: i64 = 40;
/// Rows of the table without a key, where a row that is copied twice stays.
pub(crate) const ABRIDGED: i64 = 500;
/// The amount of every row in so many is below zero.
pub(crate) const NEGATIVE: i64 = 600;
/// Whatever is waited for here takes a second or two on a machine that does nothing else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A migration to be interrupted, from a ledger of a few thousand rows with a text, a decimal, a float, a time and nulls.
pub(crate) struct Scene {
    pub(crate) folder: WorkingFolder,
    pub(crate) source: String,
    pub(crate) target: String,
    /// Rows to a chunk.
    chunk: i64,
}

impl Scene {
    pub(crate) fn new(
        chunk: i64,
        target: impl FnOnce(&WorkingFolder) -> Result<String>,
    ) -> Result<Self> {
        let rows = chunk * CHUNKS;
        let folder = WorkingFolder::new()?;
        let statements = format!(
            "CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE booking (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account(id), words TEXT,
                amount DECIMAL(12, 2), weight REAL, booked DATETIME);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
                INSERT INTO account SELECT i, 'account ' || i FROM n;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                INSERT INTO booking SELECT i, i % 100 + 1, iif(i % 7, 'Nr. ' || i || ' é', NULL),
                    (i * 7 % 90000 + 1) / iif(i % {NEGATIVE}, 100.0, -100.0),
                    iif(i % 11, i / 3.0, NULL), datetime(1700000000 + i * 60, 'unixepoch') FROM n;
             CREATE INDEX booking_account ON booking (account_id);
             CREATE TABLE abridged (words TEXT);
             INSERT INTO abridged SELECT words FROM booking LIMIT {ABRIDGED};"
        );
        let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
        // A lease that runs out soon, for those who wait for one.
        folder.write("limosa.toml", "[migration]\nlease_seconds = 3\n")?;
        let target = target(&folder)?;
        Ok(Self {
            folder,
            source,
            target,
            chunk,
        })
    }

    pub(crate) fn on<E: Engine>(server: &Server<E>) -> Result<Self> {
        // MariaDB is slow where nothing is optimised.
        let chunk = if E::NAME == "mariadb" { 750 } else { 3_000 };
        Self::new(chunk_rows(chunk)?, |_| server.create_database("moved"))
    }

    /// The same, over a network that can fail.
    pub(crate) fn by<E: Engine>(server: &Server<E>, relay: &Relay) -> Result<Self> {
        let mut scene = Self::on(server)?;
        scene.target = relay.url(&scene.target, server.port());
        Ok(scene)
    }

    pub(crate) fn on_sqlite() -> Result<Self> {
        Self::new(chunk_rows(3_000)?, |folder| {
            Ok(format!(
                "sqlite:{}",
                folder.path().join("target.sqlite").display()
            ))
        })
    }

    /// Rows of the large table.
    pub(crate) fn rows(&self) -> i64 {
        self.chunk * CHUNKS
    }

    pub(crate) fn migration(&self) -> Program {
        self.migration_with(&[])
    }

    pub(crate) fn migration_with(&self, more: &[&str]) -> Program {
        let common = [
            "migrate",
            &self.source,
            &self.target,
            "--yes",
            "--batch-size",
            &self.chunk.to_string(),
            "--format",
            "json",
        ];
        self.folder.limosa(common.iter().chain(more))
    }

    /// A run on another machine, whose journal knows nothing.
    pub(crate) fn migration_elsewhere(&self) -> Program {
        self.migration_with(&["--state-folder", "elsewhere"])
    }

    /// Chunks that are in the target; none while it cannot be asked, or once the books are gone.
    pub(crate) fn chunks(&self) -> i64 {
        if self
            .target
            .strip_prefix("sqlite:")
            .is_some_and(|path| !Path::new(path).exists())
        {
            return 0;
        }
        number(&self.target, "SELECT count(*) FROM limosa_ledger").unwrap_or(0)
    }

    /// Starts a run, and returns once the target holds some chunks and misses most.
    pub(crate) fn in_the_middle(&self) -> Result<Running> {
        let mut running = self.migration().start()?;
        wait_until("some chunks", PATIENCE, || {
            self.chunks() >= 4 || running.has_ended().unwrap_or(true)
        })?;
        assert!(
            !running.has_ended()?,
            "it ended before it was interrupted: {}",
            running.stderr()
        );
        Ok(running)
    }

    pub(crate) fn in_the_middle_killed(&self) -> Result<Outcome> {
        let running = self.in_the_middle()?;
        running.signal(Signal::KILL)?;
        let outcome = running.wait()?;
        assert_eq!(outcome.signal(), Some(9), "it was killed at work");
        Ok(outcome)
    }

    /// Both sides hold the same rows, and nothing else is in the target.
    pub(crate) fn expect_exact(&self) -> Result<()> {
        let names = ["abridged", "account", "booking"];
        assert_eq!(tables(&self.target)?, names);
        let mut rows = Vec::new();
        for table in names {
            let sides = (
                Side::new(&self.source, table),
                Side::new(&self.target, table),
            );
            rows.push(compare(&sides.0, &sides.1)?.expect_equal());
        }
        assert_eq!(
            rows,
            [
                usize::try_from(ABRIDGED)?,
                100,
                usize::try_from(self.rows())?
            ]
        );
        Ok(())
    }

    pub(crate) fn expect_empty(&self) -> Result<()> {
        let left = match self.target.strip_prefix("sqlite:") {
            Some(path) if !Path::new(path).exists() => Vec::new(),
            _ => tables(&self.target)?,
        };
        assert_eq!(left, Vec::<String>::new());
        Ok(())
    }
}

/// Rows to a chunk: as many as are worth a test, or for a longer run a part of the rows that `LIMOSA_TESTS_ROWS` gives.
fn chunk_rows(usual: i64) -> Result<i64> {
    match std::env::var("LIMOSA_TESTS_ROWS") {
        Ok(rows) => Ok(rows.parse::<i64>().context("LIMOSA_TESTS_ROWS")? / CHUNKS),
        Err(_) => Ok(usual),
    }
}

pub(crate) fn report(outcome: Outcome, code: i32) -> Result<Value> {
    outcome.expect_code(code).json()
}

/// How a stage of a run ended.
pub(crate) fn stage(report: &Value, name: &str) -> Result<String> {
    let stages = report["stages"].as_array().context("stages")?;
    let stage = stages.iter().find(|stage| stage["stage"] == name);
    let stage = stage.with_context(|| format!("no stage {name} in {stages:?}"))?;
    Ok(stage["outcome"].as_str().context("outcome")?.to_owned())
}

#[track_caller]
pub(crate) fn expect_error(report: &Value, code: &str) -> String {
    let error = &report["errors"][0];
    assert_eq!(error["code"], code, "{report:#}");
    error["message"].as_str().unwrap_or_default().to_owned()
}
