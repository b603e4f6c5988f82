//! What becomes of installed plugins: verified, revoked, removed.

use std::collections::BTreeMap;

use limosa_model::digest;
use limosa_plugin::{Facts, Lock, Review, Revocation, inspect};

use super::admission::bytes_of;
use crate::{Error, Result, Settings};

/// What an installed plugin says of itself, what was decided of it, and why its file is not what was reviewed, if so.
///
/// # Errors
/// If there is no such plugin, or its file cannot be read.
pub fn show(settings: &Settings, name: &str) -> Result<(Facts, Review, Option<String>)> {
    let review = review_of(settings, &mut settings.lock.read()?, name)?.clone();
    let bytes = bytes_of(&settings.lock, name, &review)?;
    let problem = review.admits(&digest(&bytes)).err();
    match (inspect(&bytes, name), problem) {
        (Ok(facts), problem) => Ok((facts, review, problem)),
        // What cannot even be read any more is told as that.
        (Err(_), Some(problem)) => Err(Error::review(format!(
            "the plugin {name} may not run: {problem}"
        ))),
        (Err(source), None) => Err(Error::Plugin { source }),
    }
}

/// By plugin: why it may not run, if so.
///
/// # Errors
/// If the lock file cannot be read.
pub fn verify(settings: &Settings) -> Result<BTreeMap<String, Option<String>>> {
    let lock = settings.lock.read()?;
    let mut verified = BTreeMap::new();
    for (name, review) in &lock.plugins {
        let bytes = bytes_of(&settings.lock, name, review);
        let bytes = bytes.map_err(|error| error.report().message);
        let problem = bytes.and_then(|bytes| {
            review.admits(&digest(&bytes))?;
            let facts = inspect(&bytes, name).map_err(|error| error.to_string())?;
            review.names(name, &facts.manifest)
        });
        verified.insert(name.clone(), problem.err());
    }
    Ok(verified)
}

/// Says that a plugin may not run any more.
///
/// # Errors
/// If there is no such plugin, or the lock file cannot be written.
pub fn revoke(settings: &Settings, name: &str, by: &str, at: &str, reason: &str) -> Result<()> {
    settings.lock.change(|lock| {
        let review = review_of(settings, lock, name)?;
        review.revoked = Some(Revocation {
            by: by.into(),
            at: at.into(),
            reason: reason.into(),
        });
        Ok(())
    })
}

/// Takes a plugin out of the lock file, and its file away.
///
/// # Errors
/// If there is no such plugin, or the lock file cannot be written.
pub fn remove(settings: &Settings, name: &str) -> Result<()> {
    let review = settings.lock.change(|lock| {
        let review = review_of(settings, lock, name)?.clone();
        lock.plugins.remove(name);
        Ok(review)
    })?;
    settings.lock.let_go(&review)
}

/// The review of a plugin, to be changed.
pub(super) fn review_of<'a>(
    settings: &Settings,
    lock: &'a mut Lock,
    name: &str,
) -> Result<&'a mut Review> {
    let known: Vec<String> = lock.plugins.keys().cloned().collect();
    lock.plugins.get_mut(name).ok_or_else(|| {
        Error::review(format!(
            "there is no plugin {name} in {}; it has {}",
            settings.lock.path().display(),
            known.join(", ")
        ))
    })
}

/// That a plugin was not revoked: what was is not brought back in passing.
pub(super) fn refuse_revoked(name: &str, review: &Review) -> Result<()> {
    match &review.revoked {
        None => Ok(()),
        Some(revoked) => Err(Error::review(format!(
            "{} revoked {name} on {}: {}; who wants it back removes it (`limosa plugin remove {name}`) and installs it anew",
            revoked.by, revoked.at, revoked.reason
        ))),
    }
}
