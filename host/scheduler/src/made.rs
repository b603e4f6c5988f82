//! Tables that transforms make: what the catalogue would say of them if they were in the source.

use std::collections::BTreeSet;

use limosa_model::{
    Catalogue, Code, Column, ColumnDefault, ColumnType, Field, MadeTable, NotCarried, Table,
    TableName, Value,
};

use crate::transforms::Transform;
use crate::{Error, Result};

/// A table that transforms make of one or more tables of the source.
#[derive(Clone, Debug)]
pub struct Made {
    /// The table as it is to be.
    pub(crate) table: Table,
    /// Its columns that a transform gives, and those of another table that go along: the others are its own.
    pub(crate) given: BTreeSet<String>,
    /// The tables that are read for it, each with the columns that are read.
    pub(crate) readings: Vec<(TableName, Vec<String>)>,
    /// What its own table has and it cannot.
    pub(crate) not_carried: Vec<NotCarried>,
}

impl Made {
    /// The columns that are given, with their types.
    pub(crate) fn changes(&self) -> impl Iterator<Item = ((TableName, String), ColumnType)> {
        let given = self.table.columns.iter();
        let given = given.filter(|column| self.given.contains(&column.name));
        given.map(|column| {
            let place = (self.table.name.clone(), column.name.clone());
            (place, column.column_type.clone())
        })
    }
}

/// The tables that transforms make, in the order in which they are first named.
///
/// # Errors
/// If two make one table in different ways, its key is not among its columns, or a table of the source is in its place.
pub(crate) fn made(transforms: &[Transform], catalogue: &Catalogue) -> Result<Vec<Made>> {
    let mut all: Vec<Made> = Vec::new();
    for transform in transforms {
        let Some(into) = &transform.into else {
            continue;
        };
        let source = catalogue
            .table(&transform.table)
            .ok_or_else(|| crate::unknown_table(&transform.table, catalogue, "the source"))?;
        let next = one(transform, into, source)?;
        match all.iter_mut().find(|made| made.table.name == into.table) {
            Some(made) => merge(made, next, transform)?,
            None => all.push(next),
        }
    }
    for made in &all {
        let is_unfit = |name: &&String| made.table.column(name).is_none_or(|c| c.nullable);
        if let Some(name) = made.table.primary_key.iter().find(is_unfit) {
            let what = if made.table.column(name).is_some() {
                "may be null"
            } else {
                "is none of its columns"
            };
            let columns: Vec<&str> = made.table.columns.iter().map(|c| c.name.as_str()).collect();
            let message = format!(
                "the key of table {}, which transforms make, names {name}, which {what}; it has {}",
                made.table.name,
                columns.join(", ")
            );
            return Err(Error::refused(Code::Plan, message));
        }
    }
    Ok(all)
}

