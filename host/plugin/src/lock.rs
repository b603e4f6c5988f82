//! The lock file: which plugins may run, as somebody reviewed them, and what each may see.
//!
//! Everything in it was decided by a person at an install. A run asks it and never writes it.

use std::collections::{BTreeMap, BTreeSet};

use limosa_model::{CheckBinding, Field, TableName};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::binding::{accept, lookups_of, roles_of};
use crate::facts::Facts;
use crate::manifest::{Manifest, check_name};
use crate::visible::{mistake, visible};

/// The form of the file that this program reads and writes.
const FORM: u32 = 1;
/// A file larger than this holds no reviews.
const MOST_BYTES: usize = 4 << 20;
/// Where installed plugins lie, beside the lock file.
pub const LOCK_FOLDER: &str = "limosa-plugins";

/// All reviews.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    form: u32,
    /// By name, one review each.
    #[serde(default)]
    pub plugins: BTreeMap<String, Review>,
}

/// What was reviewed, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The version that its manifest says.
    pub version: Version,
    /// SHA-256 of the file, in hexadecimal digits.
    pub digest: String,
    /// Where it lies, relative to the lock file; none: inside the program.
    pub file: Option<String>,
    /// The key that signed it, if one did.
    pub signer: Option<String>,
    /// Who reviewed it.
    pub reviewer: String,
    /// When, in UTC.
    pub reviewed: String,
    /// Why it is there.
    pub reason: String,
    /// Interfaces that it gets, without version: `rows`, `findings` …
    pub interfaces: BTreeSet<String>,
    /// It may be bound to any columns: those inside the program, until somebody says otherwise.
    #[serde(default)]
    pub anywhere: bool,
    /// Where it may look.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// It may not run any more.
    pub revoked: Option<Revocation>,
    /// What came of the trial whether it says the same of the same rows, however they come; none: there was no trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steadiness: Option<String>,
    /// What it said of itself when it was reviewed, line by line: what another version is held against.
    #[serde(default)]
    pub says: BTreeMap<String, String>,
}

/// One place where a plugin may look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The table.
    pub table: TableName,
    /// By role of its manifest: the columns.
    pub columns: BTreeMap<String, Vec<String>>,
    /// By lookup of its manifest: table and columns, as in `patients.id`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, String>,
    /// The statements that it may run there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
}

/// That a plugin may not run any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Who said so.
    pub by: String,
    /// When, in UTC.
    pub at: String,
    /// Why.
    pub reason: String,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            form: FORM,
            plugins: BTreeMap::new(),
        }
    }
}

impl Lock {
    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("it has more than {MOST_BYTES} bytes"));
        }
        let lock: Self = toml::from_str(text).map_err(|error| mistake(&error))?;
        if lock.form != FORM {
            return Err(format!(
                "it is of form {}, and this program knows form {FORM}; update the program",
                lock.form
            ));
        }
        for (name, review) in &lock.plugins {
            check_name("a plugin", name)?;
            review
                .check()
                .map_err(|reason| format!("the review of {}: {reason}", visible(name)))?;
        }
        Ok(lock)
    }

    /// The text that [`Lock::parse`] reads.
    ///
    /// # Errors
    /// If the names in it cannot be written, which they all can.
    pub fn text(&self) -> Result<String, String> {
        let body = toml::to_string_pretty(self).map_err(|error| error.to_string())?;
        Ok(format!(
            "# Which plugins may run, as they were reviewed. Written by `limosa plugin`.\n\n{body}"
        ))
    }

    /// The review of the file with this digest, whatever it is called; of several the one that was revoked.
    pub fn of_digest(&self, digest: &str) -> Option<(&str, &Review)> {
        let plugins = self.plugins.iter();
        let found = plugins.filter(|(_, review)| review.digest == digest);
        let found = found.max_by_key(|(_, review)| review.revoked.is_some());
        found.map(|(name, review)| (name.as_str(), review))
    }
}

