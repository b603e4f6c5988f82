//! Two hosts for one migration: at once, or one asleep while the other takes over. Only one ever writes.

use anyhow::Result;
use limosa_tests::{Engine, Mariadb, Postgres, Program, Relay, Running, Server, wait_until};
use rustix::process::Signal;
use serde_json::Value;

use super::scene::{PATIENCE, Scene, expect_error, report};

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

/// The answer to a commit never comes, and then the host does not either: what the session locked must not outlast the lease.
fn frozen_at_a_commit<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    let relay = Relay::to(server.port())?;
    let scene = Scene::by(&server, &relay)?;
    let running = scene.in_the_middle()?;
    relay.stall_at("COMMIT");
    wait_until("a commit", PATIENCE, || relay.has_stalled())?;
    a_frozen_host_is_taken_over(&scene, running, scene.migration_elsewhere())
}

#[test]
fn a_host_frozen_at_a_commit_to_postgres() -> Result<()> {
    frozen_at_a_commit::<Postgres>()
}

#[test]
fn a_host_frozen_at_a_commit_to_mariadb() -> Result<()> {
    frozen_at_a_commit::<Mariadb>()
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
