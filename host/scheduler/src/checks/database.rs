//! A whole database looked at apart from a migration's load: its probes, and its tables from end to end.

use std::sync::Arc;
use std::time::Duration;

use limosa_database::question::Bounds;
use limosa_database::{Database, probe as probe_query};
use limosa_model::{
    Catalogue, CheckKind, CheckOutcome, Code, Field, KeyRange, Observer, Plan, Progress, Shape,
    TableName, TablePlan,
};
use limosa_plugin::Scope;

use super::check::{At, Checks};
use super::inspectors::{Inspectors, Standing, table_of};
use crate::Stop;
use crate::comparison::carried_fields;
use crate::error::Doing;
use crate::pipeline::read_ahead;
use crate::{Error, Result};

/// How long a statement of a probe may take.
const STATEMENT: Duration = Duration::from_secs(600);

/// What `inspect` looks at: the whole of one database, apart from a migration.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The database.
    pub database: &'a Arc<dyn Database>,
    /// The same by the connection that probes ask by, which may be that of a lesser user.
    pub asked: &'a Arc<dyn Database>,
    /// What is in it: for lookups.
    pub catalogue: &'a Catalogue,
    /// The tables.
    pub plan: &'a Plan,
    /// Which side it is.
    pub at: At,
}

/// Runs the probes, then over whole tables the checks that `wanted` picks by their scope, each table scanned once for
/// all of its checks.
///
/// # Errors
/// If a binding does not fit or the database cannot be read.
pub async fn inspect(
    subject: &Subject<'_>,
    checks: &Checks,
    wanted: &(dyn Fn(Scope) -> bool + Sync),
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Vec<CheckOutcome>> {
    let Subject {
        database,
        asked,
        catalogue,
        plan,
        at,
    } = *subject;
    let mut outcomes = probe(asked, checks, plan, catalogue, at).await?;
    let inspectors = Inspectors::bind(
        checks,
        plan,
        catalogue,
        database,
        |table| fields(table, at),
        |bound| wanted(bound.scope()),
    )?;
    for table in &plan.tables {
        if !inspectors.look_at(&table.source) {
            continue;
        }
        if is_to_be_made(table, at) {
            let text = format!(
                "table {} is made on the way: its checks look at it in the migration, not in the source",
                table.source
            );
            observer.observe(&Progress::Note { text });
        } else {
            outcomes.extend(inspect_table(subject, &inspectors, table, observer, stop).await?);
        }
    }
    Ok(outcomes)
}

/// Whether only the target has such a table, and this is not the target.
fn is_to_be_made(table: &TablePlan, at: At) -> bool {
    table.is_made() && at == At::Source
}

async fn inspect_table(
    subject: &Subject<'_>,
    inspectors: &Inspectors,
    table: &TablePlan,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Vec<CheckOutcome>> {
    observer.observe(&Progress::TableStarted {
        work: "check",
        table: table.source.clone(),
        rows: table.estimated_rows,
    });
    let (name, shape, key): (&TableName, Arc<Shape>, Vec<String>) = match subject.at {
        At::Target => (&table.target, table.carried_shape(), table.target_key()),
        At::Source | At::InFlight => (&table.source, table.scanned_shape(), table.key.clone()),
    };
    let mut inspection = inspectors.start(&table.source)?;
    let mut batches = read_ahead(
        subject.database.clone(),
        name.clone(),
        shape,
        key,
        KeyRange::ALL,
    );
    loop {
        let ready = batches.recv_ready().await;
        let ready = ready.doing(|| format!("checking table {name}"))?;
        if ready.is_empty() {
            break;
        }
        if stop.is_requested() {
            return Err(Error::refused(
                Code::Interrupted,
                format!("stopped while checking table {name}"),
            ));
        }
        // The others have their say although one of them fails: a verdict is one on the whole table.
        if inspection.inspect(&ready).await? == Standing::None {
            break;
        }
        observer.observe(&Progress::Rows {
            table: table.source.clone(),
            rows: ready.iter().map(|batch| batch.len() as u64).sum(),
        });
    }
    observer.observe(&Progress::TableEnded {
        table: table.source.clone(),
    });
    Ok(inspection.close().await)
}

/// Runs the probes.
pub(crate) async fn probe(
    database: &Arc<dyn Database>,
    checks: &Checks,
    plan: &Plan,
    catalogue: &Catalogue,
    at: At,
) -> Result<Vec<CheckOutcome>> {
    let mut outcomes = Vec::new();
    for check in &checks.all {
        let table = table_of(check, plan, catalogue)?;
        let bound = check.plugin.bind(&check.binding, &fields(table, at))?;
        if bound.kind() != CheckKind::Probe || is_to_be_made(table, at) {
            continue;
        }
        let dialect = database.dialect();
        let name = if at == At::Target {
            &table.target
        } else {
            &table.source
        };
        check.plugin.permitted()?;
        let columns = bound.column_names().iter();
        let bounds = Bounds {
            engine: dialect.engine(),
            table: name.clone(),
            columns: columns
                .map(|column| called(table, column, at).to_owned())
                .collect(),
        };
        let query = probe_query(database.clone(), bounds, STATEMENT);
        let outcome = bound
            .probe(
                query,
                dialect.engine(),
                &|name| dialect.quote(called(table, name, at)),
                &dialect.table(name),
            )
            .await;
        // What it said meanwhile does not count, if it was revoked.
        check.plugin.permitted()?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// What one side calls a column of the source.
fn called<'a>(table: &'a TablePlan, name: &'a str, at: At) -> &'a str {
    let column = table.columns.iter().find(|column| column.name == name);
    match column {
        Some(column) if at == At::Target => &column.target_name,
        _ => name,
    }
}

/// The columns of a table in the types that one side has them in, by their names in the source.
fn fields(table: &TablePlan, at: At) -> Vec<Field> {
    if at == At::Source {
        table.scanned_shape().fields().to_vec()
    } else {
        carried_fields(table)
    }
}
