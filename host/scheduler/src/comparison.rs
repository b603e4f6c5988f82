//! Comparing both sides value by value, in flat memory, whatever their keys and collations.
//!
//! First pass: both sides are scanned once; each row's hash is added to one of a fixed number of buckets, chosen by the hash
//! of its key. Equal sums (of 128-bit hashes, with counts) in every bucket: the tables are equal. Second pass, only if they are not: the
//! rows of differing buckets are held and matched by key. No order of rows is assumed, so collations do not matter; a
//! table without a key is compared as a multiset of rows.

use std::collections::HashMap;
use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{Batch, Field, Key, KeyRange, Observer, Progress, RowHasher, RowSum, TablePlan};

use crate::error::Doing;
use crate::pipeline::read_ahead;
use crate::{Result, Transforms};

const BUCKETS: usize = 4_096;
/// Rows held in the second pass; beyond it only a part of the differing buckets is looked into.
const MOST_ROWS: u64 = 400_000;
/// Differing rows that are shown with their columns.
const SHOWN: usize = 20;

/// What the comparison of one table came to.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Rows in the source.
    pub source_rows: u64,
    /// Rows in the target.
    pub target_rows: u64,
    /// Rows of the source that do not fit, and are to be in the quarantine instead.
    pub set_aside: u64,
    /// Rows that differ or are on one side only; at least that many if `partial`.
    pub differing_rows: u64,
    /// There were too many to look at all.
    pub partial: bool,
    /// Some of them: which row, which columns, both values.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Every value of every row is equal.
    pub fn is_equal(&self) -> bool {
        self.differing_rows == 0
    }
}

/// Compares a table of the source, after its transforms, with the target's.
///
/// # Errors
/// If a side cannot be read or a transform fails.
pub async fn compare(
    source: &Arc<dyn Database>,
    target: &Arc<dyn Database>,
    table: &TablePlan,
    transforms: &Transforms,
    observer: &dyn Observer,
) -> Result<Comparison> {
    let seed = seed();
    let sides = [Side::Source, Side::Target].map(|side| Scan {
        side,
        source,
        target,
        table,
        transforms,
        observer,
        seed,
    });
    let ((left, set_aside), (right, _)) = tokio::try_join!(sides[0].sums(), sides[1].sums())?;
    let total = |sums: &[RowSum]| sums.iter().map(|sum| sum.count).sum::<u64>();
    let mut comparison = Comparison {
        source_rows: total(&left) + set_aside,
        target_rows: total(&right),
        set_aside,
        ..Comparison::default()
    };
    let differing: Vec<usize> = (0..BUCKETS)
        .filter(|&bucket| left[bucket] != right[bucket])
        .collect();
    if differing.is_empty() {
        return Ok(comparison);
    }
    let mut chosen = vec![false; BUCKETS];
    let mut held = 0;
    for &bucket in &differing {
        held += left[bucket].count + right[bucket].count;
        if held > MOST_ROWS && chosen.contains(&true) {
            comparison.partial = true;
            break;
        }
        chosen[bucket] = true;
    }
    let (left, right) = tokio::try_join!(sides[0].rows(&chosen), sides[1].rows(&chosen))?;
    describe(&mut comparison, table, left, right);
    // Buckets whose sums differ hold at least one row that does.
    comparison.differing_rows = comparison
        .differing_rows
        .max(differing.len() as u64 * u64::from(comparison.partial))
        .max(1);
    Ok(comparison)
}

/// Drawn anew for each comparison from the hasher that the standard library seeds by the system.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

struct Scan<'a> {
    side: Side,
    source: &'a Arc<dyn Database>,
    target: &'a Arc<dyn Database>,
    table: &'a TablePlan,
    transforms: &'a Transforms,
    observer: &'a dyn Observer,
    seed: u64,
}

/// A row kept in the second pass.
struct Kept {
    hash: u128,
    key: Key,
    values: Key,
}

