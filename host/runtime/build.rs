//! Puts the first-party plugins into the library, from where `plugins/build` leaves them.

use std::path::Path;
use std::{env, fs};

const PLUGINS: [&str; 9] = [
    "duplicate-records",
    "fixed-decimal",
    "money-precision",
    "negative-amounts",
    "orphaned-records",
    "required-values",
    "split-values",
    "unify-accounts",
    "value-format",
];

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let root = Path::new(&here).join("../..");
    let built = root.join("target/plugins");
    let mut code = String::from("pub(super) const BUILT_IN: &[(&str, &[u8])] = &[\n");
    for name in PLUGINS {
        let file = built.join(format!("{name}.wasm"));
        println!("cargo:rerun-if-changed={}", file.display());
        let file = fs::canonicalize(&file).unwrap_or_else(|_| {
            panic!("{} is missing: run `make plugins` first, which builds the plugins that the program carries inside", file.display())
        });
        code.push_str(&format!(
            "    ({name:?}, include_bytes!({:?})),\n",
            file.display().to_string()
        ));
    }
    code.push_str("];\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("built_in.rs");
    fs::write(out, code).expect("OUT_DIR can be written to");
}
