//! Initial sync: every row, chunk by chunk, each checked on its way; then keys, indexes, and statistics.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream::FuturesUnordered;
use limosa_database::Entry;
use limosa_model::{
    Catalogue, CheckOutcome, Code, ColumnFidelity, Fidelity, Progress, Stage, Table, TableName,
    TablePlan, Usage,
};
use tokio::sync::mpsc;

use super::{Work, judge};
use crate::checks::At;
use crate::chunks::{Chunk, Chunks};
use crate::error::Doing;
use crate::notes::Notes;
use crate::pipeline::copy_chunk;
use crate::run::Run;
use crate::{Error, Result};

pub(super) struct InitialSync;

#[async_trait]
impl Work for InitialSync {
    fn stage(&self) -> Stage {
        Stage::InitialSync
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let mut done: BTreeMap<TableName, Vec<Entry>> = BTreeMap::new();
        for entry in entries(run).await? {
            done.entry(entry.table.clone()).or_default().push(entry);
        }
        let there = run.target_catalogue().await?;
        let (sender, receiver) = mpsc::channel(1);
        let failed = AtomicBool::new(false);
        let (handed_out, worked) = join(
            hand_out(Units::new(run, &there, done), sender, &failed),
            work_on(run, receiver, &failed),
        )
        .await;
        worked.and(handed_out)
    }
}

/// Finds out what is to be done, one unit ahead of those that are at work.
async fn hand_out<'a>(
    mut units: Units<'a>,
    sender: mpsc::Sender<Unit<'a>>,
    failed: &AtomicBool,
) -> Result<()> {
    loop {
        let unit = units.next().await;
        // Before a table is let go of: without its other chunks, whoever holds it last must not finish it.
        failed.fetch_or(unit.is_err(), Ordering::Relaxed);
        let Some(unit) = unit? else { return Ok(()) };
        if sender.send(unit).await.is_err() {
            return Ok(());
        }
    }
}

/// Works on several units at once. After a failure, or a wish to stop, nothing new begins, and what is in flight is
/// finished.
async fn work_on<'a>(
    run: &Run<'a>,
    mut units: mpsc::Receiver<Unit<'a>>,
    failed: &AtomicBool,
) -> Result<()> {
    let mut at_work = FuturesUnordered::new();
    let (mut more, mut result) = (true, Ok(()));
    loop {
        tokio::select! {
            unit = units.recv(), if more && at_work.len() < run.loads_at_once() => match unit {
                Some(unit) => at_work.push(unit.work(run, failed)),
                None => more = false,
            },
            Some(done) = at_work.next() => if done.is_err() {
                units.close();
                more = false;
                result = result.and(done);
            },
            else => return result,
        }
    }
}

async fn entries(run: &Run<'_>) -> Result<Vec<Entry>> {
    run.book()
        .entries()
        .await
        .doing(|| "reading the ledger".into())
}

/// A table being copied, shared by its chunks: whoever is the last to hold it finishes it.
struct Copying<'a> {
    table: &'a TablePlan,
    /// As the target had it before the stage.
    found: Option<&'a Table>,
    clock: Instant,
}

/// Something to do, beside others of its kind.
struct Unit<'a> {
    copying: Arc<Copying<'a>>,
    /// `None`: all chunks of the table were handed out.
    chunk: Option<Chunk<'a>>,
}

impl<'a> Unit<'a> {
    async fn work(self, run: &Run<'a>, failed: &AtomicBool) -> Result<()> {
        if let Some(chunk) = &self.chunk {
            let copied = match run.may_go_on() {
                Ok(()) => copy(run, self.copying.table, chunk).await,
                Err(error) => Err(error),
            };
            // Before the table is let go of: without this chunk, whoever holds it last must not finish it.
            failed.fetch_or(copied.is_err(), Ordering::Relaxed);
            copied?;
        }
        match Arc::into_inner(self.copying) {
            Some(copying) if !failed.load(Ordering::Relaxed) => copying.finish(run).await,
            _ => Ok(()),
        }
    }
}

impl Copying<'_> {
    async fn finish(self, run: &Run<'_>) -> Result<()> {
        run.observer().observe(&Progress::TableEnded {
            table: self.table.source.clone(),
        });
        build_indexes(run, self.table, self.found).await?;
        run.statistics.refresh(run, &self.table.target).await?;
        run.tally().table(&self.table.source).seconds += self.clock.elapsed().as_secs_f64();
        Ok(())
    }
}

/// A table of which chunks are handed out: the chunks of what is read for it, one reading after the other.
type Current<'a> = (Arc<Copying<'a>>, VecDeque<Chunks<'a>>);

/// Everything that is to be done, table after table, in the order in which it is begun.
struct Units<'a> {
    run: &'a Run<'a>,
    there: &'a Catalogue,
    done: BTreeMap<TableName, Vec<Entry>>,
    tables: std::slice::Iter<'a, TablePlan>,
    current: Option<Current<'a>>,
}

impl<'a> Units<'a> {
    fn new(run: &'a Run<'a>, there: &'a Catalogue, done: BTreeMap<TableName, Vec<Entry>>) -> Self {
        Self {
            run,
            there,
            done,
            tables: run.plan.tables.iter(),
            current: None,
        }
    }