impl Review {
    /// What a hand may have written into the file and no install does.
    fn check(&self) -> Result<(), String> {
        let is_digest =
            self.digest.len() == 64 && self.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return Err("its digest is not 64 hexadecimal digits".to_owned());
        }
        if let Some(file) = &self.file {
            // One plain name in one folder: the file is read, and removed.
            let name = file
                .strip_prefix(LOCK_FOLDER)
                .and_then(|rest| rest.strip_prefix('/'))
                .filter(|name| {
                    name.ends_with(".wasm")
                        && !name.starts_with('.')
                        && !name.contains(['/', '\\', '\0'])
                });
            if name.is_none() {
                return Err(format!("its file must be {LOCK_FOLDER}/NAME.wasm"));
            }
            if self.anywhere {
                return Err("only a plugin inside the program may look anywhere".to_owned());
            }
        }
        let interfaces = self.interfaces.iter().map(|name| ("an interface", name));
        for (what, name) in interfaces.chain(self.grants.iter().flat_map(Grant::names)) {
            check_name(what, name)?;
        }
        let texts = [&self.reviewer, &self.reviewed, &self.reason];
        let revoked = self
            .revoked
            .iter()
            .flat_map(|revoked| [&revoked.by, &revoked.at, &revoked.reason]);
        let signer = self
            .signer
            .iter()
            .chain(self.says.keys())
            .chain(self.says.values());
        if texts
            .into_iter()
            .chain(revoked)
            .chain(signer)
            .any(|text| visible(text) != *text)
        {
            return Err("it holds characters that a reader does not see".to_owned());
        }
        Ok(())
    }

    /// That the plugin in the file is the one that this stands for.
    ///
    /// # Errors
    /// What is another.
    pub fn names(&self, name: &str, manifest: &Manifest) -> Result<(), String> {
        if name == manifest.name && self.version == manifest.version {
            return Ok(());
        }
        Err(format!(
            "the lock says that it is {} {}, and it says that it is {} {}",
            name, self.version, manifest.name, manifest.version
        ))
    }

    /// That a file is the one that was reviewed, and was not revoked.
    ///
    /// # Errors
    /// Why it may not run.
    pub fn admits(&self, digest: &str) -> Result<(), String> {
        if let Some(revoked) = &self.revoked {
            return Err(format!(
                "{} revoked it on {}: {}",
                revoked.by, revoked.at, revoked.reason
            ));
        }
        if self.digest != digest {
            return Err(format!(
                "its bytes are not those that were reviewed (sha256 {digest}, reviewed was {}); `limosa plugin update FILE` shows what changed",
                self.digest
            ));
        }
        Ok(())
    }

    /// That it may look where a binding says.
    ///
    /// # Errors
    /// What was granted instead, and the option that would grant it.
    pub fn permits(&self, manifest: &Manifest, binding: &CheckBinding) -> Result<(), String> {
        if self.anywhere {
            return Ok(());
        }
        let wanted = Grant::of(manifest, binding)?;
        if self.grants.contains(&wanted) {
            return Ok(());
        }
        let granted: Vec<String> = self.grants.iter().map(Grant::described).collect();
        let granted = if granted.is_empty() {
            "nothing".to_owned()
        } else {
            granted.join("; ")
        };
        Err(format!(
            "it was granted {granted}, and not {}; if it should have that, `limosa plugin grant {} --bind '{}'`",
            wanted.described(),
            manifest.name,
            binding.place()
        ))
    }
}

impl Grant {
    /// Those of a manifest, with what they are of.
    fn names(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let roles = self.columns.keys().map(|name| ("a role", name));
        let lookups = self.lookups.keys().map(|name| ("a lookup", name));
        let statements = self.statements.iter().map(|name| ("a statement", name));
        roles.chain(lookups).chain(statements)
    }

    /// What a binding asks for.
    ///
    /// # Errors
    /// If the binding does not go with the manifest.
    pub fn of(manifest: &Manifest, binding: &CheckBinding) -> Result<Self, String> {
        let lookups = lookups_of(manifest, binding)?;
        let lookups = lookups.into_iter().map(|(name, target)| {
            (
                name,
                format!("{}.{}", target.table, target.columns.join(",")),
            )
        });
        Ok(Self {
            table: binding.table.clone(),
            columns: roles_of(manifest, binding)?,
            lookups: lookups.collect(),
            statements: manifest.statements.keys().cloned().collect(),
        })
    }

    /// That the granted columns are among those of a table and have types that their roles take.
    ///
    /// # Errors
    /// What is not there, or what a role takes instead.
    pub fn fits(&self, manifest: &Manifest, fields: &[Field]) -> Result<(), String> {
        for role in &manifest.roles {
            for column in self.columns.get(&role.name).into_iter().flatten() {
                let field = fields.iter().find(|field| &field.name == column);
                let field = field.ok_or_else(|| {
                    let there: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                    format!(
                        "the table has no column `{column}`; it has {}",
                        there.join(", ")
                    )
                })?;
                accept(role, field)?;
            }
        }
        Ok(())
    }

    /// That a manifest has the roles, lookups and statements that were granted.
    ///
    /// # Errors
    /// What it does not have, or has besides.
    pub fn goes_with(&self, manifest: &Manifest) -> Result<(), String> {
        let roles: BTreeSet<&str> = manifest
            .roles
            .iter()
            .map(|role| role.name.as_str())
            .collect();
        let granted: BTreeSet<&str> = self.columns.keys().map(String::as_str).collect();
        let same = roles == granted
            && self.lookups.keys().eq(manifest.lookups.keys())
            && self.statements.iter().eq(manifest.statements.keys());
        if same {
            return Ok(());
        }
        Err("has other roles, lookups or statements".to_owned())
    }

    /// In words: `orders (reference: customer_id) with lookup target in customers.id`.
    pub fn described(&self) -> String {
        let columns = self.columns.iter();
        let columns: Vec<String> = columns
            .map(|(role, columns)| format!("{role}: {}", columns.join(", ")))
            .collect();
        let lookups = self.lookups.iter();
        let lookups: String = lookups
            .map(|(name, target)| format!(" with lookup {name} in {target}"))
            .collect();
        let statements = if self.statements.is_empty() {
            String::new()
        } else {
            format!(", and runs its statements {}", self.statements.join(", "))
        };
        format!(
            "{} ({}){lookups}{statements}",
            self.table,
            columns.join("; ")
        )
    }
}

/// The interfaces that a plugin asks for, without package and version.
pub fn interfaces(facts: &Facts) -> BTreeSet<String> {
    let imports = facts.imports.iter();
    let interfaces = imports.filter_map(|import| crate::grants::split(&import.name));
    interfaces
        .map(|(interface, _)| interface.to_owned())
        .collect()
}
