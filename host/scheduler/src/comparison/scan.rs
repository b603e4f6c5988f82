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

/// How many rows there were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) read: u64,
    /// Those that are to be set aside.
    pub(super) set_aside: u64,
}

impl Scan<'_> {
    /// Every row as the target is to have it, or has it.
    pub(super) async fn each(&self, mut take: impl FnMut(&Batch) -> Result<()>) -> Result<Seen> {
        let mut seen = Seen::default();
        match self.side {
            Side::Source => {
                for reading in self.table.readings() {
                    self.of_source(reading, &mut seen, &mut take).await?;
                }
            }
            Side::Target => self.of_target(&mut seen, &mut take).await?,
        }
        Ok(seen)
    }

    async fn of_source(
        &self,
        reading: &TablePlan,
        seen: &mut Seen,
        take: &mut impl FnMut(&Batch) -> Result<()>,
    ) -> Result<()> {
        let mut batches = read_ahead(
            self.source.clone(),
            reading.source.clone(),
            reading.scanned_shape(),
            Vec::new(),
            KeyRange::ALL,
        );
        let mut passage = self.transforms.start(self.table, reading)?;
        while let Some(batch) = batches.recv().await {
            let batch = batch.doing(|| format!("comparing table {}", reading.source))?;
            let rows = batch.len();
            // In other batches than those of the copy: a transform that looks at more than the row shows itself.
            let parts = match rows / 2 {
                first if first > 0 && passage.is_transformed() => {
                    vec![batch.part(0, first), batch.part(first, rows - first)]
                }
                _ => vec![batch],
            };
            for part in parts {
                let passed = passage.pass_as_it_is(part).await?;
                take(&passed.rows)?;
                seen.set_aside += passed.aside.len() as u64;
            }
            seen.read += rows as u64;
            self.observer.observe(&Progress::Rows {
                table: self.table.source.clone(),
                rows: rows as u64,
            });
        }
        Ok(())
    }

    async fn of_target(
        &self,
        seen: &mut Seen,
        take: &mut impl FnMut(&Batch) -> Result<()>,
    ) -> Result<()> {
        let table = self.table;
        let mut batches = read_ahead(
            self.target.clone(),
            table.target.clone(),
            table.carried_shape(),
            Vec::new(),
            KeyRange::ALL,
        );
        while let Some(batch) = batches.recv().await {
            let batch = batch.doing(|| format!("comparing table {}", table.source))?;
            take(&batch)?;
            seen.read += batch.len() as u64;
        }
        Ok(())
    }

    pub(super) fn columns(&self) -> (Vec<usize>, Vec<usize>) {
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let key = self.table.key_positions();
        (if key.is_empty() { all.clone() } else { key }, all)
    }

    pub(super) async fn sums(&self) -> Result<(Vec<RowSum>, Seen)> {
        let (key, all) = self.columns();
        let mut hasher = RowHasher::new(self.seed);
        let mut sums = vec![RowSum::default(); BUCKETS];
        let seen = self
            .each(|batch| {
                for row in 0..batch.len() {
                    let bucket = bucket_of(hasher.hash(batch, row, &key));
                    sums[bucket].add(hasher.hash(batch, row, &all));
                }
                Ok(())
            })
            .await?;
        Ok((sums, seen))
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