    async fn next(&mut self) -> Result<Option<Unit<'a>>> {
        let (copying, mut chunks) = match self.current.take() {
            Some(current) => current,
            None => match self.tables.next() {
                Some(table) => self.begin(table).await?,
                None => return Ok(None),
            },
        };
        // Kept also when it fails: who finishes the table is decided only after that is known.
        let chunk = next_of(&mut chunks, self.run).await;
        if !matches!(chunk, Ok(None)) {
            self.current = Some((copying.clone(), chunks));
        }
        Ok(Some(Unit {
            copying,
            chunk: chunk?,
        }))
    }

    async fn begin(&mut self, table: &'a TablePlan) -> Result<Current<'a>> {
        let copying = Copying {
            table,
            found: self.there.table(&table.target),
            clock: Instant::now(),
        };
        let observer = self.run.observer();
        observer.observe(&Progress::TableStarted {
            work: "copy",
            table: table.source.clone(),
            rows: table.estimated_rows,
        });
        let mut all = VecDeque::new();
        for reading in table.readings() {
            let name = table.passage(reading);
            let done = self.done.remove(&name).unwrap_or_default();
            take_earlier(self.run, table, &name, &done).await?;
            all.push_back(Chunks::new(reading, done));
        }
        Ok((Arc::new(copying), all))
    }
}

/// The next chunk of the first reading that has one.
async fn next_of<'a>(
    readings: &mut VecDeque<Chunks<'a>>,
    run: &Run<'_>,
) -> Result<Option<Chunk<'a>>> {
    while let Some(chunks) = readings.front_mut() {
        if let Some(chunk) = chunks.next(run).await? {
            return Ok(Some(chunk));
        }
        readings.pop_front();
    }
    Ok(None)
}

async fn copy(run: &Run<'_>, table: &TablePlan, chunk: &Chunk<'_>) -> Result<()> {
    let Some(copied) = copy_chunk(run, table, chunk).await? else {
        // A commit whose answer was lost: the ledger has the rows and the findings.
        return take_from_ledger(run, table, chunk).await;
    };
    let outcomes = copied.notes.outcomes.clone();
    let inconclusive = outcomes
        .iter()
        .any(|outcome| outcome.inconclusive.is_some());
    count(run, table, copied.rows, &copied.notes);
    run.take(At::InFlight, outcomes);
    if inconclusive {
        judge(run, At::InFlight)
    } else {
        Ok(())
    }
}

async fn take_from_ledger(run: &Run<'_>, table: &TablePlan, chunk: &Chunk<'_>) -> Result<()> {
    let name = table.passage(chunk.reading);
    let entry = run
        .book()
        .chunk(&name, &chunk.range)
        .await
        .doing(|| "reading the ledger".into())?;
    let (rows, notes) = entry.ok_or_else(|| {
        let message = format!(
            "rows {} of table {} were in the target's ledger and are not any more",
            chunk.range, name
        );
        Error::refused(Code::Internal, message)
    })?;
    remember(run, table, rows, &[notes])
}

fn count(run: &Run<'_>, table: &TablePlan, rows: u64, notes: &Notes) {
    let mut tally = run.tally();
    let report = tally.table(&table.source);
    report.source_rows += notes.read;
    report.target_rows += rows;
    if table.is_made() {
        *report.made_rows.get_or_insert_default() += rows;
    }
    report.quarantined_rows += notes.aside;
    // In the order of the table's columns, whatever was counted first.
    if report.columns.is_empty() {
        report.columns = table
            .columns
            .iter()
            .map(|column| ColumnFidelity {
                column: column.name.clone(),
                counts: Fidelity::default(),
            })
            .collect();
    }
    for column in &mut report.columns {
        let more = notes.fidelity.get(&column.column);
        column.counts.add(more.copied().unwrap_or_default());
    }
}

/// Counts and findings of chunks that an earlier run copied.
async fn take_earlier(
    run: &Run<'_>,
    table: &TablePlan,
    name: &TableName,
    entries: &[Entry],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().map(|entry| entry.rows).sum();
    let notes = run
        .book()
        .notes(name)
        .await
        .doing(|| "reading the notes on earlier chunks".into())?;
    remember(run, table, rows, &notes)
}

/// Takes in what the ledger says of chunks: their rows, which every check saw, and what was noted.
fn remember(run: &Run<'_>, table: &TablePlan, rows: u64, notes: &[String]) -> Result<()> {
    count(run, table, rows, &Notes::default());
    run.observer().observe(&Progress::Rows {
        table: table.source.clone(),
        rows,
    });
    for check in run.inspectors().names(&table.source) {
        // A chunk without findings leaves none in the ledger; it was seen all the same.
        let seen = CheckOutcome {
            check,
            rows,
            findings: Vec::new(),
            inconclusive: None,
            usage: Usage::default(),
        };
        run.take(At::InFlight, vec![seen]);
    }
    for text in notes {
        let mut notes = Notes::parse(text)?;
        count(run, table, 0, &notes);
        for outcome in &mut notes.outcomes {
            outcome.rows = 0;
        }
        run.take(At::InFlight, notes.outcomes);
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
