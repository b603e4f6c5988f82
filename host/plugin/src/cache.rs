//! Compiled plugins on disk, so that an unchanged one is not compiled twice.
//!
//! What is read from here runs as native code. The folder is therefore the user's own and nobody else may enter it;
//! the checksum in front of each file is against a cut or damaged file, not against an attacker.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, DirBuilder, Permissions};
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use limosa_model::digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{Error, Result};

/// The digits of the digest in front.
const CHECKSUM: usize = 64;

/// A folder of compiled plugins.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Makes the folder, or checks that it is safe.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        match check_or_create(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(reason) => Err(Error::CacheFolder { folder, reason }),
        }
    }

    /// The component from the folder, or compiled and then kept there.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        bytes: &[u8],
        digest: &str,
    ) -> wasmtime::Result<Component> {
        let path = self.folder.join(file_name(engine, digest));
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        let component = Component::from_binary(engine, bytes)?;
        if let Err(error) = self.store(&component, &path, digest) {
            tracing::warn!(%error, folder = %self.folder.display(), "a compiled plugin could not be kept; it will be compiled again");
        }
        Ok(component)
    }

    fn store(&self, component: &Component, path: &Path, name: &str) -> io::Result<()> {
        let compiled = component.serialize().map_err(io::Error::other)?;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // What another version of this program compiled of the same plugin.
            if entry.file_name().to_string_lossy().starts_with(name) {
                fs::remove_file(entry.path())?;
            }
        }
        let temporary = path.with_extension(format!("{}.part", std::process::id()));
        let mut content = digest(&compiled).into_bytes();
        content.extend(compiled);
        fs::write(&temporary, content)?;
        fs::set_permissions(&temporary, Permissions::from_mode(0o600))?;
        fs::rename(&temporary, path)
    }
}

fn check_or_create(folder: &Path) -> std::result::Result<(), String> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.to_string()),
    }
    let metadata = fs::symlink_metadata(folder).map_err(|error| error.to_string())?;
    if !metadata.is_dir() {
        return Err("it is no folder".into());
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".into());
    }
    if metadata.mode() & 0o077 != 0 {
        return Err("others may enter it, and what lies there is run as native code".into());
    }
    Ok(())
}

fn file_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}.compiled", hasher.finish())
}

fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let content = fs::read(path).ok()?;
    let (checksum, compiled) = content.split_at_checked(CHECKSUM)?;
    if checksum != digest(compiled).as_bytes() {
        tracing::warn!(path = %path.display(), "a compiled plugin is damaged; it is compiled again");
        return None;
    }
    #[expect(
        unsafe_code,
        reason = "native code that this program compiled: the folder is the user's own, the checksum whole, the file named by engine and digest"
    )]
    // SAFETY: `compiled` is what `Component::serialize` gave, written by `store` into a folder that `check_or_create`
    // found to be the user's own and closed to others.
    let component = unsafe { Component::deserialize(engine, compiled) };
    component
        .inspect_err(|error| tracing::info!(%error, "a compiled plugin is of another version; it is compiled again"))
        .ok()
}