/// What one transform makes.
fn one(transform: &Transform, into: &MadeTable, source: &Table) -> Result<Made> {
    let is_own = into.table == source.name;
    let mut columns: Vec<Column> = Vec::new();
    if is_own {
        for column in &source.columns {
            if !transform.columns.contains(&column.name) {
                columns.push(Column {
                    // Numbers of the source's own would have to stay the whole key.
                    identity: false,
                    numbering: None,
                    ..column.clone()
                });
            } else if let Some(output) = transform.outputs.iter().find(|o| o.name == column.name) {
                columns.push(given(output));
            }
        }
    }
    columns.extend(transform.along.iter().map(given));
    for output in &transform.outputs {
        match columns.iter().find(|column| column.name == output.name) {
            Some(_) if transform.columns.contains(&output.name) => {}
            Some(_) => {
                let message = format!(
                    "{} gives a column {}, which table {} has already",
                    transform.bound.check_name(),
                    output.name,
                    source.name
                );
                return Err(Error::refused(Code::Plan, message));
            }
            None => columns.push(given(output)),
        }
    }
    let mut table = Table {
        name: into.table.clone(),
        columns,
        primary_key: into.key.clone(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        next_number: None,
        estimated_rows: source.estimated_rows,
        definition: None,
    };
    let mut not_carried = Vec::new();
    if is_own {
        keep_what_is_untouched(&mut table, source, transform, &mut not_carried);
    }
    Ok(Made {
        table,
        given: transform
            .outputs
            .iter()
            .chain(&transform.along)
            .map(|field| field.name.clone())
            .collect(),
        readings: vec![(source.name.clone(), transform.reads.clone())],
        not_carried,
    })
}

fn given(output: &Field) -> Column {
    Column {
        name: output.name.clone(),
        declared: String::new(),
        column_type: output.column_type.clone(),
        by_values: false,
        nullable: output.nullable,
        default: None,
        default_sql: None,
        identity: false,
        numbering: None,
        generated: None,
        collation: None,
        enumeration: Vec::new(),
        touched: None,
    }
}

/// Indexes and foreign keys of which the transform changes no column; what else stood with the columns is named.
fn keep_what_is_untouched(
    table: &mut Table,
    source: &Table,
    transform: &Transform,
    not_carried: &mut Vec<NotCarried>,
) {
    let mut leave_out = |kind: &str, name: &str| {
        not_carried.push(NotCarried {
            kind: kind.into(),
            name: format!("{}.{name}", source.name),
            reason: format!(
                "{} makes the table's rows; add it to the target by hand",
                transform.bound.check_name()
            ),
        });
    };
    let is_untouched = |name: &String| !transform.columns.contains(name);
    for index in &source.indexes {
        let is_kept = !index.columns.is_empty()
            && index.predicate.is_none()
            && index
                .columns
                .iter()
                .all(|column| is_untouched(&column.name));
        if is_kept {
            table.indexes.push(index.clone());
        } else {
            leave_out("index", &index.name);
        }
    }
    for key in &source.foreign_keys {
        if key.columns.iter().all(is_untouched) {
            table.foreign_keys.push(key.clone());
        } else {
            leave_out("foreign key", &key.name);
        }
    }
    for column in &source.columns {
        if column.identity {
            leave_out("numbering", &column.name);
        }
        let default = column.default.as_ref();
        // No default is the same as null.
        let default = default.filter(|default| **default != ColumnDefault::Literal(Value::Null));
        if default.is_some() && !is_untouched(&column.name) {
            leave_out("default", &column.name);
        }
    }
    for check in &source.checks {
        leave_out("check constraint", check.name.as_deref().unwrap_or("check"));
    }
}

/// Adds what another transform makes for the same table.
fn merge(made: &mut Made, next: Made, transform: &Transform) -> Result<()> {
    let refuse = |reason: String| {
        let name = transform.bound.check_name();
        let message = format!(
            "{name} cannot be a source of table {}: {reason}",
            next.table.name
        );
        Err(Error::refused(Code::Plan, message))
    };
    let (source, _) = &next.readings[0];
    if made.readings.iter().any(|(other, _)| other == source) {
        return refuse(format!("another transform of {source} is one already"));
    }
    if made.table.primary_key != next.table.primary_key {
        return refuse(format!(
            "its key is ({}), and another's is ({})",
            next.table.primary_key.join(", "),
            made.table.primary_key.join(", ")
        ));
    }
    let names = |table: &Table| -> BTreeSet<String> {
        table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    };
    if names(&made.table) != names(&next.table) {
        let listed = |table: &Table| {
            let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
            names.join(", ")
        };
        return refuse(format!(
            "it has the columns {}, and another has {}",
            listed(&next.table),
            listed(&made.table)
        ));
    }
    for other in &next.table.columns {
        let Some(column) = made.table.columns.iter_mut().find(|c| c.name == other.name) else {
            continue;
        };
        match common(&column.column_type, &other.column_type) {
            Some(common) => column.column_type = common,
            None => {
                return refuse(format!(
                    "its column {} is {}, and another's is {}",
                    other.name, other.column_type, column.column_type
                ));
            }
        }
        column.nullable |= other.nullable;
    }
    made.table.estimated_rows += next.table.estimated_rows;
    made.given.extend(next.given);
    made.readings.extend(next.readings);
    made.not_carried.extend(next.not_carried);
    Ok(())
}

/// The type that holds the values of both exactly.
fn common(one: &ColumnType, other: &ColumnType) -> Option<ColumnType> {
    match (one, other) {
        _ if one == other => Some(one.clone()),
        (ColumnType::Text { .. }, ColumnType::Text { .. }) => Some(ColumnType::TEXT),
        (ColumnType::Bytes { .. }, ColumnType::Bytes { .. }) => Some(ColumnType::BYTES),
        (ColumnType::Integer { bytes }, ColumnType::Integer { bytes: others }) => {
            Some(ColumnType::Integer {
                bytes: *bytes.max(others),
            })
        }
        (ColumnType::Float { bytes }, ColumnType::Float { bytes: others }) => {
            Some(ColumnType::Float {
                bytes: *bytes.max(others),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_holds_both_exactly_or_there_is_none() {
        let check = |one: &str, other: &str, expected: Option<&str>| {
            let parse = |text: &str| text.parse::<ColumnType>().unwrap();
            let found = common(&parse(one), &parse(other)).map(|common| common.to_string());
            assert_eq!(found.as_deref(), expected, "{one} and {other}");
        };
        check("text(20)", "text(40)", Some("text"));
        check("uuid", "uuid", Some("uuid"));
        check("uuid", "text", None);
        check("integer", "float", None);
        check("decimal(12,2)", "decimal(12,3)", None);
        check("timestamp", "timestamp with zone", None);
    }
}
