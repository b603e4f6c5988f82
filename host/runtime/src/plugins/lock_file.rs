//! The file `limosa.lock`: read for every run, written by an install alone.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use limosa_model::digest;
use limosa_plugin::{Facts, LOCK_FOLDER, Lock, Review, inspect, interfaces, told};
use rustix::fs::FlockOperation;

use super::file::read;
use crate::built_in::{built_in, built_in_names};
use crate::whole_file::{folder_of, write_whole};
use crate::{Error, Result};

/// What a file looked like: its number, size and time of change.
pub(super) type Stamp = (u64, u64, i64, i64);

/// A lock file, wherever it is or will be.
#[derive(Clone, Debug, Default)]
pub struct LockFile {
    path: PathBuf,
}

impl LockFile {
    /// At this path; it need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says. Where there is no file, the plugins inside the program are all that was ever reviewed: by those who made it.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn read(&self) -> Result<Lock> {
        self.read_stamped().map(|(lock, _)| lock)
    }

    /// The same, with what the file looked like at that moment or before.
    pub(super) fn read_stamped(&self) -> Result<(Lock, Option<Stamp>)> {
        let stamp = self.stamp();
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            // A link that leads nowhere is a file that should be there.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && fs::symlink_metadata(&self.path).is_err() =>
            {
                return Ok((shipped()?, stamp));
            }
            Err(error) => return Err(self.failed("read", error)),
        };
        let lock = Lock::parse(&text).map_err(|reason| {
            let path = self.path.display();
            Error::configuration(format!("{path} cannot be understood: {reason}"))
        })?;
        Ok((lock, stamp))
    }

    /// What the file looks like; `None`: there is none. Each write makes a new file in the old one's place.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some((
            metadata.ino(),
            metadata.len(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        ))
    }

    /// Changes it, whole or not at all, while nobody else does: two installs at once both stand in it in the end.
    ///
    /// # Errors
    /// What `change` says, or if it cannot be read or written.
    pub fn change<T>(&self, change: impl FnOnce(&mut Lock) -> Result<T>) -> Result<T> {
        // A link stays one, and what it leads to is changed.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = folder_of(&path);
        let held = File::open(folder).map_err(|error| self.failed("lock", error))?;
        rustix::fs::flock(&held, FlockOperation::LockExclusive)
            .map_err(|error| self.failed("lock", error.into()))?;
        let mut lock = self.read()?;
        let made = change(&mut lock)?;
        let text = lock.text().map_err(|message| Error::Internal { message })?;
        // What could not be read again would stop every run.
        if Lock::parse(&text).as_ref() != Ok(&lock) {
            let reason = Lock::parse(&text).err().unwrap_or_default();
            let path = self.path.display();
            return Err(Error::review(format!(
                "nothing is written into {path}, which could not be understood afterwards: {reason}"
            )));
        }
        write_whole(&path, text.as_bytes()).map_err(|error| self.failed("write", error))?;
        Ok(made)
    }

    /// The file of a review; none: it is inside the program.
    pub(crate) fn place_of(&self, review: &Review) -> Option<PathBuf> {
        let file = review.file.as_ref()?;
        Some(folder_of(&self.path).join(file))
    }

    /// Puts a plugin beside the lock file, and answers with its place from there.
    pub(crate) fn keep(&self, facts: &Facts, bytes: &[u8]) -> Result<String> {
        let (manifest, digest) = (&facts.manifest, &facts.digest[..12]);
        // Of another file of the same version it is another file.
        let name = format!("{}-{}-{digest}.wasm", manifest.name, manifest.version);
        let folder = folder_of(&self.path).join(LOCK_FOLDER);
        let path = folder.join(&name);
        fs::create_dir_all(&folder)
            .and_then(|()| write_whole(&path, bytes))
            .map_err(|error| Error::file(format!("write {}", path.display()), error))?;
        Ok(format!("{LOCK_FOLDER}/{name}"))
    }

    /// Removes the file of a review that stands in the lock no more, if it is still the one that was reviewed.
    pub(super) fn let_go(&self, review: &Review) -> Result<()> {
        let Some(path) = self.place_of(review).filter(|path| path.exists()) else {
            return Ok(());
        };
        let is_shared = |other: &Review| other.file == review.file;
        if self.read()?.plugins.values().any(is_shared) || digest(&read(&path)?) != review.digest {
            return Ok(());
        }
        fs::remove_file(&path)
            .map_err(|error| Error::file(format!("remove {}", path.display()), error))
    }

    fn failed(&self, operation: &str, error: std::io::Error) -> Error {
        Error::file(format!("{operation} {}", self.path.display()), error)
    }
}

/// The plugins inside the program, reviewed by those who made it.
fn shipped() -> Result<Lock> {
    let mut lock = Lock::default();
    for name in built_in_names() {
        let bytes = built_in(name).unwrap_or_default();
        let facts = inspect(bytes, name).map_err(|source| Error::Plugin { source })?;
        let review = Review {
            version: facts.manifest.version.clone(),
            digest: facts.digest.clone(),
            file: None,
            signer: None,
            reviewer: "limosa".into(),
            reviewed: String::new(),
            reason: format!("comes inside limosa {}", env!("CARGO_PKG_VERSION")),
            interfaces: interfaces(&facts),
            anywhere: true,
            grants: Vec::new(),
            revoked: None,
            steadiness: None,
            says: told(&facts),
        };
        lock.plugins.insert(name.to_owned(), review);
    }
    Ok(lock)
}
