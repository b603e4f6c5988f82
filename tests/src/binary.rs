//! Runs the binary `limosa` as a person would: clean environment, folder of its own, output and exit code kept, a deadline.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::data::{profile_folder, target_folder};

/// Long enough for a loaded machine; a run that takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// A temporary folder to run the binary in; removed at the end of the test.
#[derive(Debug)]
pub struct WorkingFolder {
    folder: TempDir,
    runs: AtomicU32,
}

impl WorkingFolder {
    /// Makes an empty one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("limosa-test-").tempdir()?;
        // Beside `work`, so that tests can count the files that a run leaves.
        for name in ["work", "home", "output"] {
            fs::create_dir(folder.path().join(name))?;
        }
        Ok(Self {
            folder,
            runs: AtomicU32::new(0),
        })
    }

    /// Where the binary runs.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file to run with, `limosa.toml` say, and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path().join(name);
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// What `limosa plugin inspect` says of a file of this folder.
    fn facts(&self, file: &str) -> Result<serde_json::Value> {
        let inspect = ["plugin", "inspect", file, "--format", "json"];
        self.limosa(inspect).run()?.expect_code(0).json()
    }

    /// The digest of a plugin, as somebody reads it who reviews the file.
    pub fn digest(&self, file: &str) -> Result<String> {
        let facts = self.facts(file)?;
        Ok(facts["digest"].as_str().context("the digest")?.to_owned())
    }

    /// Installs a plugin of this folder as somebody does who has read its digest, in place of any of its name before.
    pub fn install(&self, file: &str, places: &[&str]) -> Result<()> {
        let facts = self.facts(file)?;
        let digest = facts["digest"].as_str().context("the digest")?;
        let name = facts["manifest"]["name"].as_str().context("the name")?;
        if self.path().join("limosa.lock").exists() {
            self.limosa(["plugin", "remove", name]).run()?;
        }
        let mut install = vec![
            "plugin",
            "install",
            file,
            "--sha256",
            digest,
            "--reason",
            "a test",
            // The guests of tests report whatever shows what the test is about.
            "--allow-unsteady",
        ];
        install.extend(places.iter().flat_map(|place| ["--bind", place]));
        self.limosa(install).run()?.expect_code(0);
        Ok(())
    }

    /// Prepares a run of the binary.
    pub fn limosa<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Program {
        let output = self.folder.path().join("output");
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        Program {
            arguments: arguments
                .into_iter()
                .map(|a| a.as_ref().to_owned())
                .collect(),
            environment: vec![
                ("HOME".into(), self.folder.path().join("home").into()),
                // Shared: most tests are not about the compiler.
                (
                    "XDG_CACHE_HOME".into(),
                    target_folder().join("tests").into(),
                ),
            ],
            work: self.path(),
            stdout: output.join(format!("{number}.stdout")),
            stderr: output.join(format!("{number}.stderr")),
            limit: TIME_LIMIT,
            processor_seconds: None,
        }
    }
}

/// A run that has not begun.
#[derive(Debug)]
pub struct Program {
    arguments: Vec<std::ffi::OsString>,
    environment: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    work: PathBuf,
    stdout: PathBuf,
    stderr: PathBuf,
    limit: Duration,
    processor_seconds: Option<u32>,
}

impl Program {
    /// Sets a variable in the otherwise clean environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Kills the run after this long.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Lets it, and each program that it starts, take no more of the processors than this, as a user may have set.
    #[must_use]
    pub fn processor_seconds(mut self, seconds: u32) -> Self {
        self.processor_seconds = Some(seconds);
        self
    }

    /// Runs to the end; that it failed is for the test to judge, that it took too long is an error.
    pub fn run(self) -> Result<Outcome> {
        self.start()?.wait()
    }

    /// Starts it, for tests that stop, kill or watch it.
    pub fn start(self) -> Result<Running> {
        self.start_program(&binary()?)
    }

    fn start_program(self, program: &Path) -> Result<Running> {
        let mut command = match self.processor_seconds {
            None => Command::new(program),
            Some(seconds) => {
                let mut shell = Command::new("/bin/sh");
                let script = format!("ulimit -t {seconds} && exec \"$0\" \"$@\"");
                shell.args(["-c", &script]).arg(program);
                shell
            }
        };
        let child = command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", env::temp_dir())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.work)
            .stdin(Stdio::null())
            // Files, not pipes: nothing blocks, and a test may look at them while it runs.
            .stdout(File::create(&self.stdout)?)
            .stderr(File::create(&self.stderr)?)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Running {
            begin: Instant::now(),
            child,
            program: self,
        })
    }
}

