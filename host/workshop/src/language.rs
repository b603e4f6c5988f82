//! The languages that plugins are written in here.

use std::path::Path;

use crate::{Error, Result};

/// A language with an SDK. Others make components of the same WIT package by their own tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, by cargo.
    Rust,
    /// Python, by componentize-py.
    Python,
    /// JavaScript, by componentize-js.
    Javascript,
    /// C, by clang.
    C,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Javascript, Self::C];

    /// The name of its folder under `sdk/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Javascript => "javascript",
            Self::C => "c",
        }
    }

    /// The language of the project in a folder, by the file that the language's tools look for.
    ///
    /// # Errors
    /// If there is none, or the folder cannot be read.
    pub fn of_project(folder: &Path) -> Result<Self> {
        for (file, language) in [
            ("Cargo.toml", Self::Rust),
            ("plugin.py", Self::Python),
            ("plugin.js", Self::Javascript),
        ] {
            if folder.join(file).is_file() {
                return Ok(language);
            }
        }
        let entries = std::fs::read_dir(folder).map_err(Error::file("read", folder))?;
        for entry in entries {
            let path = entry.map_err(Error::file("read", folder))?.path();
            if path.extension().is_some_and(|extension| extension == "c") {
                return Ok(Self::C);
            }
        }
        Err(Error::project(format!(
            "{} is no project of a plugin: it has neither Cargo.toml, nor plugin.py, plugin.js or a .c file; `limosa plugin new` makes one",
            folder.display()
        )))
    }
}
