//! New projects: a template of the language and kind, under a name of its own.

use std::fs;
use std::path::{Path, PathBuf};

use limosa_model::CheckKind;
use limosa_plugin::Manifest;

use crate::sdk::files_below;
use crate::{Error, Language, Result};

/// Stands for the name in a template.
const NAME: &str = "{{name}}";
/// What builds leave in a project.
const IGNORED: &str = "# What a build makes.\n*.wasm\n/target\n/node_modules\n__pycache__\n";

/// Makes a project of this name in `parent`, and answers with its folder.
///
/// # Errors
/// If the name is none for a plugin, or something of that name is there.
pub fn create(parent: &Path, name: &str, language: Language, kind: CheckKind) -> Result<PathBuf> {
    let folder = parent.join(name);
    let template = format!("sdk/{}/template/{}", language.name(), kind_name(kind));
    let mut files = Vec::new();
    for (path, file) in files_below(&template) {
        let text = std::str::from_utf8(file.bytes)
            .map_err(|_| Error::project(format!("{template}/{path} is no text")))?;
        files.push((path.replace(NAME, name), text.replace(NAME, name)));
    }
    let manifest = files.iter().find(|(path, _)| path == "plugin.toml");
    let (_, manifest) =
        manifest.ok_or_else(|| Error::project(format!("there is no template {template}")))?;
    // Before anything is written: this says what is wrong with the name.
    Manifest::parse(manifest).map_err(Error::project)?;
    if folder.exists() {
        return Err(Error::project(format!(
            "{} is there already; choose another name, or another folder",
            folder.display()
        )));
    }
    files.push((".gitignore".into(), IGNORED.into()));
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::file("make", parent))?;
        }
        fs::write(&path, text).map_err(Error::file("write", &path))?;
    }
    Ok(folder)
}

fn kind_name(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Check => "check",
        CheckKind::Probe => "probe",
        CheckKind::Transform => "transform",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_template_of_every_kind() {
        let parent = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            for kind in [CheckKind::Check, CheckKind::Probe, CheckKind::Transform] {
                let name = format!("my-{}-{}", language.name(), kind_name(kind));
                let folder = create(parent.path(), &name, language, kind).unwrap();
                assert_eq!(Language::of_project(&folder).unwrap(), language);
                let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
                let manifest = Manifest::parse(&manifest).unwrap();
                assert_eq!(
                    (manifest.name.as_str(), manifest.kind),
                    (name.as_str(), kind)
                );
                assert!(folder.join("cases").is_dir() && folder.join("README.md").is_file());
                let again = create(parent.path(), &name, language, kind).unwrap_err();
                assert!(again.to_string().contains("is there already"), "{again}");
            }
        }
    }

    #[test]
    fn a_name_that_is_none_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["Upper", "a/b", "../a", "", "a b", "a\"b"] {
            create(parent.path(), name, Language::C, CheckKind::Check).unwrap_err();
        }
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