impl Scan<'_> {
    /// Answers with the number of rows that are to be set aside.
    async fn each(&self, mut take: impl FnMut(&Batch)) -> Result<u64> {
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
                    take(&passed.rows);
                    aside += passed.aside.len() as u64;
                    self.observer.observe(&Progress::Rows {
                        table: table.source.clone(),
                        rows,
                    });
                }
                Side::Target => take(&batch),
            }
        }
        Ok(aside)
    }

    fn columns(&self) -> (Vec<usize>, Vec<usize>) {
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let key = self.table.key_positions();
        (if key.is_empty() { all.clone() } else { key }, all)
    }

    async fn sums(&self) -> Result<(Vec<RowSum>, u64)> {
        let (key, all) = self.columns();
        let mut hasher = RowHasher::new(self.seed);
        let mut sums = vec![RowSum::default(); BUCKETS];
        let aside = self
            .each(|batch| {
                for row in 0..batch.len() {
                    let bucket = bucket_of(hasher.hash(batch, row, &key));
                    sums[bucket].add(hasher.hash(batch, row, &all));
                }
            })
            .await?;
        Ok((sums, aside))
    }

    async fn rows(&self, chosen: &[bool]) -> Result<HashMap<u128, Vec<Kept>>> {
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
        })
        .await?;
        Ok(kept)
    }
}

fn bucket_of(hash: u128) -> usize {
    // Always within the number of buckets.
    usize::try_from(hash % BUCKETS as u128).unwrap_or(0)
}

fn describe(
    comparison: &mut Comparison,
    table: &TablePlan,
    mut left: HashMap<u128, Vec<Kept>>,
    mut right: HashMap<u128, Vec<Kept>>,
) {
    let keys: Vec<u128> = left
        .keys()
        .chain(right.keys().filter(|key| !left.contains_key(key)))
        .copied()
        .collect();
    for key in keys {
        let mut missing = left.remove(&key).unwrap_or_default();
        let mut extra = right.remove(&key).unwrap_or_default();
        missing.retain(
            |row| match extra.iter().position(|other| other.hash == row.hash) {
                Some(position) => {
                    extra.swap_remove(position);
                    false
                }
                None => true,
            },
        );
        comparison.differing_rows += missing.len().max(extra.len()) as u64;
        let mut extra = extra.into_iter();
        for row in missing {
            let text = match extra.next() {
                Some(other) if !table.key.is_empty() => differing_columns(table, &row, &other),
                Some(other) => format!(
                    "{} is missing in the target; {} is only there",
                    name(table, &row),
                    name(table, &other)
                ),
                None => format!("{} is missing in the target", name(table, &row)),
            };
            show(comparison, text);
        }
        for row in extra {
            show(
                comparison,
                format!("{} is only in the target", name(table, &row)),
            );
        }
    }
}

fn show(comparison: &mut Comparison, text: String) {
    if comparison.differences.len() < SHOWN {
        comparison.differences.push(text);
    }
}

fn name(table: &TablePlan, row: &Kept) -> String {
    let names: Vec<&String> = if table.key.is_empty() {
        table.columns.iter().map(|column| &column.name).collect()
    } else {
        table.key.iter().collect()
    };
    let parts: Vec<String> = names
        .iter()
        .zip(&row.key)
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    parts.join(", ")
}

fn differing_columns(table: &TablePlan, row: &Kept, other: &Kept) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .zip(row.values.iter().zip(&other.values))
        .filter(|(_, (left, right))| left != right)
        .map(|(column, (left, right))| {
            format!(
                "{} is {left} in the source and {right} in the target",
                column.name
            )
        })
        .collect();
    let what = if columns.is_empty() {
        "differs".to_owned()
    } else {
        columns.join(", ")
    };
    format!("{}: {what}", name(table, row))
}

/// The fields of a table's rows as they are carried, under the names that the source has for them.
pub(crate) fn carried_fields(table: &TablePlan) -> Vec<Field> {
    table
        .columns
        .iter()
        .map(|column| Field {
            name: column.name.clone(),
            column_type: column.carried.clone(),
            nullable: column.nullable,
        })
        .collect()
}
