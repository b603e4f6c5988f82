//! One side of a comparison: its rows as the target is to have them, summed up or held.

use std::collections::HashMap;
use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{Batch, Key, KeyRange, Observer, Progress, RowHasher, RowSum, TablePlan};

use super::{BUCKETS, SHOWN};
use crate::error::Doing;
use crate::pipeline::read_ahead;
use crate::{Result, Transforms};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

pub(super) struct Scan<'a> {
    pub(super) side: Side,
    pub(super) source: &'a Arc<dyn Database>,
    pub(super) target: &'a Arc<dyn Database>,
    pub(super) table: &'a TablePlan,
    pub(super) transforms: &'a Transforms,
    pub(super) observer: &'a dyn Observer,
    pub(super) seed: u64,
}

/// A row kept in the second pass.
pub(super) struct Kept {
    pub(super) hash: u128,
    pub(super) key: Key,
    pub(super) values: Key,
}

impl Scan<'_> {
    /// Answers with the number of rows that are to be set aside.
    pub(super) async fn each(&self, mut take: impl FnMut(&Batch) -> Result<()>) -> Result<u64> {
        let table = self.table;
        let mut batches = match self.side {
            Side::Source => read_ahead(
                self.source.clone(),
                table.source.clone(),
                table.scanned_shape(),
                Vec::new(),
                KeyRange::ALL,
            ),
            Side::Target => read_ahead(
                self.target.clone(),
                table.target.clone(),
                table.carried_shape(),
                Vec::new(),
                KeyRange::ALL,
            ),
        };
        let mut passage = self.transforms.start(table)?;
        let mut aside = 0;
        while let Some(batch) = batches.recv().await {
            let batch = batch.doing(|| format!("comparing table {}", table.source))?;
            let rows = batch.len() as u64;
            match self.side {
                Side::Source => {
                    let passed = passage.pass_as_it_is(batch).await?;
                    take(&passed.rows)?;
                    aside += passed.aside.len() as u64;
                    self.observer.observe(&Progress::Rows {
                        table: table.source.clone(),
                        rows,
                    });
                }
                Side::Target => take(&batch)?,
            }
        }
        Ok(aside)
    }

    pub(super) fn columns(&self) -> (Vec<usize>, Vec<usize>) {
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let key = self.table.key_positions();
        (if key.is_empty() { all.clone() } else { key }, all)
    }

    pub(super) async fn sums(&self) -> Result<(Vec<RowSum>, u64)> {
        let (key, all) = self.columns();
        let mut hasher = RowHasher::new(self.seed);
        let mut sums = vec![RowSum::default(); BUCKETS];
        let aside = self
            .each(|batch| {
                for row in 0..batch.len() {
                    let bucket = bucket_of(hasher.hash(batch, row, &key));
                    sums[bucket].add(hasher.hash(batch, row, &all));
                }
                Ok(())
            })
            .await?;
        Ok((sums, aside))
    }

    pub(super) async fn rows(&self, chosen: &[bool]) -> Result<HashMap<u128, Vec<Kept>>> {
        let (key, all) = self.columns();
        let mut hasher = RowHasher::new(self.seed);
        let mut kept: HashMap<u128, Vec<Kept>> = HashMap::new();
        let mut values_held = 0;
        self.each(|batch| {
            for row in 0..batch.len() {
                let by_key = hasher.hash(batch, row, &key);
                if !chosen[bucket_of(by_key)] {
                    continue;
                }
                let hash = hasher.hash(batch, row, &all);
                // Whole rows only for as many as may be shown.
                let values = if values_held < SHOWN * 100 {
                    batch.values(row, &all)
                } else {
                    Key::new()
                };
                values_held += 1;
                kept.entry(by_key).or_default().push(Kept {
                    hash,
                    key: batch.values(row, &key),
                    values,
                });
            }
            Ok(())
        })
        .await?;
        Ok(kept)
    }
}

pub(super) fn bucket_of(hash: u128) -> usize {
    // Always within the number of buckets.
    usize::try_from(hash % BUCKETS as u128).unwrap_or(0)
}
