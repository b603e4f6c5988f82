//! How texts are compared: kept between servers of one engine, and named where the target tells more texts apart.

use limosa_model::{Column, Table};

use super::Planner;

/// Columns that are named in one remark.
const SHOWN: usize = 8;

impl Planner<'_> {
    /// ` COLLATE …`, where the target has the source's collation.
    pub(super) fn collated(&self, column: &Column) -> String {
        match &column.collation {
            Some(collation) if self.keeps(column) => format!(" COLLATE {}", collation.name),
            _ => String::new(),
        }
    }

    /// Names a collation of one's own, which the target of the same engine need not have.
    pub(super) fn name_own_collation(&mut self, table: &Table, column: &Column) {
        let is_same = self.from.engine() == self.to.engine();
        if let Some(collation) = column.collation.clone()
            && is_same
            && !collation.name.is_empty()
            && !self.keeps(column)
        {
            let name = format!("{}.{}", table.name, column.name);
            let reason = format!(
                "not every server has {}; the target's column has its default",
                collation.name
            );
            self.leave_out("collation", &name, &reason);
        }
    }

    fn keeps(&self, column: &Column) -> bool {
        let is_same = self.from.engine() == self.to.engine();
        let known = |name: &str| !name.is_empty() && self.to.has_collation(name);
        let mut collations = column.collation.iter();
        is_same && collations.all(|collation| known(&collation.name))
    }

    /// Names the unique keys that hold texts apart which were one to the source, and once what that means for queries.
    pub(super) fn name_collations(&mut self, tables: &[&Table]) {
        let mut compared = Vec::new();
        for table in tables {
            let folded = |name: &String| {
                let column = table.column(name)?;
                let collation = column.collation.as_ref()?;
                (!collation.exact && !self.is_own_folding(column)).then_some(collation)
            };
            let mut lacks = Vec::new();
            let primary = ("primary key".to_owned(), table.primary_key.clone());
            let unique = table
                .indexes
                .iter()
                .filter(|index| index.unique)
                .map(|index| {
                    let columns = index.columns.iter().map(|column| column.name.clone());
                    (format!("unique index {}", index.name), columns.collect())
                });
            for (key, columns) in std::iter::once(primary).chain(unique) {
                if let Some(collation) = columns.iter().find_map(folded) {
                    lacks.push((key, shown(&collation.name)));
                }
            }
            let names = table.columns.iter().map(|column| &column.name);
            let names = names.filter(|name| folded(name).is_some());
            compared.extend(names.map(|name| format!("{}.{name}", table.name)));
            for (key, collation) in lacks {
                let reason = format!(
                    "the target's {key} holds texts apart that are one by {collation}, such as 'a' and {}",
                    if collation.ends_with("_bin") {
                        "'a '"
                    } else {
                        "'A'"
                    }
                );
                self.leave_out("collation", &table.name.to_string(), &reason);
            }
        }
        if let Some(first) = compared.first().cloned() {
            let rest = compared.len().saturating_sub(SHOWN);
            let more = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            compared.truncate(SHOWN);
            let reason = format!(
                "{}{more}: texts that differ in case, accents or spaces at the end may be one to the source's queries, and are not to the target's",
                compared.join(", ")
            );
            self.leave_out("text comparison", &first, &reason);
        }
    }

    /// The target's own column folds texts as the source's did.
    fn is_own_folding(&self, column: &Column) -> bool {
        let is_same = self.from.engine() == self.to.engine();
        // A type that folds by itself comes with its name.
        is_same
            && column
                .collation
                .as_ref()
                .is_none_or(|found| found.name.is_empty())
            || self.keeps(column)
    }
}

fn shown(collation: &str) -> &str {
    if collation.is_empty() {
        "its type"
    } else {
        collation
    }
}
