//! A plugin held against a real database before it is installed: its columns are there, in types that it takes, and the database
//! understands each of its statements. Nothing of it runs, and nothing is written.

use limosa_database::{Database, Role, open};
use limosa_model::{Catalogue, CheckKind, LookupTarget, Table, TableName};
use limosa_plugin::{Grant, Manifest};
use limosa_scheduler::{PlanOptions, census, plan};

use super::statements::filled;
use crate::host::database_error;
use crate::{Error, Result};

/// Tries every place of a plugin on a database.
pub(super) async fn rehearse(url: &str, manifest: &Manifest, grants: &[Grant]) -> Result<()> {
    let database = open(url, Role::Source)
        .await
        .map_err(|error| database_error("opening the database of --against", error))?;
    let mut catalogue = database
        .catalogue()
        .await
        .map_err(|error| database_error("reading the catalogue of --against", error))?;
    let refused = |grant: &Grant, reason: String| {
        Error::review(format!(
            "{} does not go with {} ({}): {reason}",
            manifest.name,
            grant.table,
            database.endpoint()
        ))
    };
    let mut options = PlanOptions::default();
    for grant in grants {
        named(&catalogue, &grant.table).map_err(|reason| refused(grant, reason))?;
        for (name, target) in &grant.lookups {
            let reason = |reason| refused(grant, format!("lookup `{name}`: {reason}"));
            is_there(&catalogue, target).map_err(reason)?;
        }
        options.include.push(grant.table.clone());
    }
    let looking = |source| Error::Run {
        doing: "looking at the columns of --against".into(),
        source,
    };
    // Where an engine does not enforce types, the values say which they are.
    census(&database, None, &mut catalogue, &options)
        .await
        .map_err(looking)?;
    let plan = plan(database.as_ref(), &catalogue, database.as_ref(), &options).map_err(looking)?;
    for grant in grants {
        let table = plan.tables.iter().find(|table| table.source == grant.table);
        let Some(table) = table else {
            let reason = "it is a table that is not carried".to_owned();
            return Err(refused(grant, reason));
        };
        grant
            .fits(manifest, table.scanned_shape().fields())
            .map_err(|reason| refused(grant, reason))?;
        if manifest.kind == CheckKind::Probe {
            understood(&*database, manifest, grant).await?;
        }
    }
    Ok(())
}

/// The table of this name.
fn named<'a>(catalogue: &'a Catalogue, name: &TableName) -> std::result::Result<&'a Table, String> {
    catalogue.table(name).ok_or_else(|| {
        let there = catalogue.tables.iter();
        let there: Vec<String> = there.map(|table| table.name.to_string()).collect();
        format!("there is no table {name}; there are {}", there.join(", "))
    })
}

/// That keys can be looked up in a table and its columns.
fn is_there(catalogue: &Catalogue, target: &str) -> std::result::Result<(), String> {
    let target: LookupTarget = target.parse()?;
    let table = named(catalogue, &target.table)?;
    match target
        .columns
        .iter()
        .find(|name| table.column(name).is_none())
    {
        None => Ok(()),
        Some(missing) => {
            let there: Vec<&str> = table
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            let (name, there) = (&table.name, there.join(", "));
            Err(format!(
                "the table {name} has no column `{missing}`; it has {there}"
            ))
        }
    }
}

/// That the database prepares each statement, and has one.
async fn understood(database: &dyn Database, manifest: &Manifest, grant: &Grant) -> Result<()> {
    let engine = database.dialect().engine();
    let statements = filled(manifest, grant, engine).map_err(Error::review)?;
    for name in manifest.statements.keys() {
        let text = statements.iter().find(|(of, _)| of == name);
        let Some((_, sql)) = text else {
            return Err(Error::review(format!(
                "{} has no text of its statement `{name}` for {engine}",
                manifest.name
            )));
        };
        if let Err(error) = database.prepare(sql).await {
            return Err(Error::review(format!(
                "{} does not understand the statement `{name}` of {} on {}: {}",
                database.endpoint(),
                manifest.name,
                grant.table,
                chain(&error)
            )));
        }
    }
    Ok(())
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said += &format!(": {error}");
        cause = error.source();
    }
    said
}
