//! Cutover preparation: foreign keys after their orphans were counted, and identities.

use std::time::Duration;

use async_trait::async_trait;
use limosa_database::{Database, Dialect};
use limosa_model::{CheckConstraint, Code, ForeignKey, Stage, TablePlan, Value};

use super::Work;
use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result};

pub(super) struct CutoverPreparation;

/// How long the count of one key's orphans may take.
const COUNTING: Duration = Duration::from_secs(3600);

#[async_trait]
impl Work for CutoverPreparation {
    fn stage(&self) -> Stage {
        Stage::CutoverPreparation
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let there = run.target_catalogue().await?;
        // Orphans are counted by queries that the target plans.
        if run
            .plan
            .tables
            .iter()
            .any(|table| !table.foreign_keys.is_empty())
        {
            run.statistics.are_fresh().await?;
        }
        for table in &run.plan.tables {
            for key in &table.foreign_keys {
                let exists = there.table(&table.target).is_some_and(|found| {
                    found
                        .foreign_keys
                        .iter()
                        .any(|other| other.name == key.name)
                });
                add_foreign_key(run, table, key, exists).await?;
            }
            for check in &table.checks {
                let known = there.table(&table.target);
                let exists = known
                    .is_some_and(|known| known.checks.iter().any(|other| other.name == check.name));
                if !exists {
                    add_check(run, table, check).await?;
                }
            }
            for statement in run.target().dialect().restart_identity(table) {
                run.define(&statement, || {
                    format!("setting the next number of table {}", table.target)
                })
                .await?;
            }
        }
        Ok(())
    }
}

async fn add_check(run: &Run<'_>, table: &TablePlan, check: &CheckConstraint) -> Result<()> {
    let dialect = run.target().dialect();
    let Some(statement) = dialect.add_check(&table.target, check) else {
        return Ok(());
    };
    let name = check.name.as_deref().unwrap_or_default();
    let doing = || format!("adding the check {name} to table {}", table.target);
    match run.define(&statement, doing).await {
        // The source had it from a day after those rows, or does not keep to it.
        Err(error) if is_refused(&error) => {
            run.warn(format!(
                "the check {name} was left out: {}",
                error.report().message
            ));
            Ok(())
        }
        other => other,
    }
}

/// Whether the target understood and said no.
fn is_refused(error: &Error) -> bool {
    !error.is_retryable() && matches!(error.code(), Code::Plan | Code::Data)
}

async fn add_foreign_key(
    run: &Run<'_>,
    table: &TablePlan,
    key: &ForeignKey,
    exists: bool,
) -> Result<()> {
    let orphans = orphans(run.target().as_ref(), table, key).await?;
    if orphans > 0 {
        run.warn(format!(
            "{orphans} rows of table {} refer by {} to rows that are not in {}",
            table.source,
            key.columns.join(", "),
            key.parent
        ));
    }
    if exists {
        return Ok(());
    }
    let dialect = run.target().dialect();
    let Some(statement) = dialect.add_foreign_key(&table.target, key, orphans > 0) else {
        if orphans > 0 && dialect.add_foreign_key(&table.target, key, false).is_some() {
            run.warn(format!("the foreign key {} was left out: the target cannot have it while those rows are there", key.name));
        }
        return Ok(());
    };
    if orphans > 0 {
        run.warn(format!(
            "the foreign key {} was added for new rows only (NOT VALID)",
            key.name
        ));
    }
    let added = run
        .define(&statement, || {
            format!("adding the foreign key {}", key.name)
        })
        .await;
    match added {
        // The source lived without the target's rule (a parent that need not be unique, say); the rows are not at fault.
        Err(error) if !error.is_retryable() && error.code() == limosa_model::Code::Plan => {
            run.warn(format!(
                "the foreign key {} was left out: {}",
                key.name,
                error.report().message
            ));
            Ok(())
        }
        other => other,
    }
}

/// Rows that refer to nothing, on the target.
async fn orphans(database: &dyn Database, table: &TablePlan, key: &ForeignKey) -> Result<u64> {
    let dialect: &dyn Dialect = database.dialect();
    let present: Vec<String> = key
        .columns
        .iter()
        .map(|column| format!("c.{} IS NOT NULL", dialect.quote(column)))
        .collect();
    let matching: Vec<String> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(column, parent)| {
            format!("p.{} = c.{}", dialect.quote(parent), dialect.quote(column))
        })
        .collect();
    let sql = format!(
        "SELECT count(*) AS orphans FROM {} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
        dialect.table(&table.target),
        present.join(" AND "),
        dialect.table(&key.parent),
        matching.join(" AND ")
    );
    let doing = || format!("counting the rows that break the foreign key {}", key.name);
    let rows = database.query(&sql, 1, COUNTING).await.doing(doing)?;
    Ok(match rows.value(0, 0) {
        Value::Integer(count) => u64::try_from(count).unwrap_or(0),
        _ => 0,
    })
}
