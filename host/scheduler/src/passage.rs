//! The way of a table's rows from the source's shape to the target's: treated, transformed, and looked at whether they fit.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{Array, ArrayRef};
use limosa_database::describe_row;
use limosa_model::{
    Batch, BatchBuilder, Code, ColumnPlan, Exception, Fidelity, Field, Form, Misfit, OnMisfit,
    Shape, TablePlan, Value, Why, append, convert,
};

use crate::quarantine::SetAside;
use crate::shaping::{Refused, Shaped, Step, shape};
use crate::{Error, Result};

/// The passage of what is read for one table.
pub(crate) struct Passage<'a> {
    table: &'a TablePlan,
    /// What is read: the table itself, unless a transform makes it of others.
    reading: &'a TablePlan,
    steps: Vec<Step<'a>>,
    /// The columns that are read of which a treatment makes other values.
    treated: Vec<usize>,
    /// The table's columns that do not take everything.
    bounded: Vec<usize>,
}

/// What came through.
pub(crate) struct Passed {
    /// The rows as the target will have them.
    pub(crate) rows: Batch,
    /// The rows that did not fit and are to be quarantined.
    pub(crate) aside: Vec<SetAside>,
    /// What became of the values, by column.
    pub(crate) fidelity: BTreeMap<String, Fidelity>,
}

/// What would not come through.
pub(crate) struct Surveyed {
    /// The values that do not fit: by column, each with the row that was read.
    pub(crate) misfits: Vec<Misfit>,
    /// The rows that a transform refuses, and that are to be quarantined.
    pub(crate) refused: BTreeMap<usize, Refused>,
}

/// By column: the rows in which its treatment made another value, and whether that was at a loss.
pub(crate) type Changed = BTreeMap<usize, BTreeMap<usize, bool>>;

/// Rows treated and transformed.
struct Made {
    shaped: Shaped,
    changed: Changed,
}

impl<'a> Passage<'a> {
    pub(crate) fn new(table: &'a TablePlan, reading: &'a TablePlan, steps: Vec<Step<'a>>) -> Self {
        let columns_that = |table: &TablePlan, wanted: &dyn Fn(&ColumnPlan) -> bool| {
            let columns = table.columns.iter().enumerate();
            let chosen = columns.filter(|(_, column)| wanted(column));
            chosen.map(|(position, _)| position).collect()
        };
        Self {
            table,
            reading,
            steps,
            treated: columns_that(reading, &|column| column.treatment.converts()),
            bounded: columns_that(table, &|column| !column.fit.takes_all()),
        }
    }

    /// Whether plugins have a hand in it.
    pub(crate) fn is_transformed(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Takes a batch through, as the plan says for values that do not fit.
    ///
    /// # Errors
    /// If a value does not fit or a transform refuses a row, and the treatment of the columns is to stop; or a transform fails.
    pub(crate) async fn pass(&mut self, batch: Batch) -> Result<Passed> {
        let original = batch.clone();
        let made = self.make(batch).await?;
        let misfits = self.misfits(&made.shaped.rows);
        if let Some(stop) = misfits
            .iter()
            .filter(|misfit| self.on_misfit(misfit) == OnMisfit::Stop)
            .min_by_key(|misfit| misfit.row)
        {
            return Err(self.stopped(&original, stop, made.shaped.origin(stop.row)));
        }
        self.settle(&original, made, misfits)
    }

    /// Takes a batch through for a comparison: what would stop a migration stays as it is, and differs.
    pub(crate) async fn pass_as_it_is(&mut self, batch: Batch) -> Result<Passed> {
        let original = batch.clone();
        let made = self.make(batch).await?;
        let mut misfits = self.misfits(&made.shaped.rows);
        misfits.retain(|misfit| self.on_misfit(misfit) != OnMisfit::Stop);
        self.settle(&original, made, misfits)
    }

    /// What does not fit or is refused, of a batch as the target would get it.
    pub(crate) async fn survey(&mut self, batch: Batch) -> Result<Surveyed> {
        let shaped = self.make(batch).await?.shaped;
        let mut misfits = self.misfits(&shaped.rows);
        for misfit in &mut misfits {
            misfit.row = shaped.origin(misfit.row);
        }
        Ok(Surveyed {
            misfits,
            refused: shaped.refused,
        })
    }

    async fn make(&mut self, batch: Batch) -> Result<Made> {
        let (treated, changed) = if self.treated.is_empty() {
            (batch, BTreeMap::new())
        } else {
            self.treat(&batch)?
        };
        let shaped = shape(&mut self.steps, treated.clone(), self.table, self.reading).await?;
        let stops = |refused: &&Refused| self.on_refused(refused) == OnMisfit::Stop;
        if let Some(first) = shaped.refused.iter().find(|(_, refused)| stops(refused)) {
            let count = shaped.refused.values().filter(stops).count();
            return Err(self.refused(&treated, first, count));
        }
        let changed = self.changed_in(&shaped, changed);
        Ok(Made { shaped, changed })
    }

    /// What treatments changed of what is read, by the columns and rows that it went into.
    fn changed_in(&self, shaped: &Shaped, changed: Changed) -> Changed {
        if !self.table.is_made() && shaped.origins.is_none() {
            return changed;
        }
        let in_table = changed.into_iter().filter_map(|(column, others)| {
            let name = &self.reading.columns[column].name;
            let position = self.table.columns.iter().position(|c| &c.name == name)?;
            let rows = (0..shaped.rows.len())
                .filter_map(|row| Some((row, *others.get(&shaped.origin(row))?)));
            Some((position, rows.collect()))
        });
        in_table.collect()
    }

    fn misfits(&self, rows: &Batch) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        for &column in &self.bounded {
            let fit = &self.table.columns[column].fit;
            fit.misfits(rows, column, &mut misfits);
        }
        misfits
    }

