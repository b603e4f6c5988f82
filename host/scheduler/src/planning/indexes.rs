//! The indexes of a table, and names for them and for constraints that are free in the target.

use std::collections::BTreeSet;

use limosa_model::{ColumnPlan, Index, IndexColumn, Table};

use super::Planner;

impl Planner<'_> {
    pub(super) fn indexes(
        &mut self,
        table: &Table,
        planned: &[ColumnPlan],
        verbatim: bool,
    ) -> Vec<Index> {
        let mut indexes = Vec::new();
        for index in &table.indexes {
            if verbatim {
                indexes.push(index.clone());
                continue;
            }
            let is_own = self.from.engine() == self.to.engine() && !self.same_sqlite();
            if is_own && index.definition.is_some() {
                self.index_names.insert(self.scoped(table, &index.name));
                indexes.push(index.clone());
                continue;
            }
            let predicate = match &index.predicate {
                Some(predicate) if self.to.has_partial_indexes() => {
                    self.translated(predicate, planned)
                }
                _ => None,
            };
            if index.columns.is_empty() || index.predicate.is_some() != predicate.is_some() {
                let what = if index.columns.is_empty() {
                    "an expression, a part of a value or a kind of its own"
                } else {
                    "a condition"
                };
                let kept = if index.unique {
                    ", and nothing else keeps those values unique there"
                } else {
                    ""
                };
                self.leave_out(
                    "index",
                    &format!("{}.{}", table.name, index.name),
                    &format!(
                        "it has {what} that {} may take otherwise{kept}",
                        self.to.engine()
                    ),
                );
                continue;
            }
            let name = if index.inline {
                self.constraint_name(table, index)
            } else {
                index.name.clone()
            };
            let columns = index.columns.iter().map(|column| IndexColumn {
                name: self.names.column(&table.name, &column.name),
                ..column.clone()
            });
            let columns = columns.collect();
            indexes.push(Index {
                name: self.index_name(table, &name),
                columns,
                inline: false,
                definition: None,
                predicate,
                ..index.clone()
            });
        }
        indexes
    }

    /// SQLite numbers the indexes of its constraints; elsewhere they are called after their columns.
    fn constraint_name(&self, table: &Table, index: &Index) -> String {
        let columns: Vec<&str> = index
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        format!("{}_{}_key", table.name.name(), columns.join("_"))
    }

    /// A name that is free in the target and not too long there, alike in every run.
    pub(super) fn index_name(&mut self, table: &Table, wanted: &str) -> String {
        let longest = self.to.longest_name();
        // Without the characters that the target takes in no name.
        let kept = |text: &str| -> String {
            let takes = |c: &char| *c == ' ' || self.to.takes_name(&c.to_string());
            text.chars().filter(takes).collect()
        };
        let mut name = kept(wanted);
        let taken =
            |names: &BTreeSet<String>, name: &str| names.contains(&self.scoped(table, name));
        if name.len() > longest
            || taken(&self.index_names, &name)
            || name.is_empty()
            || self
                .tables
                .iter()
                .any(|other| self.names.table(other).name() == name)
        {
            name = kept(&format!("{}_{wanted}", table.name.name()));
        }
        if name.len() > longest || taken(&self.index_names, &name) {
            let digest = limosa_model::digest(format!("{}.{wanted}", table.name).as_bytes());
            let end = (0..=(longest - 9).min(name.len()))
                .rev()
                .find(|end| name.is_char_boundary(*end))
                .unwrap_or(0);
            name = format!("{}_{}", &name[..end], &digest[..8]);
        }
        self.index_names.insert(self.scoped(table, &name));
        name
    }

    /// A name of an index as it is held against others: in its table, or in the whole schema.
    fn scoped(&self, table: &Table, name: &str) -> String {
        let name = name.to_lowercase();
        if self.to.index_names_are_global() {
            let schema = self.names.table(&table.name);
            format!("{}.{name}", schema.schema().unwrap_or_default())
        } else {
            format!("{}.{name}", table.name)
        }
    }
}
