//! What tables and columns are called in the target, where it would cut a name or take two for one.

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::Dialect;
use limosa_model::{Table, TableName, digest};

/// Names that differ from the source's.
#[derive(Debug, Default)]
pub(crate) struct Names {
    tables: BTreeMap<TableName, String>,
    columns: BTreeMap<(TableName, String), String>,
}

impl Names {
    /// Chooses them: alike in every run, and no two alike.
    pub(crate) fn new(tables: &[&Table], to: &dyn Dialect) -> Self {
        let mut names = Self::default();
        let wanted: Vec<&str> = tables.iter().map(|table| table.name.name()).collect();
        for (table, chosen) in tables.iter().zip(choose(&wanted, to)) {
            if let Some(chosen) = chosen {
                names.tables.insert(table.name.clone(), chosen);
            }
            let wanted: Vec<&str> = table
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            for (column, chosen) in wanted.iter().zip(choose(&wanted, to)) {
                if let Some(chosen) = chosen {
                    let of = (table.name.clone(), (*column).to_owned());
                    names.columns.insert(of, chosen);
                }
            }
        }
        names
    }

    pub(crate) fn table(&self, table: &TableName) -> TableName {
        let chosen = self.tables.get(table).map(String::as_str);
        TableName::new(chosen.unwrap_or(table.name()))
    }

    pub(crate) fn column(&self, table: &TableName, column: &str) -> String {
        let chosen = self.columns.get(&(table.clone(), column.to_owned()));
        chosen.cloned().unwrap_or_else(|| column.to_owned())
    }

    pub(crate) fn columns(&self, table: &TableName, columns: &[String]) -> Vec<String> {
        columns
            .iter()
            .map(|column| self.column(table, column))
            .collect()
    }

    /// What was renamed, and how it is called now.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = (String, &String)> {
        let tables = self.tables.iter().map(|(from, to)| (from.to_string(), to));
        let columns = self
            .columns
            .iter()
            .map(|((table, column), to)| (format!("{table}.{column}"), to));
        tables.chain(columns)
    }
}

/// For each name of a scope another one, where the target would not keep it. The first of several that are one to the
/// target stays; a name that was chosen ends in a digest of the one that it stands for.
fn choose(wanted: &[&str], to: &dyn Dialect) -> Vec<Option<String>> {
    let folded = |name: &str| {
        if to.folds_case() {
            name.to_lowercase()
        } else {
            name.to_owned()
        }
    };
    let fits = |name: &str| to.takes_name(name);
    let mut taken = BTreeSet::new();
    // Those that stay come first, so that no other takes their place.
    let stays: Vec<bool> = wanted
        .iter()
        .map(|name| fits(name) && taken.insert(folded(name)))
        .collect();
    let mut chosen = Vec::with_capacity(wanted.len());
    for (name, stays) in wanted.iter().zip(stays) {
        chosen.push((!stays).then(|| {
            let digest = digest(name.as_bytes());
            let mut digits = 8;
            loop {
                let end = format!("_{}", &digest[..digits]);
                // What can be cut off may be too long, or a character that the target takes in no name.
                let takes = |character: &char| to.takes_name(&character.to_string());
                let kept: String = name.chars().filter(|c| *c == ' ' || takes(c)).collect();
                let mut start = kept.as_str();
                while !fits(&format!("{start}{end}")) {
                    start = start
                        .char_indices()
                        .next_back()
                        .map_or("", |(last, _)| &start[..last]);
                }
                let other = format!("{start}{end}");
                if taken.insert(folded(&other)) || digits == digest.len() {
                    break other;
                }
                digits += 1;
            }
        }));
    }
    chosen
}
