//! Running the cases of a plugin: what came of each, and what should have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use limosa_database::question::Bounds;
use limosa_database::{Database, Role, open, probe as asked};
use limosa_model::{CheckKind, ColumnType, Field, Lookup, TableName, Value};
use limosa_plugin::{Plugin, Runtime};

use crate::case::Case;
use crate::cells::{batch, fields};
use crate::keys::Keys;
use crate::trial::{Found, TABLE, Trial};
use crate::{Error, Result};

/// How long a statement may take on the few rows of a case.
const STATEMENT: Duration = Duration::from_secs(10);

/// What came of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The name of its folder.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// What was otherwise than it should have been.
    pub problems: Vec<String>,
}

/// Runs all cases of the project in `folder` with the component given; those of a probe on a SQLite database of their own.
///
/// # Errors
/// If the plugin does not load, or a case cannot be read.
pub async fn cases(runtime: &Runtime, component: &[u8], folder: &Path) -> Result<Vec<CaseResult>> {
    let cases = Case::all(folder)?;
    let plugin = runtime.load(component, &folder.display().to_string())?;
    let mut results = Vec::new();
    for case in cases {
        case.suits(plugin.manifest().kind)?;
        let problems = match plugin.manifest().kind {
            CheckKind::Check => check(&plugin, &case).await,
            CheckKind::Probe => probe(&plugin, &case).await,
            CheckKind::Transform => transform(&plugin, &case).await,
        };
        results.push(CaseResult {
            problems: problems.or_else(told)?,
            name: case.name,
            description: case.written.description,
        });
    }
    Ok(results)
}

/// A plugin that refuses a case fails it; what is wrong with the case itself is no result.
fn told(error: Error) -> Result<Vec<String>> {
    match error {
        Error::Plugin { source } => Ok(vec![source.to_string()]),
        other => Err(other),
    }
}

fn trial(plugin: &Arc<Plugin>, case: &Case, fields: &[Field]) -> Result<Trial> {
    let roles: Vec<String> = case
        .written
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let lookups = case.written.targets.iter().map(|(name, keys)| {
        let columns = keys.first().map_or(fields.len(), Vec::len);
        let keys: BTreeSet<Vec<String>> = keys.iter().cloned().collect();
        (
            name.clone(),
            (columns, Arc::new(Keys(keys)) as Arc<dyn Lookup>),
        )
    });
    Trial::new(
        plugin,
        &roles,
        fields,
        case.written.settings.clone(),
        lookups.collect(),
    )
}

async fn check(plugin: &Arc<Plugin>, case: &Case) -> Result<Vec<String>> {
    let fields = case.fields()?;
    let trial = trial(plugin, case, &fields)?;
    // In two batches, so that rows are numbered across them.
    let batches = case.batches(&fields, case.rows.len().div_ceil(2))?;
    let found = Found::of(&trial.check(&batches).await?);
    Ok(compared(case, &found))
}

async fn probe(plugin: &Arc<Plugin>, case: &Case) -> Result<Vec<String>> {
    let fields = case.fields()?;
    let trial = trial(plugin, case, &fields)?;
    let folder =
        tempfile::tempdir().map_err(Error::file("make a folder in", std::env::temp_dir()))?;
    let database = database(case, &fields, folder.path()).await?;
    let dialect = database.dialect();
    let table = dialect.quote(TABLE);
    let bounds = Bounds {
        engine: dialect.engine(),
        table: TableName::new(TABLE),
        columns: fields.iter().map(|field| field.name.clone()).collect(),
    };
    let outcome = trial
        .bound
        .probe(
            asked(database.clone(), bounds, STATEMENT),
            dialect.engine(),
            &|name| dialect.quote(name),
            &table,
        )
        .await;
    Ok(compared(case, &Found::of(&outcome)))
}

/// A SQLite database that holds the rows of a case.
async fn database(case: &Case, fields: &[Field], folder: &Path) -> Result<Arc<dyn Database>> {
    let failed = |source| Error::Database {
        case: case.name.clone(),
        source: Box::new(source),
    };
    let path = folder.join("case.sqlite");
    let endpoint = format!("sqlite:{}", path.display());
    let database = open(&endpoint, Role::Target).await.map_err(failed)?;
    let dialect = database.dialect();
    // As NUMERIC, SQLite compares decimals as numbers, and keeps fifteen digits of them.
    let is_exact = |kind: &ColumnType| match kind {
        ColumnType::Decimal { precision, .. } => *precision <= 15,
        ColumnType::Number | ColumnType::Unsigned => false,
        _ => true,
    };
    if let Some(field) = fields.iter().find(|field| !is_exact(&field.column_type)) {
        return Err(case.wrong(format!(
            "column {} is {}, and the database of a probe's case keeps decimals of at most 15 digits",
            field.name, field.column_type
        )));
    }
    let columns: Vec<String> = fields
        .iter()
        .map(|field| {
            format!(
                "{} {}",
                dialect.quote(&field.name),
                declared(&field.column_type)
            )
        })
        .collect();
    let table = dialect.quote(TABLE);
    let create = format!("CREATE TABLE {table} ({})", columns.join(", "));
    database.define(&create).await.map_err(failed)?;
    let rows = batch(fields, &case.rows).map_err(|reason| case.wrong(reason))?;
    let insert = format!(
        "INSERT INTO {table} VALUES ({})",
        vec!["?"; fields.len()].join(", ")
    );
    let places: Vec<usize> = (0..fields.len()).collect();
    let mut session = database.session().await.map_err(failed)?;
    for row in 0..rows.len() {
        let values = rows.values(row, &places);
        session.execute(&insert, &values).await.map_err(failed)?;
    }
    drop(session);
    Ok(database)
}

