//! Checks what a transform handed back, completely, and only then makes rows of it.

use arrow_array::{Array, ArrayRef, UInt32Array};
use limosa_model::{Batch, Exception, Field};

use crate::output::{Builder, Set};
use crate::values::{array, nulls};

/// One batch after a transform.
#[derive(Clone, Debug)]
pub struct Transformed {
    /// The output columns.
    pub rows: Batch,
    /// Which input row each row comes from; ascending.
    pub origins: Vec<u32>,
    /// Input rows that cannot be carried, with the manifest's code.
    pub refused: Vec<(u32, String)>,
}

/// Makes rows of what was set, or says what is wrong with it.
pub(crate) fn finish(builder: Builder, input: &Batch) -> Result<Transformed, String> {
    let Builder {
        outputs,
        rows,
        origins,
        refused,
        columns,
        ..
    } = builder;
    let refused_rows = refused_rows(rows, &refused)?;
    let whole = origins.is_none() && refused.is_empty();
    let origins = check_origins(rows, origins, &refused_rows)?;
    check_unreadable(&columns, input, &refused_rows)?;
    let mut arrays = Vec::with_capacity(columns.len());
    let mut exceptions = Vec::new();
    for (position, (set, field)) in columns.into_iter().zip(outputs.fields()).enumerate() {
        let array = match set {
            None => return Err(format!("it did not set the output column `{}`", field.name)),
            Some(Set::Keep(column)) => {
                exceptions.extend(kept_exceptions(input, column, position, &origins));
                keep(input, column, field, (!whole).then_some(&origins))?
            }
            Some(Set::Values(values, validity)) => {
                let of = |reason: String| format!("output column `{}`: {reason}", field.name);
                let nulls = nulls(validity, origins.len()).map_err(of)?;
                array(&field.column_type, values, nulls, origins.len()).map_err(of)?
            }
        };
        if !field.nullable
            && array.null_count() > 0
            && !exceptions
                .iter()
                .any(|exception| exception.column == position)
        {
            return Err(format!(
                "it left nulls in the output column `{}`, which has none",
                field.name
            ));
        }
        arrays.push(array);
    }
    exceptions.sort_by_key(|exception| (exception.row, exception.column));
    let rows = Batch::new(outputs.clone(), arrays, origins.len(), exceptions)
        .map_err(|error| error.to_string())?;
    Ok(Transformed {
        rows,
        origins,
        refused,
    })
}

/// Which input rows were refused.
fn refused_rows(rows: usize, refused: &[(u32, String)]) -> Result<Vec<bool>, String> {
    let mut marked = vec![false; rows];
    for (row, _) in refused {
        match marked.get_mut(*row as usize) {
            Some(mark) if !*mark => *mark = true,
            Some(_) => return Err(format!("it refused row {row} twice")),
            None => return Err(format!("it refused row {row} of {rows} (counted from 0)")),
        }
    }
    Ok(marked)
}

fn check_origins(
    rows: usize,
    origins: Option<Vec<u32>>,
    refused: &[bool],
) -> Result<Vec<u32>, String> {
    let Some(origins) = origins else {
        let rows = u32::try_from(rows).map_err(|error| error.to_string())?;
        return Ok((0..rows)
            .zip(refused)
            .filter(|(_, refused)| !**refused)
            .map(|(row, _)| row)
            .collect());
    };
    if !origins.is_sorted() {
        return Err("its origins do not ascend".into());
    }
    let mut accounted = refused.to_vec();
    for &origin in &origins {
        let row = origin as usize;
        match refused.get(row) {
            None => {
                return Err(format!(
                    "it made a row of row {origin} of {rows} (counted from 0)"
                ));
            }
            Some(true) => return Err(format!("it both refused row {origin} and made a row of it")),
            Some(false) => accounted[row] = true,
        }
    }
    match accounted.iter().position(|accounted| !accounted) {
        Some(row) => Err(format!("it neither refused row {row} nor made a row of it")),
        None => Ok(origins),
    }
}

