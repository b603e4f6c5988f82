//! Building: the tools of the language make a module or a component of a project, and the manifest goes inside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use limosa_plugin::{Facts, Manifest};

use crate::freshness::{Sources, note};
use crate::{Error, Language, Result, sdk};

/// Builds the project in `folder` into the component [`component_of`] it; what its language's tools say goes to the standard
/// error. `cache` keeps the SDKs laid out.
///
/// # Errors
/// What is wrong with the folder, what is missing on this machine, what the tools say, and why a host would not run what came out.
pub fn build(folder: &Path, cache: &Path) -> Result<Facts> {
    let language = Language::of_project(folder)?;
    let (manifest, component) = named(folder)?;
    // Before the build: what is changed meanwhile is not in it.
    let sources = Sources::of(folder)?;
    let root = sdk::lay_out(cache)?;
    let work =
        tempfile::tempdir().map_err(Error::file("make a folder in", std::env::temp_dir()))?;
    let module = work.path().join("module.wasm");
    let script = root.join("sdk").join(language.name()).join("build");
    let status = Command::new(&script)
        .arg(folder)
        .arg(&module)
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .map_err(Error::file("run", &script))?;
    if !status.success() {
        return Err(Error::project(format!(
            "{} was not built, for the reason above",
            folder.display()
        )));
    }
    let bytes = fs::read(&module).map_err(Error::file("read", &module))?;
    let plugin = limosa_package::package(&bytes, &manifest).map_err(|source| Error::Package {
        module: folder.to_owned(),
        source,
    })?;
    let facts = limosa_plugin::inspect(&plugin, &component.display().to_string())?;
    if let Some(problem) = facts.problems.first() {
        return Err(Error::project(format!(
            "what was built of {} would not run: {problem}",
            folder.display()
        )));
    }
    // Another process may be reading the old one.
    let unfinished = component.with_added_extension(format!("{}.part", std::process::id()));
    fs::write(&unfinished, plugin).map_err(Error::file("write", &unfinished))?;
    fs::rename(&unfinished, &component).map_err(Error::file("write", &component))?;
    note(&component, &facts.digest, &sources, cache)?;
    Ok(facts)
}

/// Where the component of a project is: beside its manifest, under the plugin's name.
///
/// # Errors
/// If the folder has no manifest that says a name.
pub fn component_of(folder: &Path) -> Result<PathBuf> {
    named(folder).map(|(_, component)| component)
}

/// The text of the manifest, and where the component belongs.
fn named(folder: &Path) -> Result<(String, PathBuf)> {
    let path = folder.join("plugin.toml");
    let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    let manifest = Manifest::parse(&text)
        .map_err(|reason| Error::project(format!("{}: {reason}", path.display())))?;
    let component = folder.join(format!("{}.wasm", manifest.name));
    Ok((text, component))
}
