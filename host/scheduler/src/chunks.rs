//! What is left of a table, chunk by chunk, in the order of its keys.

use limosa_database::Entry;
use limosa_model::{ColumnType, Key, KeyRange, TablePlan, Value};
use tokio::sync::OnceCell;

use crate::Result;
use crate::error::Doing;
use crate::pipeline::try_again;
use crate::run::Run;

/// A chunk to copy.
#[derive(Clone, Debug)]
pub(crate) struct Chunk<'a> {
    /// What is read.
    pub(crate) reading: &'a TablePlan,
    pub(crate) range: KeyRange,
    /// Grows with the keys, so that the ledger knows the order of chunks whatever order they were finished in.
    pub(crate) ordinal: i64,
}

/// Walks a table from its first key to its last, past the chunks that the ledger has.
///
/// Several are copied at once, so those of an earlier run may have gaps between them. A gap is one chunk: it is what the
/// loads in flight had not finished, and only the ends of other chunks tell where it ends.
#[derive(Debug)]
pub(crate) struct Chunks<'a> {
    table: &'a TablePlan,
    /// What the ledger has, the first keys first.
    done: Vec<Entry>,
    after: Option<Key>,
    ordinal: i64,
    ended: bool,
    /// The smallest and the greatest key, where keys lie so densely that they need not be counted. Asked for once.
    dense: OnceCell<Option<(i64, i64)>>,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(table: &'a TablePlan, mut done: Vec<Entry>) -> Self {
        done.sort_by_key(|entry| entry.ordinal);
        Self {
            table,
            done,
            after: None,
            ordinal: 0,
            ended: false,
            dense: OnceCell::new(),
        }
    }

    /// The next one; `None`: there is no more.
    pub(crate) async fn next(&mut self, run: &Run<'_>) -> Result<Option<Chunk<'a>>> {
        self.pass_those_done();
        if self.ended {
            return Ok(None);
        }
        let through = match self.gap() {
            Some(end) => Some(end),
            None => try_again(run, || self.boundary(run)).await?,
        };
        let chunk = Chunk {
            reading: self.table,
            range: KeyRange {
                after: self.after.clone(),
                through: through.clone(),
            },
            ordinal: self.ordinal,
        };
        self.pass(through, self.ordinal);
        Ok(Some(chunk))
    }

    fn pass_those_done(&mut self) {
        while !self.ended
            && let Some(entry) = self
                .done
                .iter()
                .find(|entry| entry.range.after == self.after)
        {
            self.pass(entry.range.through.clone(), entry.ordinal);
        }
    }

    fn pass(&mut self, through: Option<Key>, ordinal: i64) {
        self.ended = through.is_none();
        self.after = through;
        self.ordinal = ordinal + 1;
    }

    /// Where the next chunk of the ledger begins, if there is one further on.
    fn gap(&self) -> Option<Key> {
        let further = self.done.iter().find(|entry| entry.ordinal >= self.ordinal);
        further?.range.after.clone()
    }

    /// The last key of a chunk of the planned size; `None` if the rest is one.
    async fn boundary(&self, run: &Run<'_>) -> Result<Option<Key>> {
        let table = self.table;
        // Half as many again as a chunk: not worth two transactions.
        let is_small = table.estimated_rows <= table.chunk_rows + table.chunk_rows / 2;
        if table.key.is_empty() || (self.after.is_none() && is_small) {
            return Ok(None);
        }
        let doing = || format!("finding the next chunk of table {}", table.source);
        let dense = self.dense.get_or_try_init(|| self.dense_keys(run)).await?;
        if let Some((smallest, greatest)) = *dense
            && let Some(last) = self.counted_on(smallest)
        {
            // What is left over is not worth a transaction of its own.
            let is_last = last.saturating_add(table.chunk_rows.cast_signed() / 2) >= greatest;
            return Ok((!is_last).then(|| vec![Value::Integer(last)]));
        }
        let mut snapshot = run.source().snapshot().await.doing(doing)?;
        let rest = KeyRange {
            after: self.after.clone(),
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

    /// The smallest and the greatest key of a table whose numbers leave out no more than half of the line between them.
    async fn dense_keys(&self, run: &Run<'_>) -> Result<Option<(i64, i64)>> {
        let [position] = self.table.key_positions()[..] else {
            return Ok(None);
        };
        let column = &self.table.columns[position];
        if !matches!(column.scanned, ColumnType::Integer { .. }) {
            return Ok(None);
        }
        let doing = || format!("looking at the keys of table {}", self.table.source);
        let mut snapshot = run.source().snapshot().await.doing(doing)?;
        let extent = snapshot
            .extent(&self.table.source, &column.name)
            .await
            .doing(doing)?;
        Ok(extent.filter(|(smallest, greatest)| {
            greatest.abs_diff(*smallest) / 2 <= self.table.estimated_rows
        }))
    }

    /// The key that is as many further on as a chunk has rows: at most so many rows lie between.
    fn counted_on(&self, smallest: i64) -> Option<i64> {
        let after = match self.after.as_deref() {
            None => smallest.checked_sub(1)?,
            Some([Value::Integer(after)]) => *after,
            // As an engine gave it, which counted.
            Some(_) => return None,
        };
        after.checked_add(i64::try_from(self.table.chunk_rows).ok()?)
    }
}
