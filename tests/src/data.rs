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
