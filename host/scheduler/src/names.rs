//! What tables and columns are called in the target, where it would cut a name or take two for one.

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::Dialect;
use limosa_model::{Table, TableName, digest};

/// Names that differ from the source's.
#[derive(Debug, Default)]
pub(crate) struct Names {
    tables: BTreeMap<TableName, TableName>,
    columns: BTreeMap<(TableName, String), String>,
}

impl Names {
    /// Chooses them: alike in every run, and no two alike.
    pub(crate) fn new(tables: &[&Table], to: &dyn Dialect, own_schema: Option<&str>) -> Self {
        let mut names = Self::default();
        let mut by_schema: BTreeMap<Option<&str>, Vec<&TableName>> = BTreeMap::new();
        for table in tables {
            // In the target's own schema names stand without one.
            let is_foreign = |schema: &&str| to.has_schemas() && Some(*schema) != own_schema;
            let schema = table.name.schema().filter(is_foreign);
            by_schema.entry(schema).or_default().push(&table.name);
        }
        for (schema, tables) in by_schema {
            let bare: Vec<String> = tables.iter().map(|table| bare(table, to)).collect();
            let wanted: Vec<&str> = bare.iter().map(String::as_str).collect();
            for ((table, wanted), chosen) in tables.iter().zip(&wanted).zip(choose(&wanted, to)) {
                let name = chosen.unwrap_or_else(|| (*wanted).to_owned());
                let name = match schema {
                    Some(schema) => TableName::in_schema(schema, name),
                    None => TableName::new(name),
                };
                if name != **table {
                    names.tables.insert((*table).clone(), name);
                }
            }
        }
        for table in tables {
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
        self.tables.get(table).unwrap_or(table).clone()
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

    /// What was renamed, how it is called now, and whether that is for want of schemas alone.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = (String, String, bool)> {
        let tables = self.tables.iter().map(|(from, to)| {
            let joined = from
                .schema()
                .map(|schema| format!("{schema}_{}", from.name()));
            (
                from.to_string(),
                to.to_string(),
                joined.as_deref() == Some(to.name()),
            )
        });
        let columns = self
            .columns
            .iter()
            .map(|((table, column), to)| (format!("{table}.{column}"), to.clone(), false));
        tables.chain(columns)
    }
}

/// A table's name where it is wanted: without schemas, that of its own stands before it.
fn bare(table: &TableName, to: &dyn Dialect) -> String {
    match table.schema().filter(|_| !to.has_schemas()) {
        Some(schema) => format!("{schema}_{}", table.name()),
        None => table.name().to_owned(),
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
