//! Installing a plugin: looked at, signed or named by its digest, compiled elsewhere, tried out with exactly its grants, and
//! written down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind};
use limosa_plugin::{Admitted, Facts, Grant, Lock, Plugin, Review, interfaces, told};

use super::address::{fetch, is_address, shown};
use super::compiler::compile_apart;
use super::file::read;
use super::keep::refuse_revoked;
use super::rehearsal::rehearse;
use super::statements::{admit, look};
use super::trust::{signature_of, signer};
use crate::built_in::built_in;
use crate::configuration::is_path;
use crate::{Error, Result, Settings};

/// Interfaces that no grant needs: what they show is what the binding grants.
const USUAL: [&str; 5] = ["rows", "settings", "log", "findings", "output"];

/// What a reviewer decided.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Where it may look: bindings without the plugin's name.
    pub bindings: Vec<String>,
    /// Interfaces that it gets beyond the usual: `lookup`, `query`.
    pub grants: Vec<String>,
    /// The URLs of databases that it is held against.
    pub against: Vec<String>,
    /// The digest of the file that was reviewed: instead of a signature.
    pub sha256: Option<String>,
    /// Who decided.
    pub reviewer: String,
    /// Why.
    pub reason: String,
    /// When, in UTC.
    pub moment: String,
    /// Whether it may run although it gives different answers to the same rows.
    pub allow_unsteady: bool,
}

/// A plugin as it was found.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) facts: Facts,
    /// None: it is inside the program.
    pub(super) origin: Option<Origin>,
}

/// Where a plugin came from that is not inside the program.
pub(super) struct Origin {
    /// Its path or address.
    pub(super) place: String,
    /// What signs it, if something does.
    pub(super) signature: Option<String>,
}

impl Found {
    /// By its https address, the path of a file, or a name of those inside the program.
    pub(super) fn find(what: &str) -> Result<Self> {
        let signed = |signature| {
            Some(Origin {
                place: shown(what),
                signature,
            })
        };
        let (bytes, origin) = if is_address(what) {
            let (bytes, signature) = fetch(what)?;
            (bytes, signed(signature))
        } else if is_path(what) {
            let file = Path::new(what);
            (read(file)?, signed(signature_of(file)?))
        } else {
            let bytes = built_in(what).map(<[u8]>::to_vec).ok_or_else(|| {
                let ending = if Path::new(what).exists() { "" } else { ".wasm" };
                Error::configuration(format!(
                    "there is no plugin {what} inside the program; a file is named by its path (./{what}{ending})"
                ))
            })?;
            (bytes, None)
        };
        let facts = look(&bytes, &shown(what))?;
        Ok(Self {
            bytes,
            facts,
            origin,
        })
    }

    /// The one that a review is of, whatever it is by now.
    pub(super) fn of_review(settings: &Settings, name: &str, review: &Review) -> Result<Self> {
        match settings.lock.place_of(review) {
            Some(path) => Self::find(&path.display().to_string()),
            None => Self::find(name),
        }
    }
}

/// Installs a plugin that is not there yet.
///
/// # Errors
/// Everything for which it should not be: it is there, is not what was reviewed, asks for more than is granted, does not start.
pub async fn install(
    settings: &Settings,
    what: &str,
    decision: &Decision,
) -> Result<(Facts, Review)> {
    let found = Found::find(what)?;
    let name = found.facts.manifest.name.clone();
    let is_free = |lock: &Lock| match lock.plugins.get(&name) {
        None => Ok(()),
        Some(review) => {
            refuse_revoked(&name, review)?;
            // One inside the program that may look anywhere yet is narrowed to what is said here.
            if review.anywhere && found.origin.is_none() {
                return Ok(());
            }
            Err(Error::review(format!(
                "{name} is installed already; `limosa plugin update {}` shows what is new, and `limosa plugin remove {name}` removes it",
                shown(what)
            )))
        }
    };
    is_free(&settings.lock.read()?)?;
    let grants = binding_grants(&found.facts, decision)?;
    let review = reviewed(settings, what, &found, decision, grants).await?;
    // Compiling takes its time: somebody may have been there meanwhile.
    settings.lock.change(|lock| {
        is_free(lock)?;
        lock.plugins.insert(name.clone(), review.clone());
        Ok(())
    })?;
    Ok((found.facts, review))
}

/// Tries a plugin as it would run, and writes down what was decided of it.
pub(super) async fn reviewed(
    settings: &Settings,
    what: &str,
    found: &Found,
    decision: &Decision,
    grants: Vec<Grant>,
) -> Result<Review> {
    let facts = &found.facts;
    if let Some(problem) = facts.problems.first() {
        return Err(Error::review(problem.clone()));
    }
    let signer = proven(settings, found, decision)?;
    let granted = granted(facts, decision, &grants)?;
    admit(&facts.manifest, &grants)?;
    let plugin = try_out(settings, &shown(what), found, &granted)?;
    let steadiness = steadiness(&plugin, decision.allow_unsteady).await?;
    for url in &decision.against {
        rehearse(url, &facts.manifest, &grants).await?;
    }
    let file = match &found.origin {
        Some(_) => Some(settings.lock.keep(facts, &found.bytes)?),
        None => None,
    };
    Ok(Review {
        version: facts.manifest.version.clone(),
        digest: facts.digest.clone(),
        file,
        signer,
        reviewer: decision.reviewer.clone(),
        reviewed: decision.moment.clone(),
        reason: decision.reason.clone(),
        interfaces: granted,
        anywhere: false,
        grants,
        revoked: None,
        steadiness: Some(steadiness),
        says: told(facts),
    })
}

