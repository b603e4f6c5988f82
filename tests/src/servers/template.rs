//! A data folder made once per server version and user, and copied at each start: 0.06 s instead of 0.6 s.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::process::Account;
use super::server::Engine;
use crate::target_folder;

/// Counts when what is in a template changes, so that old ones are not used.
const VERSION: u32 = 1;

/// A data folder and the password that is set in it.
#[derive(Debug)]
pub(super) struct Template {
    folder: PathBuf,
}

impl Template {
    /// Takes the template under cargo's target folder, after making it if need be.
    pub(super) fn find_or_make<E: Engine>(engine: &E, account: &Account) -> Result<Self> {
        Self::find_or_make_in(&target_folder().join("test-servers"), engine, account)
    }

    /// Two processes may do this at once: each makes its own, and the first rename wins.
    pub(super) fn find_or_make_in<E: Engine>(
        cache: &Path,
        engine: &E,
        account: &Account,
    ) -> Result<Self> {
        let version = version_of(engine.server())?;
        let folder = cache.join(format!(
            "{}-{version}-user{}-{VERSION}",
            E::NAME,
            account.number()
        ));
        if folder.is_dir() {
            return Ok(Self { folder });
        }
        // The password lies in there: for us alone.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(cache)?;
        // Made in the temporary folder: the server's user may not be allowed to walk to the checkout.
        let password = random_password()?;
        let make = || -> Result<Workshop> {
            let workshop = Workshop(account.folder(&format!("limosa-{}-template-", E::NAME))?);
            engine.initialise(&workshop.0, account, &password)?;
            Ok(workshop)
        };
        // Debian's installer of MariaDB has failed once in many runs beside another, without a reason in its log; what is tested
        // here is not the installer. Twice in a row is a failure.
        let workshop = make().or_else(|_| make())?;
        let staging = tempfile::Builder::new()
            .prefix(".making-")
            .tempdir_in(cache)?;
        copy(&workshop.0.join("data"), staging.path())?;
        let secret = staging.path().join("password");
        fs::write(&secret, password)?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))?;
        match fs::rename(staging.path(), &folder) {
            Ok(()) => drop(staging.keep()),
            // Another process was first.
            Err(_) if folder.is_dir() => {}
            Err(error) => {
                return Err(error).with_context(|| format!("keeping {}", folder.display()));
            }
        }
        Ok(Self { folder })
    }

    /// Puts a copy of the data folder under `home`.
    pub(super) fn copy_to(&self, home: &Path) -> Result<()> {
        copy(&self.folder.join("data"), home)
    }

    /// The password of the only user.
    pub(super) fn password(&self) -> Result<String> {
        let path = self.folder.join("password");
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }
}

/// Removes the folder, which belongs to the server's user, when the template is made or not.
struct Workshop(PathBuf);

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a program of the server to its end; its output is shown only if it fails.
pub(super) fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed ({}):\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Copies a folder into another with owners and modes, and without its blocks where the file system can share them.
fn copy(from: &Path, into: &Path) -> Result<()> {
    run(Command::new("cp")
        .args(["-a", "--reflink=auto"])
        .arg(from)
        .arg(into))
}

/// The digits and dots of `--version`.
fn version_of(server: &Path) -> Result<String> {
    let output = Command::new(server)
        .arg("--version")
        .output()
        .with_context(|| format!("asking {} for its version", server.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .map(|word| {
            word.split(|c: char| !c.is_ascii_digit() && c != '.')
                .next()
                .unwrap_or_default()
        })
        .find(|word| word.contains('.'))
        .map(str::to_owned)
        .with_context(|| format!("no version in {text:?}"))
}

/// Not a fixed one: whoever may log in to PostgreSQL as its superuser may run programs as the server's user.
fn random_password() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().fold("secret".to_owned(), |text, byte| {
        format!("{text}{byte:02x}")
    }))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{Mariadb, Postgres};

    fn make_twice_at_once<E: Engine>() -> Result<()> {
        let cache = tempfile::tempdir()?;
        let engine = E::find()?;
        let account = Account::for_server(E::ACCOUNT)?;
        let make = || Template::find_or_make_in(cache.path(), &engine, &account)?.password();
        thread::scope(|scope| {
            let other = scope.spawn(make);
            let mine = make()?;
            assert_eq!(
                mine,
                other.join().expect("no panic")?,
                "both use the one that was first"
            );
            anyhow::Ok(())
        })?;
        assert_eq!(
            fs::read_dir(cache.path())?.count(),
            1,
            "nothing else is left"
        );
        Ok(())
    }

    #[test]
    fn two_makers_of_a_postgres_template_do_not_clash() -> Result<()> {
        make_twice_at_once::<Postgres>()
    }

    #[test]
    fn two_makers_of_a_mariadb_template_do_not_clash() -> Result<()> {
        make_twice_at_once::<Mariadb>()
    }
}
