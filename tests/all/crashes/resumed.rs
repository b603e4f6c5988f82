//! What a run that goes on must not take for granted: other checks, other tables, rows that changed, answers that were lost.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use limosa_tests::independent::tables;
use limosa_tests::query::sqlite_file;
use limosa_tests::{Engine, Mariadb, Postgres, Server, WorkingFolder, wait_until};
use rustix::process::Signal;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::scene::{PATIENCE, Scene, expect_error, report};

/// Passes on what goes between a client and a server, but swallows the answer to the first `COMMIT` and hangs up.
fn lose_the_first_answer(server: u16) -> Result<(u16, Arc<AtomicBool>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let lost = Arc::new(AtomicBool::new(false));
    let told = lost.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let lost = lost.clone();
            std::thread::spawn(move || pass_on(client, server, &lost));
        }
    });
    Ok((port, told))
}

fn pass_on(mut client: TcpStream, server: u16, lost: &Arc<AtomicBool>) -> Option<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).ok()?;
    let swallow = Arc::new(AtomicBool::new(false));
    let (mut answers, mut back) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let (silent, noted) = (swallow.clone(), lost.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(length @ 1..) = answers.read(&mut buffer) {
            if silent.load(Ordering::SeqCst) {
                noted.store(true, Ordering::SeqCst);
                let _ = back.shutdown(Shutdown::Both);
                return;
            }
            if back.write_all(&buffer[..length]).is_err() {
                return;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..length].windows(6).any(|word| word == b"COMMIT");
        if is_commit && !lost.load(Ordering::SeqCst) {
            swallow.store(true, Ordering::SeqCst);
        }
        server.write_all(&buffer[..length]).ok()?;
    }
    server.shutdown(Shutdown::Both).ok()
}

/// The chunk is in the target and nobody was told: what its checks found stands in the ledger, and counts.
fn findings_of_a_chunk_whose_commit_was_not_answered<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    let target = server.create_database("moved")?;
    let (port, lost) = lose_the_first_answer(server.port())?;
    let through = target.replace(&format!(":{}/", server.port()), &format!(":{port}/"));
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE t (id INTEGER PRIMARY KEY, amount REAL); INSERT INTO t VALUES (1, -5.0), (2, 3.0)",
    )?;
    let check = "negative-amounts:t.amount";
    let arguments = [
        "migrate", &source, &through, "--yes", "--format", "json", "--check", check,
    ];
    let report = report(folder.limosa(arguments).run()?, 1)?;
    assert!(
        lost.load(Ordering::SeqCst),
        "no answer was lost: {report:#}"
    );
    expect_error(&report, "CHECK_001");
    assert_eq!(report["checks"][0]["rows"], 2, "{report:#}");
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    assert_eq!(tables(&target)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn findings_of_a_chunk_whose_commit_postgres_did_not_answer() -> Result<()> {
    findings_of_a_chunk_whose_commit_was_not_answered::<Postgres>()
}

#[test]
fn findings_of_a_chunk_whose_commit_mariadb_did_not_answer() -> Result<()> {
    findings_of_a_chunk_whose_commit_was_not_answered::<Mariadb>()
}

/// A check that is new has not seen the rows that are there, and a table that is left out now would stay half copied:
/// both are refused, with the journal and without it, and what was begun can still be ended.
#[test]
fn other_terms_than_the_copy_was_begun_under() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    scene.in_the_middle_killed()?;
    let chunks = scene.chunks();
    let elsewhere = ["--state-folder", "elsewhere"];
    for other in [
        &["--check", "negative-amounts:booking.amount"][..],
        &["--table", "account"],
        &[
            "--transform",
            "fixed-decimal:booking.weight?scale=9&precision=30",
        ],
    ] {
        for place in [&[][..], &elsewhere] {
            let refused = scene.migration_with(&[other, place].concat()).run()?;
            let refused = report(refused, 1)?;
            expect_error(&refused, "CONF_001");
            assert_eq!(refused["outcome"], "failed", "{refused:#}");
            assert_eq!(scene.chunks(), chunks, "{other:?} touched nothing");
        }
    }
    scene.migration_elsewhere().run()?.expect_code(0);
    scene.expect_exact()
}

/// Killed after the comparison, before the foreign keys; then the source changes. What was compared then says nothing now.
#[test]
fn a_source_that_changed_after_the_comparison() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let scene = Scene::on(&server)?;
    let running = scene.migration().start()?;
    let reached = |stage: &str| {
        let done = |line: &str| line.starts_with(&format!("{stage} ")) && line.contains("done");
        wait_until(stage, PATIENCE, || running.stderr().lines().any(done))
    };
    reached("initial-sync")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut writer = runtime.block_on(PgConnection::connect(&scene.target))?;
    // Lets whoever reads go on, and holds off the foreign key.
    let hold = "BEGIN; LOCK TABLE booking IN ROW EXCLUSIVE MODE";
    runtime.block_on(writer.execute(sqlx::raw_sql(hold)))?;
    reached("validation")?;
    running.signal(Signal::KILL)?;
    assert_eq!(running.wait()?.signal(), Some(9));
    drop(writer);
    let source = scene.source.trim_start_matches("sqlite:");
    sqlite_file(
        source.as_ref(),
        "UPDATE booking SET words = 'other' WHERE id = 77",
    )?;
    let report = report(scene.migration().run()?, 1)?;
    let message = expect_error(&report, "DATA_002");
    assert!(
        message.contains("booking") && message.contains("77"),
        "{message}"
    );
    Ok(())
}

/// A row without a key is known by its number alone, and another row may have that next time.
#[test]
fn a_baseline_does_not_accept_rows_by_their_number() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let path = folder.path().join("source.sqlite");
    let source = sqlite_file(
        &path,
        "CREATE TABLE t (amount REAL); INSERT INTO t VALUES (-1.0)",
    )?;
    let check = [
        "check",
        &source,
        "--check",
        "negative-amounts:t.amount",
        "--format",
        "json",
    ];
    let found = [&check[..], &["--findings", "found.jsonl"]].concat();
    report(folder.limosa(&found).run()?, 1)?;
    let accepted = [&check[..], &["--baseline", "found.jsonl"]].concat();
    let report = report(folder.limosa(&accepted).run()?, 1)?;
    let row = report["checks"][0]["samples"][0]
        .as_object()
        .context("a sample")?;
    assert_eq!(row["key"].to_string(), r#"[{"integer":1}]"#, "{report:#}");
    expect_error(&report, "CHECK_001");
    Ok(())
}
