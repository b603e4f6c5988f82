//! Signatures: made by minisign keys (jedisct1.github.io/minisign), over the whole file.

use minisign_verify::{PublicKey, Signature};

/// That a key signed a file.
///
/// # Errors
/// Why not.
pub fn verify(key: &str, file: &[u8], signature: &str) -> Result<(), String> {
    let key = PublicKey::from_base64(key.trim())
        .map_err(|error| format!("the public key cannot be read ({error})"))?;
    let signature = Signature::decode(signature)
        .map_err(|error| format!("the signature cannot be read ({error})"))?;
    // The old form signs the file itself rather than its digest; minisign does not make it any more.
    key.verify(file, &signature, false)
        .map_err(|error| format!("the signature is not of this file by this key ({error})"))
}
