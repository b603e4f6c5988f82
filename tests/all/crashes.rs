//! What is killed, frozen or cut off in the middle: the same command goes on, and the target is exact.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{
    Engine, Mariadb, Options, Outcome, Postgres, Program, Running, Server, WorkingFolder,
    wait_until,
};
use rustix::process::Signal;
use serde_json::Value;

/// Rows of the large table: 40 chunks, and long enough to be interrupted among them.
const ROWS: i64 = 120_000;
const CHUNK: &str = "3000";
/// Rows of the table without a key, where a row that is copied twice stays.
const REMARKS: i64 = 500;
/// Every so manieth amount is below zero.
const NEGATIVE: i64 = 600;
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
                INSERT INTO booking SELECT i, i % 100 + 1, iif(i % 7, 'Nr. ' || i || ' é', NULL),
                    (i * 7 % 90000 + 1) / iif(i % {NEGATIVE}, 100.0, -100.0),
                    iif(i % 11, i / 3.0, NULL), datetime(1700000000 + i * 60, 'unixepoch') FROM n;
             CREATE INDEX booking_account ON booking (account_id);
             CREATE TABLE remark (words TEXT);
             INSERT INTO remark SELECT words FROM booking LIMIT {REMARKS};"
        );
        let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
        // A lease that runs out soon, for those who wait for one.
        folder.write("limosa.toml", "[migration]\nlease_seconds = 3\n")?;
        let target = target(&folder)?;
        Ok(Self {
            folder,
            source,
            target,
        })
    }

    fn on<E: Engine>(server: &Server<E>) -> Result<Self> {
        Self::new(|_| server.create_database("moved"))
    }

    fn on_sqlite() -> Result<Self> {
        Self::new(|folder| {
            Ok(format!(
                "sqlite:{}",
                folder.path().join("target.sqlite").display()
            ))
        })
    }

    fn migration(&self) -> Program {
        self.migration_with(&[])
    }

    fn migration_with(&self, more: &[&str]) -> Program {
        let common = [
            "migrate",
            &self.source,
            &self.target,
            "--yes",
            "--batch-size",
            CHUNK,
            "--format",
            "json",
        ];
        self.folder.limosa(common.iter().chain(more))
    }

    /// A run on another machine, whose journal knows nothing.
    fn migration_elsewhere(&self) -> Program {
        self.migration_with(&["--state-folder", "elsewhere"])
    }

    /// Chunks that are in the target; none while it cannot be asked, or once the books are gone.
    fn chunks(&self) -> i64 {
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
    fn in_the_middle(&self) -> Result<Running> {
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

    fn in_the_middle_killed(&self) -> Result<Outcome> {
        let running = self.in_the_middle()?;
        running.signal(Signal::KILL)?;
        let outcome = running.wait()?;
        assert_eq!(outcome.signal(), Some(9), "it was killed at work");
        Ok(outcome)
    }

    /// Both sides hold the same rows, and nothing else is in the target.
    fn expect_exact(&self) -> Result<()> {
        let names = ["account", "booking", "remark"];
        let names = ["account", "booking", "remark"];
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
            [100, usize::try_from(ROWS)?, usize::try_from(REMARKS)?]
        );
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
    assert_eq!(
        (&table["source_rows"], &table["target_rows"]),
        (&ROWS.into(), &ROWS.into()),
        "{table}"
    );
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
    assert_eq!(
        number(&scene.target, first)?,
        written,
        "the first chunk was not copied again"
    );
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

/// What the checks found in chunks of a killed run is in the report of the one that ends.
#[test]
fn findings_before_a_kill_are_not_lost() -> Result<()> {
    let scene = Scene::on_sqlite()?;
    let check = [
        "--check",
        "negative-amounts:booking.amount",
        "--on-finding",
        "report",
    ];
    let mut running = scene.migration_with(&check).start()?;
    wait_until("some chunks", PATIENCE, || {
        scene.chunks() >= 10 || running.has_ended().unwrap_or(true)
    })?;
    running.signal(Signal::KILL)?;
    assert_eq!(running.wait()?.signal(), Some(9));
    let report = report(scene.migration_with(&check).run()?, 2)?;
    let found = &report["checks"][0];
    assert_eq!(
        found["findings"],
        serde_json::json!({ "negative": ROWS / NEGATIVE }),
        "{found:#}"
    );
    assert_eq!(found["rows"], ROWS, "{found:#}");
    scene.expect_exact()
}

/// Kills one run after another, each as soon as a further stage is done; the last one ends.
fn killed_after_every_stage(scene: &Scene) -> Result<()> {
    let stages = [
        "preparation",
        "schema-sync",
        "initial-sync",
        "validation",
        "cutover-preparation",
        "cutover",
        "post-cutover-validation",
    ];
    for stage in stages {
        let mut running = scene.migration().start()?;
        wait_until(stage, PATIENCE, || {
            let done = |line: &str| line.starts_with(&format!("{stage} ")) && line.contains("done");
            running.stderr().lines().any(done) || running.has_ended().unwrap_or(true)
        })?;
        running.signal(Signal::KILL)?;
        let outcome = running.wait()?;
        if outcome.code().is_some() {
            // It was quicker than the signal.
            outcome.expect_code(0);
            return scene.expect_exact();
        }
    }
    scene.migration().run()?.expect_code(0);
    scene.expect_exact()
}

#[test]
fn a_migration_to_sqlite_killed_after_every_stage() -> Result<()> {
    killed_after_every_stage(&Scene::on_sqlite()?)
}

#[test]
fn a_migration_to_postgres_killed_after_every_stage() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    killed_after_every_stage(&Scene::on(&server)?)
}

#[test]
fn a_migration_to_mariadb_killed_after_every_stage() -> Result<()> {
    let server = Server::<Mariadb>::start()?;
    killed_after_every_stage(&Scene::on(&server)?)
}

/// Kills at moments that nobody chose; the clock's last digits decide, and the message tells them.
#[test]
fn killed_at_random_moments() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let mut moments = Vec::new();
    for _ in 0..3 {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)?
            .subsec_nanos();
        let moment = Duration::from_millis(u64::from(now / 1_000 % 1_500));
        moments.push(moment);
        let running = scene.migration().start()?;
        sleep(moment);
        running.signal(Signal::KILL).ok();
        let outcome = running.wait()?;
        if outcome.code() == Some(0) {
            return scene
                .expect_exact()
                .with_context(|| format!("after {moments:?}"));
        }
        assert_eq!(outcome.signal(), Some(9), "after {moments:?}: {outcome:?}");
    }
    let outcome = scene.migration().run()?;
    assert_eq!(outcome.code(), Some(0), "after {moments:?}: {outcome:?}");
    scene
        .expect_exact()
        .with_context(|| format!("after {moments:?}"))
}

