//! Keys that would not be unique any more: two texts that mean one moment, two numbers that a treatment rounds to one.
//!
//! Only the keys with such columns are looked at, on the rows as the target would get them. Of each key 128 bits of its hash
//! are held, for a bounded number of rows at a time: a larger table is read several times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use limosa_database::{Database, describe_row};
use limosa_model::{
    Batch, ColumnPlan, ColumnType, Engine, KeyRange, Plan, RowHasher, TableName, TablePlan, Value,
};
use serde::Serialize;

use crate::error::Doing;
use crate::pipeline::read_ahead;
use crate::{Result, Transforms};

/// Hashes that are held at a time: 64 MB.
const HELD: u64 = 4_000_000;
/// Where there are more rows than were estimated, another part is begun.
const MOST_HELD: usize = 8_000_000;

/// A key that two rows would have.
#[derive(Clone, Debug, Serialize)]
pub struct Collision {
    /// The table in the source.
    pub table: TableName,
    /// The columns of the key, as the target calls them.
    pub key: Vec<String>,
    /// Rows whose key another row before them has.
    pub count: u64,
    /// One of them.
    pub example: String,
}

impl Collision {
    /// In words.
    pub(crate) fn described(&self) -> String {
        let rows = if self.count == 1 {
            "row has"
        } else {
            "rows have"
        };
        format!(
            "{} {rows} the same key ({}) as another there, for example {}",
            self.count,
            self.key.join(", "),
            self.example
        )
    }
}

/// The keys of a table that are not unique after all that happens on the way.
///
/// # Errors
/// If the table cannot be read or a transform fails.
pub(crate) async fn collisions(
    source: &Arc<dyn Database>,
    plan: &Plan,
    table: &TablePlan,
    transforms: &Transforms,
) -> Result<Vec<Collision>> {
    let changes = transforms.changes();
    let may_merge = |column: &ColumnPlan| {
        let is_made = changes.contains_key(&(table.source.clone(), column.name.clone()));
        // Other engines keep one form of each such value.
        let has_forms = plan.source_engine == Engine::Sqlite
            && plan.target_engine != Engine::Sqlite
            && !matches!(
                column.carried,
                ColumnType::Integer { .. }
                    | ColumnType::Boolean
                    | ColumnType::Text { .. }
                    | ColumnType::Bytes { .. }
            );
        is_made || table.is_made() || column.treatment.converts() || has_forms
    };
    let unique = table
        .indexes
        .iter()
        .filter(|index| index.unique && index.predicate.is_none());
    let keys = unique.map(|index| {
        index
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    });
    let keys: BTreeSet<Vec<String>> = keys.chain([table.primary_key.clone()]).collect();
    let mut found = Vec::new();
    for key in keys {
        let position = |name: &String| {
            table
                .columns
                .iter()
                .position(|column| column.target_name == *name)
        };
        let Some(positions) = key.iter().map(position).collect::<Option<Vec<usize>>>() else {
            continue;
        };
        if !positions
            .iter()
            .any(|position| may_merge(&table.columns[*position]))
        {
            continue;
        }
        let look = Look {
            source,
            table,
            transforms,
            key: &positions,
        };
        found.extend(look.collisions().await?.map(|(count, example)| Collision {
            table: table.source.clone(),
            key,
            count,
            example,
        }));
    }
    Ok(found)
}

struct Look<'a> {
    source: &'a Arc<dyn Database>,
    table: &'a TablePlan,
    transforms: &'a Transforms,
    key: &'a [usize],
}

impl Look<'_> {
    async fn collisions(&self) -> Result<Option<(u64, String)>> {
        let mut parts = u128::from(self.table.estimated_rows / HELD + 1);
        let (mut count, mut doubled) = (0, None);
        let mut part = 0;
        while part < parts {
            let mut hashes = Vec::new();
            let mut are_too_many = false;
            self.each(|_, _, hash| {
                if hash % parts == part {
                    // Of one row a transform may make several.
                    are_too_many |= hashes.len() >= MOST_HELD;
                    if !are_too_many {
                        hashes.push(hash);
                    }
                }
            })
            .await?;
            if are_too_many {
                (parts, part, count, doubled) = (parts * 2, 0, 0, None);
                continue;
            }
            hashes.sort_unstable();
            let again = hashes.windows(2).filter(|pair| pair[0] == pair[1]);
            let again: Vec<u128> = again.map(|pair| pair[0]).collect();
            count += again.len() as u64;
            doubled = doubled.or(again.first().copied());
            part += 1;
        }
        let Some(doubled) = doubled else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        self.each(|batch, row, hash| {
            if hash == doubled && rows.len() < 2 {
                let key = batch.values(row, self.key);
                let key: Vec<String> = key.iter().map(Value::to_string).collect();
                rows.push((key.join(", "), describe_row(self.table, batch, row)));
            }
        })
        .await?;
        let example = match rows.as_slice() {
            [(key, first), (_, second)] if first == second && self.table.is_made() => {
                format!("{key}, which a transform makes twice")
            }
            // The key itself, in two forms that mean the same.
            [(key, first), (_, second)] if first == second => {
                format!("{key}, which the source holds in two forms")
            }
            [(key, first), (_, second)] => format!("{key} of {first} and {second}"),
            // Somebody else changed it meanwhile.
            _ => "a row that is not there any more".to_owned(),
        };
        Ok(Some((count, example)))
    }

    /// Every row that has the key without a null in it, as the target would get it, with the key's hash.
    async fn each(&self, mut take: impl FnMut(&Batch, usize, u128)) -> Result<()> {
        let mut hasher = RowHasher::new(0);
        for reading in self.table.readings() {
            let mut passage = self.transforms.start(self.table, reading)?;
            let mut batches = read_ahead(
                self.source.clone(),
                reading.source.clone(),
                reading.scanned_shape(),
                Vec::new(),
                KeyRange::ALL,
            );
            while let Some(batch) = batches.recv().await {
                let doing = || format!("looking at the keys of table {}", reading.source);
                let rows = passage.pass_as_it_is(batch.doing(doing)?).await?.rows;
                for row in 0..rows.len() {
                    if rows.values(row, self.key).contains(&Value::Null) {
                        continue;
                    }
                    take(&rows, row, hasher.hash(&rows, row, self.key));
                }
            }
        }
        Ok(())
    }
}

/// The collisions of all tables, in words, by table.
///
/// # Errors
/// If a table cannot be read or a transform fails.
pub(crate) async fn all(
    source: &Arc<dyn Database>,
    plan: &Plan,
    transforms: &Transforms,
) -> Result<BTreeMap<TableName, Vec<String>>> {
    let mut by_table: BTreeMap<TableName, Vec<String>> = BTreeMap::new();
    for table in &plan.tables {
        for collision in collisions(source, plan, table, transforms).await? {
            by_table
                .entry(table.source.clone())
                .or_default()
                .push(collision.described());
        }
    }
    Ok(by_table)
}
