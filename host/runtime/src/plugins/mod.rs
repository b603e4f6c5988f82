//! Plugins as files: read, reviewed, installed, and admitted to a run.

mod address;
mod admission;
mod compiler;
mod difference;
mod file;
mod install;
mod keep;
mod lock_file;
mod permit;
mod rehearsal;
mod statements;
mod trust;
mod update;

pub(crate) use admission::Admission;
pub use compiler::{compile, compile_apart};
pub use difference::Change;
pub use install::{Decision, install};
pub use keep::{remove, revoke, show, verify};
pub use limosa_model::CheckKind;
pub use limosa_plugin::{Facts, Grant, Interface, Lock, Origins, Review, Setting};
pub use lock_file::LockFile;
pub use trust::Signer;
pub use update::{Update, grant, update};

use std::path::Path;

use crate::{Error, Result, Settings};
use install::{Found, Origin};

/// The sandbox of this user, for plugins that nobody reviewed yet: on rows that are made for it, and with what it writes to its log.
///
/// # Errors
/// If it cannot be set up.
pub fn sandbox() -> Result<limosa_plugin::Runtime> {
    crate::host::runtime(true)
}

/// The bytes of a file that is a plugin, of which nothing else is known yet.
///
/// # Errors
/// If it cannot be read, is larger than a plugin, or says nothing of itself.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    let name = file.display().to_string();
    if address::is_address(&name) {
        let shown = address::shown(&name);
        return Err(Error::configuration(format!(
            "{shown} is an address: `limosa plugin install` takes one, and what tries a plugin out wants a file"
        )));
    }
    let bytes = file::read(file)?;
    limosa_plugin::inspect(&bytes, &name).map_err(|source| Error::Plugin { source })?;
    Ok(bytes)
}

/// A plugin inside the program, by its name.
pub fn carried(name: &str) -> Option<&'static [u8]> {
    crate::built_in::built_in(name)
}

/// What a reviewer reads of a plugin: everything that its file says, of which nothing runs, and who signed it.
///
/// # Errors
/// If the file cannot be read, is no component, or says nothing of itself.
pub fn inspect(settings: &Settings, what: &str) -> Result<(Facts, Signature)> {
    let found = Found::find(what)?;
    let name = &found.facts.manifest.name;
    let signature = match &found.origin {
        None => Signature::By("the makers of this program, which carries it inside".into()),
        Some(Origin {
            signature: None, ..
        }) => Signature::Missing,
        Some(Origin {
            place,
            signature: Some(text),
        }) => match trust::signer(&settings.signers, name, place, &found.bytes, text) {
            Ok(signer) => Signature::By(signer),
            Err(error) => Signature::Untrusted(error.to_string()),
        },
    };
    Ok((found.facts, signature))
}

/// Who signed a plugin, as far as the configuration tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// There is no signature beside it.
    Missing,
    /// Somebody who may sign it.
    By(String),
    /// Nobody who may, and why.
    Untrusted(String),
}

impl Signature {
    /// As it is shown.
    pub fn described(&self) -> String {
        match self {
            Self::Missing => "not signed".into(),
            Self::By(signer) => format!("by {signer}"),
            Self::Untrusted(reason) => reason.clone(),
        }
    }
}
