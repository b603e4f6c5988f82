//! Checks bound to the rows of one side, and at work on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use limosa_database::{Database, lookup};
use limosa_model::{
    Batch, Catalogue, CheckKind, CheckOutcome, Code, Field, Plan, Shape, TableName, TablePlan,
};
use limosa_plugin::{Bound, CheckSession, Grants, Plugin, RowKey};

use super::check::{Check, Checks};
use crate::{Error, Result, unknown_table};

/// Checks bound to the rows of one side, by table.
pub(crate) struct Inspectors {
    by_table: BTreeMap<TableName, Inspected>,
}

/// A table, and what looks at its rows.
struct Inspected {
    /// The columns as the checks were bound to them: by their names in the source, whatever the target calls them.
    shape: Arc<Shape>,
    inspectors: Vec<Inspector>,
}

struct Inspector {
    bound: Bound,
    grants: Grants,
    key: RowKey,
}

impl Inspectors {
    /// Binds the checks that `wanted` picks to rows of a shape that `fields` gives for a table, with lookups into `database`.
    ///
    /// # Errors
    /// If a table or column is unknown, or a binding does not fit its plugin.
    pub(crate) fn bind(
        checks: &Checks,
        plan: &Plan,
        catalogue: &Catalogue,
        database: &Arc<dyn Database>,
        fields: impl Fn(&TablePlan) -> Vec<Field>,
        wanted: impl Fn(&Bound) -> bool,
    ) -> Result<Self> {
        let mut by_table: BTreeMap<TableName, Inspected> = BTreeMap::new();
        for check in &checks.all {
            let table = table_of(check, plan, catalogue)?;
            let fields = fields(table);
            let bound = check.plugin.bind(&check.binding, &fields)?;
            if bound.kind() != CheckKind::Check || !wanted(&bound) {
                continue;
            }
            let grants = grants(check, &bound, &fields, catalogue, database)?;
            let columns = table
                .key
                .iter()
                .filter_map(|name| fields.iter().position(|field| &field.name == name))
                .collect();
            let key = RowKey {
                columns,
                names: table.key.clone(),
            };
            by_table
                .entry(table.source.clone())
                .or_insert_with(|| Inspected {
                    shape: Shape::new(fields),
                    inspectors: Vec::new(),
                })
                .inspectors
                .push(Inspector { bound, grants, key });
        }
        Ok(Self { by_table })
    }

    /// The names of the checks of a table.
    pub(crate) fn names(&self, table: &TableName) -> Vec<String> {
        self.of(table)
            .iter()
            .map(|inspector| inspector.bound.check_name().to_owned())
            .collect()
    }

    /// Whether a check looks at a table.
    pub(super) fn look_at(&self, table: &TableName) -> bool {
        !self.of(table).is_empty()
    }

    fn of(&self, table: &TableName) -> &[Inspector] {
        let inspected = self.by_table.get(table);
        inspected.map_or(&[], |inspected| &inspected.inspectors)
    }

    /// Starts all checks of a table, each with an instance of its own.
    pub(crate) fn start(&self, table: &TableName) -> Result<Inspection> {
        let sessions = self
            .of(table)
            .iter()
            .map(|inspector| {
                Ok(inspector
                    .bound
                    .start(&inspector.grants, inspector.key.clone())?)
            })
            .collect::<Result<_>>()?;
        let shape = self
            .by_table
            .get(table)
            .map(|inspected| inspected.shape.clone());
        let inspectors = self.of(table).iter();
        let plugins = inspectors.map(|inspector| inspector.bound.plugin().clone());
        Ok(Inspection {
            shape,
            sessions,
            plugins: plugins.collect(),
        })
    }
}

/// Which of the checks of a table can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    All,
    Some,
    None,
}

/// Checks at work on the rows of one chunk or table.
pub(crate) struct Inspection {
    shape: Option<Arc<Shape>>,
    sessions: Vec<CheckSession>,
    plugins: Vec<Arc<Plugin>>,
}

impl Inspection {
    /// Shows batches to all of them at once; one that cannot go on says so to every batch, and holds up no other.
    pub(crate) async fn inspect(&mut self, batches: &[Batch]) -> Result<Standing> {
        let Some(shape) = &self.shape else {
            return Ok(Standing::All);
        };
        for plugin in &self.plugins {
            plugin.permitted()?;
        }
        let renamed: std::result::Result<Vec<Batch>, _> =
            batches.iter().map(|batch| batch.renamed(shape)).collect();
        let batches = &renamed.map_err(|error| {
            let message = format!("the rows are not those that the checks were bound to: {error}");
            Error::refused(Code::Internal, message)
        })?;
        let looks = self
            .sessions
            .iter_mut()
            .map(|session| session.inspect_all(batches));
        // What goes wrong from here on is in the outcome.
        let seen = futures_util::future::join_all(looks).await;
        let standing = seen.iter().filter(|seen| seen.is_ok()).count();
        Ok(match standing {
            all if all == seen.len() => Standing::All,
            0 => Standing::None,
            _ => Standing::Some,
        })
    }

    /// Ends them.
    pub(crate) async fn close(self) -> Vec<CheckOutcome> {
        let mut outcomes = Vec::with_capacity(self.sessions.len());
        for session in self.sessions {
            outcomes.push(session.close().await);
        }
        outcomes
    }
}

/// The table that a check looks at, once its columns are known to be there.
pub(super) fn table_of<'a>(
    check: &Check,
    plan: &'a Plan,
    catalogue: &Catalogue,
) -> Result<&'a TablePlan> {
    let name = &check.binding.table;
    let Some(table) = plan.tables.iter().find(|table| &table.source == name) else {
        if catalogue.table(name).is_some() {
            let message = format!(
                "the check {} looks at table {name}, which is left out of the migration",
                check.binding
            );
            return Err(Error::refused(Code::Plan, message));
        }
        return Err(unknown_table(name, catalogue, &plan.source));
    };
    for (_, column) in &check.binding.columns {
        if !table.columns.iter().any(|known| &known.name == column) {
            return Err(unknown_column(name, column, check));
        }
    }
    Ok(table)
}

/// The lookups that a binding allows, each known to be there.
fn grants(
    check: &Check,
    bound: &Bound,
    fields: &[Field],
    catalogue: &Catalogue,
    database: &Arc<dyn Database>,
) -> Result<Grants> {
    let mut grants = Grants::default();
    for (name, target) in bound.lookup_targets() {
        let parent = catalogue.table(&target.table).ok_or_else(|| {
            unknown_table(&target.table, catalogue, &database.endpoint().to_string())
        })?;
        for column in &target.columns {
            if parent.column(column).is_none() {
                return Err(unknown_column(&target.table, column, check));
            }
        }
        // Read as the type of the column that refers to them, so that equal keys are equal values.
        let types = bound
            .columns()
            .iter()
            .map(|&position| fields[position].column_type.clone())
            .collect();
        grants.lookups.insert(
            name.clone(),
            lookup(
                database.clone(),
                target.table.clone(),
                target.columns.clone(),
                types,
            ),
        );
    }
    Ok(grants)
}

fn unknown_column(table: &TableName, column: &str, check: &Check) -> Error {
    Error::refused(
        Code::Plan,
        format!(
            "there is no column {column} in table {table}, which the check {} names",
            check.binding
        ),
    )
}