/// Who vouches for the bytes: a signer who is trusted, or the reviewer who names their digest.
fn proven(settings: &Settings, found: &Found, decision: &Decision) -> Result<Option<String>> {
    let facts = &found.facts;
    if let Some(named) = &decision.sha256
        && !named.eq_ignore_ascii_case(&facts.digest)
    {
        return Err(Error::review(format!(
            "the file has sha256 {}, and {named} was reviewed",
            facts.digest
        )));
    }
    let Some(Origin { place, signature }) = &found.origin else {
        // What is inside the program is as trusted as the program.
        return Ok(None);
    };
    let name = &facts.manifest.name;
    let signer = signature
        .as_ref()
        .map(|signature| signer(&settings.signers, name, place, &found.bytes, signature))
        .transpose()?;
    if signer.is_none() && decision.sha256.is_none() {
        return Err(Error::review(format!(
            "{place} is not signed; if it is the file that you reviewed, say so: --sha256 {}",
            facts.digest
        )));
    }
    Ok(signer)
}

/// Where the decision lets it look.
pub(super) fn binding_grants(facts: &Facts, decision: &Decision) -> Result<Vec<Grant>> {
    let name = &facts.manifest.name;
    let grant = |place: &String| {
        let refused = |reason: String| {
            Error::review(format!(
                "--bind '{place}' does not go with {name}: {reason}"
            ))
        };
        // As in `--check`, where the name stands before it.
        let bare = place.strip_prefix(&format!("{name}:")).unwrap_or(place);
        let binding: CheckBinding = format!("{name}:{bare}").parse().map_err(refused)?;
        let reason = if !binding.settings.is_empty() {
            "settings are no part of a grant; give them where it is run"
        } else if binding.into.is_some() && facts.manifest.kind != CheckKind::Transform {
            "only a transform makes a table"
        } else if binding.columns.iter().any(|(_, column)| column == "*") {
            "columns are named one by one"
        } else {
            return Grant::of(&facts.manifest, &binding).map_err(refused);
        };
        Err(refused(reason.into()))
    };
    let mut grants = Vec::new();
    for place in &decision.bindings {
        let grant = grant(place)?;
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    Ok(grants)
}

/// The interfaces that it gets: the usual ones that it asks for, and those that were granted.
fn granted(facts: &Facts, decision: &Decision, grants: &[Grant]) -> Result<BTreeSet<String>> {
    let asked = interfaces(facts);
    for grant in &decision.grants {
        if !asked.contains(grant) {
            let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            return Err(Error::review(format!(
                "--grant {grant}: {} does not ask for it; it asks for {}",
                facts.manifest.name,
                asked.join(", ")
            )));
        }
    }
    // Where it may look keys up is said by its bindings.
    let looks_up = grants.iter().any(|grant| !grant.lookups.is_empty());
    let is_granted = |interface: &String| {
        USUAL.contains(&interface.as_str())
            || decision.grants.contains(interface)
            || interface == "lookup" && looks_up
    };
    Ok(asked.into_iter().filter(is_granted).collect())
}

/// Compiled by a process that may take no more than its share, and really started with its grants.
fn try_out(
    settings: &Settings,
    what: &str,
    found: &Found,
    granted: &BTreeSet<String>,
) -> Result<Arc<Plugin>> {
    if let (Some(program), Some(_)) = (&settings.compiler, &found.origin) {
        compile_apart(program, what, &found.bytes)?;
    }
    let runtime = crate::host::runtime(false)?;
    let admitted = Admitted {
        interfaces: granted.clone(),
        permit: None,
    };
    runtime
        .load_with(&found.bytes, what, Some(admitted))
        .map_err(|source| Error::Plugin { source })
}

/// What is written down of one that was tried.
const STEADY: &str = "the same answer to the same rows, however they came";

/// One that says this now and that another time is no witness: not whatever it says, but that it can be relied on, is what a
/// run needs. What cannot be tried on made-up rows, since it wants a setting without a default or asks the database, is let by,
/// and that is written down.
async fn steadiness(plugin: &Arc<Plugin>, allow_unsteady: bool) -> Result<String> {
    if allow_unsteady {
        return Ok("not tried: it may be unsteady".into());
    }
    let tried = match limosa_workshop::unsteady(plugin, &BTreeMap::new()).await {
        Ok(tried) => tried,
        Err(source) => {
            let error = Error::Workshop { source };
            return Ok(format!("not tried: {}", error.report().message));
        }
    };
    if let Some(reason) = tried.stopped {
        return Err(Error::review(format!(
            "{} stops on rows that are made up for it: {reason}; `limosa plugin qualify` shows it, and `--allow-unsteady` lets it in all the same",
            plugin.manifest().name
        )));
    }
    match (tried.unsteady.first(), tried.not_tried) {
        (Some(way), _) => Err(Error::review(format!(
            "{} gives different answers to the same rows ({way}); `limosa plugin qualify` shows more, and `--allow-unsteady` lets it in all the same",
            plugin.manifest().name
        ))),
        (None, Some(reason)) if tried.tried.is_empty() => Ok(format!("not tried: {reason}")),
        (None, Some(reason)) => Ok(format!("{STEADY}; in part not tried: {reason}")),
        (None, None) => Ok(STEADY.into()),
    }
}
