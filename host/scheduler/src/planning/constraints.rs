//! What a table holds its rows to: its checks, and the foreign keys between tables.

use limosa_database::translate;
use limosa_model::{CheckConstraint, ColumnPlan, Engine, ForeignKey, Table, Why};

use super::Planner;

impl Planner<'_> {
    /// The checks that mean the same in the target.
    pub(super) fn checks(&mut self, table: &Table, columns: &[ColumnPlan]) -> Vec<CheckConstraint> {
        let (mut kept, mut enumerations) = (Vec::new(), Vec::new());
        for check in &table.checks {
            let wanted = check
                .name
                .clone()
                .unwrap_or_else(|| format!("{}_check", table.name.name()));
            let expression = if self.from.engine() == self.to.engine() && !self.same_sqlite() {
                Some(check.expression.clone())
            } else {
                self.translated(&check.expression, columns)
            };
            match expression {
                Some(expression) => kept.push(CheckConstraint {
                    name: Some(self.index_name(table, &wanted)),
                    expression,
                }),
                None => self.leave_out(
                    "check constraint",
                    &format!("{}.{wanted}", table.name),
                    &format!(
                        "it may mean something else in {}: {}",
                        self.to.engine(),
                        check.expression
                    ),
                ),
            }
        }
        for (column, planned) in table
            .columns
            .iter()
            .filter_map(|column| Some((column, columns.iter().find(|p| p.name == column.name)?)))
            .filter(|(column, _)| {
                !column.enumeration.is_empty() && self.from.engine() != self.to.engine()
            })
        {
            // A lax MySQL keeps an empty text for what is none of the list, and SQLite would hold every row against it at once.
            let may_hold_others =
                self.to.engine() == Engine::Sqlite && self.from.engine() == Engine::Mysql;
            // A backslash is not the same to all in a text.
            let has_backslash = column.enumeration.iter().any(|value| value.contains('\\'));
            if may_hold_others || has_backslash || planned.why != Why::Declared {
                enumerations.push(format!("{}.{}", table.name, column.name));
                continue;
            }
            let values: Vec<String> = column
                .enumeration
                .iter()
                .map(|value| format!("'{}'", value.replace('\'', "''")))
                .collect();
            kept.push(CheckConstraint {
                name: Some(self.index_name(
                    table,
                    &format!("{}_{}_values", table.name.name(), column.name),
                )),
                expression: format!(
                    "{} IN ({})",
                    self.to.quote(&planned.target_name),
                    values.join(", ")
                ),
            });
        }
        for column in enumerations {
            let reason =
                "its list is not carried: the target takes every value of the column's type";
            self.leave_out("enumeration", &column, reason);
        }
        kept
    }

    /// A condition over a table's columns in the target's SQL.
    pub(super) fn translated(&self, sql: &str, columns: &[ColumnPlan]) -> Option<String> {
        // Unquoted names are found whatever their case, where the engine finds them so.
        let same = |a: &str, b: &str| a == b || self.from.folds_case() && a.eq_ignore_ascii_case(b);
        translate(sql, self.from.engine(), self.to, &|name| {
            let column = columns.iter().find(|column| same(&column.name, name))?;
            Some((column.target_name.clone(), column.carried.clone()))
        })
    }

    /// Whether a transform makes the parent, in which what is referred to is not unique any more.
    pub(super) fn loses_its_parent(&self, key: &ForeignKey) -> bool {
        let made = self.options.made(&key.parent);
        made.is_some_and(|made| !is_unique(&made.table, &key.parent_columns))
    }

    pub(super) fn foreign_keys(&mut self, table: &Table) -> Vec<ForeignKey> {
        let mut keys = Vec::new();
        for key in &table.foreign_keys {
            if !self.tables.contains(&key.parent) {
                self.leave_out(
                    "foreign key",
                    &key.name,
                    &format!("its parent {} is not part of the migration", key.parent),
                );
                continue;
            }
            if self.loses_its_parent(key) {
                let reason = format!(
                    "a transform makes its parent {}, whose rows are told apart by other columns",
                    key.parent
                );
                self.leave_out("foreign key", &key.name, &reason);
                continue;
            }
            let name = self.index_name(table, &key.name);
            keys.push(ForeignKey {
                name,
                columns: self.names.columns(&table.name, &key.columns),
                parent_columns: self.names.columns(&key.parent, &key.parent_columns),
                parent: self.names.table(&key.parent),
                ..key.clone()
            });
        }
        keys
    }
}

/// Whether a key or an index keeps these columns unique.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let same = |key: &[String]| {
        key.len() == columns.len() && key.iter().all(|column| columns.contains(column))
    };
    let indexes = table.indexes.iter();
    let mut unique = indexes.filter(|index| index.unique && index.predicate.is_none());
    same(&table.primary_key)
        || unique.any(|index| {
            let names: Vec<String> = index.columns.iter().map(|c| c.name.clone()).collect();
            same(&names)
        })
}