/// Freezes a run, lets another one finish, and wakes the first: it says that it was taken over, and changes nothing.
fn a_frozen_host_is_taken_over(scene: &Scene, frozen: Running, other: Program) -> Result<()> {
    frozen.signal(Signal::STOP)?;
    other.run()?.expect_code(0);
    scene.expect_exact()?;
    frozen.signal(Signal::CONT)?;
    let report = report(frozen.wait()?, 1)?;
    expect_error(&report, "LOCK_002");
    assert_eq!(report["outcome"], "failed");
    scene.expect_exact()
}

#[test]
fn a_host_frozen_in_a_copy_to_postgres() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    a_frozen_host_is_taken_over(&scene, scene.in_the_middle()?, scene.migration())
}

#[test]
fn a_host_frozen_in_a_copy_to_postgres_and_another_machine() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    a_frozen_host_is_taken_over(&scene, scene.in_the_middle()?, scene.migration_elsewhere())
}

#[test]
fn a_host_frozen_in_a_copy_to_mariadb() -> Result<()> {
    let server = Server::<Mariadb>::start()?;
    let scene = Scene::on(&server)?;
    a_frozen_host_is_taken_over(&scene, scene.in_the_middle()?, scene.migration())
}

#[test]
fn a_host_frozen_in_a_copy_to_mariadb_and_another_machine() -> Result<()> {
    let server = Server::<Mariadb>::start()?;
    let scene = Scene::on(&server)?;
    a_frozen_host_is_taken_over(&scene, scene.in_the_middle()?, scene.migration_elsewhere())
}

/// After the copy nothing but the lease stands between the two.
#[test]
fn a_host_frozen_in_a_later_stage() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let running = scene.migration().start()?;
    wait_until("the end of the copy", PATIENCE, || {
        running.stderr().contains("initial-sync ")
    })?;
    a_frozen_host_is_taken_over(&scene, running, scene.migration_elsewhere())
}

/// Woken while the other one is still at work: it must neither write nor undo.
#[test]
fn a_frozen_host_wakes_beside_the_one_that_took_over() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let frozen = scene.in_the_middle()?;
    frozen.signal(Signal::STOP)?;
    let before = scene.chunks();
    let other = scene.migration_elsewhere().start()?;
    wait_until("the other host's first chunk", PATIENCE, || {
        scene.chunks() > before
    })?;
    frozen.signal(Signal::CONT)?;
    expect_error(&report(frozen.wait()?, 1)?, "LOCK_002");
    other.wait()?.expect_code(0);
    scene.expect_exact()
}

/// The one that comes second waits or is refused, and says for whom.
fn two_at_once(scene: &Scene, second: Program) -> Result<()> {
    let first = scene.in_the_middle()?;
    let holder = format!("process {}", first.process_id());
    let second = second.run()?;
    first.wait()?.expect_code(0);
    assert!(
        second.stderr.contains(&holder) || second.stdout.contains(&holder),
        "{second:?}"
    );
    let report: Value = second.json()?;
    if second.code() != Some(0) {
        expect_error(&report, "LOCK_001");
        assert_eq!(
            report["outcome"], "failed",
            "nothing was undone: {report:#}"
        );
    }
    scene.expect_exact()
}

