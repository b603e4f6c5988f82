//! Comparing both sides value by value, in flat memory, whatever their keys and collations.
//!
//! First pass: both sides are scanned once; each row's hash is added to one of a fixed number of buckets, chosen by the hash
//! of its key. Equal sums (of 128-bit hashes, with counts) in every bucket: the tables are equal. Second pass, only if they are not: the
//! rows of differing buckets are held and matched by key. No order of rows is assumed, so collations do not matter; a
//! table without a key is compared as a multiset of rows.

mod repair;
mod scan;

use std::collections::HashMap;
use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{ColumnType, Field, Observer, RowSum, TablePlan, Value, canonical_number};

use crate::{Result, Transforms};
use repair::Repairs;
pub use repair::{Repair, Written, parents_first};
use scan::{Kept, Scan, Side};

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
    /// Rows that a transform makes of the others, where it makes the table.
    pub made_rows: Option<u64>,
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

/// Compares a table of the source, after its transforms, with the target's. Writes what would make the target equal, if that
/// is asked for; then all differing rows are looked at, a bounded number at a time.
///
/// # Errors
/// If a side cannot be read, a transform fails, or the repair cannot be written.
pub async fn compare(
    source: &Arc<dyn Database>,
    target: &Arc<dyn Database>,
    table: &TablePlan,
    transforms: &Transforms,
    observer: &dyn Observer,
    mut repair: Option<Repair<'_>>,
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
    let ((left, seen), (right, _)) = tokio::try_join!(sides[0].sums(), sides[1].sums())?;
    let total = |sums: &[RowSum]| sums.iter().map(|sum| sum.count).sum::<u64>();
    let mut comparison = Comparison {
        source_rows: seen.read,
        target_rows: total(&right),
        set_aside: seen.set_aside,
        made_rows: table.is_made().then(|| total(&left)),
        ..Comparison::default()
    };
    let differing: Vec<usize> = (0..BUCKETS)
        .filter(|&bucket| left[bucket] != right[bucket])
        .collect();
    let mut rest = differing.as_slice();
    while !rest.is_empty() {
        let (chosen, others) = rest.split_at(held_at_once(rest, &left, &right));
        rest = others;
        let mut is_chosen = vec![false; BUCKETS];
        for &bucket in chosen {
            is_chosen[bucket] = true;
        }
        let (left, right) = tokio::try_join!(sides[0].rows(&is_chosen), sides[1].rows(&is_chosen))?;
        let repairs = describe(&mut comparison, table, left, right);
        match &mut repair {
            // What is set aside is not among the rows, and what stands in its place might be its only copy.
            Some(repair) if comparison.set_aside == 0 => repair.write(&sides[0], repairs).await?,
            // What is shown is enough to know that they differ.
            _ => {
                comparison.partial = !rest.is_empty();
                break;
            }
        }
    }
    // Buckets whose sums differ hold at least one row that does.
    comparison.differing_rows = comparison
        .differing_rows
        .max(differing.len() as u64 * u64::from(comparison.partial))
        .max(u64::from(!differing.is_empty()));
    Ok(comparison)
}

/// How many of the differing buckets can be looked into at once: at least one, whatever it holds.
fn held_at_once(differing: &[usize], left: &[RowSum], right: &[RowSum]) -> usize {
    let mut held = 0;
    let fit = differing.iter().take_while(|&&bucket| {
        held += left[bucket].count + right[bucket].count;
        held <= MOST_ROWS
    });
    fit.count().max(1)
}

/// Drawn anew for each comparison from the hasher that the standard library seeds by the system.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

fn describe(
    comparison: &mut Comparison,
    table: &TablePlan,
    mut left: HashMap<u128, Vec<Kept>>,
    mut right: HashMap<u128, Vec<Kept>>,
) -> Repairs {
    let mut repairs = Repairs::default();
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
            let other = extra.next();
            repairs.missing(key, other.as_ref());
            let text = match other {
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
            repairs.extra(&row);
            show(
                comparison,
                format!("{} is only in the target", name(table, &row)),
            );
        }
    }
    repairs
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
        .filter(|(column, (left, right))| !is_same(&column.carried, left, right))
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

/// Whether two values are one, as their hashes say.
fn is_same(carried: &ColumnType, left: &Value, right: &Value) -> bool {
    match (carried, left, right) {
        (ColumnType::Number, Value::Text(left), Value::Text(right)) => {
            canonical_number(left) == canonical_number(right)
        }
        _ => left == right,
    }
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