/// A value that the plugin could not read must not turn into another one.
fn check_unreadable(
    columns: &[Option<Set>],
    input: &Batch,
    refused: &[bool],
) -> Result<(), String> {
    let kept = |column: usize| {
        columns
            .iter()
            .flatten()
            .any(|set| matches!(set, Set::Keep(input) if *input == column))
    };
    let lost = input
        .exceptions()
        .iter()
        .find(|exception| !refused[exception.row] && !kept(exception.column));
    lost.map_or(Ok(()), |exception| {
        Err(format!(
            "it made something of row {} although the value of `{}` does not fit its type and cannot be read; it must refuse such rows (`exceptions`)",
            exception.row,
            input.shape().fields()[exception.column].name
        ))
    })
}

fn keep(
    input: &Batch,
    column: usize,
    field: &Field,
    origins: Option<&Vec<u32>>,
) -> Result<ArrayRef, String> {
    let array = input.column(column);
    if *array.data_type() != field.column_type.layout() {
        return Err(format!(
            "it kept `{}` as an output column of another type",
            input.shape().fields()[column].name
        ));
    }
    match origins {
        None => Ok(array.clone()),
        Some(origins) => {
            let rows = UInt32Array::from(origins.clone());
            arrow_select::take::take(array, &rows, None).map_err(|error| error.to_string())
        }
    }
}

fn kept_exceptions<'a>(
    input: &'a Batch,
    column: usize,
    position: usize,
    origins: &'a [u32],
) -> impl Iterator<Item = Exception> + 'a {
    let exceptions = input
        .exceptions()
        .iter()
        .filter(move |exception| exception.column == column);
    exceptions.flat_map(move |exception| {
        let start = origins.partition_point(|&origin| (origin as usize) < exception.row);
        let here = origins[start..]
            .iter()
            .take_while(|&&origin| origin as usize == exception.row);
        here.enumerate().map(move |(number, _)| Exception {
            row: start + number,
            column: position,
            value: exception.value.clone(),
        })
    })
}

#[cfg(test)]
mod tests {
    use limosa_model::{BatchBuilder, ColumnType, Shape, Value};

    use super::*;
    use crate::output::Values;

    /// Two rows of an integer.
    fn input() -> Batch {
        let mut builder = BatchBuilder::new(Shape::new(vec![field(
            ColumnType::Integer { bytes: 8 },
            true,
        )]));
        for row in 1..=2 {
            builder.integer(0, row);
            builder.end_row();
        }
        builder.finish().unwrap()
    }

    fn field(column_type: ColumnType, nullable: bool) -> Field {
        Field {
            name: "a".into(),
            column_type,
            nullable,
        }
    }

    fn finish_one(field: Field, set: Set) -> Result<Transformed, String> {
        let mut builder = Builder::new(Shape::new(vec![field]), 1, 2);
        builder.columns = vec![Some(set)];
        finish(builder, &input())
    }

    #[test]
    fn nulls_are_marked_and_belong() {
        let set = |bits: Vec<u8>| Set::Values(Values::Integers(vec![1, 2]), Some(bits));
        let integer = |nullable| field(ColumnType::Integer { bytes: 8 }, nullable);
        let done = finish_one(integer(true), set(vec![0b01])).unwrap();
        assert_eq!(
            [done.rows.value(0, 0), done.rows.value(1, 0)],
            [Value::Integer(1), Value::Null]
        );
        assert!(
            finish_one(integer(false), set(vec![0b01]))
                .unwrap_err()
                .contains("left nulls")
        );
        assert!(
            finish_one(integer(true), set(vec![0, 0]))
                .unwrap_err()
                .contains("2 bytes for 2 rows")
        );
    }

    #[test]
    fn a_kept_column_follows_its_rows() {
        let mut builder = Builder::new(
            Shape::new(vec![field(ColumnType::Integer { bytes: 8 }, true)]),
            1,
            2,
        );
        builder.columns = vec![Some(Set::Keep(0))];
        builder.origins = Some(vec![0, 1, 1]);
        let done = finish(builder, &input()).unwrap();
        assert_eq!(
            [0, 1, 2].map(|row| done.rows.value(row, 0)),
            [1, 2, 2].map(Value::Integer)
        );
    }
}
