//! What a file says of where it comes from: what made it, out of what, and whose it is. Nothing is decided by it, and anybody can write it;
//! what cannot be read of it is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use flate2::read::ZlibDecoder;
use serde::{Deserialize, Serialize};
use wasmparser::{CustomSectionReader, KnownCustom, ProducersSectionReader};

use crate::failure::bounded;

/// The custom section that says what made a file.
const PRODUCERS: &str = "producers";
/// The one that says which crates are in it: JSON, compressed (github.com/rust-secure-code/cargo-auditable, PARSING.md).
const DEPENDENCIES: &str = ".dep-v0";
/// Texts of the component itself (github.com/WebAssembly/tool-conventions, and the annotations of OCI images, after which they are named).
const TEXTS: [&str; 7] = [
    "authors",
    "description",
    "homepage",
    "licenses",
    "revision",
    "source",
    "version",
];

/// Lines of `producers` sections that are kept: some tools write one for each module inside.
const MOST_PRODUCERS: usize = 100;
/// Crates that are kept; a plugin has some twenty.
const MOST_DEPENDENCIES: usize = 1_000;
/// Lists of them that are unpacked, one for each module inside: a file has room for a hundred thousand that are bombs.
const MOST_LISTS: usize = 16;
/// Of that JSON, unpacked: a thousand crates take 100 KB, and a file of nothing but zeros a thousandth of what it unpacks to.
const MOST_UNPACKED: u64 = 1 << 20;

/// All that a file says so.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Origins {
    /// What made it, as its `producers` sections say: language, compiler, tools, each with its version.
    pub producers: BTreeSet<Producer>,
    /// What it is made of, as `cargo auditable` writes it down; empty: the file does not say.
    pub dependencies: BTreeSet<Dependency>,
    /// Whether it says more of that than could be read, or is kept.
    pub is_cut: bool,
    /// Texts by their names: `authors`, `source`, `revision` …
    pub texts: BTreeMap<String, String>,
    /// Lists of dependencies that were unpacked.
    #[serde(skip)]
    lists: usize,
}

/// One line of a `producers` section (github.com/WebAssembly/tool-conventions, ProducersSection.md).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Which.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
}

/// A library that is part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dependency {
    /// Which.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it was had from: `crates.io`, `git`, `local`.
    pub source: String,
}

impl Origins {
    /// Takes in a section of the component, or of something inside it: the tools and libraries of a module inside are those of the whole, its
    /// texts are not.
    pub(crate) fn take(&mut self, section: &CustomSectionReader<'_>, is_outermost: bool) {
        match section.name() {
            PRODUCERS => {
                if let KnownCustom::Producers(fields) = section.as_known() {
                    self.take_producers(fields);
                }
            }
            DEPENDENCIES => self.take_dependencies(section.data()),
            name if is_outermost && TEXTS.contains(&name) => {
                // Of several with one name the first counts, as nobody knows better.
                let text = bounded(&String::from_utf8_lossy(section.data()));
                self.texts.entry(name.to_owned()).or_insert(text);
            }
            _ => {}
        }
    }

    fn take_producers(&mut self, fields: ProducersSectionReader<'_>) {
        for field in fields.into_iter().flatten() {
            for value in field.values.into_iter().flatten() {
                if self.producers.len() == MOST_PRODUCERS {
                    return;
                }
                self.producers.insert(Producer {
                    field: bounded(field.name),
                    name: bounded(value.name),
                    version: bounded(value.version),
                });
            }
        }
    }

    fn take_dependencies(&mut self, packed: &[u8]) {
        if self.lists == MOST_LISTS {
            self.is_cut = true;
            return;
        }
        self.lists += 1;
        let mut json = Vec::new();
        // What is longer is cut, and JSON that is cut is none.
        let mut unpacked = ZlibDecoder::new(packed).take(MOST_UNPACKED);
        let read = unpacked.read_to_end(&mut json);
        let Ok(list) = read.and_then(|_| Ok(serde_json::from_slice::<Packages>(&json)?)) else {
            self.is_cut = true;
            return;
        };
        let parts = list.packages.iter();
        for package in parts.filter(|package| package.kind != Kind::Build && !package.root) {
            if self.dependencies.len() == MOST_DEPENDENCIES {
                self.is_cut = true;
                return;
            }
            self.dependencies.insert(Dependency {
                name: bounded(&package.name),
                version: bounded(&package.version),
                source: bounded(&package.source),
            });
        }
    }
}

#[derive(Deserialize)]
struct Packages {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    root: bool,
}

/// What it was needed for.
#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Runtime,
    /// Not in the file.
    Build,
    /// Of which nobody knows; it may be in the file.
    #[serde(other)]
    Other,
}
