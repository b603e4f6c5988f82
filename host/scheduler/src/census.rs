//! What the columns of the source hold, where their types do not prove that it fits: read before the plan is made.
//!
//! SQLite types each value by itself: a column declared `DATE` may hold numbers, one declared `BOOLEAN` words. The declared
//! meaning stands if every value has it and the target holds it; otherwise the first of a few plainer types that all values
//! have. If there is none, the type that the most values have stands, and the others are misfits: the migration is refused
//! before anything is made, or does with them what their column's treatment says. A server keeps to its types, so there
//! only the columns are read whose values may lie outside of what the target holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use limosa_database::{Database, Dialect, Survey};
use limosa_model::{
    Catalogue, Code, Column, ColumnType, Field, Fit, KeyRange, OnMisfit, Shape, Table, TableName,
    Value,
};
use tokio::task::JoinSet;

use crate::error::Doing;
use crate::planning::kept;
use crate::{Error, PlanOptions, Result};

/// What a column may be read as, when it is not what it is declared as: decimals before floats where decimals were meant.
fn plainer(declared: &ColumnType) -> [ColumnType; 5] {
    let float = ColumnType::Float { bytes: 8 };
    let [first, second] = if declared.family() == "decimal" {
        [ColumnType::Number, float]
    } else {
        [float, ColumnType::Number]
    };
    let integer = ColumnType::Integer { bytes: 8 };
    [integer, first, second, ColumnType::TEXT, ColumnType::BYTES]
}
/// Keys that lie closer together are not worth the start of a second reader.
const WORTH_SPLITTING: u64 = 50_000;

/// How many values do not fit, by table and column; only where there are some.
pub type Misfits = BTreeMap<(TableName, String), u64>;

/// Corrects the types of a catalogue by the values that are there, and counts those that fit in no type of the target.
///
/// Reads each chosen table once, and the columns that are not what they are declared as once more. Columns with a treatment
/// that makes other values are left out: what becomes of them is known when they were made. Where all rows are read, they are counted.
///
/// # Errors
/// If the source cannot be read.
pub async fn census(
    source: &Arc<dyn Database>,
    target: Option<&dyn Dialect>,
    catalogue: &mut Catalogue,
    options: &PlanOptions,
) -> Result<Misfits> {
    let mut misfits = Misfits::new();
    for table in &mut catalogue.tables {
        if !options.reads(&table.name) {
            continue;
        }
        let looker = Looker {
            source,
            target,
            options,
        };
        let (rows, found) = looker.look(table).await?;
        if !source.dialect().enforces_types() {
            table.estimated_rows = match rows {
                Some(rows) => rows,
                None => looker.count(table).await?,
            };
        }
        for (column, column_type, count) in found {
            if count > 0 {
                misfits.insert((table.name.clone(), column.clone()), count);
            }
            let changed = table.columns.iter_mut().find(|other| other.name == column);
            if let Some(changed) = changed {
                changed.by_values |= changed.column_type != column_type;
                changed.column_type = column_type;
            }
        }
    }
    Ok(misfits)
}

/// A column, a type that its values may have, and what the target holds of that type.
struct Trial {
    column: String,
    column_type: ColumnType,
    fit: Fit,
}

struct Looker<'a> {
    source: &'a Arc<dyn Database>,
    target: Option<&'a dyn Dialect>,
    options: &'a PlanOptions,
}

