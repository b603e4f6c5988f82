//! SHA-256, as everything of Limosa writes it.

use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in 64 hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
