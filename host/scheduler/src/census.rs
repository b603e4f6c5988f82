//! What the columns of the source hold, where their declared types promise nothing: read before the plan is made.
//!
//! SQLite types each value by itself: a column declared `DATE` may hold numbers, one declared `BOOLEAN` words. The declared
//! meaning stands if every value has it; otherwise the first of a few plainer types that all values have. If there is
//! none, the declared type stays, and the migration is refused before anything is made, with the rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{
    Catalogue, Code, Column, ColumnType, Field, KeyRange, Shape, Table, TableName, Value,
};
use tokio::task::JoinSet;

use crate::error::Doing;
use crate::{Error, PlanOptions, Result};

/// What a column may be read as, when it is not what it is declared as.
const PLAINER: [ColumnType; 5] = [
    ColumnType::Integer { bytes: 8 },
    ColumnType::Float { bytes: 8 },
    ColumnType::Number,
    ColumnType::TEXT,
    ColumnType::BYTES,
];
/// A table of fewer rows is not worth the start of a second reader.
const WORTH_SPLITTING: u64 = 50_000;

/// Columns with values that no one type holds, by their table.
pub type Mixed = BTreeSet<(TableName, String)>;

/// Corrects the types of a catalogue by the values that are there, and names the columns where that cannot be.
///
/// Reads each chosen table once, and the columns that are not what they are declared as once more. Nothing is read of an engine that enforces its types.
///
/// # Errors
/// If the source cannot be read.
pub async fn census(
    source: &Arc<dyn Database>,
    catalogue: &mut Catalogue,
    options: &PlanOptions,
) -> Result<Mixed> {
    let mut mixed = Mixed::new();
    if source.dialect().enforces_types() {
        return Ok(mixed);
    }
    for table in &mut catalogue.tables {
        if !options.chooses(&table.name) {
            continue;
        }
        let doubtful: Vec<Trial> = table
            .columns
            .iter()
            .filter(|column| is_doubtful(column))
            .map(|column| (column.name.clone(), column.column_type.clone()))
            .collect();
        let counts = misfits(source, table, &doubtful).await?;
        let refuted = doubtful.iter().zip(counts).filter(|(_, count)| *count > 0);
        let trials: Vec<Trial> = refuted
            .flat_map(|((name, _), _)| PLAINER.map(|plainer| (name.clone(), plainer)))
            .collect();
        let counts = misfits(source, table, &trials).await?;
        for (trials, counts) in trials
            .chunks(PLAINER.len())
            .zip(counts.chunks(PLAINER.len()))
        {
            let name = &trials[0].0;
            let fitting = trials.iter().zip(counts).find(|(_, count)| **count == 0);
            let column = table.columns.iter_mut().find(|column| &column.name == name);
            match (fitting, column) {
                (Some(((_, column_type), _)), Some(column)) => {
                    column.column_type = column_type.clone();
                }
                _ => {
                    mixed.insert((table.name.clone(), name.clone()));
                }
            }
        }
    }
    Ok(mixed)
}

/// A column, and a type that its values may have.
type Trial = (String, ColumnType);

/// All but the row's own number, which is one whatever is written into it.
fn is_doubtful(column: &Column) -> bool {
    !column.identity
}

/// For each trial, how many values do not fit it; one pass over the table, by several readers if it is large.
async fn misfits(source: &Arc<dyn Database>, table: &Table, trials: &[Trial]) -> Result<Vec<u64>> {
    let mut counts = vec![0; trials.len()];
    if trials.is_empty() {
        return Ok(counts);
    }
    let fields = trials.iter().map(|(name, column_type)| Field {
        name: name.clone(),
        column_type: column_type.clone(),
        nullable: true,
    });
    let shape = Shape::new(fields.collect());
    let (key, ranges) = split(source, table).await?;
    let mut readers = JoinSet::new();
    for range in ranges {
        let (source, shape, key) = (source.clone(), shape.clone(), key.clone());
        let table = table.name.clone();
        readers.spawn(async move {
            let mut snapshot = source.snapshot().await?;
            snapshot.misfits(&table, &shape, &key, &range).await
        });
    }
    let name = &table.name;
    while let Some(counted) = readers.join_next().await {
        let counted = counted.map_err(|panic| {
            Error::refused(
                Code::Internal,
                format!("looking at the values of table {name}: {panic}"),
            )
        })?;
        let counted = counted.doing(|| format!("looking at the values of table {name}"))?;
        for (sum, count) in counts.iter_mut().zip(counted) {
            *sum += count;
        }
    }
    Ok(counts)
}

/// Ranges of a large table's key, one a processor, where its key is one of integers; otherwise the whole table.
async fn split(source: &Arc<dyn Database>, table: &Table) -> Result<(Vec<String>, Vec<KeyRange>)> {
    let whole = (Vec::new(), vec![KeyRange::ALL]);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let [column] = table.primary_key.as_slice() else {
        return Ok(whole);
    };
    let is_identity = table.column(column).is_some_and(|column| column.identity);
    if !is_identity || table.estimated_rows < WORTH_SPLITTING {
        return Ok(whole);
    }
    let doing = || format!("looking at the keys of table {}", table.name);
    let mut snapshot = source.snapshot().await.doing(doing)?;
    let extent = snapshot.extent(&table.name, column).await.doing(doing)?;
    let Some((smallest, greatest)) = extent else {
        return Ok(whole);
    };
    Ok((vec![column.clone()], parts(smallest, greatest, processors)))
}

/// The whole line of integers in so many parts, of which those between two numbers are of one length.
fn parts(smallest: i64, greatest: i64, count: usize) -> Vec<KeyRange> {
    let length = i128::from(greatest) - i128::from(smallest);
    let mut ranges = Vec::with_capacity(count);
    let mut after = None;
    for part in 1..count {
        let end = i128::from(smallest) + length * part as i128 / count as i128;
        let through = i64::try_from(end).ok().map(|end| vec![Value::Integer(end)]);
        ranges.push(KeyRange {
            after: after.clone(),
            through: through.clone(),
        });
        after = through;
    }
    ranges.push(KeyRange {
        after,
        through: None,
    });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_line_without_overlap() {
        let check = |smallest, greatest, expected: &str| {
            let shown: Vec<String> = parts(smallest, greatest, 3)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(shown.join(" | "), expected);
        };
        check(1, 31, "· … (11) | (11) … (21) | (21) … ·");
        check(5, 5, "· … (5) | (5) … (5) | (5) … ·");
        check(
            i64::MIN,
            i64::MAX,
            "· … (-3074457345618258603) | (-3074457345618258603) … (3074457345618258602) | (3074457345618258602) … ·",
        );
    }
}
