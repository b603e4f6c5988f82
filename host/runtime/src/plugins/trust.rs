//! Whom an install trusts: which keys may sign which plugins.

use std::path::Path;

use limosa_plugin::signature;
use serde::Deserialize;

use crate::{Error, Result};

/// A key that may sign plugins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Whose it is.
    pub name: String,
    /// The public key of minisign, as it stands in the second line of its file.
    pub key: String,
    /// Names of plugins that it may sign; one that ends in `*` stands for all that begin so. Left out: all; empty: none.
    pub plugins: Option<Vec<String>>,
}

impl Signer {
    fn may_sign(&self, plugin: &str) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => plugin.starts_with(start),
            None => plugin == pattern,
        };
        self.plugins
            .as_ref()
            .is_none_or(|plugins| plugins.iter().any(fits))
    }
}

/// Who signed a plugin, of those who may; `place` is where it was found.
///
/// # Errors
/// If none of those who may sign this plugin made the signature.
pub(super) fn signer(
    signers: &[Signer],
    plugin: &str,
    place: &str,
    bytes: &[u8],
    signature: &str,
) -> Result<String> {
    let mut reasons = Vec::new();
    for signer in signers.iter().filter(|signer| signer.may_sign(plugin)) {
        match signature::verify(&signer.key, bytes, signature) {
            Ok(()) => return Ok(signer.name.clone()),
            Err(reason) => reasons.push(format!("{}: {reason}", signer.name)),
        }
    }
    let asked = if reasons.is_empty() {
        format!("the configuration names nobody who may sign {plugin} (`[[plugins.signers]]`)")
    } else {
        reasons.join("; ")
    };
    Err(Error::review(format!(
        "{place}.minisig is not by somebody who is trusted with {plugin}: {asked}; add its signer, or take the signature away to go by the digest alone"
    )))
}

/// The signature beside a file, if there is one.
pub(super) fn signature_of(file: &Path) -> Result<Option<String>> {
    let mut place = file.as_os_str().to_owned();
    place.push(".minisig");
    let place = Path::new(&place);
    match std::fs::read_to_string(place) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(format!("read {}", place.display()), error)),
    }
}