/// A run under way; killed when dropped.
#[derive(Debug)]
pub struct Running {
    program: Program,
    child: Child,
    begin: Instant,
}

impl Running {
    /// Sends a signal, `Signal::KILL` or `Signal::STOP` say.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// The process's number.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        text(&self.program.stdout)
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.program.stderr)
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Result<Outcome> {
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if self.begin.elapsed() > self.program.limit {
                bail!(
                    "limosa {:?} still ran after {:?}\nstdout:\n{}\nstderr:\n{}",
                    self.program.arguments,
                    self.program.limit,
                    self.stdout(),
                    self.stderr()
                );
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ok(Outcome {
            command: format!("limosa {:?}", self.program.arguments),
            status,
            stdout: self.stdout(),
            stderr: self.stderr(),
            elapsed: self.begin.elapsed(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    command: String,
    status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// From start to end.
    pub elapsed: Duration,
}

impl Outcome {
    /// The exit code; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Fails the test with everything that was written unless the exit code is this one.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code(),
            Some(code),
            "{} ended with {}\nstdout:\n{}\nstderr:\n{}",
            self.command,
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.stdout).with_context(|| {
            format!(
                "{} wrote no JSON document:\n{}\nstderr:\n{}",
                self.command, self.stdout, self.stderr
            )
        })
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// The binary beside the running tests, or what `LIMOSA_BINARY` names.
///
/// Cargo knows no way to say that a test needs another package's binary; one older than its sources would pass tests that it should fail.
fn binary() -> Result<PathBuf> {
    if let Some(named) = env::var_os("LIMOSA_BINARY") {
        return Ok(named.into());
    }
    let binary = profile_folder().join("limosa");
    let Ok(built) = binary.metadata().and_then(|data| data.modified()) else {
        bail!(
            "{} is not built: run `cargo build -p limosa-cli`, or `make test`, which does",
            binary.display()
        );
    };
    let sources = fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    for source in dependencies(&sources) {
        if fs::metadata(&source)
            .and_then(|data| data.modified())
            .is_ok_and(|changed| changed > built)
        {
            bail!(
                "{} is older than {}: run `cargo build -p limosa-cli`",
                binary.display(),
                source.display()
            );
        }
    }
    Ok(binary)
}

/// The files in cargo's `binary: source source …`, where a space within a name stands behind a backslash.
fn dependencies(line: &str) -> Vec<PathBuf> {
    let (_, sources) = line.split_once(": ").unwrap_or_default();
    sources
        .replace("\\ ", "\0")
        .split_whitespace()
        .map(|source| PathBuf::from(source.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &WorkingFolder, script: &str) -> Program {
        folder.limosa(["-c", script])
    }

    #[test]
    fn output_code_and_environment_are_those_of_the_program() -> Result<()> {
        let folder = WorkingFolder::new()?;
        let program = shell(&folder, "echo $NAME$CARGO_MANIFEST_DIR; pwd >&2; exit 3")
            .environment("NAME", "godwit");
        let outcome = program
            .start_program("/bin/sh".as_ref())?
            .wait()?
            .expect_code(3);
        assert_eq!(outcome.stdout, "godwit\n", "nothing of cargo's environment");
        assert_eq!(
            Path::new(outcome.stderr.trim_end()),
            folder.path().canonicalize()?
        );
        Ok(())
    }

    #[test]
    fn a_run_past_its_limit_is_killed() -> Result<()> {
        let folder = WorkingFolder::new()?;
        let running = shell(&folder, "echo begun; exec sleep 100")
            .limit(Duration::from_millis(300))
            .start_program("/bin/sh".as_ref())?;
        let process = format!("/proc/{}", running.process_id());
        let error = running.wait().expect_err("it never ends");
        assert!(error.to_string().contains("begun"), "{error}");
        assert!(!Path::new(&process).exists());
        Ok(())
    }

    #[test]
    fn a_signal_reaches_the_run() -> Result<()> {
        let folder = WorkingFolder::new()?;
        let running = shell(&folder, "exec sleep 100").start_program("/bin/sh".as_ref())?;
        running.signal(Signal::KILL)?;
        let outcome = running.wait()?;
        assert_eq!((outcome.code(), outcome.signal()), (None, Some(9)));
        Ok(())
    }

    #[test]
    fn cargo_names_sources_with_spaces() {
        let found = dependencies("/t/limosa: /a/main.rs /b\\ c/lib.rs\n");
        assert_eq!(
            found,
            [PathBuf::from("/a/main.rs"), PathBuf::from("/b c/lib.rs")]
        );
    }
}
