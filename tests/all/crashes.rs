//! What is killed, stopped or cut off in the middle: the same command goes on, and the target is exact.

mod resumed;
mod scene;
mod takeover;

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Mariadb, Options, Outcome, Postgres, Server, wait_until};
use rustix::process::Signal;
use sqlx::{Connection as _, Executor as _, PgConnection};

use scene::{CHUNKS, NEGATIVE, PATIENCE, Scene, expect_error, report, stage};

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
    let table = &report["tables"][2];
    let rows = serde_json::json!(scene.rows());
    assert_eq!(
        (&table["source_rows"], &table["target_rows"]),
        (&rows, &rows),
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
        serde_json::json!({ "negative": scene.rows() / NEGATIVE }),
        "{found:#}"
    );
    assert_eq!(found["rows"], scene.rows(), "{found:#}");
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
        // It may have been quicker than the signal.
        let _ = running.signal(Signal::KILL);
        let outcome = running.wait()?;
        if outcome.code().is_some() {
            outcome.expect_code(0);
            return scene.expect_exact();
        }
    }
    expect_completed(&scene.migration().run()?)?;
    scene.expect_exact()
}

/// The run completed the migration, or found it completed: the signal before it came after the end of the migration and
/// before that of the process.
fn expect_completed(outcome: &Outcome) -> Result<()> {
    let was_completed =
        || outcome.stdout.contains("\"PLAN_002\"") && outcome.stdout.contains("was completed");
    ensure!(outcome.code() == Some(0) || was_completed(), "{outcome:?}");
    Ok(())
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
        if outcome.signal().is_none() {
            expect_completed(&outcome).with_context(|| format!("after {moments:?}"))?;
            return scene
                .expect_exact()
                .with_context(|| format!("after {moments:?}"));
        }
        assert_eq!(outcome.signal(), Some(9), "after {moments:?}: {outcome:?}");
    }
    expect_completed(&scene.migration().run()?).with_context(|| format!("after {moments:?}"))?;
    scene
        .expect_exact()
        .with_context(|| format!("after {moments:?}"))
}

/// As many rows as before, and the same: the comparison finds nothing, and what came after it would not have been found.
#[test]
fn a_source_that_is_written_to_meanwhile_is_told() -> Result<()> {
    let scene = Scene::on_sqlite()?;
    let running = scene.in_the_middle()?;
    let source = scene.folder.path().join("source.sqlite");
    let there_and_back = "UPDATE account SET name = 'another' WHERE id = 1;
        UPDATE account SET name = 'account 1' WHERE id = 1;";
    sqlite_file(&source, there_and_back)?;
    let report = report(running.wait()?, 2)?;
    let warnings = report["warnings"].to_string();
    assert!(
        warnings.contains("somebody wrote to the source while this ran"),
        "{warnings}"
    );
    scene.expect_exact()
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
    assert!(before < CHUNKS, "there is something left to do");
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
        "DROP TABLE booking; DROP TABLE account; DROP TABLE abridged; DROP TABLE limosa_object",
    )?;
    scene
        .folder
        .limosa(["rollback", &scene.source, &scene.target])
        .run()?
        .expect_code(0);
    scene.expect_empty()
}

/// Half of the books are gone, and the lease, which goes last, is held fast by a reader: only their rest is removed.
#[test]
fn killed_among_the_books() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let running = scene.in_the_middle()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut reader = runtime.block_on(PgConnection::connect(&scene.target))?;
    runtime.block_on(reader.execute(sqlx::raw_sql("BEGIN; SELECT FROM limosa_lease")))?;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DROP TABLE%lease%'";
    wait_until("the removal of the lease", PATIENCE, || {
        number(&scene.target, waiting).is_ok_and(|found| found == 1)
    })?;
    running.signal(Signal::KILL)?;
    running.wait()?;
    number(
        &scene.target,
        &waiting.replace("count(*)", "count(pg_terminate_backend(pid))"),
    )?;
    drop(reader);
    assert!(
        number(&scene.target, "SELECT count(*) FROM limosa_lease")? == 1,
        "the lease is still there"
    );
    assert!(
        number(&scene.target, "SELECT count(*) FROM limosa_object").is_err(),
        "other books are not"
    );
    let report = report(scene.migration().run()?, 0)?;
    assert_eq!(
        stage(&report, "initial-sync")?,
        "resumed",
        "no row is copied again"
    );
    scene.expect_exact()?;
    let status = scene
        .folder
        .limosa(["status", "--format", "json"])
        .run()?
        .expect_code(0)
        .json()?;
    assert_eq!(status, serde_json::json!([]), "it is over");
    Ok(())
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
