//! From two catalogues to a plan: which tables, under which names, in which types, with which keys.

mod collations;
mod columns;
mod constraints;
mod indexes;
mod readings;

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::{Database, Dialect};
use limosa_model::{
    Catalogue, Code, Column, ColumnPlan, ColumnType, Engine, Index, IndexColumn, NotCarried, Plan,
    Table, TableName, TablePlan, TransformBinding, Treatments,
};

pub(crate) use columns::{kept, treated};

use crate::names::Names;
use crate::{Error, Made, Result, Transforms};

/// What a SQLite table's own statements bring with them.
const IN_THE_STATEMENT: [&str; 4] = [
    "index",
    "check constraint",
    "collation",
    "deferrable foreign key",
];

/// What PostgreSQL's own statement of an index or a constraint brings with it.
const IN_THE_INDEX: [&str; 3] = [
    "nulls not distinct",
    "exclusion constraint",
    "deferrable unique constraint",
];

/// What the person says about the plan.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Only these tables; empty: all.
    pub include: Vec<TableName>,
    /// Not these tables.
    pub exclude: Vec<TableName>,
    /// Rows to a chunk, instead of a size chosen by the table's.
    pub chunk_rows: Option<u64>,
    /// What becomes of values that do not fit, and columns that are to be carried otherwise.
    pub treatments: Treatments,
    /// Columns whose type a transform changes.
    pub carried: BTreeMap<(TableName, String), ColumnType>,
    /// Tables that transforms make.
    pub made: Vec<Made>,
    /// Tables that transforms read to make others, whether they are part of the plan themselves or not.
    pub read: BTreeSet<TableName>,
}

impl PlanOptions {
    /// Whether a table is to be part of the plan.
    pub(crate) fn chooses(&self, table: &TableName) -> bool {
        (self.include.is_empty() || self.include.contains(table)) && !self.exclude.contains(table)
    }

    /// Whether a table is read.
    pub(crate) fn reads(&self, table: &TableName) -> bool {
        self.chooses(table) || self.read.contains(table)
    }

    /// What is to be known of transforms before they are bound: which tables they read.
    #[must_use]
    pub fn reading(mut self, transforms: &[TransformBinding]) -> Self {
        let makers = transforms.iter().filter(|binding| binding.into.is_some());
        self.read
            .extend(makers.map(|binding| binding.table.clone()));
        self
    }

    /// What is to be known of transforms once they are bound.
    #[must_use]
    pub fn with(mut self, transforms: &Transforms) -> Self {
        self.carried = transforms.changes();
        self.made = transforms.made();
        self
    }

    fn made(&self, table: &TableName) -> Option<&Made> {
        self.made.iter().find(|made| made.table.name == *table)
    }
}

