//! Whether a component is still what its project would become: told by the digests of its sources and of the SDK, since times say nothing
//! of a file that was removed. Of a component that was built elsewhere, times are all that there is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use limosa_model::digest;
use limosa_plugin::LOCK_FOLDER;

use crate::{Error, Result, component_of, sdk};

/// A larger file is no source; it counts by its size and time.
const LARGEST: u64 = 1 << 20;

/// What a component is made of.
#[derive(Debug)]
pub(crate) struct Sources {
    digest: String,
    /// When one of the files was changed last.
    changed: SystemTime,
}

impl Sources {
    /// Of the project in `folder`, and of the SDKs that this program carries.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let mut digests = BTreeMap::new();
        let mut changed = SystemTime::UNIX_EPOCH;
        let mut folders = vec![folder.to_owned()];
        while let Some(below) = folders.pop() {
            for entry in fs::read_dir(&below).map_err(Error::file("read", &below))? {
                let path = entry.map_err(Error::file("read", &below))?.path();
                let found = fs::symlink_metadata(&path).map_err(Error::file("read", &path))?;
                // A link to a folder may lead anywhere, and back.
                if found.is_dir() {
                    folders.extend(is_source_folder(&path).then_some(path));
                    continue;
                }
                // One that leads nowhere is an editor's, and what is no file may never end.
                let Some(found) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) else {
                    continue;
                };
                if !is_source(&path) {
                    continue;
                }
                let at = found.modified().map_err(Error::file("read", &path))?;
                let content = if found.len() > LARGEST {
                    format!("{} bytes of {at:?}", found.len())
                } else {
                    digest(&fs::read(&path).map_err(Error::file("read", &path))?)
                };
                let name = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                digests.insert(name, content);
                changed = changed.max(at);
            }
        }
        let all = format!("{digests:?} {}", sdk::digest());
        Ok(Self {
            digest: digest(all.as_bytes()),
            changed,
        })
    }
}

/// What tools leave there, and cases, which are read where they are, are none.
fn is_source_folder(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_left = matches!(
        &*name,
        "target" | "cases" | "node_modules" | "__pycache__" | LOCK_FOLDER
    );
    !name.starts_with('.') && !is_left
}

/// Neither is what is made of them, what editors leave, nor a database to try it on.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_left = name.starts_with('.') || name.ends_with('~');
    let is_made = [".wasm", ".part", ".prom", ".minisig"]
        .iter()
        .any(|end| name.ends_with(end));
    // With what SQLite keeps beside it; a source that only mentions one in its name is a source.
    let beside = ["-wal", "-shm", "-journal"];
    let of = beside.iter().find_map(|end| name.strip_suffix(end));
    let database = of.unwrap_or(&name);
    let is_database = [".db", ".sqlite", ".sqlite3"]
        .iter()
        .any(|end| database.ends_with(end));
    let is_beside = matches!(
        &*name,
        "Cargo.lock" | "README.md" | "limosa.lock" | "limosa.toml"
    );
    !(is_left || is_made || is_database || is_beside)
}

/// Which versions of other crates: the build itself writes it, so it counts as it is afterwards.
fn locked(folder: &Path) -> String {
    fs::read(folder.join("Cargo.lock"))
        .map(|bytes| digest(&bytes))
        .unwrap_or_default()
}

/// Notes in `cache` what the component of this digest was made of.
pub(crate) fn note(
    component: &Path,
    component_digest: &str,
    sources: &Sources,
    cache: &Path,
) -> Result<()> {
    let note = note_of(component, cache)?;
    let notes = note.parent().unwrap_or(cache);
    fs::create_dir_all(notes).map_err(Error::file("make", notes))?;
    let folder = component.parent().unwrap_or(Path::new("."));
    let text = made_of(component_digest) + &sources.digest + &locked(folder);
    fs::write(&note, text).map_err(Error::file("write", &note))
}

/// Whether the component of a project is not there, or is not what its sources and the SDK would become by now.
///
/// # Errors
/// If the folder cannot be read.
pub fn is_stale(folder: &Path, cache: &Path) -> Result<bool> {
    let component = component_of(folder)?;
    let read =
        fs::read(&component).and_then(|bytes| Ok((bytes, fs::metadata(&component)?.modified()?)));
    let Ok((bytes, built)) = read else {
        return Ok(true);
    };
    let sources = Sources::of(folder)?;
    let noted = fs::read_to_string(note_of(&component, cache)?).unwrap_or_default();
    Ok(match noted.strip_prefix(&made_of(&digest(&bytes))) {
        Some(noted) => noted != sources.digest + &locked(folder),
        None => sources.changed > built,
    })
}

/// The beginning of a note; what follows is the digest of the sources.
fn made_of(component_digest: &str) -> String {
    format!("{component_digest} made of ")
}

/// A project is known by where it is.
fn note_of(component: &Path, cache: &Path) -> Result<PathBuf> {
    let place = fs::canonicalize(component).map_err(Error::file("read", component))?;
    let name = digest(place.as_os_str().as_encoded_bytes());
    Ok(cache.join("built").join(&name[..16]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use limosa_model::CheckKind;

    use super::*;
    use crate::{Language, create};

    #[test]
    fn a_component_is_stale_once_anything_it_is_made_of_is_another() {
        let place = tempfile::tempdir().unwrap();
        let cache = place.path().join("cache");
        let folder = create(place.path(), "some-check", Language::C, CheckKind::Check).unwrap();
        let stale = || is_stale(&folder, &cache).unwrap();
        assert!(stale(), "nothing was built");
        fs::write(folder.join("more.c"), "int more;").unwrap();
        let component = component_of(&folder).unwrap();
        let build = |bytes: &[u8]| {
            fs::write(&component, bytes).unwrap();
            note(
                &component,
                &digest(bytes),
                &Sources::of(&folder).unwrap(),
                &cache,
            )
            .unwrap();
        };
        build(b"first");
        assert!(!stale());
        let cases = folder.join("cases/another");
        fs::create_dir_all(&cases).unwrap();
        fs::write(cases.join("case.toml"), "").unwrap();
        assert!(!stale(), "cases are read where they are");
        std::os::unix::fs::symlink("nowhere", folder.join(".#check.c")).unwrap();
        std::os::unix::fs::symlink(".", folder.join("again")).unwrap();
        fs::write(folder.join("shop.db"), "rows").unwrap();
        fs::write(folder.join("shop.db-wal"), "more rows").unwrap();
        assert!(!stale(), "none of these is a source");
        fs::write(folder.join("shop.db.c"), "int rows;").unwrap();
        assert!(stale(), "a source that is called after a database");
        fs::remove_file(folder.join("shop.db.c")).unwrap();
        assert!(!stale());
        fs::write(folder.join("Cargo.lock"), "another version").unwrap();
        assert!(stale(), "it would be built with another version");
        fs::remove_file(folder.join("Cargo.lock")).unwrap();
        assert!(!stale());
        fs::remove_file(folder.join("more.c")).unwrap();
        assert!(stale(), "a source was removed");
        build(b"second");
        assert!(!stale());
        fs::write(folder.join("check.c"), "int less;").unwrap();
        assert!(stale(), "a source was changed");
        build(b"third");
        fs::write(&component, b"built elsewhere").unwrap();
        assert!(!stale(), "it is newer than its sources");
        let file = fs::File::options().write(true).open(&component).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60))
            .unwrap();
        assert!(stale(), "it is older than its sources");
    }
}
