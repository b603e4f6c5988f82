//! Compiling a plugin in a process of its own, with an end to its time and memory: a file can be made to take either.

use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::{Error, Result};

/// Seconds of all processors together; an interpreter of 18 MB takes four, and twenty in a build without optimisation.
const SECONDS: u64 = 240;
/// The same by the clock.
const PATIENCE: Duration = Duration::from_secs(600);
/// Bytes of memory; such an interpreter takes some 600 MB.
const BYTES: u64 = 3 << 30;
/// Bytes of a compiled plugin.
const FILE_BYTES: u64 = 1 << 30;
/// Bytes of its last words that are shown.
const WORDS: u64 = 4_096;
/// What the compiler may know of this process: where its programs and the user's folder of compiled plugins are.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "XDG_CACHE_HOME"];

/// Has a program compile a plugin, as [`compile`] does; `origin` names it. What it would take more than its share for ends there, so that whoever
/// loads it afterwards is not held up by it.
///
/// # Errors
/// If it cannot be compiled, or takes more time or memory than a plugin may.
pub fn compile_apart(program: &Path, origin: &str, bytes: &[u8]) -> Result<()> {
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
    // Meanwhile, lest it waits until somebody listens.
    let words = child
        .stderr
        .take()
        .map(|errors| thread::spawn(|| last_words(errors)));
    let mut input = child.stdin.take();
    // One that does not listen has ended, and says why.
    let sent = input
        .as_mut()
        .map_or(Ok(()), |input| input.write_all(bytes));
    drop(input);
    let status = wait(&mut child).map_err(failed)?;
    let said = words.and_then(|words| words.join().ok());
    let said = said.transpose().map_err(failed)?.unwrap_or_default();
    match status {
        Some(status) if status.success() => sent.map_err(failed),
        Some(status) if status.code().is_some() => Err(Error::review(format!(
            "{origin} cannot be compiled: {}",
            said.trim()
        ))),
        _ => Err(Error::review(format!(
            "{origin} cannot be compiled: the compiler needed more than {} s or {} MiB, and was ended",
            most(Resource::Cpu, SECONDS),
            most(Resource::Data, BYTES) >> 20
        ))),
    }
}

/// As much of them as is shown.
fn last_words(mut errors: impl Read) -> io::Result<String> {
    let mut said = Vec::new();
    errors.by_ref().take(WORDS).read_to_end(&mut said)?;
    io::copy(&mut errors, &mut io::sink())?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// No more than this process has itself, which nobody may raise.
fn most(resource: Resource, wanted: u64) -> u64 {
    getrlimit(resource)
        .maximum
        .map_or(wanted, |own| own.min(wanted))
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
    for (resource, wanted) in [
        (Resource::Cpu, SECONDS),
        (Resource::Data, BYTES),
        (Resource::Fsize, FILE_BYTES),
        (Resource::Core, 0),
    ] {
        let most = most(resource, wanted);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_cut_anywhere() {
        let said = last_words(&b"\xc3".repeat(100_000)[..]).unwrap();
        assert_eq!(said, "\u{fffd}".repeat(4_096));
    }

    #[test]
    fn nobody_gets_more_than_this_process_has() {
        let own = getrlimit(Resource::Nofile).maximum.unwrap();
        assert_eq!(most(Resource::Nofile, own + 1), own);
        assert_eq!(most(Resource::Nofile, 1), 1);
    }
}
