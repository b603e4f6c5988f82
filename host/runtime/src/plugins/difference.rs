//! What differs between a plugin that was reviewed and another version of it, line by line of what they say of themselves.

use std::collections::BTreeSet;

use limosa_plugin::{Facts, Review, told};
use serde::Serialize;

/// One thing that is new, gone, or says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What: `interface query`, `codes.negative.message`, `statements.total.sqlite` …
    pub what: String,
    /// What it was; none: it is new.
    pub before: Option<String>,
    /// What it is; none: it is gone.
    pub after: Option<String>,
}

/// Everything that differs from what was reviewed.
pub(super) fn difference(before: &Review, after: &Facts) -> Vec<Change> {
    let (mut old, mut new) = (before.says.clone(), told(after));
    old.insert("sha256".into(), before.digest.clone());
    new.insert("sha256".into(), after.digest.clone());
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .map(|name| Change {
            what: name.clone(),
            before: old.get(name).cloned(),
            after: new.get(name).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}
