//! Makes plugins: a core module becomes a component, and its manifest travels inside.
//!
//! ```no_run
//! let module = std::fs::read("negative_amounts.wasm")?;
//! let manifest = std::fs::read_to_string("plugin.toml")?;
//! std::fs::write("negative-amounts.wasm", limosa_package::package(&module, &manifest)?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod manifest;

pub use error::Error;
pub use manifest::{MANIFEST_SECTION, MAX_MANIFEST_BYTES};

use wasmparser::{Validator, WasmFeatures};
use wit_component::ComponentEncoder;

/// The plugin made of a core module, which carries its world as `wit-bindgen` left it, and of a manifest.
///
/// The same input gives the same bytes. A component is taken as it is: from languages whose tools
/// make components themselves. What the manifest says is the host's to judge.
pub fn package(module: &[u8], manifest: &str) -> Result<Vec<u8>, Error> {
    manifest::check_size(manifest)?;
    let mut component = if wasmparser::Parser::is_component(module) {
        module.to_vec()
    } else {
        componentize(module)?
    };
    Validator::new_with_features(WasmFeatures::default())
        .validate_all(&component)
        .map_err(|source| Error::Invalid { source })?;
    manifest::refuse_present(&component)?;
    manifest::append(&mut component, manifest);
    Ok(component)
}

fn componentize(module: &[u8]) -> Result<Vec<u8>, Error> {
    ComponentEncoder::default()
        .module(module)
        // Validated above, for all components alike.
        .and_then(|encoder| encoder.validate(false).encode())
        .map_err(|error| Error::Component {
            reason: format!("{error:#}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::{Parser, Payload};

    /// A module without anything in it: magic and version.
    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn manifests(component: &[u8]) -> Vec<String> {
        let payloads = Parser::new(0).parse_all(component).map(Result::unwrap);
        payloads
            .filter_map(|payload| match payload {
                Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                    Some(String::from_utf8(section.data().to_vec()).unwrap())
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_component_carries_its_manifest_once() {
        for manifest in ["", "name = \"x\"", &"é".repeat(MAX_MANIFEST_BYTES / 2)] {
            let component = package(EMPTY_MODULE, manifest).unwrap();
            assert!(Parser::is_component(&component));
            Validator::new().validate_all(&component).unwrap();
            assert_eq!(manifests(&component), [manifest]);
            assert_eq!(package(EMPTY_MODULE, manifest).unwrap(), component);
        }
    }

    #[test]
    fn a_finished_component_is_taken_as_it_is() {
        let finished = componentize(EMPTY_MODULE).unwrap();
        assert_eq!(
            package(&finished, "name = \"x\"").unwrap(),
            package(EMPTY_MODULE, "name = \"x\"").unwrap()
        );
    }

    #[test]
    fn what_is_no_plugin_is_refused() {
        let packaged = package(EMPTY_MODULE, "").unwrap();
        let check = |module: &[u8], manifest: &str, expected: &str| {
            let error = package(module, manifest).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(b"name = 'x'", "", "no WebAssembly module");
        check(b"", "", "no WebAssembly module");
        check(&packaged, "", "carries a manifest already");
        check(&packaged[..packaged.len() - 1], "", "not valid");
        let long = " ".repeat(MAX_MANIFEST_BYTES + 1);
        check(EMPTY_MODULE, &long, "65537 bytes");
    }

    #[test]
    fn a_manifest_inside_a_module_is_refused() {
        let mut module = EMPTY_MODULE.to_vec();
        manifest::append(&mut module, "spoof");
        let error = package(&module, "").unwrap_err();
        assert!(matches!(error, Error::ManifestPresent), "{error}");
    }
}
