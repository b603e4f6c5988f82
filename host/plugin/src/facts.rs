//! What a reviewer reads of a plugin: everything that its file says, of which nothing runs.

use std::collections::BTreeMap;

use limosa_model::digest;
use serde::Serialize;
use serde_json::Value;

use crate::component::{look, problems};
use crate::limits::Limits;
use crate::lock::interfaces;
use crate::manifest::Manifest;
use crate::origins::Origins;
use crate::{Result, grants};

/// The facts.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// SHA-256 of the file, in hexadecimal digits.
    pub digest: String,
    /// The size of the file, in bytes.
    pub bytes: usize,
    /// What its manifest says.
    pub manifest: Manifest,
    /// What it asks for, interface by interface.
    pub imports: Vec<Interface>,
    /// What it offers, and the host calls.
    pub exports: Vec<Interface>,
    /// Bytes of memory that it gets.
    pub memory_bytes: usize,
    /// Milliseconds that it gets for one batch.
    pub batch_milliseconds: u128,
    /// What made it, out of what, as the file says.
    #[serde(flatten)]
    pub origins: Origins,
    /// Why this program would not run it; empty: it would.
    pub problems: Vec<String>,
}

/// An interface that a plugin asks for or offers.
#[derive(Clone, Debug, Serialize)]
pub struct Interface {
    /// In full, as in `limosa:plugin/rows@0.1.0`.
    pub name: String,
    /// What the plugin can do with it, or what the host does.
    pub meaning: String,
}

impl Interface {
    fn new(name: &str, meaning: Option<&str>, nothing: &str) -> Self {
        Self {
            name: crate::failure::bounded(name),
            meaning: meaning.unwrap_or(nothing).to_owned(),
        }
    }
}

/// Reads the facts; `origin` names the file in errors.
///
/// # Errors
/// If it is no component, or says nothing of itself.
pub fn inspect(bytes: &[u8], origin: &str) -> Result<Facts> {
    let reading = look(bytes, origin)?;
    let limits = Limits::grant(&reading.manifest.limits);
    let imported =
        |name: &String| Interface::new(name, grants::meaning(name), "nothing that a plugin gets");
    let exported = |name: &String| {
        Interface::new(
            name,
            grants::use_of(name),
            "nothing that this program calls",
        )
    };
    Ok(Facts {
        digest: digest(bytes),
        bytes: bytes.len(),
        imports: reading.imports.iter().map(imported).collect(),
        exports: reading.exports.iter().map(exported).collect(),
        memory_bytes: limits.memory,
        batch_milliseconds: limits.call.as_millis(),
        problems: problems(&reading).iter().map(ToString::to_string).collect(),
        origins: reading.origins,
        manifest: reading.manifest,
    })
}

/// Everything that a plugin says of itself, line by line: `codes.negative.message`, `statements.total.sqlite` …
pub fn told(facts: &Facts) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    // Manifests are plain data, which JSON takes whole.
    let manifest = serde_json::to_value(&facts.manifest).unwrap_or_default();
    flatten(String::new(), &manifest, &mut told);
    for interface in interfaces(facts) {
        told.insert(format!("interface {interface}"), "asked for".into());
    }
    told.insert("memory".into(), format!("{} MiB", facts.memory_bytes >> 20));
    told.insert("batch".into(), format!("{} ms", facts.batch_milliseconds));
    told
}

fn flatten(name: String, value: &Value, told: &mut BTreeMap<String, String>) {
    let inner = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(inner(key), value, told);
            }
        }
        // Roles and choices by their names, so that a new one in between is one change.
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                let key = item["name"]
                    .as_str()
                    .map_or_else(|| (position + 1).to_string(), str::to_owned);
                flatten(inner(&key), item, told);
            }
        }
        Value::String(text) => {
            told.insert(name, text.clone());
        }
        other => {
            told.insert(name, other.to_string());
        }
    }
}
