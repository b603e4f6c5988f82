//! The bytes of a plugin's file, no more of them than a plugin has.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::{Error, Result};

/// A component file larger than this is no plugin.
pub(super) const LARGEST: u64 = 64 << 20;

/// Reads the whole file, if it is one: no pipe that never ends, no device.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error| Error::file(format!("read the plugin {}", path.display()), error);
    // Looked at before it is opened, since the opening of a pipe waits for its other end, and after it.
    let is_file = std::fs::metadata(path).map_err(failed)?.is_file();
    let file = is_file
        .then(|| File::open(path))
        .transpose()
        .map_err(failed)?;
    let Some(file) = file else {
        return Err(failed(io::Error::other("it is no file")));
    };
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is no file")));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::configuration(format!(
            "{} has more than {LARGEST} bytes, which no plugin has",
            path.display()
        )));
    }
    Ok(bytes)
}
