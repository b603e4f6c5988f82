//! Where things lie: the checkout, cargo's target folder, and the data of others beside the checkout.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the checkout")
}

/// Cargo's target folder, wherever it was moved: the running test lies in `<target>/<profile>/deps`.
pub fn target_folder() -> PathBuf {
    profile_folder()
        .parent()
        .expect("a profile lies in the target folder")
        .to_path_buf()
}

/// The folder of the profile that the tests were built in, where the binaries lie too.
pub(crate) fn profile_folder() -> PathBuf {
    let running = env::current_exe().expect("the path of the running test");
    running
        .ancestors()
        .nth(2)
        .expect("cargo builds tests in <target>/<profile>/deps")
        .to_path_buf()
}

/// A database that others made, from `LIMOSA_SHARED_DATA` or `../shared/data` beside the checkout.
///
/// It is not part of a clone, so a test goes on with generated data where it is missing; that is said loudly, since less was tested.
/// `.ci/run` says it once more at the end, where it is seen although the test passed.
#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = match env::var_os("LIMOSA_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => checkout().join("../shared/data"),
    };
    let path = folder.join(name);
    // Canonical, since the binary under test runs in a folder of its own.
    let found = path.canonicalize().ok();
    if found.is_none() {
        eprintln!(
            "\n!!! {} is missing: this test goes without it. Set LIMOSA_SHARED_DATA to the folder that holds {name}.\n",
            path.display()
        );
    }
    found
}

/// The SQL scripts of an archive: the schema first, then the rows.
///
/// # Errors
/// If the archive cannot be read.
pub fn unzip(archive: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive)?)?;
    let mut scripts = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let name = file.name()?.into_owned();
        if name.ends_with(".sql") {
            let mut script = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut script)?;
            scripts.push((!name.contains("schema"), script));
        }
    }
    scripts.sort_by_key(|(is_rows, _)| *is_rows);
    Ok(scripts.into_iter().map(|(_, script)| script).collect())
}