/// Makes the plan, or says everything that stands in its way.
///
/// # Errors
/// If a table is unknown, or a column or a name cannot be carried.
pub fn plan(
    source: &dyn Database,
    catalogue: &Catalogue,
    target: &dyn Database,
    options: &PlanOptions,
) -> Result<Plan> {
    for name in options.include.iter().chain(&options.exclude) {
        if catalogue.table(name).is_none() {
            return Err(unknown_table(
                name,
                catalogue,
                &source.endpoint().to_string(),
            ));
        }
    }
    refuse_unknown_columns(catalogue, options)?;
    refuse_taken_places(catalogue, options)?;
    let chosen: Vec<&Table> = catalogue
        .tables
        .iter()
        .filter(|table| options.chooses(&table.name) && options.made(&table.name).is_none())
        .chain(options.made.iter().map(|made| &made.table))
        .collect();
    let mut planner = Planner {
        from: source.dialect(),
        to: target.dialect(),
        options,
        names: Names::new(&chosen, target.dialect(), target.own_schema()),
        tables: chosen.iter().map(|table| table.name.clone()).collect(),
        index_names: BTreeSet::new(),
        not_carried: catalogue
            .not_carried
            .iter()
            .chain(options.made.iter().flat_map(|made| &made.not_carried))
            .cloned()
            .collect(),
        obstacles: Vec::new(),
    };
    if planner.same_sqlite() {
        // There a table's statements are taken as they are, with all that other engines would not understand.
        planner
            .not_carried
            .retain(|item| !IN_THE_STATEMENT.contains(&item.kind.as_str()));
    }
    if planner.from.engine() == planner.to.engine() {
        // The server's own statement makes such an index or constraint again.
        planner
            .not_carried
            .retain(|item| !IN_THE_INDEX.contains(&item.kind.as_str()));
    }
    planner.name_collations(&chosen);
    let tables: Vec<TablePlan> = chosen
        .into_iter()
        .map(|table| TablePlan {
            made_of: planner.readings(catalogue, table),
            ..planner.table(table)
        })
        .collect();
    let engine = target.dialect().engine();
    let renamed = planner
        .names
        .renamed()
        .map(|(name, other, is_schema)| NotCarried {
            kind: "name".into(),
            name,
            reason: if is_schema {
                format!("{engine} has no schemas in a database; it is called {other} there")
            } else {
                format!("{engine} would cut it or take it for another; it is called {other} there")
            },
        });
    planner.not_carried.extend(renamed);
    if planner.from.engine() != planner.to.engine() {
        let domains = catalogue
            .types
            .iter()
            .filter(|own| own.definition.starts_with("CREATE DOMAIN"));
        for domain in domains {
            let reason = "its values are carried as those of the type that it is made of; what else it asks of them is not";
            planner.leave_out("domain", &domain.name.to_string(), reason);
        }
    }
    let types = if planner.from.engine() == planner.to.engine() {
        catalogue.types.clone()
    } else {
        Vec::new()
    };
    let places = tables.iter().map(|table| &table.target);
    let places = places.chain(types.iter().map(|own| &own.name));
    let schemas: BTreeSet<String> = places
        .filter_map(|name| name.schema())
        .filter(|schema| Some(*schema) != target.own_schema())
        .map(str::to_owned)
        .collect();
    if !planner.obstacles.is_empty() {
        return Err(Error::refused(Code::Plan, planner.obstacles.join("; ")));
    }
    Ok(Plan {
        source: source.endpoint().to_string(),
        source_engine: planner.from.engine(),
        target: target.endpoint().to_string(),
        target_engine: planner.to.engine(),
        schemas: schemas.into_iter().collect(),
        types,
        tables,
        not_carried: planner.not_carried,
    })
}

/// An error if something is said of a column that is not there.
fn refuse_unknown_columns(catalogue: &Catalogue, options: &PlanOptions) -> Result<()> {
    for ((table, column), treatment) in &options.treatments.columns {
        let made = options.made(table).map(|made| &made.table);
        let Some(known) = catalogue.table(table).or(made) else {
            return Err(unknown_table(table, catalogue, "the source"));
        };
        if catalogue.table(table).is_none() && treatment.converts() {
            let message = format!(
                "a transform makes table {table}; say what its column {column} is of the table that it is made of"
            );
            return Err(Error::refused(Code::Plan, message));
        }
        if known.column(column).is_none() {
            let names: Vec<&str> = known
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            let message = format!(
                "there is no column {column} in table {table}; it has {}",
                names.join(", ")
            );
            return Err(Error::refused(Code::Plan, message));
        }
    }
    Ok(())
}

/// An error if a table that a transform makes would take the place of one that comes along.
fn refuse_taken_places(catalogue: &Catalogue, options: &PlanOptions) -> Result<()> {
    for made in &options.made {
        let name = &made.table.name;
        let is_its_own = made.readings.iter().any(|(source, _)| source == name);
        if !is_its_own && options.chooses(name) && catalogue.table(name).is_some() {
            let message = format!(
                "a transform makes a table {name}, and the source has one; leave that out (--exclude {name}), or give the new one another name"
            );
            return Err(Error::refused(Code::Plan, message));
        }
    }
    Ok(())
}

/// The error about a table that is not there, with the names that are.
pub fn unknown_table(name: &TableName, catalogue: &Catalogue, place: &str) -> Error {
    let known: Vec<String> = catalogue
        .tables
        .iter()
        .take(30)
        .map(|table| table.name.to_string())
        .collect();
    let known = if known.is_empty() {
        "no tables".to_owned()
    } else {
        known.join(", ")
    };
    Error::refused(
        Code::Plan,
        format!("there is no table {name} in {place}; it has {known}"),
    )
}

