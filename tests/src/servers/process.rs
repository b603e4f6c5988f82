//! The processes and folders of a server: whom it runs as, how it dies at once, and who cleans up after a killed test.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::wait_until;

/// A Unix socket's path has 107 bytes at most; a longer temporary folder would not leave room for ours.
const MAX_FOLDER_LENGTH: usize = 60;
/// Below the ports that the kernel gives to outgoing connections, so that none takes a killed server's port before its restart.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The user that a server runs as.
#[derive(Clone, Debug)]
pub struct Account {
    /// Only when the tests run as root; otherwise the server runs as whoever runs them.
    change: Option<(u32, u32)>,
}

impl Account {
    /// The user `name` when we are root, since no server runs as root; ourselves otherwise.
    pub(super) fn for_server(name: &str) -> Result<Self> {
        if !getuid().is_root() {
            return Ok(Self { change: None });
        }
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let change = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&name))
            .and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)));
        if change.is_none() {
            bail!(
                "there is no user `{name}` for the test server to run as (root may not): run `tests/prepare`"
            );
        }
        Ok(Self { change })
    }

    /// The user's number, which tells apart what different users made.
    pub(super) fn number(&self) -> u32 {
        self.change
            .map_or_else(|| getuid().as_raw(), |(user, _)| user)
    }

    /// Makes the command run as this user.
    pub(super) fn apply(&self, command: &mut Command) {
        // A group of its own, so that Ctrl-C reaches the tests and not the server under them.
        command.process_group(0);
        if let Some((user, group)) = self.change {
            command.uid(user).gid(group);
        }
    }

    /// Makes a temporary folder that this user may walk through.
    pub(super) fn folder(&self, prefix: &str) -> Result<PathBuf> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() > MAX_FOLDER_LENGTH {
            parent = PathBuf::from("/tmp");
        }
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(&parent)
            .with_context(|| format!("making a folder in {}", parent.display()))?
            .keep();
        let mode = if self.change.is_some() { 0o711 } else { 0o700 };
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode))?;
        // Servers tell their folder with links resolved.
        Ok(folder.canonicalize()?)
    }

    /// Makes a folder that only this user may use.
    pub(super) fn subfolder(&self, parent: &Path, name: &str) -> Result<PathBuf> {
        let folder = parent.join(name);
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        self.give(&folder)?;
        Ok(folder)
    }

    /// Writes a file that only this user may read.
    pub(super) fn secret_file(&self, path: &Path, text: &str) -> Result<()> {
        fs::write(path, "")?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        fs::write(path, text)?;
        self.give(path)
    }

    fn give(&self, path: &Path) -> Result<()> {
        if let Some((user, group)) = self.change {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("giving away {}", path.display()))?;
        }
        Ok(())
    }
}

/// A shell that outlives this process just long enough to clean up.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Watches over a server's folder from before the server runs.
    pub(super) fn start(folder: &Path, signal: &str) -> Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", include_str!("watchdog.sh"), "limosa-watchdog"])
            .args([folder.as_os_str(), signal.as_ref()])
            .current_dir("/")
            // A test runner kills the test's group; the watchdog must survive that.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the watchdog")?;
        Ok(Self { shell })
    }

    /// Lets it clean up, and waits until it has.
    pub(super) fn end(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// When a start fails before there is a server to drop.
impl Drop for Watchdog {
    fn drop(&mut self) {
        self.end();
    }
}

/// SIGKILL to a process and its children as if at one instant.
pub(super) fn kill_family(parent: &mut Child) -> Result<()> {
    // A stopped parent starts no child and collects none, so each number stays its child's.
    kill_process(Pid::from_child(parent), Signal::STOP)?;
    let list = format!("/proc/{0}/task/{0}/children", parent.id());
    let children: Vec<i32> = fs::read_to_string(&list)
        .with_context(|| format!("reading {list}"))?
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    for child in children.iter().filter_map(|number| Pid::from_raw(*number)) {
        kill_process(child, Signal::KILL)?;
    }
    parent.kill()?;
    parent.wait()?;
    // A restart is refused while a child still holds the shared memory. The command line of a dead process is empty.
    wait_until("the server's children end", Duration::from_secs(10), || {
        children.iter().all(|number| {
            fs::read(format!("/proc/{number}/cmdline")).is_ok_and(|line| line.is_empty())
                || !Path::new(&format!("/proc/{number}")).exists()
        })
    })
}

/// A port on 127.0.0.1 where nothing listens at this moment.
pub(super) fn free_port() -> Result<u16> {
    let nanoseconds = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .subsec_nanos();
    let mut seed = u64::from(nanoseconds) ^ (u64::from(std::process::id()) << 20);
    for _ in 0..1_000 {
        // Scattered, so that tests that start together do not try the same ports in the same order.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let offset = (seed >> 33) % u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(offset)?;
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).context("looking for a free port"),
        }
    }
    bail!("no port between {} and {} is free", PORTS.start, PORTS.end)
}
