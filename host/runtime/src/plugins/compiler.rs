//! Compiling a plugin in a process of its own, with an end to its time and memory: a file can be made to take either.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use crate::{Error, Result};

/// Seconds of all processors together; an interpreter of 18 MB takes four, and twenty in a build without optimisation.
const SECONDS: u64 = 240;
/// The same by the clock.
const PATIENCE: Duration = Duration::from_secs(600);
/// Bytes of memory; such an interpreter takes some 600 MB.
const BYTES: u64 = 3 << 30;
/// Bytes of a compiled plugin.
const FILE_BYTES: u64 = 1 << 30;
/// What the compiler may know of this process: where its programs and the user's folder of compiled plugins are.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "XDG_CACHE_HOME"];

/// Has a program compile a plugin, as [`compile`] does; `origin` names it.
pub(super) fn compile_apart(program: &Path, origin: &str, bytes: &[u8]) -> Result<()> {
    let failed = |error| Error::file(format!("run {}", program.display()), error);
    let known = ENVIRONMENT
        .iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut child = Command::new(program)
        .args(["plugin", "compile", origin])
        .env_clear()
        .envs(known)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut input = child.stdin.take();
    // One that does not listen has ended, and says why.
    let sent = input
        .as_mut()
        .map_or(Ok(()), |input| input.write_all(bytes));
    drop(input);
    let status = wait(&mut child).map_err(failed)?;
    let mut said = String::new();
    if let Some(errors) = &mut child.stderr {
        errors
            .take(4_096)
            .read_to_string(&mut said)
            .map_err(failed)?;
    }
    match status {
        Some(status) if status.success() => sent.map_err(failed),
        Some(status) if status.code().is_some() => Err(Error::review(format!(
            "{origin} cannot be compiled: {}",
            said.trim()
        ))),
        _ => Err(Error::review(format!(
            "{origin} cannot be compiled: the compiler needed more than {SECONDS} s or {} MiB, and was ended",
            BYTES >> 20
        ))),
    }
}

/// `None`: it took too long, and was ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Compiles what comes in into the user's folder of compiled plugins. This process takes no more than its share from now on, and
/// ends with the one that started it: for a process that does nothing else.
///
/// # Errors
/// If it is no plugin.
pub fn compile(origin: &str) -> Result<()> {
    let bounding =
        |error: rustix::io::Errno| Error::file("bound what the compiler takes", error.into());
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(bounding)?;
    for (resource, most) in [
        (Resource::Cpu, SECONDS),
        (Resource::Data, BYTES),
        (Resource::Fsize, FILE_BYTES),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(bounding)?;
    }
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::file(format!("read the plugin {origin}"), error))?;
    let runtime = crate::host::runtime(false)?;
    runtime
        .compile(&bytes, origin)
        .map_err(|source| Error::Plugin { source })
}
