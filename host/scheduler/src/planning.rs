//! From two catalogues to a plan: which tables, under which names, in which types, with which keys.

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::{Database, Dialect};
use limosa_model::{
    Catalogue, Code, Column, ColumnPlan, ColumnType, Engine, Fit, ForeignKey, Form, Index,
    IndexColumn, NotCarried, OnMisfit, Plan, Table, TableName, TablePlan, Treatment, Treatments,
};

use crate::names::Names;
use crate::{Error, Result};

/// What a SQLite table's own statements bring with them.
const IN_THE_STATEMENT: [&str; 4] = [
    "index",
    "check constraint",
    "collation",
    "deferrable foreign key",
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
}

impl PlanOptions {
    /// Whether a table is to be part of the plan.
    pub(crate) fn chooses(&self, table: &TableName) -> bool {
        (self.include.is_empty() || self.include.contains(table)) && !self.exclude.contains(table)
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
    let chosen: Vec<&Table> = catalogue
        .tables
        .iter()
        .filter(|table| options.chooses(&table.name))
        .collect();
    let mut planner = Planner {
        from: source.dialect(),
        to: target.dialect(),
        options,
        names: Names::new(&chosen, target.dialect()),
        tables: chosen.iter().map(|table| table.name.clone()).collect(),
        index_names: BTreeSet::new(),
        not_carried: catalogue.not_carried.clone(),
        obstacles: Vec::new(),
    };
    if planner.same_sqlite() {
        // There a table's statements are taken as they are, with all that other engines would not understand.
        planner
            .not_carried
            .retain(|item| !IN_THE_STATEMENT.contains(&item.kind.as_str()));
    }
    let tables: Vec<TablePlan> = chosen
        .into_iter()
        .map(|table| planner.table(table))
        .collect();
    let renamed = planner.names.renamed().map(|(name, other)| NotCarried {
        kind: "name".into(),
        name,
        reason: format!(
            "{} would cut it or take it for another; it is called {other} there",
            target.dialect().engine()
        ),
    });
    planner.not_carried.extend(renamed);
    if !planner.obstacles.is_empty() {
        return Err(Error::refused(Code::Plan, planner.obstacles.join("; ")));
    }
    Ok(Plan {
        source: source.endpoint().to_string(),
        source_engine: planner.from.engine(),
        target: target.endpoint().to_string(),
        target_engine: planner.to.engine(),
        tables,
        not_carried: planner.not_carried,
    })
}

/// An error if something is said of a column that is not there.
fn refuse_unknown_columns(catalogue: &Catalogue, options: &PlanOptions) -> Result<()> {
    for (table, column) in options.treatments.columns.keys() {
        let Some(known) = catalogue.table(table) else {
            return Err(unknown_table(table, catalogue, "the source"));
        };
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

/// How a column of one engine would be kept by another, in a type of the carried ones.
pub(crate) struct Kept {
    /// The type as the target writes it.
    pub(crate) target_type: String,
    /// What it holds apart from that.
    pub(crate) fit: Fit,
}

/// How the target would keep a column as `carried`; `is_own`: that is the type that the source gives it.
///
/// # Errors
/// Why no type of the target holds it.
pub(crate) fn kept(
    from: &dyn Dialect,
    to: &dyn Dialect,
    (table, column): (&Table, &Column),
    carried: &ColumnType,
    is_own: bool,
) -> std::result::Result<Kept, String> {
    let as_carried = Column {
        column_type: carried.clone(),
        ..column.clone()
    };
    // A changed type is no longer the source's own, whatever the engines.
    let engine = match (is_own, to.engine()) {
        (true, _) => from.engine(),
        (false, Engine::Sqlite) => Engine::Postgres,
        (false, _) => Engine::Sqlite,
    };
    let target_type = to.native_type(&as_carried, engine, key_columns(table, &column.name))?;
    let fit = if engine == to.engine() {
        Fit::own()
    } else {
        to.fit(carried, &target_type)
    };
    Ok(Kept { target_type, fit })
}

/// The type in which a column is read, and the one that its treatment makes of it.
pub(crate) fn treated(
    from: &dyn Dialect,
    to: Engine,
    column: &Column,
    treatment: &Treatment,
) -> (ColumnType, ColumnType) {
    let scanned = from.scanned_type(column, to);
    match &treatment.column_type {
        // Where each value has a type of its own, it is read as what it is to be.
        Some(wanted) if !from.enforces_types() => (wanted.clone(), wanted.clone()),
        Some(wanted) => (scanned, wanted.clone()),
        None => (scanned.clone(), scanned),
    }
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
        let definition = table
            .definition
            .clone()
            .filter(|_| self.same_sqlite() && !is_transformed);
        let columns: Vec<ColumnPlan> = table
            .columns
            .iter()
            // A statement taken as it is brings the expression, which then makes the values.
            .filter(|column| column.generated.is_none() || definition.is_none())
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
        let mut indexes = self.indexes(table, definition.is_some());
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
        if !table.checks.is_empty() && self.from.engine() != self.to.engine() {
            for check in &table.checks {
                let name = check.name.clone().unwrap_or_else(|| table.name.to_string());
                self.leave_out(
                    "check constraint",
                    &name,
                    &format!(
                        "its SQL is {}'s own: {}",
                        self.from.engine(),
                        check.expression
                    ),
                );
            }
        }
        TablePlan {
            source: table.name.clone(),
            target: self.names.table(&table.name),
            key: table.key().unwrap_or_default(),
            primary_key,
            foreign_keys: self.foreign_keys(table),
            checks: if self.from.engine() == self.to.engine() {
                table.checks.clone()
            } else {
                Vec::new()
            },
            next_number: table.next_number,
            estimated_rows: table.estimated_rows,
            chunk_rows: self
                .options
                .chunk_rows
                .unwrap_or_else(|| chunk_rows(table.estimated_rows)),
            columns,
            indexes,
            definition,
        }
    }

    fn carried(&self, table: &Table, column: &Column) -> Option<&ColumnType> {
        self.options
            .carried
            .get(&(table.name.clone(), column.name.clone()))
    }

    fn column(&mut self, table: &Table, column: &Column, verbatim: bool) -> ColumnPlan {
        let treatment = self.options.treatments.of(&table.name, &column.name);
        let (scanned, treated) = treated(self.from, self.to.engine(), column, &treatment);
        let changed = self.carried(table, column).cloned();
        let is_own = changed.is_none() && treatment.column_type.is_none();
        let carried = changed.unwrap_or_else(|| treated.clone());
        let Kept { target_type, fit } = kept(self.from, self.to, (table, column), &carried, is_own)
            .unwrap_or_else(|reason| {
                self.obstacles.push(format!(
                    "column {}.{} ({}) cannot be carried: {reason}",
                    table.name, column.name, column.declared
                ));
                Kept {
                    target_type: String::new(),
                    fit: Fit::default(),
                }
            });
        let is_same = is_own && self.from.engine() == self.to.engine();
        let form = if is_same || self.from.form(&scanned) == self.to.form(&carried) {
            Form::Same
        } else {
            Form::Other
        };
        if treatment.on_misfit == Some(OnMisfit::Null) && !column.nullable {
            self.obstacles.push(format!(
                "column {}.{} takes no nulls, so on_misfit = \"null\" cannot be; quarantine can",
                table.name, column.name
            ));
        }
        let default = column
            .default
            .as_ref()
            .filter(|_| !column.identity && !verbatim)
            .and_then(|default| {
                let sql = self.to.default(default, &carried, self.from.engine());
                if sql.is_none() {
                    self.leave_out(
                        "default",
                        &format!("{}.{}", table.name, column.name),
                        &format!(
                            "{} is {}'s own; set it in the target by hand",
                            describe_default(default),
                            self.from.engine()
                        ),
                    );
                }
                sql
            });
        if column.generated.is_some() && !self.same_sqlite() {
            let name = format!("{}.{}", table.name, column.name);
            self.leave_out(
                "generated column",
                &name,
                "its values are carried as they are, its expression is not",
            );
        }
        ColumnPlan {
            name: column.name.clone(),
            target_name: self.names.column(&table.name, &column.name),
            source_type: column.declared.clone(),
            scanned,
            treated,
            carried,
            target_type,
            fit,
            treatment,
            form,
            nullable: column.nullable,
            default,
            identity: column.identity,
        }
    }

    fn indexes(&mut self, table: &Table, verbatim: bool) -> Vec<Index> {
        let mut indexes = Vec::new();
        for index in &table.indexes {
            if verbatim {
                indexes.push(index.clone());
                continue;
            }
            // The catalogue has said that these are not carried, and why.
            if index.columns.is_empty() || index.predicate.is_some() {
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
    fn index_name(&mut self, table: &Table, wanted: &str) -> String {
        let longest = self.to.longest_name();
        let scope = if self.to.index_names_are_global() {
            String::new()
        } else {
            format!("{}.", table.name)
        };
        // Without the characters that the target takes in no name.
        let kept = |text: &str| -> String {
            let takes = |c: &char| *c == ' ' || self.to.takes_name(&c.to_string());
            text.chars().filter(takes).collect()
        };
        let mut name = kept(wanted);
        let taken = |names: &BTreeSet<String>, name: &str| {
            names.contains(&format!("{scope}{}", name.to_lowercase()))
        };
        if name.len() > longest
            || taken(&self.index_names, &name)
            || name.is_empty()
            || self
                .tables
                .iter()
                .any(|table| self.names.table(table).name() == name)
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
        self.index_names
            .insert(format!("{scope}{}", name.to_lowercase()));
        name
    }

    fn foreign_keys(&mut self, table: &Table) -> Vec<ForeignKey> {
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

    fn leave_out(&mut self, kind: &str, name: &str, reason: &str) {
        self.not_carried.push(NotCarried {
            kind: kind.into(),
            name: name.into(),
            reason: reason.into(),
        });
    }
}

/// The number of columns in the widest key or index that the column is part of.
fn key_columns(table: &Table, column: &str) -> usize {
    let indexes = table.indexes.iter().map(|index| {
        index
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
    });
    let keys = table
        .foreign_keys
        .iter()
        .map(|key| key.columns.iter().map(String::as_str).collect());
    let primary = table.primary_key.iter().map(String::as_str).collect();
    indexes
        .chain(keys)
        .chain([primary])
        .filter(|columns| columns.contains(&column))
        .map(|columns| columns.len())
        .max()
        .unwrap_or(0)
}

fn describe_default(default: &limosa_model::ColumnDefault) -> String {
    match default {
        limosa_model::ColumnDefault::Expression(sql) => format!("`{sql}`"),
        limosa_model::ColumnDefault::Literal(value) => format!("the constant {value}"),
        limosa_model::ColumnDefault::CurrentTimestamp => "the current time".into(),
        limosa_model::ColumnDefault::CurrentDate => "the current date".into(),
        limosa_model::ColumnDefault::CurrentTime => "the current time of day".into(),
    }
}
