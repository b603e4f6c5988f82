//! Reads what a component says of itself without running anything: manifest, imports, exports.

use wasmparser::{Parser, Payload};

use crate::limits::COMPONENT_BYTES;
use crate::manifest::Manifest;
use crate::{Error, Result, grants};

/// The custom section that holds `plugin.toml`.
const SECTION: &str = "limosa:manifest";
/// A manifest is read by people; 64 KiB are some 1,000 lines.
const MANIFEST_BYTES: usize = 64 << 10;

/// What is known of a component before it is compiled.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) manifest: Manifest,
    /// Interfaces in full, as in `limosa:plugin/rows@0.1.0`.
    pub(crate) imports: Vec<String>,
}

/// Reads a component; `origin` names it in errors.
pub(crate) fn read(bytes: &[u8], origin: &str) -> Result<Reading> {
    let not_a_plugin = |reason: String| Error::NotAPlugin {
        origin: origin.to_owned(),
        reason,
    };
    if bytes.len() > COMPONENT_BYTES {
        return Err(not_a_plugin(format!(
            "it has more than {} MiB",
            COMPONENT_BYTES >> 20
        )));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(not_a_plugin(
            "it is no WebAssembly file; name the .wasm file of the plugin".into(),
        ));
    }
    if !Parser::is_component(bytes) {
        return Err(not_a_plugin(
            "it is a bare WebAssembly module; turn it into a component with `limosa-package MODULE plugin.toml OUT` (sdk/package)"
                .into(),
        ));
    }
    let parts = parts(bytes).map_err(|error| not_a_plugin(format!("it is damaged ({error})")))?;
    let broken = |reason: String| Error::Manifest {
        origin: origin.to_owned(),
        reason,
    };
    let section = match parts.manifests.as_slice() {
        [section] => *section,
        [] => {
            return Err(broken(format!(
                "there is none (custom section `{SECTION}`); put it in with `limosa-package MODULE plugin.toml OUT` (sdk/package)"
            )));
        }
        several => {
            return Err(broken(format!(
                "there are {}, and exactly one is allowed",
                several.len()
            )));
        }
    };
    if section.len() > MANIFEST_BYTES {
        return Err(broken(format!(
            "it has {} bytes, and {MANIFEST_BYTES} are the most",
            section.len()
        )));
    }
    let text = std::str::from_utf8(section).map_err(|_| broken("it is not UTF-8".into()))?;
    let manifest = Manifest::parse(text).map_err(broken)?;
    check(&manifest, &parts)?;
    Ok(Reading {
        manifest,
        imports: parts.imports,
    })
}

struct Parts<'a> {
    manifests: Vec<&'a [u8]>,
    imports: Vec<String>,
    exports: Vec<String>,
}

/// The parts of the outermost component; a section of a nested one is not its own.
fn parts(bytes: &[u8]) -> wasmparser::Result<Parts<'_>> {
    let mut parts = Parts {
        manifests: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
    };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() == SECTION => {
                parts.manifests.push(section.data());
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    parts.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    parts.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(parts)
}

fn check(manifest: &Manifest, parts: &Parts<'_>) -> Result<()> {
    let plugin = || manifest.name.clone();
    let host = semver::Version::parse(grants::INTERFACE).ok();
    if !host.is_some_and(|host| manifest.interface.matches(&host)) {
        return Err(Error::Interface {
            plugin: plugin(),
            required: manifest.interface.to_string(),
            host: grants::INTERFACE.into(),
        });
    }
    for import in &parts.imports {
        if let Some(reason) = grants::refusal(manifest.kind, import) {
            return Err(Error::Import {
                plugin: plugin(),
                import: crate::failure::bounded(import),
                reason,
            });
        }
        if import.starts_with("limosa:plugin/lookup@") && manifest.lookups.is_empty() {
            let reason =
                "its manifest names no lookup; add `[lookups.NAME]` with a description".into();
            return Err(Error::Import {
                plugin: plugin(),
                import: import.clone(),
                reason,
            });
        }
    }
    let wanted = grants::export(manifest.kind);
    let serves = |name: &String| {
        grants::split(name)
            .is_some_and(|(interface, version)| interface == wanted && grants::serves(&version))
    };
    if !parts.exports.iter().any(serves) {
        let reason = format!(
            "it does not export `limosa:plugin/{wanted}@{}`, as its kind requires",
            grants::INTERFACE
        );
        return Err(Error::Manifest {
            origin: plugin(),
            reason,
        });
    }
    Ok(())
}
