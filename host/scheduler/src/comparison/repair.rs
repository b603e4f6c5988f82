//! What would make the target equal: statements in its own SQL, for somebody to read and run.
//!
//! Rows are told apart by the hashes of their keys. Those that are too many, or other than they should be, are deleted; those
//! that are missing then are read from the source once more, and inserted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::{self, Write};

use limosa_database::script::{self, Script};
use limosa_model::{Code, Key, RowHasher, TableName, TablePlan};

use super::scan::{Kept, Scan};
use crate::{Error, Result};

/// Where the statements of one table go.
pub struct Repair<'a> {
    /// How the target writes them.
    pub dialect: &'a dyn Script,
    /// Those that remove rows: of children before their parents.
    pub deletes: &'a mut (dyn Write + Send),
    /// Those that add rows: of parents before their children.
    pub inserts: &'a mut (dyn Write + Send),
    /// What there is of them.
    pub written: &'a mut Written,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// Statements.
    pub statements: u64,
    /// Rows for which there is none; why stands in their place, as a comment.
    pub left_out: u64,
}

impl fmt::Debug for Repair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repair({:?})", self.written)
    }
}

/// Rows to be repaired.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    /// By the hashes of their keys: how many rows the target lacks. More than one only where there is no key.
    missing: HashMap<u128, u64>,
    /// The keys of those that it has too many, or with other values.
    extra: Vec<Key>,
}

impl Repairs {
    /// A row of the source that the target does not have, and the one that stands in its place.
    pub(super) fn missing(&mut self, key: u128, other: Option<&Kept>) {
        *self.missing.entry(key).or_default() += 1;
        self.extra.extend(other.map(|other| other.key.clone()));
    }

    /// A row that only the target has.
    pub(super) fn extra(&mut self, row: &Kept) {
        self.extra.push(row.key.clone());
    }
}

impl Repair<'_> {
    /// Writes the statements of some rows.
    pub(super) async fn write(&mut self, source: &Scan<'_>, repairs: Repairs) -> Result<()> {
        let table = source.table;
        for extra in &repairs.extra {
            let sql = script::delete(self.dialect, table, extra);
            self.put(sql, |repair| &mut *repair.deletes)?;
        }
        let mut missing = repairs.missing;
        if missing.is_empty() {
            return Ok(());
        }
        let (key, _) = source.columns();
        let mut hasher = RowHasher::new(source.seed);
        source
            .each(|batch| {
                for row in 0..batch.len() {
                    let by_key = hasher.hash(batch, row, &key);
                    if let Some(count) = missing.get_mut(&by_key).filter(|count| **count > 0) {
                        *count -= 1;
                        let sql = script::insert(self.dialect, table, batch, row);
                        self.put(sql, |repair| &mut *repair.inserts)?;
                    }
                }
                Ok(())
            })
            .await
            .map(|_| ())
    }

    /// Writes a statement, or that there is none.
    fn put<'a>(
        &'a mut self,
        sql: std::result::Result<String, String>,
        place: impl FnOnce(&'a mut Self) -> &'a mut (dyn Write + Send),
    ) -> Result<()> {
        let line = match sql {
            Ok(sql) => {
                self.written.statements += 1;
                format!("{sql};")
            }
            Err(reason) => {
                self.written.left_out += 1;
                script::comment(&format!("A row is left out: {reason}"))
            }
        };
        writeln!(place(self), "{line}").map_err(|error| unwritten(&error))
    }
}

/// An error about the file that the statements go to.
fn unwritten(error: &io::Error) -> Error {
    let code = if error.kind() == io::ErrorKind::StorageFull {
        Code::Disk
    } else {
        Code::Privilege
    };
    Error::refused(code, format!("the repair cannot be written: {error}"))
}

/// The tables so that each comes after those that it refers to; among those that refer to each other, as they were.
pub fn parents_first(tables: &[TablePlan]) -> Vec<&TablePlan> {
    let by_name: BTreeMap<&TableName, &TablePlan> =
        tables.iter().map(|table| (&table.target, table)).collect();
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::new();
    for table in tables {
        // Each table with the number of its parents that were looked at; without recursion, however long the chain.
        let mut path = vec![(table, 0)];
        if !seen.insert(&table.target) {
            continue;
        }
        while let Some((table, position)) = path.pop() {
            let Some(key) = table.foreign_keys.get(position) else {
                ordered.push(table);
                continue;
            };
            path.push((table, position + 1));
            if let Some(parent) = by_name.get(&key.parent)
                && seen.insert(&parent.target)
            {
                path.push((parent, 0));
            }
        }
    }
    ordered
}
