//! That a review holds while a run is at work: the lock file is looked at before each batch, and read again when it changed.

use std::sync::Mutex;

use limosa_model::Permit;

use super::lock_file::{LockFile, Stamp};

/// The permission of one plugin of a run.
#[derive(Debug)]
pub(super) struct LockPermit {
    file: LockFile,
    name: String,
    digest: String,
    seen: Mutex<Seen>,
}

/// What the file looked like, and what it said.
#[derive(Debug)]
struct Seen {
    stamp: Option<Stamp>,
    said: Result<(), String>,
}

impl LockPermit {
    /// Of a plugin that was admitted by what the file said when it looked so.
    pub(super) fn new(file: &LockFile, stamp: Option<Stamp>, name: &str, digest: &str) -> Self {
        let seen = Seen {
            stamp,
            said: Ok(()),
        };
        Self {
            file: file.clone(),
            name: name.to_owned(),
            digest: digest.to_owned(),
            seen: Mutex::new(seen),
        }
    }

    fn read(&self) -> Result<(), String> {
        let lock = self.file.read().map_err(|error| error.report().message)?;
        match lock.plugins.get(&self.name) {
            Some(review) => review.admits(&self.digest),
            None => Err(format!(
                "it is not in {} any more",
                self.file.path().display()
            )),
        }
    }
}

impl Permit for LockPermit {
    fn holds(&self) -> Result<(), String> {
        // A thread that panicked here leaves nothing half done: both fields are replaced at once.
        let mut seen = self
            .seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let stamp = self.file.stamp();
        if seen.stamp != stamp {
            *seen = Seen {
                stamp,
                said: self.read(),
            };
        }
        seen.said.clone()
    }
}
