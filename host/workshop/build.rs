//! Puts the SDKs of all languages and the WIT package into the library: a project is made and built with the files that
//! belong to the host which will run it.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What tools leave in the folders of an SDK.
const LEFT_BEHIND: [&str; 5] = [
    "target",
    "node_modules",
    "__pycache__",
    ".venv",
    ".pytest_cache",
];
/// Needed for work on the SDKs alone.
const NOT_FOR_BUILDS: [&str; 4] = [
    "sdk/c/generate",
    "sdk/c/tests",
    "sdk/javascript/test",
    "sdk/python/tests",
];

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let root = Path::new(&here)
        .join("../..")
        .canonicalize()
        .expect("the repository is there");
    let mut files = vec![root.join("Cargo.toml")];
    for folder in ["sdk", "wit"] {
        collect(&root, &root.join(folder), &mut files);
    }
    files.sort();
    let mut code = String::from("pub(super) const FILES: &[File] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&root).expect("it is below the root");
        let mode = fs::metadata(file)
            .expect("it was listed")
            .permissions()
            .mode();
        writeln!(
            code,
            "    File {{ name: {:?}, bytes: include_bytes!({:?}), executable: {} }},",
            name.display().to_string(),
            file.display().to_string(),
            mode & 0o100 != 0
        )
        .expect("a string takes everything");
        println!("cargo:rerun-if-changed={}", file.display());
    }
    code.push_str("];\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("files.rs");
    fs::write(out, code).expect("OUT_DIR can be written to");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.strip_prefix(root).expect("it is below the root");
        if LEFT_BEHIND.iter().any(|known| path.ends_with(known))
            || NOT_FOR_BUILDS.iter().any(|known| name == Path::new(known))
        {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.push(path);
        }
    }
}
