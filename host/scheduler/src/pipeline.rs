//! One chunk's way: scan → treat and transform → check and load, with its notes and its ledger row in one transaction.

use std::sync::Arc;

use backon::{ExponentialBuilder, Retryable};
use futures_util::StreamExt;
use futures_util::future::join;
use limosa_database::{Begun, Book, Claim, Database};
use limosa_model::{Batch, KeyRange, Progress, Shape, TableName, TablePlan, Verdict};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::checks::Standing;
use crate::chunks::Chunk;
use crate::error::Doing;
use crate::lease::lease_lost;
use crate::notes::Notes;
use crate::run::Run;
use crate::{Error, Result, quarantine};

/// Batches read ahead of the one being written.
const AHEAD: usize = 2;

/// What copying a chunk came to.
pub(crate) struct Copied {
    /// Its rows in the target.
    pub(crate) rows: u64,
    /// What else there is to tell. If a check is inconclusive, nothing was committed.
    pub(crate) notes: Notes,
}

/// Copies a chunk of what is read for a table, trying again where that may help. `None`: it is in the target already.
pub(crate) async fn copy_chunk(
    run: &Run<'_>,
    table: &TablePlan,
    chunk: &Chunk<'_>,
) -> Result<Option<Copied>> {
    let attempt = || async {
        let result = try_chunk(run, table, chunk).await;
        if result.is_err() && !still_ours(run).await {
            run.keeper().mark_lost();
            return Err(lease_lost());
        }
        result
    };
    try_again(run, attempt).await
}

/// Tries what reads or copies rows, and again where that may help.
pub(crate) async fn try_again<T, F>(run: &Run<'_>, attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let backoff = ExponentialBuilder::default()
        .with_jitter()
        .with_max_times(run.options().retry_attempts);
    attempt
        .retry(backoff)
        .when(Error::is_retryable)
        .notify(|error, after| {
            let text = format!(
                "{}; trying again in {:.1} s",
                error.report().message,
                after.as_secs_f64()
            );
            run.observer().observe(&Progress::Note { text });
        })
        .await
}

/// After a failure: a host that was taken over finds its sessions ended, and the books changed or gone.
pub(crate) async fn still_ours(run: &Run<'_>) -> bool {
    let book = Book::of(run.target().as_ref());
    match book.exist().await {
        Ok(false) => false,
        Ok(true) => book.holds(&run.keeper().lease).await.unwrap_or(true),
        // Not to be reached: nothing is known, and the next attempt asks again.
        Err(_) => true,
    }
}

async fn try_chunk(run: &Run<'_>, table: &TablePlan, chunk: &Chunk<'_>) -> Result<Option<Copied>> {
    let (range, reading) = (&chunk.range, chunk.reading);
    let passage_name = table.passage(reading);
    run.keeper().check()?;
    let claim = Claim {
        migration: run.keeper().lease.migration.clone(),
        epoch: run.keeper().lease.epoch,
        table: passage_name.clone(),
        range: range.clone(),
        ordinal: chunk.ordinal,
    };
    let doing = || format!("copying table {}, rows {range}", reading.source);
    let mut load = match run.target().begin(&claim).await.doing(doing)? {
        Begun::AlreadyDone => return Ok(None),
        Begun::LeaseLost => return Err(lease_lost()),
        Begun::Open(load) => load,
    };
    let mut inspection = run.inspectors().start(&table.source)?;
    let mut batches = read_ahead(
        run.source().clone(),
        reading.source.clone(),
        reading.scanned_shape(),
        reading.key.clone(),
        range.clone(),
    );
    let mut passage = run.transforms().start(table, reading)?;
    let quarantine = quarantine::plan(run.target().dialect());
    let shape = quarantine.carried_shape();
    let (mut rows, mut notes) = (0, Notes::default());
    while let Some(batch) = batches.recv().await {
        let batch = batch.doing(doing)?;
        let read = batch.len() as u64;
        let passed = passage.pass(batch).await?;
        let (written, standing) = join(
            load.write(table, &passed.rows),
            inspection.inspect(std::slice::from_ref(&passed.rows)),
        )
        .await;
        written.doing(doing)?;
        // The chunk is given up, and the run with it.
        if standing? != Standing::All {
            break;
        }
        if !passed.aside.is_empty() {
            let aside = quarantine::rows(&run.id, &passage_name, &passed.aside, &shape)?;
            let doing = || format!("setting rows of table {} aside", reading.source);
            load.write(&quarantine, &aside).await.doing(doing)?;
        }
        rows += passed.rows.len() as u64;
        notes.count(passed.fidelity, passed.aside.len() as u64, read);
        run.observer().observe(&Progress::Rows {
            table: table.source.clone(),
            rows: read,
        });
    }
    notes.outcomes = inspection.close().await;
    if notes
        .outcomes
        .iter()
        .any(|outcome| outcome.verdict() == Verdict::Inconclusive)
    {
        return Ok(Some(Copied { rows: 0, notes }));
    }
    if !load.commit(rows, &notes.text()).await.doing(doing)? {
        return Err(lease_lost());
    }
    // Without its keys: they may be somebody's name.
    tracing::info!(table = %table.source, rows, "a chunk was copied");
    Ok(Some(Copied { rows, notes }))
}

/// Batches that a task reads, a few ahead of whoever takes them.
pub(crate) struct Ahead {
    batches: mpsc::Receiver<limosa_database::Result<Batch>>,
    task: Option<JoinHandle<()>>,
}

impl Ahead {
    /// The next one; `None` at the end of the rows, and only there: a reader that went down is an error.
    pub(crate) async fn recv(&mut self) -> Option<limosa_database::Result<Batch>> {
        if let Some(batch) = self.batches.recv().await {
            return Some(batch);
        }
        let panic = self.task.take()?.await.err()?;
        Some(Err(limosa_database::Error::Statement {
            operation: "read rows".into(),
            kind: limosa_database::Kind::Invalid,
            source: panic.into(),
        }))
    }

    /// The next one, and those that wait behind it, at most as many as are read ahead; none at the end of the rows.
    pub(crate) async fn recv_ready(&mut self) -> limosa_database::Result<Vec<Batch>> {
        let mut ready = Vec::new();
        ready.extend(self.recv().await.transpose()?);
        // A reader that is faster than this loop must not fill the memory.
        while (1..=AHEAD).contains(&ready.len())
            && let Ok(batch) = self.batches.try_recv()
        {
            ready.push(batch?);
        }
        Ok(ready)
    }
}

/// Reads a range in a task of its own; the task ends when nobody takes the batches.
pub(crate) fn read_ahead(
    database: Arc<dyn Database>,
    table: TableName,
    shape: Arc<Shape>,
    key: Vec<String>,
    range: KeyRange,
) -> Ahead {
    let (sender, batches) = mpsc::channel(AHEAD);
    let task = tokio::spawn(async move {
        let read = async {
            let mut snapshot = database.snapshot().await?;
            let mut batches = snapshot.scan(&table, &shape, &key, &range).await?;
            while let Some(batch) = batches.next().await {
                if sender.send(Ok(batch?)).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = read.await {
            // If the receiver is gone, its side has failed already and tells that.
            let _ = sender.send(Err(error)).await;
        }
    });
    Ahead {
        batches,
        task: Some(task),
    }
}
