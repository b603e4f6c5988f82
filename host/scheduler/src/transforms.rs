//! Transforms: which columns they change, and which tables they make.

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::Dialect;
use limosa_model::{
    Catalogue, CheckKind, Code, ColumnType, Engine, Field, MadeTable, Table, TableName, TablePlan,
    TransformReport, Treatments,
};
use limosa_plugin::{Bound, BoundCode};

use crate::checks::Check;
use crate::made::{Made, made};
use crate::passage::Passage;
use crate::planning::treated;
use crate::shaping::Step;
use crate::{Error, Result, unknown_table};

/// Transforms bound to the columns of the source.
#[derive(Debug, Default)]
pub struct Transforms {
    bound: Vec<Transform>,
    made: Vec<Made>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Transform {
    /// The table that it reads.
    pub(crate) table: TableName,
    pub(crate) bound: Bound,
    /// The columns that it takes.
    pub(crate) columns: Vec<String>,
    /// The columns that it gives.
    pub(crate) outputs: Vec<Field>,
    /// The table that it makes; none: it gives other values to the columns that it takes.
    pub(crate) into: Option<MadeTable>,
    /// The columns that are read for it, in the table's order, where it makes a table.
    pub(crate) reads: Vec<String>,
    /// Those of them that the key of another table names and the transform does not give: they go along.
    pub(crate) along: Vec<Field>,
}

impl Transforms {
    /// Binds transforms to the tables of the source, and asks each what it makes of its columns.
    ///
    /// # Errors
    /// If a table or column is unknown, a binding does not fit, a transform gives back other columns than it takes and makes
    /// no table of them, or the tables that they make cannot be.
    pub async fn bind(
        transforms: &[Check],
        catalogue: &Catalogue,
        from: &dyn Dialect,
        to: Engine,
        treatments: &Treatments,
    ) -> Result<Self> {
        let mut all = Vec::new();
        for check in transforms {
            let name = &check.binding.table;
            let table = catalogue
                .table(name)
                .ok_or_else(|| unknown_table(name, catalogue, "the source"))?;
            let fields: Vec<Field> = table
                .columns
                .iter()
                .map(|column| {
                    let treatment = treatments.of(&table.name, &column.name);
                    Field {
                        name: column.name.clone(),
                        column_type: treated(from, to, column, &treatment).1,
                        nullable: column.nullable,
                    }
                })
                .collect();
            all.push(bind(check, table, &fields).await?);
        }
        each_column_once(&all)?;
        let made = made(&all, catalogue)?;
        Ok(Self { bound: all, made })
    }

    /// The type that each column has that a transform makes.
    pub fn changes(&self) -> BTreeMap<(TableName, String), ColumnType> {
        let mut changes = BTreeMap::new();
        for transform in self.bound.iter().filter(|bound| bound.into.is_none()) {
            for output in &transform.outputs {
                let place = (transform.table.clone(), output.name.clone());
                changes.insert(place, output.column_type.clone());
            }
        }
        for made in &self.made {
            changes.extend(made.changes());
        }
        changes
    }

    /// The tables that they make.
    pub fn made(&self) -> Vec<Made> {
        self.made.clone()
    }

    /// What each of them used until now.
    pub fn reports(&self) -> Vec<TransformReport> {
        let report = |transform: &Transform| {
            let plugin = transform.bound.plugin();
            TransformReport {
                transform: transform.bound.check_name().to_owned(),
                plugin: plugin.manifest().name.clone(),
                version: plugin.manifest().version.to_string(),
                digest: plugin.digest().to_owned(),
                table: transform.table.clone(),
                usage: transform.bound.used(),
                allowed: plugin.limits().allowed(),
            }
        };
        self.bound.iter().map(report).collect()
    }

