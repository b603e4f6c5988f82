//! The statements of a probe, read before anything of it runs: each must be a question within what its binding grants.

use std::collections::BTreeMap;

use limosa_database::question::{Bounds, quoting};
use limosa_model::{Engine, TableName};
use limosa_plugin::{Facts, Grant, Manifest};

use crate::{Error, Result};

const ENGINES: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mysql];

/// Reads what a plugin says of itself; what is wrong with its statements is a reason not to run it, like any other.
pub(super) fn look(bytes: &[u8], origin: &str) -> Result<Facts> {
    let mut facts =
        limosa_plugin::inspect(bytes, origin).map_err(|source| Error::Plugin { source })?;
    facts
        .problems
        .extend(problems(&facts.manifest, &any_place(&facts.manifest)));
    Ok(facts)
}

/// That every statement is a question, for each engine that it has a text for, with the names of each place filled in.
pub(super) fn admit(manifest: &Manifest, grants: &[Grant]) -> Result<()> {
    let mut problems = grants.iter().flat_map(|grant| problems(manifest, grant));
    match problems.next() {
        Some(problem) => Err(Error::review(problem)),
        None => Ok(()),
    }
}

/// What each statement asks an engine, by name; those that have a text for it.
pub(super) fn filled(
    manifest: &Manifest,
    grant: &Grant,
    engine: Engine,
) -> std::result::Result<Vec<(String, String)>, String> {
    let dialect = quoting(engine);
    let table = dialect.table(&grant.table);
    let filled = manifest.filled(engine, &grant.columns, &|name| dialect.quote(name), &table)?;
    let texts = filled.into_iter();
    Ok(texts
        .filter_map(|(name, text)| Some((name, text?)))
        .collect())
}

fn problems(manifest: &Manifest, grant: &Grant) -> Vec<String> {
    let mut problems = Vec::new();
    for engine in ENGINES {
        let bounds = Bounds {
            engine,
            table: grant.table.clone(),
            columns: grant.columns.values().flatten().cloned().collect(),
        };
        let refused = |what: String, reason: String| {
            format!(
                "the plugin `{}` is no probe that this program runs: {what} for {engine} is refused: {reason}",
                manifest.name
            )
        };
        match filled(manifest, grant, engine) {
            Ok(statements) => {
                for (name, sql) in statements {
                    if let Err(reason) = bounds.admit(&sql) {
                        problems.push(refused(format!("its statement `{name}`"), reason));
                    }
                }
            }
            Err(reason) => problems.push(refused("a statement".to_owned(), reason)),
        }
    }
    problems
}

/// Made-up names, for where nobody said yet which they are: a table, and a column or two for each role.
fn any_place(manifest: &Manifest) -> Grant {
    let columns = manifest.roles.iter().map(|role| {
        let columns = if role.repeated {
            vec![format!("{} 1", role.name), format!("{} 2", role.name)]
        } else {
            vec![role.name.clone()]
        };
        (role.name.clone(), columns)
    });
    Grant {
        table: TableName::new("the bound table"),
        columns: columns.collect(),
        lookups: BTreeMap::new(),
        statements: manifest.statements.keys().cloned().collect(),
    }
}