struct Planner<'a> {
    from: &'a dyn Dialect,
    to: &'a dyn Dialect,
    options: &'a PlanOptions,
    names: Names,
    tables: BTreeSet<TableName>,
    index_names: BTreeSet<String>,
    not_carried: Vec<NotCarried>,
    obstacles: Vec<String>,
}

/// Rows to a chunk: large enough that a commit costs little, small enough that a stop loses little.
fn chunk_rows(estimated_rows: u64) -> u64 {
    (estimated_rows / 8).clamp(25_000, 200_000)
}

impl Planner<'_> {
    fn same_sqlite(&self) -> bool {
        self.from.engine() == Engine::Sqlite && self.to.engine() == Engine::Sqlite
    }

    fn table(&mut self, table: &Table) -> TablePlan {
        let is_transformed = table.columns.iter().any(|column| {
            self.carried(table, column).is_some()
                || self
                    .options
                    .treatments
                    .of(&table.name, &column.name)
                    .converts()
        });
        let mut foreign_keys = table.foreign_keys.iter();
        let loses_a_parent = foreign_keys.any(|key| self.loses_its_parent(key));
        let definition = table
            .definition
            .clone()
            .filter(|_| self.same_sqlite() && !is_transformed && !loses_a_parent);
        let copied: Vec<&Column> = table
            .columns
            .iter()
            // The target makes those values itself, by the same expression.
            .filter(|column| {
                !(self.makes(table, column) || column.generated.is_some() && definition.is_some())
            })
            .collect();
        let columns: Vec<ColumnPlan> = copied
            .into_iter()
            .map(|column| self.column(table, column, definition.is_some()))
            .collect();
        if columns.len() > self.to.most_columns() {
            self.obstacles.push(format!(
                "table {} has {} columns, and a table of {} at most {}",
                table.name,
                columns.len(),
                self.to.engine(),
                self.to.most_columns()
            ));
        }
        let mut indexes = self.indexes(table, &columns, definition.is_some());
        let nulls_in_key = table
            .primary_key
            .iter()
            .any(|name| table.column(name).is_some_and(|column| column.nullable));
        let primary_key = if nulls_in_key && definition.is_none() {
            indexes.push(Index {
                name: self.index_name(table, &format!("{}_key", table.name.name())),
                columns: table
                    .primary_key
                    .iter()
                    .map(|name| IndexColumn {
                        name: self.names.column(&table.name, name),
                        descending: false,
                    })
                    .collect(),
                unique: true,
                predicate: None,
                inline: false,
                definition: None,
            });
            self.leave_out(
                "primary key",
                &table.name.to_string(),
                "it holds nulls; a unique index stands in for it",
            );
            Vec::new()
        } else {
            self.names.columns(&table.name, &table.primary_key)
        };
        let checks = if definition.is_some() {
            Vec::new()
        } else {
            self.checks(table, &columns)
        };
        let generated = table.columns.iter().enumerate();
        let generated = generated
            .filter(|(_, column)| self.makes(table, column))
            .filter_map(|(place, column)| Some((place, self.generated(table, column)?)))
            .collect();
        TablePlan {
            source: table.name.clone(),
            target: self.names.table(&table.name),
            // A column that the target makes itself is not among the rows, and cannot tell them apart.
            key: table
                .key()
                .filter(|key| {
                    let is_copied = |name| columns.iter().any(|column| &column.name == name);
                    key.iter().all(is_copied)
                })
                .unwrap_or_default(),
            primary_key,
            foreign_keys: self.foreign_keys(table),
            checks,
            generated,
            next_number: table.next_number,
            estimated_rows: table.estimated_rows,
            chunk_rows: self
                .options
                .chunk_rows
                .unwrap_or_else(|| chunk_rows(table.estimated_rows)),
            columns,
            indexes,
            definition,
            made_of: Vec::new(),
        }
    }

    fn leave_out(&mut self, kind: &str, name: &str, reason: &str) {
        self.not_carried.push(NotCarried {
            kind: kind.into(),
            name: name.into(),
            reason: reason.into(),
        });
    }
}