    /// The way of the rows that are read for a table, by its treatments and transforms.
    pub(crate) fn start<'a>(
        &'a self,
        table: &'a TablePlan,
        reading: &'a TablePlan,
    ) -> Result<Passage<'a>> {
        let belongs = |transform: &&Transform| {
            transform.table == reading.source
                && match &transform.into {
                    // What changes columns changes those of its own table.
                    None => table.source == reading.source,
                    Some(into) => table.is_made() && into.table == table.source,
                }
        };
        let steps = self.bound.iter().filter(belongs);
        let steps = steps.map(Step::new).collect::<Result<_>>()?;
        Ok(Passage::new(table, reading, steps))
    }
}

impl Transform {
    /// What a code means.
    pub(crate) fn meaning(&self, code: &str) -> String {
        let known = self.bound.codes().find(|known| known.code == code);
        known
            .map_or(code, |known: BoundCode<'_>| known.message)
            .to_owned()
    }
}

/// Of two transforms that give the same column, each of the values that it read, one would be lost without a word.
fn each_column_once(transforms: &[Transform]) -> Result<()> {
    let mut by_column: BTreeMap<(&TableName, &str), &Transform> = BTreeMap::new();
    for transform in transforms
        .iter()
        .filter(|transform| transform.into.is_none())
    {
        for output in &transform.outputs {
            let place = (&transform.table, output.name.as_str());
            if let Some(other) = by_column.insert(place, transform) {
                let message = format!(
                    "{} and {} both give the column {}.{}, and one of them would be lost: name one",
                    other.bound.check_name(),
                    transform.bound.check_name(),
                    transform.table,
                    output.name
                );
                return Err(Error::refused(Code::Configuration, message));
            }
        }
    }
    Ok(())
}

async fn bind(check: &Check, table: &Table, fields: &[Field]) -> Result<Transform> {
    let Check { binding, plugin } = check;
    let mut bound = plugin.bind(binding, fields)?;
    if bound.kind() != CheckKind::Transform {
        return Err(Error::refused(
            Code::Configuration,
            format!("{binding} is no transform; name it under checks"),
        ));
    }
    let columns: Vec<String> = bound
        .columns()
        .iter()
        .map(|&position| fields[position].name.clone())
        .collect();
    let mut read: Vec<Field> = Vec::new();
    if let Some(into) = &binding.into {
        let wanted: BTreeSet<String> = columns
            .iter()
            .cloned()
            .chain(table.key().unwrap_or_default())
            .chain(into.key.clone())
            .collect();
        // In its own table the others go along.
        let is_own = into.table == table.name;
        read = fields
            .iter()
            .filter(|field| is_own || wanted.contains(&field.name))
            .cloned()
            .collect();
        bound = plugin.bind(binding, &read)?;
    }
    let outputs = bound.outputs().await?;
    let goes_along = |field: &&Field| match &binding.into {
        Some(into) if into.table != table.name => {
            let is_given = outputs.iter().any(|output| output.name == field.name);
            into.key.contains(&field.name) && !is_given
        }
        _ => false,
    };
    let along = read.iter().filter(goes_along).cloned().collect();
    let reads = read.into_iter().map(|field| field.name).collect();
    let transform = Transform {
        table: table.name.clone(),
        bound,
        columns,
        outputs,
        into: binding.into.clone(),
        reads,
        along,
    };
    if transform.into.is_none() {
        gives_back_what_it_takes(&transform)?;
    }
    Ok(transform)
}

fn gives_back_what_it_takes(transform: &Transform) -> Result<()> {
    let given: BTreeSet<&String> = transform
        .outputs
        .iter()
        .map(|output| &output.name)
        .collect();
    let taken: BTreeSet<&String> = transform.columns.iter().collect();
    if given == taken {
        return Ok(());
    }
    let listed = |names: BTreeSet<&String>| {
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        names.join(", ")
    };
    let message = format!(
        "{} takes {} and gives {}; where a transform makes other columns, its binding says which table they are for, and by which columns its rows are told apart: =>{}.KEY",
        transform.bound.check_name(),
        listed(taken),
        listed(given),
        transform.table
    );
    Err(Error::refused(Code::Configuration, message))
}