impl Looker<'_> {
    /// The number of rows, if all were read; and the columns that were looked at, each with the type that stands and the
    /// number of values that do not fit it.
    async fn look(&self, table: &Table) -> Result<(Option<u64>, Vec<(String, ColumnType, u64)>)> {
        let declared: Vec<Trial> = table
            .columns
            .iter()
            .filter(|column| self.is_doubtful(table, column))
            .filter_map(|column| self.trial(table, column, &column.column_type, true))
            .collect();
        let surveyed = survey(self.source, table, &declared).await?;
        let rows = surveyed.as_ref().map(|survey| survey.rows);
        let counts = surveyed.unwrap_or_default().misfits;
        let mut found = Vec::new();
        let mut trials = Vec::new();
        for (trial, count) in declared.into_iter().zip(counts) {
            let column = table.column(&trial.column);
            let plainer = column
                .filter(|_| count > 0 && !self.source.dialect().enforces_types())
                .into_iter()
                .flat_map(|column| {
                    plainer(&column.column_type)
                        .into_iter()
                        .filter_map(|plainer| self.trial(table, column, &plainer, false))
                        .collect::<Vec<_>>()
                });
            trials.extend(plainer);
            found.push((trial.column, trial.column_type, count));
        }
        let surveyed = survey(self.source, table, &trials).await?;
        let counts = surveyed.unwrap_or_default().misfits;
        for (trial, count) in trials.into_iter().zip(counts) {
            let stands = found
                .iter_mut()
                .find(|(column, ..)| *column == trial.column);
            let Some((column, column_type, least)) = stands else {
                continue;
            };
            // What stops is told by the declared type, which is the one that a person knows.
            let treatment = self.options.treatments.of(&table.name, column);
            let stops = treatment.on_misfit.unwrap_or_default() == OnMisfit::Stop;
            if count == 0 && *least > 0 || count < *least && !stops {
                (*column_type, *least) = (trial.column_type, count);
            }
        }
        for (column, column_type, count) in &mut found {
            let column = table.column(column);
            let takes_all = column
                .and_then(|column| self.fit(table, column, column_type, false))
                .is_some_and(|fit| fit.takes_all());
            if takes_all {
                *count = 0;
            }
        }
        Ok((rows, found))
    }

    async fn count(&self, table: &Table) -> Result<u64> {
        let doing = || format!("counting the rows of table {}", table.name);
        let mut snapshot = self.source.snapshot().await.doing(doing)?;
        snapshot.count(&table.name).await.doing(doing)
    }

    /// All but the row's own number, which is one whatever is written into it, and what the source's types prove.
    fn is_doubtful(&self, table: &Table, column: &Column) -> bool {
        let treatment = self.options.treatments.of(&table.name, &column.name);
        if column.identity || treatment.converts() {
            return false;
        }
        let dialect = self.source.dialect();
        if !dialect.enforces_types() {
            return true;
        }
        let fit = self.fit(table, column, &column.column_type, true);
        self.target.is_some()
            && fit.is_some_and(|fit| {
                !fit.takes_all() && !dialect.surely_fits(&column.column_type, &fit)
            })
    }

    fn trial(
        &self,
        table: &Table,
        column: &Column,
        column_type: &ColumnType,
        is_own: bool,
    ) -> Option<Trial> {
        let fit = self.fit(table, column, column_type, is_own)?;
        Some(Trial {
            column: column.name.clone(),
            column_type: column_type.clone(),
            // Also where values of other types are taken, the type to choose is that of the values.
            fit: Fit {
                exceptions: fit.exceptions && self.source.dialect().enforces_types(),
                ..fit
            },
        })
    }

    /// `None`: the target has no such type, which the plan will say.
    fn fit(
        &self,
        table: &Table,
        column: &Column,
        column_type: &ColumnType,
        is_own: bool,
    ) -> Option<Fit> {
        let Some(target) = self.target else {
            return Some(Fit::default());
        };
        let from = self.source.dialect();
        // SQLite's own types are no more than a hint, and each value is kept as it is.
        let is_own = is_own || from.engine() == target.engine();
        let kept = kept(from, target, (table, column), column_type, is_own);
        kept.ok().map(|kept| kept.fit)
    }
}

/// For each trial, how many values do not fit it; one pass over the table, by several readers if it is large. `None`: there
/// is nothing to look at.
async fn survey(
    source: &Arc<dyn Database>,
    table: &Table,
    trials: &[Trial],
) -> Result<Option<Survey>> {
    if trials.is_empty() {
        return Ok(None);
    }
    let mut all = Survey {
        rows: 0,
        misfits: vec![0; trials.len()],
    };
    let fields = trials.iter().map(|trial| Field {
        name: trial.column.clone(),
        column_type: trial.column_type.clone(),
        nullable: true,
    });
    let shape = Shape::new(fields.collect());
    let fits: Arc<[Fit]> = trials.iter().map(|trial| trial.fit.clone()).collect();
    let (key, ranges) = split(source, table).await?;
    let mut readers = JoinSet::new();
    for range in ranges {
        let (source, shape, key) = (source.clone(), shape.clone(), key.clone());
        let fits = fits.clone();
        let table = table.name.clone();
        readers.spawn(async move {
            let mut snapshot = source.snapshot().await?;
            snapshot.survey(&table, &shape, &fits, &key, &range).await
        });
    }
    let name = &table.name;
    while let Some(part) = readers.join_next().await {
        let part = part.map_err(|panic| {
            Error::refused(
                Code::Internal,
                format!("looking at the values of table {name}: {panic}"),
            )
        })?;
        let part = part.doing(|| format!("looking at the values of table {name}"))?;
        all.rows += part.rows;
        for (sum, count) in all.misfits.iter_mut().zip(part.misfits) {
            *sum += count;
        }
    }
    Ok(Some(all))
}

/// Ranges of a large table's key, one a processor, where its key is one of integers; otherwise the whole table.
async fn split(source: &Arc<dyn Database>, table: &Table) -> Result<(Vec<String>, Vec<KeyRange>)> {
    let whole = (Vec::new(), vec![KeyRange::ALL]);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let [column] = table.primary_key.as_slice() else {
        return Ok(whole);
    };
    // Where types are not enforced, only the row's own number is sure to be one.
    let is_number = table.column(column).is_some_and(|column| {
        let is_integer = matches!(column.column_type, ColumnType::Integer { .. });
        column.identity || is_integer && source.dialect().enforces_types()
    });
    if !is_number {
        return Ok(whole);
    }
    let doing = || format!("looking at the keys of table {}", table.name);
    let mut snapshot = source.snapshot().await.doing(doing)?;
    let extent = snapshot.extent(&table.name, column).await.doing(doing)?;
    let wide = |(smallest, greatest): &(i64, i64)| greatest.abs_diff(*smallest) >= WORTH_SPLITTING;
    let Some((smallest, greatest)) = extent.filter(wide) else {
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
