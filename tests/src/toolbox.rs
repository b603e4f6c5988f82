//! The tools that plugins in other languages are built with, where `tests/prepare` laid them out.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::{env, iter};

use anyhow::{Context as _, Result};

use crate::binary::{Program, WorkingFolder};
use crate::data::{checkout, profile_folder, target_folder};

/// The tools, as the environment of a process names them.
#[derive(Debug)]
pub struct Toolbox;

impl Toolbox {
    /// The binary, with the tools at hand. A build in an interpreted language takes its time where nothing is optimised.
    pub fn lent(program: Program) -> Program {
        let program = program.limit(std::time::Duration::from_secs(240));
        variables()
            .into_iter()
            .fold(program, |program, (name, value)| {
                program.environment(name, value)
            })
    }

    /// The same for any other command, with the binary on its path and a home of its own.
    pub fn lay_out(command: &mut Command, folder: &WorkingFolder) -> Result<()> {
        let path = env::var_os("PATH").context("PATH")?;
        let path = env::join_paths(iter::once(profile_folder()).chain(env::split_paths(&path)))?;
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder.path())
            .env("XDG_CACHE_HOME", target_folder().join("tests"));
        for (name, value) in variables() {
            command.env(name, value);
        }
        Ok(())
    }
}

fn variables() -> Vec<(&'static str, OsString)> {
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let named =
        |name: &str, default: &str| env::var_os(name).unwrap_or_else(|| home.join(default).into());
    let cache = PathBuf::from(named("XDG_CACHE_HOME", ".cache"));
    let tools = env::var_os("LIMOSA_TOOLS");
    vec![
        (
            "LIMOSA_TOOLS",
            tools.unwrap_or_else(|| cache.join("limosa/tools").into()),
        ),
        // cargo and rustup are the user's; what they build is shared with the first-party plugins.
        ("CARGO_HOME", named("CARGO_HOME", ".cargo")),
        ("RUSTUP_HOME", named("RUSTUP_HOME", ".rustup")),
        ("CARGO_TARGET_DIR", checkout().join("target/wasm").into()),
    ]
}
