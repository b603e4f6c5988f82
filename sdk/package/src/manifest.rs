//! The manifest inside a component: one custom section at the end, outside all nested modules.

use crate::Error;
use wasmparser::{Parser, Payload};

/// The name of the custom section that holds `plugin.toml`.
pub const MANIFEST_SECTION: &str = "limosa:manifest";

/// Read by a host before it trusts anything, so bounded.
pub const MAX_MANIFEST_BYTES: usize = 64 << 10;

pub(crate) fn check_size(manifest: &str) -> Result<(), Error> {
    if manifest.len() > MAX_MANIFEST_BYTES {
        return Err(Error::ManifestTooLong {
            bytes: manifest.len(),
        });
    }
    Ok(())
}

/// Refuses a second manifest, at any depth: one within a nested module could only mean to deceive.
pub(crate) fn refuse_present(component: &[u8]) -> Result<(), Error> {
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|source| Error::Invalid { source })? {
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                return Err(Error::ManifestPresent);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the section: id 0, its size, the name's size, the name, the text.
pub(crate) fn append(component: &mut Vec<u8>, manifest: &str) {
    let mut section = Vec::new();
    write_size(&mut section, MANIFEST_SECTION.len());
    section.extend_from_slice(MANIFEST_SECTION.as_bytes());
    section.extend_from_slice(manifest.as_bytes());
    component.push(0);
    write_size(component, section.len());
    component.extend_from_slice(&section);
}

/// Unsigned LEB128, as the binary format writes sizes.
fn write_size(out: &mut Vec<u8>, mut size: usize) {
    loop {
        let low = size.to_le_bytes()[0] & 0x7f;
        size >>= 7;
        if size == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
