//! Which plugin a binding means, and that it may run there: asked for every run.

use std::path::Path;
use std::sync::Arc;

use limosa_model::{CheckBinding, digest};
use limosa_plugin::{Admitted, Lock, Plugin, Review, Runtime};

use super::file::read;
use super::lock_file::{LockFile, Stamp};
use super::permit::LockPermit;
use crate::built_in::built_in;
use crate::configuration::is_path;
use crate::{Error, Result};

/// The reviews that hold, and where they stand.
pub(crate) struct Admission<'a> {
    file: &'a LockFile,
    lock: Lock,
    /// What the file looked like then, or before.
    stamp: Option<Stamp>,
    runtime: &'a Runtime,
}

impl<'a> Admission<'a> {
    pub(crate) fn new(file: &'a LockFile, runtime: &'a Runtime) -> Result<Self> {
        let (lock, stamp) = file.read_stamped()?;
        Ok(Self {
            file,
            lock,
            stamp,
            runtime,
        })
    }

    /// The plugin of a binding, with what its review grants and no more.
    pub(crate) fn admit(&self, binding: &CheckBinding) -> Result<Arc<Plugin>> {
        let name = binding.plugin.as_str();
        let (bytes, reviewed, review) = if is_path(name) {
            self.by_path(name)?
        } else {
            self.by_name(name)?
        };
        let refused = |reason| Error::review(format!("the plugin {name} may not run: {reason}"));
        // What differs is told as that, whatever it says of itself.
        review.admits(&digest(&bytes)).map_err(refused)?;
        let facts =
            limosa_plugin::inspect(&bytes, name).map_err(|source| Error::Plugin { source })?;
        review.names(reviewed, &facts.manifest).map_err(refused)?;
        // Before it is started, if only to try it.
        review.permits(&facts.manifest, binding).map_err(refused)?;
        let permit = LockPermit::new(self.file, self.stamp, reviewed, &facts.digest);
        let admitted = Admitted {
            interfaces: review.interfaces.clone(),
            permit: Some(Arc::new(permit)),
        };
        self.runtime
            .load_with(&bytes, name, Some(admitted))
            .map_err(|source| Error::Plugin { source })
    }

    /// The bytes, with their review and the name that it has there.
    fn by_path(&self, path: &str) -> Result<(Vec<u8>, &str, &Review)> {
        let bytes = read(Path::new(path))?;
        // What is no plugin is told as that.
        limosa_plugin::inspect(&bytes, path).map_err(|source| Error::Plugin { source })?;
        let digest = digest(&bytes);
        let Some((name, review)) = self.lock.of_digest(&digest) else {
            return Err(Error::review(format!(
                "the plugin {path} is not in {}; review it with `limosa plugin inspect {path}`, then `limosa plugin install {path} --sha256 {digest} --bind TABLE.COLUMN --reason …`",
                self.file.path().display()
            )));
        };
        Ok((bytes, name, review))
    }

    fn by_name<'b>(&'b self, name: &'b str) -> Result<(Vec<u8>, &'b str, &'b Review)> {
        let Some(review) = self.lock.plugins.get(name) else {
            let known: Vec<&str> = self.lock.plugins.keys().map(String::as_str).collect();
            if built_in(name).is_some() {
                // New in a later program than the one that the file is of, or removed.
                return Err(Error::review(format!(
                    "the plugin {name} is inside the program and not in {}; review it with `limosa plugin inspect {name}`, then `limosa plugin install {name} --bind TABLE.COLUMN --reason …`",
                    self.file.path().display()
                )));
            }
            return Err(Error::review(format!(
                "there is no plugin {name} in {}; it has {}; a file is named by its path (./{name}.wasm) and is installed first",
                self.file.path().display(),
                known.join(", ")
            )));
        };
        Ok((bytes_of(self.file, name, review)?, name, review))
    }
}

/// The bytes that a review is of, whatever they are by now.
pub(super) fn bytes_of(file: &LockFile, name: &str, review: &Review) -> Result<Vec<u8>> {
    match file.place_of(review) {
        Some(path) => read(&path),
        None => built_in(name).map(<[u8]>::to_vec).ok_or_else(|| {
            let message = format!("there is no plugin {name} inside this program any more");
            Error::review(message)
        }),
    }
}