#[test]
fn two_hosts_at_once() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    two_at_once(&scene, scene.migration())
}

#[test]
fn two_hosts_at_once_on_two_machines() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    two_at_once(&scene, scene.migration_elsewhere())
}

#[test]
fn two_hosts_at_once_on_a_file() -> Result<()> {
    let scene = Scene::on_sqlite()?;
    two_at_once(&scene, scene.migration_elsewhere())
}

/// A person or a service manager stops it: it ends after the chunk, says how to go on, and goes on.
#[test]
fn a_signal_stops_after_the_chunk() -> Result<()> {
    let scene = Scene::on_sqlite()?;
    let mut before = 0;
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = scene.migration().start()?;
        wait_until("a further chunk", PATIENCE, || {
            scene.chunks() > before + 3 || running.has_ended().unwrap_or(true)
        })?;
        running.signal(signal)?;
        let report = report(running.wait()?, 1)?;
        expect_error(&report, "STOP_001");
        assert_eq!(
            (&report["outcome"], stage(&report, "initial-sync")?.as_str()),
            (&"failed".into(), "interrupted")
        );
        assert!(scene.chunks() > before, "what was copied stays");
        before = scene.chunks();
    }
    assert!(before < ROWS / 3_000, "there is something left to do");
    scene.migration().run()?.expect_code(0);
    scene.expect_exact()
}

/// The target's server dies and comes back: the run waits for it, or ends with CONN_001 and the same command goes on.
fn the_server_is_killed<E: Engine>() -> Result<()> {
    let mut server = Server::<E>::start_with(Options::default().durable())?;
    let scene = Scene::on(&server)?;
    let running = scene.in_the_middle()?;
    server.kill()?;
    sleep(Duration::from_millis(300));
    server.restart()?;
    let outcome = running.wait()?;
    if outcome.code() != Some(0) {
        expect_error(&report(outcome, 1)?, "CONN_001");
        scene.migration().run()?.expect_code(0);
    }
    scene.expect_exact()
}

#[test]
fn a_postgres_server_is_killed_in_the_middle() -> Result<()> {
    the_server_is_killed::<Postgres>()
}

#[test]
fn a_mariadb_server_is_killed_in_the_middle() -> Result<()> {
    the_server_is_killed::<Mariadb>()
}

/// `limosa rollback` removes what a killed run left, and the source was only read.
fn a_killed_copy_is_rolled_back(scene: &Scene) -> Result<()> {
    let source = scene.folder.path().join("source.sqlite");
    let before = std::fs::read(&source)?;
    scene.in_the_middle_killed()?;
    let undo = || {
        scene
            .folder
            .limosa(["rollback", &scene.source, &scene.target, "--format", "json"])
    };
    let report = report(undo().run()?, 0)?;
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    scene.expect_empty()?;
    assert!(
        std::fs::read(&source)? == before,
        "the source is byte for byte what it was"
    );
    undo().run()?.expect_code(0);
    scene.migration().run()?.expect_code(0);
    scene.expect_exact()
}

#[test]
fn a_killed_copy_to_postgres_is_rolled_back() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    a_killed_copy_is_rolled_back(&Scene::on(&server)?)
}

#[test]
fn a_killed_copy_to_mariadb_is_rolled_back() -> Result<()> {
    let server = Server::<Mariadb>::start()?;
    a_killed_copy_is_rolled_back(&Scene::on(&server)?)
}

#[test]
fn a_killed_copy_to_sqlite_is_rolled_back() -> Result<()> {
    a_killed_copy_is_rolled_back(&Scene::on_sqlite()?)
}

/// A rollback that was killed when the tables were gone and the books half.
#[test]
fn a_rollback_that_was_killed_goes_on() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    scene.in_the_middle_killed()?;
    server.execute(
        "moved",
        "DROP TABLE booking; DROP TABLE account; DROP TABLE remark; DROP TABLE limosa_object",
    )?;
    scene
        .folder
        .limosa(["rollback", &scene.source, &scene.target])
        .run()?
        .expect_code(0);
    scene.expect_empty()
}

/// The books were gone already, and the journal was not told any more: the same command sees that all is done.
#[test]
fn killed_between_the_books_and_the_journal() -> Result<()> {
    let scene = Scene::on_sqlite()?;
    scene.migration().run()?.expect_code(0);
    let journal = scene.folder.path().join(".limosa/journal.sqlite");
    sqlite_file(
        &journal,
        "DELETE FROM event WHERE sequence > (SELECT max(sequence) - 2 FROM event)",
    )?;
    scene.migration().run()?.expect_code(0);
    scene.expect_exact()
}
