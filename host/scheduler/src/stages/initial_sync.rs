//! Initial sync: every row, chunk by chunk, each checked on its way; then keys and indexes.

use std::collections::BTreeMap;
use std::time::Instant;

use async_trait::async_trait;
use limosa_database::Entry;
use limosa_model::{
    CheckOutcome, Code, Key, KeyRange, Progress, Stage, Table, TableName, TablePlan,
};

use super::{Work, judge};
use crate::checks::At;
use crate::error::Doing;
use crate::migration::Run;
use crate::pipeline::copy_chunk;
use crate::{Error, Result};

pub(super) struct InitialSync;

#[async_trait]
impl Work for InitialSync {
    fn stage(&self) -> Stage {
        Stage::InitialSync
    }

    /// Also when done: its counts and findings, which stand in the ledger, belong into the report.
    fn runs_always(&self) -> bool {
        true
    }

    async fn run(&self, run: &mut Run<'_>) -> Result<()> {
        let mut done: BTreeMap<TableName, Vec<Entry>> = BTreeMap::new();
        for entry in run
            .book()
            .entries()
            .await
            .doing(|| "reading the ledger".into())?
        {
            done.entry(entry.table.clone()).or_default().push(entry);
        }
        // One look for all tables: some servers take long to answer.
        let there = run
            .target()
            .catalogue()
            .await
            .doing(|| "reading the target's catalogue".into())?;
        for table in run.plan.tables.clone() {
            let clock = Instant::now();
            let entries = done.remove(&table.source).unwrap_or_default();
            copy_table(run, &table, &entries).await?;
            build_indexes(run, &table, there.table(&table.target)).await?;
            run.table_report(&table.source).seconds += clock.elapsed().as_secs_f64();
        }
        Ok(())
    }
}

/// Copies what the ledger does not have yet. Chunks are copied in the order of their keys, so what is done is a
/// chain of ranges from the beginning.
async fn copy_table(run: &mut Run<'_>, table: &TablePlan, entries: &[Entry]) -> Result<()> {
    let observer = run.observer();
    observer.observe(&Progress::TableStarted {
        work: "copy",
        table: table.source.clone(),
        rows: table.estimated_rows,
    });
    take_earlier(run, table, entries).await?;
    let mut after: Option<Key> = None;
    loop {
        run.may_go_on()?;
        if let Some(entry) = entries.iter().find(|entry| entry.range.after == after) {
            observer.observe(&Progress::Rows {
                table: table.source.clone(),
                rows: entry.rows,
            });
            match &entry.range.through {
                Some(through) => after = Some(through.clone()),
                None => break,
            }
            continue;
        }
        let through = boundary(run, table, after.clone()).await?;
        let range = KeyRange { after, through };
        match copy_chunk(run, table, &range).await? {
            Some(copied) => {
                let report = run.table_report(&table.source);
                report.source_rows += copied.rows;
                report.target_rows += copied.rows;
                let inconclusive = copied
                    .outcomes
                    .iter()
                    .any(|outcome| outcome.inconclusive.is_some());
                run.take(At::InFlight, copied.outcomes);
                if inconclusive {
                    return judge(run, At::InFlight);
                }
            }
            // A commit whose answer was lost: the ledger has the rows and the findings.
            None => {
                let entries = run
                    .book()
                    .entries()
                    .await
                    .doing(|| "reading the ledger".into())?;
                let rows = entries
                    .iter()
                    .find(|entry| entry.table == table.source && entry.range == range)
                    .map_or(0, |entry| entry.rows);
                let report = run.table_report(&table.source);
                report.source_rows += rows;
                report.target_rows += rows;
            }
        }
        match range.through {
            Some(through) => after = Some(through),
            None => break,
        }
    }
    observer.observe(&Progress::TableEnded {
        table: table.source.clone(),
    });
    Ok(())
}

/// The last key of the next chunk; `None` if the rest is one.
async fn boundary(run: &Run<'_>, table: &TablePlan, after: Option<Key>) -> Result<Option<Key>> {
    // Half as many again as a chunk: not worth two transactions.
    if table.key.is_empty()
        || (after.is_none() && table.estimated_rows <= table.chunk_rows + table.chunk_rows / 2)
    {
        return Ok(None);
    }
    let doing = || format!("finding the next chunk of table {}", table.source);
    let mut snapshot = run.source().snapshot().await.doing(doing)?;
    let rest = KeyRange {
        after,
        through: None,
    };
    snapshot
        .boundary(
            &table.source,
            &table.scanned_shape(),
            &table.key,
            &rest,
            table.chunk_rows,
        )
        .await
        .doing(doing)
}

/// Counts and findings of chunks that an earlier run copied.
async fn take_earlier(run: &mut Run<'_>, table: &TablePlan, entries: &[Entry]) -> Result<()> {
    let rows: u64 = entries.iter().map(|entry| entry.rows).sum();
    let report = run.table_report(&table.source);
    report.source_rows += rows;
    report.target_rows += rows;
    if entries.is_empty() {
        return Ok(());
    }
    for check in run.inspectors().names(&table.source) {
        // A chunk without findings leaves none in the ledger; it was seen all the same.
        let seen = CheckOutcome {
            check,
            rows,
            findings: Vec::new(),
            inconclusive: None,
        };
        run.take(At::InFlight, vec![seen]);
    }
    for findings in run
        .book()
        .findings(&table.source)
        .await
        .doing(|| "reading the findings of earlier chunks".into())?
    {
        let mut outcomes: Vec<CheckOutcome> = serde_json::from_str(&findings).map_err(|error| {
            Error::refused(
                Code::Journal,
                format!("the findings in the target's ledger cannot be read: {error}"),
            )
        })?;
        for outcome in &mut outcomes {
            outcome.rows = 0;
        }
        run.take(At::InFlight, outcomes);
    }
    Ok(())
}

/// The primary key and the indexes that are not there yet.
async fn build_indexes(run: &Run<'_>, table: &TablePlan, found: Option<&Table>) -> Result<()> {
    for definition in run.target().dialect().create_indexes(table) {
        let is_there = found.is_some_and(|found| {
            if definition.name.is_empty() {
                !found.primary_key.is_empty()
            } else {
                found
                    .indexes
                    .iter()
                    .any(|index| index.name == definition.name)
            }
        });
        if !is_there {
            let what = if definition.name.is_empty() {
                "the primary key".to_owned()
            } else {
                format!("index {}", definition.name)
            };
            run.define(&definition.sql, || {
                format!("building {what} of table {}", table.target)
            })
            .await?;
        }
    }
    Ok(())
}
