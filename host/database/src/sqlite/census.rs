//! What columns hold, where the declared type promises nothing: SQLite types each value by itself.
//!
//! A column declared `DATE` may hold numbers, one declared `BOOLEAN` words. The declared meaning stands if every value has
//! it; otherwise the first of a few plainer types that all values have. If there is none, the declared type stays, and the
//! values that do not fit it are refused one by one, with their rows.

use limosa_model::{
    BatchBuilder, Catalogue, Column, ColumnType, Field, MAX_BATCH_ROWS, Shape, Table,
};
use rusqlite::Connection;

use super::decode::append;
use super::dialect::SqliteDialect;
use crate::error::Attempt;
use crate::{Dialect, Result};

/// What a column may be read as, when it is not what it is declared as.
const PLAINER: [ColumnType; 5] = [
    ColumnType::Integer { bytes: 8 },
    ColumnType::Float { bytes: 8 },
    ColumnType::Number,
    ColumnType::TEXT,
    ColumnType::BYTES,
];

/// Corrects the types of a catalogue by the values that are there.
pub(super) fn correct(connection: &Connection, catalogue: &mut Catalogue) -> Result<()> {
    for table in &mut catalogue.tables {
        let doubtful: Vec<usize> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| is_doubtful(column))
            .map(|(position, _)| position)
            .collect();
        let declared: Vec<(usize, ColumnType)> = doubtful
            .into_iter()
            .map(|position| (position, table.columns[position].column_type.clone()))
            .collect();
        let refuted: Vec<usize> = misfits(connection, table, &declared)?
            .into_iter()
            .zip(&declared)
            .filter(|(misfits, _)| *misfits > 0)
            .map(|(_, (position, _))| *position)
            .collect();
        let trials: Vec<(usize, ColumnType)> = refuted
            .iter()
            .flat_map(|&position| PLAINER.map(|plainer| (position, plainer)))
            .collect();
        let counts = misfits(connection, table, &trials)?;
        for position in refuted {
            let fitting = trials
                .iter()
                .zip(&counts)
                .find(|((column, _), misfits)| *column == position && **misfits == 0);
            if let Some(((_, column_type), _)) = fitting {
                table.columns[position].column_type = column_type.clone();
            }
        }
    }
    Ok(())
}

/// Whether the affinity of the declared type lets values of other classes in as a matter of course.
fn is_doubtful(column: &Column) -> bool {
    match column.column_type {
        ColumnType::Integer { .. } | ColumnType::Float { .. } | ColumnType::Text { .. } => false,
        ColumnType::Bytes { .. } => !column.declared.to_ascii_uppercase().contains("BLOB"),
        _ => true,
    }
}

/// For each column and type, how many values do not fit it; one pass over the table.
fn misfits(
    connection: &Connection,
    table: &Table,
    trials: &[(usize, ColumnType)],
) -> Result<Vec<usize>> {
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = trials
        .iter()
        .map(|(position, _)| table.columns[*position].name.clone())
        .collect();
    let fields = trials
        .iter()
        .zip(&names)
        .map(|((_, column_type), name)| Field {
            name: name.clone(),
            column_type: column_type.clone(),
            nullable: true,
        });
    let mut builder = BatchBuilder::new(Shape::new(fields.collect()));
    let operation = || format!("look at the values of table {}", table.name);
    let sql = format!(
        "SELECT {} FROM {}",
        SqliteDialect.list(&names),
        SqliteDialect.table(&table.name)
    );
    let mut statement = connection.prepare(&sql).attempt(operation)?;
    let mut rows = statement.query([]).attempt(operation)?;
    let mut counts = vec![0; trials.len()];
    loop {
        let row = rows.next().attempt(operation)?;
        if row.is_none() || builder.rows() == MAX_BATCH_ROWS {
            for exception in builder.finish().attempt(operation)?.exceptions() {
                counts[exception.column] += 1;
            }
        }
        let Some(row) = row else { return Ok(counts) };
        for (column, (_, column_type)) in trials.iter().enumerate() {
            append(
                &mut builder,
                column,
                column_type,
                row.get_ref(column).attempt(operation)?,
            );
        }
        builder.end_row();
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue;
    use super::*;

    #[test]
    fn types_follow_the_values_where_the_declaration_promises_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (flag BOOLEAN, word BOOLEAN, day DATE, epoch DATE, mixed DATE, bare, amount DECIMAL(5,2));
                 INSERT INTO t VALUES (1, 'true', '2024-02-29', 1700000000, '2024-01-01', 'x', 1.25), (0, 'false', NULL, 5, 7, 'y', 1.255);",
            )
            .unwrap();
        let mut found = catalogue::read(&connection).unwrap();
        correct(&connection, &mut found).unwrap();
        let types: Vec<ColumnType> = found.tables[0]
            .columns
            .iter()
            .map(|column| column.column_type.clone())
            .collect();
        let integer = ColumnType::Integer { bytes: 8 };
        let expected = [
            ColumnType::Boolean,
            ColumnType::TEXT,
            ColumnType::Date,
            integer,
            ColumnType::Date,
            ColumnType::TEXT,
            ColumnType::Float { bytes: 8 },
        ];
        assert_eq!(types, expected);
    }
}
