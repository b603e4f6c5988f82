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

/// Who signed a plugin, of those who may; none, if it is not signed.
///
/// # Errors
/// If there is a signature and none of those who may sign this plugin made it.
pub(super) fn signer(
    signers: &[Signer],
    plugin: &str,
    file: &Path,
    bytes: &[u8],
) -> Result<Option<String>> {
    let mut place = file.as_os_str().to_owned();
    place.push(".minisig");
    let place = Path::new(&place);
    let text = match std::fs::read_to_string(place) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(format!("read {}", place.display()), error)),
    };
    let mut reasons = Vec::new();
    for signer in signers.iter().filter(|signer| signer.may_sign(plugin)) {
        match signature::verify(&signer.key, bytes, &text) {
            Ok(()) => return Ok(Some(signer.name.clone())),
            Err(reason) => reasons.push(format!("{}: {reason}", signer.name)),
        }
    }
    let asked = if reasons.is_empty() {
        format!("the configuration names nobody who may sign {plugin} (`[[plugins.signers]]`)")
    } else {
        reasons.join("; ")
    };
    Err(Error::review(format!(
        "{} is not by somebody who is trusted with {plugin}: {asked}",
        place.display()
    )))
}
