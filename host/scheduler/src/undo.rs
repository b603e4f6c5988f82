//! Removing what a migration created, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use limosa_database::{Book, Database};
use limosa_journal::Journal;
use limosa_model::{EventKind, MigrationId, Silent, TableName};

use crate::Result;
use crate::error::Doing;
use crate::lease::Keeper;

/// Drops the tables that the books name as created by the migration, then the books. Done again after a crash, it goes on.
/// Answers with the tables that were dropped.
///
/// # Errors
/// If the target refuses; what is left then stands in the books and in the message.
pub async fn roll_back(target: &Arc<dyn Database>) -> Result<Vec<TableName>> {
    let book = Book::of(target.as_ref());
    if !book
        .exist()
        .await
        .doing(|| "looking for the books in the target".into())?
    {
        return Ok(Vec::new());
    }
    let created = book
        .created()
        .await
        .doing(|| "reading what was created".into())?;
    let there = target
        .catalogue()
        .await
        .doing(|| "reading the target's catalogue".into())?;
    let tables: Vec<TableName> = created
        .into_iter()
        .filter(|name| there.table(name).is_some())
        .collect();
    for statement in target.dialect().drop_tables(&tables) {
        target
            .define(&statement)
            .await
            .doing(|| format!("dropping {}", names(&tables)))?;
    }
    let types = book
        .created_types()
        .await
        .doing(|| "reading what was created".into())?;
    for statement in target.dialect().drop_types(&types) {
        let doing = || format!("dropping the types {}", names(&types));
        target.define(&statement).await.doing(doing)?;
    }
    let mut schemas = book
        .created_schemas()
        .await
        .doing(|| "reading what was created".into())?;
    // One that others have put tables into meanwhile stays.
    let is_used = |schema: &str| {
        let mut others = there
            .tables
            .iter()
            .filter(|table| !tables.contains(&table.name));
        others.any(|table| table.name.schema() == Some(schema))
    };
    schemas.retain(|schema| there.schemas.contains(schema) && !is_used(schema));
    for statement in target.dialect().drop_schemas(&schemas) {
        let doing = || format!("dropping the schemas {}", schemas.join(", "));
        target.define(&statement).await.doing(doing)?;
    }
    let emptying = || "emptying the quarantine table".to_owned();
    if let Some(migration) = book.migration().await.doing(emptying)? {
        book.empty_quarantine(&migration).await.doing(emptying)?;
    }
    book.remove()
        .await
        .doing(|| "removing the books from the target".into())?;
    target
        .discard_if_new()
        .await
        .doing(|| "removing the file that the migration created".into())?;
    Ok(tables)
}

/// `a, b and 3 more`.
pub(crate) fn names(tables: &[TableName]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = tables
        .iter()
        .take(SHOWN)
        .map(TableName::to_string)
        .collect();
    let rest = tables.len().saturating_sub(SHOWN);
    if rest > 0 {
        format!("{} and {rest} more", shown.join(", "))
    } else {
        shown.join(", ")
    }
}

/// [`roll_back`] for a migration that no process is at work on: takes its lease and records the rollback. Answers with the
/// migration, if the target holds one, and the tables that were dropped.
///
/// # Errors
/// If a live process holds the migration, or the target or the journal refuses.
pub async fn roll_back_under_lease(
    target: &Arc<dyn Database>,
    journal: &Journal,
    by: &str,
    lease: Duration,
) -> Result<(Option<MigrationId>, Vec<TableName>)> {
    let migration = Book::of(target.as_ref())
        .migration()
        .await
        .doing(|| "looking for the books in the target".into())?;
    let Some(migration) = migration else {
        return Ok((None, Vec::new()));
    };
    let book = Book::of(target.as_ref());
    if book
        .is_finished()
        .await
        .doing(|| "looking for the books in the target".into())?
    {
        // Done and verified: what a crash left is only the books.
        book.remove()
            .await
            .doing(|| "removing the books from the target".into())?;
        return Ok((Some(migration), Vec::new()));
    }
    let keeper = Keeper::acquire(target, &migration, lease, &Silent).await?;
    let known = !journal.record(&migration).await?.events.is_empty();
    if known {
        let reason = "asked for on the command line".into();
        journal
            .append(&migration, by, EventKind::RollbackStarted { reason })
            .await?;
    }
    let dropped = roll_back(target).await?;
    drop(keeper);
    if known {
        journal
            .append(&migration, by, EventKind::RolledBack)
            .await?;
    }
    Ok((Some(migration), dropped))
}
