//! The SDKs that the program carries inside, and where they are laid out for the tools of each language.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A file of the repository.
pub(crate) struct File {
    /// Its path from the repository's root.
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    executable: bool,
}

mod carried {
    use super::File;

    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// The files below a folder of the repository, with their paths from there.
pub(crate) fn files_below(folder: &str) -> impl Iterator<Item = (&'static str, &'static File)> {
    let folder = format!("{folder}/");
    carried::FILES
        .iter()
        .filter_map(move |file| Some((file.name.strip_prefix(&folder)?, file)))
}

/// Lays the SDKs out below `cache`, unless they are there, and answers with the folder that stands for the repository.
///
/// It is named by the digest of what is in it: another version of the program has another one.
pub(crate) fn lay_out(cache: &Path) -> Result<PathBuf> {
    let root = cache.join(format!("sdk-{}", &digest()[..16]));
    if is_whole(&root)? {
        return Ok(root);
    }
    // Others may look for it meanwhile: it gets its name once it is whole.
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(cache).map_err(Error::file("make", cache))?;
    let unfinished = tempfile::tempdir_in(cache).map_err(Error::file("make a folder in", cache))?;
    for file in carried::FILES {
        let path = unfinished.path().join(file.name);
        if let Some(folder) = path.parent() {
            private
                .create(folder)
                .map_err(Error::file("make", folder))?;
        }
        let text;
        let bytes = if file.name == "Cargo.toml" {
            text = workspace(file)?;
            text.as_bytes()
        } else {
            file.bytes
        };
        let mode = if file.executable { 0o700 } else { 0o600 };
        let mut options = fs::OpenOptions::new();
        let mut open = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(Error::file("write", &path))?;
        std::io::Write::write_all(&mut open, bytes).map_err(Error::file("write", &path))?;
    }
    match fs::rename(unfinished.path(), &root) {
        Ok(()) => {
            // What was renamed is not to be removed.
            let _ = unfinished.keep();
            Ok(root)
        }
        Err(_) if root.is_dir() => Ok(root),
        Err(error) => Err(Error::file("make", root)(error)),
    }
}

/// Whether the SDKs lie there as this program would lay them out: what is run of them must be ours. What a cleaner took away,
/// or somebody changed, is removed.
fn is_whole(root: &Path) -> Result<bool> {
    let metadata = match fs::symlink_metadata(root) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::file("look at", root)(error)),
    };
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_dir() || !is_own || metadata.mode() & 0o022 != 0 {
        return Err(Error::project(format!(
            "{} is not a folder that this user alone may write to, and what lies there is run: remove it",
            root.display()
        )));
    }
    for file in carried::FILES {
        let there = fs::read(root.join(file.name)).unwrap_or_default();
        let is_same = if file.name == "Cargo.toml" {
            there == workspace(file)?.as_bytes()
        } else {
            there == file.bytes
        };
        if !is_same {
            fs::remove_dir_all(root).map_err(Error::file("remove", root))?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// The workspace of the Rust SDK alone: the repository's, without the members and crates that are not here.
fn workspace(file: &File) -> Result<String> {
    let wrong = |reason: String| Error::project(format!("the workspace of the SDK: {reason}"));
    let text = std::str::from_utf8(file.bytes).map_err(|error| wrong(error.to_string()))?;
    let mut root: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    root.retain(|name, _| name == "workspace");
    let table = root
        .get_mut("workspace")
        .and_then(toml::Value::as_table_mut)
        .ok_or_else(|| wrong("there is none".into()))?;
    let member = toml::Value::String("sdk/rust".into());
    table.insert("members".into(), toml::Value::Array(vec![member]));
    if let Some(dependencies) = table
        .get_mut("dependencies")
        .and_then(toml::Value::as_table_mut)
    {
        dependencies.retain(|_, dependency| dependency.get("path").is_none());
    }
    Ok(root.to_string())
}

/// Of all names and bytes.
pub(crate) fn digest() -> String {
    let mut all = Vec::new();
    for file in carried::FILES {
        all.extend_from_slice(file.name.as_bytes());
        all.push(0);
        all.extend_from_slice(limosa_model::digest(file.bytes).as_bytes());
    }
    limosa_model::digest(&all)
}