/// A type of SQLite that keeps such values as they are.
fn declared(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean | ColumnType::Integer { .. } => "INTEGER",
        ColumnType::Float { .. } => "REAL",
        ColumnType::Bytes { .. } => "BLOB",
        ColumnType::Decimal { .. } => "NUMERIC",
        _ => "TEXT",
    }
}

/// Everything that was found otherwise than expected.
fn compared(case: &Case, found: &Found) -> Vec<String> {
    let expected = &case.written.expect;
    let mut problems = Vec::new();
    if let Some(verdict) = &expected.verdict
        && verdict != found.verdict
    {
        let because = if found.reason.is_empty() {
            String::new()
        } else {
            format!(": {}", found.reason)
        };
        problems.push(format!(
            "the verdict is {}, and {verdict} was expected{because}",
            found.verdict
        ));
    }
    if let Some(rows) = &expected.findings {
        problems.extend(differences("found", &found.rows, rows));
    }
    if let Some(counts) = &expected.counts {
        let codes: BTreeSet<&String> = counts.keys().chain(found.counts.keys()).collect();
        for code in codes {
            let of = |counts: &BTreeMap<String, u64>| counts.get(code).copied().unwrap_or(0);
            if of(counts) != of(&found.counts) {
                problems.push(format!(
                    "{code}: {} found, and {} expected",
                    of(&found.counts),
                    of(counts)
                ));
            }
        }
    }
    problems
}

async fn transform(plugin: &Arc<Plugin>, case: &Case) -> Result<Vec<String>> {
    let given = case.fields()?;
    let trial = trial(plugin, case, &given)?;
    let expected = fields(&case.written.expect.columns).map_err(|reason| case.wrong(reason))?;
    let outputs = trial.bound.outputs().await?;
    let described = |fields: &[Field]| {
        let each = fields
            .iter()
            .map(|field| format!("{} {}", field.name, field.column_type));
        each.collect::<Vec<_>>().join(", ")
    };
    if described(&outputs) != described(&expected) {
        return Ok(vec![format!(
            "the columns are {}, and {} were expected",
            described(&outputs),
            described(&expected)
        )]);
    }
    let made = trial
        .transform(&case.batches(&given, case.rows.len())?)
        .await?;
    let wanted = batch(&outputs, &case.expected_rows).map_err(|reason| case.wrong(reason))?;
    let places: Vec<usize> = (0..outputs.len()).collect();
    let mut problems = Vec::new();
    if made.rows.len() != wanted.len() {
        problems.push(format!(
            "{} rows came out, and {} were expected",
            made.rows.len(),
            wanted.len()
        ));
    }
    for (row, (_, values)) in made.rows.iter().enumerate().take(wanted.len()) {
        let wanted = wanted.values(row, &places);
        if *values != wanted {
            problems.push(format!(
                "row {row} of the output is {}, and {} was expected",
                list(values),
                list(&wanted)
            ));
        }
    }
    problems.extend(differences(
        "refused",
        &made.refused,
        &case.written.expect.refused,
    ));
    Ok(problems)
}

fn list(values: &[Value]) -> String {
    let each: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("({})", each.join(", "))
}

/// Which rows are under which code, and should not be, or the other way round.
fn differences<N: Ord + Copy + std::fmt::Display>(
    verb: &str,
    found: &BTreeMap<String, BTreeSet<N>>,
    expected: &BTreeMap<String, BTreeSet<N>>,
) -> Vec<String> {
    let none = BTreeSet::new();
    let codes: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let mut problems = Vec::new();
    for code in codes {
        let of = |rows: &BTreeMap<String, BTreeSet<N>>| rows.get(code).unwrap_or(&none).clone();
        let (found, expected) = (of(found), of(expected));
        let rows = |rows: Vec<&N>| {
            let each: Vec<String> = rows.iter().take(10).map(ToString::to_string).collect();
            let more = if rows.len() > 10 { " …" } else { "" };
            format!("{}{more}", each.join(", "))
        };
        let missing: Vec<&N> = expected.difference(&found).collect();
        if !missing.is_empty() {
            problems.push(format!(
                "{code}: not {verb}, and expected: row {}",
                rows(missing)
            ));
        }
        let surplus: Vec<&N> = found.difference(&expected).collect();
        if !surplus.is_empty() {
            problems.push(format!(
                "{code}: {verb}, and not expected: row {}",
                rows(surplus)
            ));
        }
    }
    problems
}
