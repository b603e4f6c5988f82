//! From two catalogues to a plan: which tables, under which names, in which types, with which keys.

use std::collections::{BTreeMap, BTreeSet};

use limosa_database::{Database, Dialect, translate};
use limosa_model::{
    Catalogue, CheckConstraint, Code, Column, ColumnDefault, ColumnPlan, ColumnType, Engine, Fit,
    ForeignKey, Form, Index, IndexColumn, NotCarried, OnMisfit, Plan, Table, TableName, TablePlan,
    Treatment, Treatments, Value,
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
    if planner.from.engine() != planner.to.engine() {
        let domains = catalogue
            .types
            .iter()
            .filter(|own| own.definition.starts_with("CREATE DOMAIN"));
        for domain in domains {
            let reason = "its values are carried as those of the type that it is made of; what else it asks of them is not";
            planner.leave_out("domain", &domain.name, reason);
        }
    }
    if !planner.obstacles.is_empty() {
        return Err(Error::refused(Code::Plan, planner.obstacles.join("; ")));
    }
    Ok(Plan {
        source: source.endpoint().to_string(),
        source_engine: planner.from.engine(),
        target: target.endpoint().to_string(),
        target_engine: planner.to.engine(),
        types: if planner.from.engine() == planner.to.engine() {
            catalogue.types.clone()
        } else {
            Vec::new()
        },
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
            key: table.key().unwrap_or_default(),
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
        }
    }

    /// Whether the target makes the values of a column itself, as the source does.
    fn makes(&self, table: &Table, column: &Column) -> bool {
        let is_server = self.from.engine() == self.to.engine() && !self.same_sqlite();
        let is_changed = self.carried(table, column).is_some()
            || self
                .options
                .treatments
                .of(&table.name, &column.name)
                .converts();
        is_server && column.generated.is_some() && !is_changed
    }

    /// Such a column in the target's SQL.
    fn generated(&self, table: &Table, column: &Column) -> Option<String> {
        let generated = column.generated.as_ref()?;
        Some(format!(
            "{} {} GENERATED ALWAYS AS ({}) {}",
            self.to.quote(&self.names.column(&table.name, &column.name)),
            column.declared,
            generated.expression,
            if generated.stored {
                "STORED"
            } else {
                "VIRTUAL"
            }
        ))
    }

    /// The checks that mean the same in the target.
    fn checks(&mut self, table: &Table, columns: &[ColumnPlan]) -> Vec<CheckConstraint> {
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
            // A lax MySQL keeps an empty text for what is none of the list, and here every row would be held against it at once.
            if self.to.engine() == Engine::Sqlite && self.from.engine() == Engine::Mysql {
                enumerations.push(format!("{}.{}", table.name, column.name));
                continue;
            }
            let values: Vec<String> = column
                .enumeration
                .iter()
                .map(|value| format!("'{}'", value.replace('\'', "''")))
                .collect();
            // A backslash is not the same to all in a text.
            if values.iter().any(|value| value.contains('\\')) {
                continue;
            }
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
            let reason = "the target takes any text for it";
            self.leave_out("enumeration", &column, reason);
        }
        kept
    }

    /// A default that is made of constants alone, where it is a number for a number.
    fn constant(&self, default: &ColumnDefault, carried: &ColumnType) -> Option<String> {
        let is_number = matches!(carried.family(), "integer" | "decimal" | "float");
        match default {
            ColumnDefault::Expression(sql) if is_number => {
                translate(sql, self.from.engine(), self.to, &|_| None)
            }
            _ => None,
        }
    }

    /// A condition over a table's columns in the target's SQL.
    fn translated(&self, sql: &str, columns: &[ColumnPlan]) -> Option<String> {
        // Unquoted names are found whatever their case, where the engine finds them so.
        let same = |a: &str, b: &str| a == b || self.from.folds_case() && a.eq_ignore_ascii_case(b);
        translate(sql, self.from.engine(), self.to, &|name| {
            let column = columns.iter().find(|column| same(&column.name, name))?;
            Some((column.target_name.clone(), column.carried.clone()))
        })
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
        let own_default = column
            .default_sql
            .as_ref()
            .filter(|_| is_same && !column.identity && !verbatim);
        let own_default = own_default.map(|sql| match &column.touched {
            Some(touched) => format!("{sql} ON UPDATE {touched}"),
            None => sql.clone(),
        });
        if let Some(touched) = column.touched.as_ref().filter(|_| own_default.is_none()) {
            self.leave_out(
                "on update",
                &format!("{}.{}", table.name, column.name),
                &format!("a changed row no longer sets it to {touched}; a trigger can"),
            );
        }
        let default = own_default.or_else(|| {
            column
                .default
                .as_ref()
                // No default is the same as null.
                .filter(|default| **default != ColumnDefault::Literal(Value::Null))
                .filter(|_| !column.identity && !verbatim)
                .and_then(|default| {
                    let sql = self.to.default(default, &carried, self.from.engine());
                    let sql = sql.or_else(|| self.constant(default, &carried));
                    if sql.is_none() {
                        self.leave_out(
                            "default",
                            &format!("{}.{}", table.name, column.name),
                            &format!(
                                "{} is not understood, or no {} here; set it in the target by hand",
                                describe_default(default),
                                carried
                            ),
                        );
                    }
                    sql
                })
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

    fn indexes(&mut self, table: &Table, planned: &[ColumnPlan], verbatim: bool) -> Vec<Index> {
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
    fn index_name(&mut self, table: &Table, wanted: &str) -> String {
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
        self.index_names.insert(self.scoped(table, &name));
        name
    }

    /// A name of an index as it is held against others: in its table, or in the whole schema.
    fn scoped(&self, table: &Table, name: &str) -> String {
        let name = name.to_lowercase();
        if self.to.index_names_are_global() {
            name
        } else {
            format!("{}.{name}", table.name)
        }
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

fn describe_default(default: &ColumnDefault) -> String {
    match default {
        ColumnDefault::Expression(sql) => format!("`{sql}`"),
        ColumnDefault::Literal(value) => format!("the constant {value}"),
        ColumnDefault::Now(_) => "the current time".into(),
        ColumnDefault::Today(_) => "the current date".into(),
        ColumnDefault::TimeOfDay(_) => "the current time of day".into(),
        ColumnDefault::UnixTime => "the current time in seconds".into(),
        ColumnDefault::JulianDay => "the current time as a Julian day".into(),
        ColumnDefault::NewUuid => "a new UUID".into(),
    }
}
