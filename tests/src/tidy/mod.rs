//! The invariants of DESIGN §2 as rules over the checkout: pure functions from what was read to what is wrong with it.
//!
//! Each problem names the file and what to do. `tests/all/tidy.rs` applies the rules to this checkout; beside each rule stand
//! small bad inputs, since a rule that cannot fail holds nothing.

mod layout;
mod manifests;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub use layout::{ERRORS_DOCUMENT, errors_document, top_level};
pub use manifests::{Crate, edges, foreign_names, lints, membership};
pub use sources::{Source, forbidden_text, heads, lengths, long_files, pure_model};

/// The folders that hold code of ours.
const HOUSES: [&str; 4] = ["host", "plugins", "sdk", "tests"];

/// The workspace's members, from the root manifest.
pub fn members(root: &Path) -> Result<Vec<Crate>> {
    let manifest = read_manifest(&root.join("Cargo.toml"))?;
    let patterns = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(toml::Value::as_array)
        .context("the root manifest lists no members")?;
    let mut found = Vec::new();
    for pattern in patterns.iter().filter_map(toml::Value::as_str) {
        let folders = match pattern.strip_suffix("/*") {
            Some(parent) => with_manifest(root, parent)?,
            None => vec![pattern.to_owned()],
        };
        for folder in folders {
            let manifest = read_manifest(&root.join(&folder).join("Cargo.toml"))?;
            found.push(Crate { folder, manifest });
        }
    }
    Ok(found)
}

/// The folders that must be members: every crate right under `host` and `plugins`.
pub fn crate_folders(root: &Path) -> Result<Vec<String>> {
    let mut folders = with_manifest(root, "host")?;
    folders.extend(with_manifest(root, "plugins")?);
    Ok(folders)
}

/// All Rust files of ours.
pub fn rust_files(root: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = HOUSES.iter().map(|house| root.join(house)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                // Cargo's, where somebody built a crate by itself.
                if path.file_name().is_some_and(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("reading {}", path.display()))?;
                found.push(Source {
                    path: path.strip_prefix(root)?.display().to_string(),
                    text,
                });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The names at the top of the checkout.
pub fn top_names(root: &Path) -> Result<Vec<String>> {
    fs::read_dir(root)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn with_manifest(root: &Path, parent: &str) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(root.join(parent)) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            found.push(format!("{parent}/{}", entry.file_name().to_string_lossy()));
        }
    }
    found.sort();
    Ok(found)
}

fn read_manifest(path: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.parse()
        .with_context(|| format!("understanding {}", path.display()))
}
