//! What a reviewer reads of a plugin: everything that its file says, of which nothing runs.

use std::collections::{BTreeMap, BTreeSet};

use limosa_model::digest;
use serde::Serialize;
use serde_json::Value;

use crate::component::{Producer, look, problems};
use crate::limits::Limits;
use crate::lock::interfaces;
use crate::manifest::Manifest;
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
    pub imports: Vec<Import>,
    /// What it offers.
    pub exports: Vec<String>,
    /// Bytes of memory that it gets.
    pub memory_bytes: usize,
    /// Milliseconds that it gets for one batch.
    pub batch_milliseconds: u128,
    /// What made it, as the file says.
    pub producers: BTreeSet<Producer>,
    /// Why this program would not run it; empty: it would.
    pub problems: Vec<String>,
}

/// An interface that a plugin asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// In full, as in `limosa:plugin/rows@0.1.0`.
    pub name: String,
    /// What it can do with it.
    pub meaning: String,
}

/// Reads the facts; `origin` names the file in errors.
///
/// # Errors
/// If it is no component, or says nothing of itself.
pub fn inspect(bytes: &[u8], origin: &str) -> Result<Facts> {
    let reading = look(bytes, origin)?;
    let limits = Limits::grant(&reading.manifest.limits);
    let meaning = |name: &String| Import {
        name: crate::failure::bounded(name),
        meaning: grants::meaning(name)
            .unwrap_or("nothing that a plugin gets")
            .to_owned(),
    };
    Ok(Facts {
        digest: digest(bytes),
        bytes: bytes.len(),
        imports: reading.imports.iter().map(meaning).collect(),
        exports: reading
            .exports
            .iter()
            .map(|name| crate::failure::bounded(name))
            .collect(),
        memory_bytes: limits.memory,
        batch_milliseconds: limits.call.as_millis(),
        problems: problems(&reading).iter().map(ToString::to_string).collect(),
        producers: reading.producers,
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