    fn on_misfit(&self, misfit: &Misfit) -> OnMisfit {
        let treatment = &self.table.columns[misfit.column].treatment;
        treatment.on_misfit.unwrap_or_default()
    }

    /// A row that is refused is set aside where that was said of every column that the transform saw: nobody knows of which it was.
    fn on_refused(&self, refused: &Refused) -> OnMisfit {
        let seen = self.reading.columns.iter();
        let mut seen = seen.filter(|column| refused.columns.contains(&column.name));
        let is_set_aside =
            seen.all(|column| column.treatment.on_misfit == Some(OnMisfit::Quarantine));
        if is_set_aside {
            OnMisfit::Quarantine
        } else {
            OnMisfit::Stop
        }
    }

    /// The same rows with the values of the treated columns converted; those that cannot be are exceptions.
    pub(crate) fn treat(&self, batch: &Batch) -> Result<(Batch, Changed)> {
        let mut columns: Vec<ArrayRef> = (0..self.reading.columns.len())
            .map(|column| batch.column(column).clone())
            .collect();
        let mut exceptions: Vec<Exception> = batch
            .exceptions()
            .iter()
            .filter(|exception| !self.treated.contains(&exception.column))
            .cloned()
            .collect();
        let mut changed = Changed::new();
        for &column in &self.treated {
            let plan = &self.reading.columns[column];
            let (array, misfits, others) = treat_column(batch, column, plan)?;
            columns[column] = array;
            exceptions.extend(misfits);
            changed.insert(column, others);
        }
        exceptions.sort_by_key(|exception| (exception.row, exception.column));
        let shape = self.reading.treated_shape();
        let treated = Batch::new(shape, columns, batch.len(), exceptions);
        Ok((treated.map_err(|error| self.broken(&error))?, changed))
    }

    /// Nulls what is to be nulled, takes out what is to be set aside, and counts.
    fn settle(&self, original: &Batch, made: Made, misfits: Vec<Misfit>) -> Result<Passed> {
        let Made {
            shaped,
            mut changed,
        } = made;
        let mut nulled: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut rejected: BTreeMap<usize, u64> = BTreeMap::new();
        // By the row that was read: it is carried whole, with all that is made of it, or set aside.
        let mut aside: BTreeMap<usize, SetAside> = BTreeMap::new();
        for (row, refused) in &shaped.refused {
            if let Some(column) = self.column_for(refused) {
                *rejected.entry(column).or_default() += 1;
            }
            let reason = format!(
                "{} refused it: {} ({})",
                refused.by, refused.meaning, refused.code
            );
            let set_aside = SetAside::new(
                self.reading,
                original,
                *row,
                &refused.columns.join(", "),
                &reason,
            );
            aside.insert(*row, set_aside);
        }
        for misfit in misfits {
            if self.on_misfit(&misfit) == OnMisfit::Null {
                nulled.entry(misfit.column).or_default().insert(misfit.row);
                continue;
            }
            *rejected.entry(misfit.column).or_default() += 1;
            let row = shaped.origin(misfit.row);
            // Of several reasons the first: the row is kept whole.
            aside.entry(row).or_insert_with(|| {
                let column = &self.table.columns[misfit.column].name;
                SetAside::new(self.reading, original, row, column, &misfit.reason)
            });
        }
        let gone: BTreeSet<usize> = (0..shaped.rows.len())
            .filter(|row| !aside.is_empty() && aside.contains_key(&shaped.origin(*row)))
            .collect();
        let mut rows = shaped.rows;
        for (column, cells) in nulled {
            rows = rows
                .nulled(column, &cells)
                .map_err(|error| self.broken(&error))?;
            let others = changed.entry(column).or_default();
            others.extend(cells.into_iter().map(|row| (row, true)));
        }
        if !gone.is_empty() {
            rows = rows.without(&gone).map_err(|error| self.broken(&error))?;
            for others in changed.values_mut() {
                others.retain(|row, _| !gone.contains(row));
            }
        }
        let fidelity = self.count(&rows, &changed, &rejected);
        Ok(Passed {
            rows,
            aside: aside.into_values().collect(),
            fidelity,
        })
    }

