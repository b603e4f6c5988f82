//! One column of a plan: the types that it has on its way, its default, and whether the target makes its values itself.

use limosa_database::{Dialect, translate};
use limosa_model::{
    Column, ColumnDefault, ColumnPlan, ColumnType, Engine, Fit, Form, OnMisfit, Table, Treatment,
    Value, Why,
};

use super::Planner;

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

impl Planner<'_> {
    pub(super) fn column(&mut self, table: &Table, column: &Column, verbatim: bool) -> ColumnPlan {
        let treatment = self.options.treatments.of(&table.name, &column.name);
        let (scanned, treated) = treated(self.from, self.to.engine(), column, &treatment);
        let changed = self.carried(table, column).cloned();
        let why = match (&changed, &treatment.column_type) {
            (Some(_), _) => Why::Transform,
            (None, Some(_)) => Why::Treatment,
            (None, None) if column.by_values => Why::Values,
            (None, None) => Why::Declared,
        };
        let is_own = changed.is_none() && treatment.column_type.is_none();
        let carried = changed.unwrap_or_else(|| treated.clone());
        let Kept {
            mut target_type,
            fit,
        } = kept(self.from, self.to, (table, column), &carried, is_own).unwrap_or_else(|reason| {
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
        if is_same && !verbatim {
            target_type.push_str(&self.collated(column));
            self.name_own_collation(table, column);
        }
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
        if let Some(numbering) = column.numbering.as_ref().filter(|_| !is_same) {
            self.leave_out(
                "numbering",
                &format!("{}.{}", table.name, column.name),
                &format!("{numbering} is PostgreSQL's own; the target counts by one, and takes other numbers too"),
            );
        }
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
            why,
            fit,
            treatment,
            form,
            nullable: column.nullable,
            default,
            identity: column.identity,
            numbering: column.numbering.clone().filter(|_| is_same),
        }
    }

    pub(super) fn carried(&self, table: &Table, column: &Column) -> Option<&ColumnType> {
        self.options
            .carried
            .get(&(table.name.clone(), column.name.clone()))
    }

    /// Whether the target makes the values of a column itself, as the source does.
    pub(super) fn makes(&self, table: &Table, column: &Column) -> bool {
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
    pub(super) fn generated(&self, table: &Table, column: &Column) -> Option<String> {
        let generated = column.generated.as_ref()?;
        Some(format!(
            "{} {}{} GENERATED ALWAYS AS ({}) {}",
            self.to.quote(&self.names.column(&table.name, &column.name)),
            column.declared,
            self.collated(column),
            generated.expression,
            if generated.stored {
                "STORED"
            } else {
                "VIRTUAL"
            }
        ))
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
