//! Another version of an installed plugin, and other grants for it: nothing is widened that nobody said.

use limosa_plugin::{Facts, Review};

use super::difference::{Change, difference};
use super::install::{Decision, Found, binding_grants, reviewed};
use super::keep::{refuse_revoked, review_of};
use super::rehearsal::rehearse;
use super::statements::admit;
use crate::{Error, Result, Settings};

/// What an update would change, and whether it was made.
#[derive(Clone, Debug)]
pub struct Update {
    /// The new version.
    pub facts: Facts,
    /// What differs from the installed one.
    pub changes: Vec<Change>,
    /// The new review; none: nothing was decided yet.
    pub review: Option<Review>,
}

/// Puts another version in an installed plugin's place. Without a decision it only says what differs; `shown` sees that before
/// anything is decided, also where the decision is refused.
///
/// What the installed one was granted, the new one gets: no other place, and no other interface than those and what is
/// granted now.
///
/// # Errors
/// As for an install.
pub async fn update(
    settings: &Settings,
    what: &str,
    decision: Option<&Decision>,
    shown: &(dyn Fn(&Update) + Sync),
) -> Result<Update> {
    let found = Found::find(what)?;
    let manifest = &found.facts.manifest;
    let name = manifest.name.clone();
    let lock = settings.lock.read()?;
    let Some(before) = lock.plugins.get(&name) else {
        return Err(Error::review(format!(
            "{name} is not installed; `limosa plugin install {}` installs it",
            super::address::shown(what)
        )));
    };
    let mut update = Update {
        changes: difference(before, &found.facts),
        facts: found.facts.clone(),
        review: None,
    };
    shown(&update);
    let Some(decision) = decision else {
        return Ok(update);
    };
    refuse_revoked(&name, before)?;
    if manifest.version < before.version {
        return Err(Error::review(format!(
            "{name} {} is installed, and {} is older; remove the one to install the other",
            before.version, manifest.version
        )));
    }
    for grant in &before.grants {
        grant.goes_with(manifest).map_err(|reason| {
            Error::review(format!(
                "{name} was granted {}, and the new version {reason}; remove it and install it anew",
                grant.described()
            ))
        })?;
    }
    let mut decision = decision.clone();
    let asked = limosa_plugin::interfaces(&found.facts);
    let kept = before.interfaces.intersection(&asked);
    decision.grants.extend(kept.cloned());
    let mut review = reviewed(settings, what, &found, &decision, before.grants.clone()).await?;
    review.anywhere = before.anywhere && found.origin.is_none();
    settings.lock.change(|lock| {
        if lock.plugins.get(&name) != Some(before) {
            return Err(Error::review(format!(
                "somebody else changed what is said of {name} meanwhile; look again"
            )));
        }
        lock.plugins.insert(name.clone(), review.clone());
        Ok(())
    })?;
    settings.lock.let_go(before)?;
    update.review = Some(review);
    Ok(update)
}

/// Lets an installed plugin look at more places.
///
/// # Errors
/// If it is not installed, or a place does not go with it.
pub async fn grant(settings: &Settings, name: &str, decision: &Decision) -> Result<Review> {
    let review = review_of(settings, &mut settings.lock.read()?, name)?.clone();
    refuse_revoked(name, &review)?;
    if review.anywhere {
        return Err(Error::review(format!(
            "{name} may look anywhere already; `limosa plugin install {name} --bind …` narrows it to one place"
        )));
    }
    let installed = Found::of_review(settings, name, &review)?;
    review
        .admits(&installed.facts.digest)
        .map_err(|reason| Error::review(format!("{name}: {reason}")))?;
    let grants = binding_grants(&installed.facts, decision)?;
    admit(&installed.facts.manifest, &grants)?;
    for url in &decision.against {
        rehearse(url, &installed.facts.manifest, &grants).await?;
    }
    settings.lock.change(|lock| {
        let review = review_of(settings, lock, name)?;
        for grant in grants {
            if !review.grants.contains(&grant) {
                review.grants.push(grant);
            }
        }
        // Who granted it answers for the whole from now on; why is kept beside why it was installed.
        let (by, why) = (&decision.reviewer, &decision.reason);
        review.reason += &format!("; {by} granted more on {}: {why}", decision.moment);
        Ok(review.clone())
    })
}