    fn count(
        &self,
        rows: &Batch,
        changed: &Changed,
        rejected: &BTreeMap<usize, u64>,
    ) -> BTreeMap<String, Fidelity> {
        let of_column = |(position, column): (usize, &ColumnPlan)| {
            let others = changed.get(&position);
            let losses = others.map_or(0, |others| others.values().filter(|lossy| **lossy).count());
            let others = others.map_or(0, BTreeMap::len);
            let kept = rows.len() - losses;
            let re_encoded = match column.form {
                Form::Same => others - losses,
                Form::Other => {
                    let exceptions = rows.exceptions().iter();
                    let exceptions = exceptions.filter(|exception| exception.column == position);
                    let nulls = rows.column(position).null_count() - exceptions.count();
                    kept - nulls.min(kept)
                }
            };
            let (exact, re_encoded, lossy) =
                ((kept - re_encoded) as u64, re_encoded as u64, losses as u64);
            let counts = Fidelity {
                exact,
                re_encoded,
                lossy,
                rejected: rejected.get(&position).copied().unwrap_or(0),
            };
            (column.name.clone(), counts)
        };
        self.table
            .columns
            .iter()
            .enumerate()
            .map(of_column)
            .collect()
    }

    /// Under which column a refused row is counted: the first that the transform gives, or saw.
    fn column_for(&self, refused: &Refused) -> Option<usize> {
        let is_seen = |column: &ColumnPlan| refused.columns.contains(&column.name);
        let is_given = |column: &ColumnPlan| column.why == Why::Transform;
        let columns = &self.table.columns;
        let seen = columns.iter().position(is_seen);
        seen.or_else(|| columns.iter().position(is_given))
    }

    fn stopped(&self, original: &Batch, misfit: &Misfit, row: usize) -> Error {
        let plan = &self.table.columns[misfit.column];
        let source = limosa_database::Error::Misfit {
            table: self.table.source.clone(),
            column: plan.name.clone(),
            row: describe_row(self.reading, original, row),
            reason: format!("{}, so {} cannot hold it", misfit.reason, plan.target_type),
        };
        Error::Database {
            doing: format!("copying table {}", self.table.source),
            source: Box::new(source),
        }
    }

    /// The first of the rows that a transform refused, of so many.
    fn refused(&self, treated: &Batch, (row, refused): (&usize, &Refused), count: usize) -> Error {
        let reading = self.reading;
        let position = |name: &String| reading.columns.iter().position(|c| &c.name == name);
        let seen = refused.columns.iter();
        let values: Vec<String> = seen
            .filter_map(|name| Some((name, position(name)?)))
            .map(|(name, position)| format!("{name} = {}", treated.value(*row, position)))
            .collect();
        let key: Vec<String> = reading
            .key
            .iter()
            .zip(treated.values(*row, &reading.key_positions()))
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let more = if count > 1 {
            format!(" (and {} more of its batch)", count - 1)
        } else {
            String::new()
        };
        let message = format!(
            "table {}, {}: {} refused {}: {}{more}",
            reading.source,
            key.join(", "),
            refused.by,
            values.join(", "),
            refused.meaning
        );
        Error::refused(Code::Data, message)
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> Error {
        let message = format!(
            "table {} cannot be put together: {error}",
            self.table.source
        );
        Error::refused(Code::Internal, message)
    }
}

/// One column converted: its values, those that could not be, and the rows with another value than before.
fn treat_column(
    batch: &Batch,
    column: usize,
    plan: &ColumnPlan,
) -> Result<(ArrayRef, Vec<Exception>, BTreeMap<usize, bool>)> {
    let field = Field {
        name: plan.name.clone(),
        column_type: plan.treated.clone(),
        nullable: plan.nullable,
    };
    let mut builder = BatchBuilder::new(Shape::new(vec![field]));
    let mut changed = BTreeMap::new();
    let array = batch.column(column);
    // Where the source was read in that type already, only what did not have it is left to convert.
    let is_read_so = plan.scanned == plan.treated;
    for row in 0..batch.len() {
        let value = batch.value(row, column);
        let is_done = is_read_so && array.is_valid(row);
        if is_done || value == Value::Null {
            append(&mut builder, 0, &plan.treated, &value);
        } else {
            match convert(&value, &plan.treated, &plan.treatment) {
                Ok(converted) => {
                    changed.insert(row, converted.lossy);
                    append(&mut builder, 0, &plan.treated, &converted.value);
                }
                Err(_) => builder.misfit(0, value),
            }
        }
        builder.end_row();
    }
    let made = builder.finish().map_err(|error| {
        let message = format!("column {} cannot be put together: {error}", plan.name);
        Error::refused(Code::Internal, message)
    })?;
    let exceptions = made.exceptions().iter().map(|exception| Exception {
        column,
        ..exception.clone()
    });
    Ok((made.column(0).clone(), exceptions.collect(), changed))
}
