//! The throwaway servers themselves: they start, refuse, crash, come back, and leave nothing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::{Engine, Mariadb, Options, Postgres, Server, block_on, wait_until};

/// Writes its server's folder to the file that this names, and waits to be killed.
const HOLDER: &str = "LIMOSA_TESTS_HOLD_SERVER";

fn two_at_once_are_strangers<E: Engine>() -> Result<()> {
    let (one, other) = (Server::<E>::start()?, Server::<E>::start()?);
    assert_ne!(one.port(), other.port());
    let url = one.create_database("Music Shop")?;
    block_on(E::execute(
        &url,
        "CREATE TABLE t (a INT); INSERT INTO t VALUES (1)",
    ))?;
    assert!(
        other.execute("Music Shop", "SELECT 1").is_err(),
        "a database of one only"
    );
    Ok(())
}

fn a_wrong_password_is_refused<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    for (user, password) in [
        ("limosa", "wrong"),
        ("limosa", ""),
        ("nobody", server.password()),
        ("root", ""),
    ] {
        let url = server.url_as(user, password, E::FIRST_DATABASE);
        assert!(
            block_on(E::execute(&url, "SELECT 1")).is_err(),
            "{user} with {password:?}"
        );
    }
    Ok(())
}

fn a_killed_server_comes_back_with_what_was_committed<E: Engine>() -> Result<()> {
    let mut server = Server::<E>::start_with(Options::default().durable())?;
    let url = server.create_database("d")?;
    server.execute(
        "d",
        "CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
    )?;
    server.kill()?;
    assert!(
        block_on(E::execute(&url, "SELECT 1")).is_err(),
        "nothing answers"
    );
    assert!(server.kill().is_err(), "it is dead already");
    server.restart()?;
    // Fails if a row 1 is not there, and if a second row 1 is let in.
    block_on(E::execute(
        &url,
        "INSERT INTO t SELECT a + 2 FROM t; DELETE FROM t WHERE a = 1",
    ))?;
    assert!(block_on(E::execute(&url, "INSERT INTO t VALUES (4)")).is_err());
    Ok(())
}

fn settings_reach_the_server<E: Engine>(setting: (&str, &str), fails: &str) -> Result<()> {
    let usual = Server::<E>::shared()?;
    assert!(usual.execute(E::FIRST_DATABASE, fails).is_err());
    let lax = Server::<E>::start_with(Options::default().setting(setting.0, setting.1))?;
    lax.execute(E::FIRST_DATABASE, fails)
}

fn a_setting_that_is_wrong_shows_the_log<E: Engine>() -> Result<()> {
    let error = Server::<E>::start_with(Options::default().setting("no_such_setting", "1"));
    let message = error.err().context("it must not start")?.to_string();
    assert!(
        message.contains("no_such_setting") || message.contains("no-such-setting"),
        "{message}"
    );
    Ok(())
}

fn nothing_is_left<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    let (home, process) = (
        server.home().to_path_buf(),
        server.process_id().context("it runs")?,
    );
    assert!(home.is_dir() && runs(process));
    drop(server);
    assert!(!home.exists() && !runs(process));

    let mut killed = Server::<E>::start()?;
    let home = killed.home().to_path_buf();
    killed.kill()?;
    drop(killed);
    assert!(!home.exists(), "also after a kill");

    let home = std::thread::spawn(|| {
        let server = Server::<E>::start().expect("a server");
        std::panic::panic_any(server.home().to_path_buf());
    });
    let home = home.join().expect_err("it panics");
    let home = home.downcast::<PathBuf>().ok().context("the folder")?;
    assert!(!home.exists(), "also after a panic");
    Ok(())
}

fn runs(process: u32) -> bool {
    fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// Runs this very test again in a process of its own, kills that, and looks what is left.
fn nothing_outlives_a_killed_test<E: Engine>(test: &str) -> Result<()> {
    if let Some(answer) = env::var_os(HOLDER) {
        let server = Server::<E>::start()?;
        let state = format!(
            "{}\n{}",
            server.process_id().context("it runs")?,
            server.home().display()
        );
        fs::write(Path::new(&answer).with_extension("new"), state)?;
        fs::rename(Path::new(&answer).with_extension("new"), answer)?;
        std::thread::sleep(Duration::from_secs(120));
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let answer = folder.path().join("answer");
    let mut holder = Command::new(env::current_exe()?)
        .args(["--exact", test])
        .env(HOLDER, &answer)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let started = wait_until(
        "the other test's server starts",
        Duration::from_secs(60),
        || answer.exists(),
    );
    holder.kill()?;
    holder.wait()?;
    started?;
    let state = fs::read_to_string(&answer)?;
    let (process, home) = state.split_once('\n').context("two lines")?;
    let process = process.parse()?;
    wait_until(
        "its server ends and its folder goes",
        Duration::from_secs(20),
        || !runs(process) && !Path::new(home).exists(),
    )
}

/// The same behaviour of each server.
macro_rules! for_each_server {
    ($($module:ident $engine:ty, $setting:expr, $fails:literal;)*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn two_at_once_are_strangers() -> Result<()> {
                super::two_at_once_are_strangers::<$engine>()
            }

            #[test]
            fn a_wrong_password_is_refused() -> Result<()> {
                super::a_wrong_password_is_refused::<$engine>()
            }

            #[test]
            fn a_killed_server_comes_back_with_what_was_committed() -> Result<()> {
                super::a_killed_server_comes_back_with_what_was_committed::<$engine>()
            }

            #[test]
            fn settings_reach_the_server() -> Result<()> {
                super::settings_reach_the_server::<$engine>($setting, $fails)
            }

            #[test]
            fn a_setting_that_is_wrong_shows_the_log() -> Result<()> {
                super::a_setting_that_is_wrong_shows_the_log::<$engine>()
            }

            #[test]
            fn nothing_is_left() -> Result<()> {
                super::nothing_is_left::<$engine>()
            }

            #[test]
            fn nothing_outlives_a_killed_test() -> Result<()> {
                super::nothing_outlives_a_killed_test::<$engine>(
                    concat!("servers::", stringify!($module), "::nothing_outlives_a_killed_test"),
                )
            }
        }
    )*};
}

for_each_server! {
    postgres Postgres, ("quote_all_identifiers", "on"),
        "DO $$ BEGIN ASSERT current_setting('quote_all_identifiers') = 'on'; END $$";
    mariadb Mariadb, ("sql_mode", ""),
        "CREATE DATABASE lax; CREATE TABLE lax.t (a VARCHAR(2)); INSERT INTO lax.t VALUES ('too long')";
}
