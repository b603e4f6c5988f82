//! Reads what a component says of itself without running anything: manifest, imports, exports.

use wasmparser::{BinaryReaderError, Parser, Payload};

use crate::failure::bounded;
use crate::limits::COMPONENT_BYTES;
use crate::manifest::Manifest;
use crate::origins::Origins;
use crate::{Error, Result, grants};

/// The custom section that holds `plugin.toml`.
const SECTION: &str = "limosa:manifest";
/// The magic number, the version, and whether it is a component.
const HEADER: usize = 8;
/// A manifest is read by people; 64 KiB are some 1,000 lines.
const MANIFEST_BYTES: usize = 64 << 10;

/// Imports and exports: a plugin has eight, one that was built with WASI some thirty more.
const MOST_NAMES: usize = 1_000;
/// Components within components: tools that adapt one to another nest three or four.
const DEEPEST: usize = 100;

/// What is known of a component before it is compiled.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) manifest: Manifest,
    /// Interfaces in full, as in `limosa:plugin/rows@0.1.0`.
    pub(crate) imports: Vec<String>,
    /// The same of what it offers.
    pub(crate) exports: Vec<String>,
    pub(crate) origins: Origins,
}

/// Reads a component that this program would run; `origin` names it in errors.
pub(crate) fn read(bytes: &[u8], origin: &str) -> Result<Reading> {
    let reading = look(bytes, origin)?;
    match problems(&reading).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(reading),
    }
}

/// Reads what a component says of itself, also of one that this program would not run.
pub(crate) fn look(bytes: &[u8], origin: &str) -> Result<Reading> {
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
    if !bytes.starts_with(b"\0asm") || bytes.len() < HEADER {
        return Err(not_a_plugin(
            "it is no WebAssembly file; name the .wasm file of the plugin".into(),
        ));
    }
    if !Parser::is_component(bytes) {
        return Err(not_a_plugin(
            "it is a bare WebAssembly module; `limosa plugin build` makes a component of a project, and `limosa-package MODULE plugin.toml OUT` (sdk/package) of a module"
                .into(),
        ));
    }
    let parts = parts(bytes).map_err(not_a_plugin)?;
    let broken = |reason: String| Error::Manifest {
        origin: origin.to_owned(),
        reason,
    };
    let section = match parts.manifests.as_slice() {
        [section] => *section,
        [] => {
            return Err(broken(format!(
                "there is none (custom section `{SECTION}`); `limosa plugin build` puts it in, and so does `limosa-package MODULE plugin.toml OUT` (sdk/package)"
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
    Ok(Reading {
        manifest,
        imports: parts.imports,
        exports: parts.exports,
        origins: parts.origins,
    })
}

struct Parts<'a> {
    manifests: Vec<&'a [u8]>,
    imports: Vec<String>,
    exports: Vec<String>,
    origins: Origins,
}

/// The parts of the outermost component; a section of a nested one is not its own.
fn parts(bytes: &[u8]) -> std::result::Result<Parts<'_>, String> {
    let damaged =
        |error: BinaryReaderError| format!("it is damaged ({})", bounded(&error.to_string()));
    let mut parts = Parts {
        manifests: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
        origins: Origins::default(),
    };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version { .. } if depth == DEEPEST => {
                return Err(format!(
                    "it has more than {DEEPEST} components within each other"
                ));
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() == SECTION => {
                parts.manifests.push(section.data());
            }
            Payload::CustomSection(section) => parts.origins.take(&section, depth == 1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import.map_err(damaged)?.name.name;
                    push(&mut parts.imports, name, "imports")?;
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let name = export.map_err(damaged)?.name.name;
                    push(&mut parts.exports, name, "exports")?;
                }
            }
            _ => {}
        }
    }
    Ok(parts)
}

fn push(names: &mut Vec<String>, name: &str, what: &str) -> std::result::Result<(), String> {
    if names.len() == MOST_NAMES {
        return Err(format!(
            "it {what} more than {MOST_NAMES} things, and a plugin {what} fewer than ten"
        ));
    }
    names.push(name.to_owned());
    Ok(())
}

/// Everything for which this program would not run it.
pub(crate) fn problems(reading: &Reading) -> Vec<Error> {
    let manifest = &reading.manifest;
    let plugin = || manifest.name.clone();
    let mut problems = Vec::new();
    let host = semver::Version::parse(grants::INTERFACE).ok();
    if !host.is_some_and(|host| manifest.interface.matches(&host)) {
        problems.push(Error::Interface {
            plugin: plugin(),
            required: manifest.interface.to_string(),
            host: grants::INTERFACE.into(),
        });
    }
    for import in &reading.imports {
        let names_no_lookup =
            import.starts_with("limosa:plugin/lookup@") && manifest.lookups.is_empty();
        let reason = grants::refusal(manifest.kind, import).or_else(|| {
            names_no_lookup.then(|| {
                "its manifest names no lookup; add `[lookups.NAME]` with a description".to_owned()
            })
        });
        if let Some(reason) = reason {
            problems.push(Error::Import {
                plugin: plugin(),
                import: bounded(import),
                reason,
            });
        }
    }
    let wanted = grants::export(manifest.kind);
    let serves = |name: &String| {
        grants::split(name)
            .is_some_and(|(interface, version)| interface == wanted && grants::serves(&version))
    };
    if !reading.exports.iter().any(serves) {
        let reason = format!(
            "it does not export `limosa:plugin/{wanted}@{}`, as its kind requires",
            grants::INTERFACE
        );
        problems.push(Error::Manifest {
            origin: plugin(),
            reason,
        });
    }
    problems
}
