//! The way of a table's rows from the source's shape to the target's: treated, transformed, and looked at whether they fit.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{Array, ArrayRef};
use limosa_database::describe_row;
use limosa_model::{
    Batch, BatchBuilder, Code, ColumnPlan, Exception, Fidelity, Field, Form, Misfit, OnMisfit,
    Shape, TablePlan, Value, append, convert,
};

use crate::quarantine::SetAside;
use crate::transforms::{Step, transformed};
use crate::{Error, Result};

/// The passage of one table.
pub(crate) struct Passage<'a> {
    table: &'a TablePlan,
    steps: Vec<Step<'a>>,
    /// The columns of which a treatment makes other values.
    treated: Vec<usize>,
    /// The columns that do not take everything.
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

/// By column: the rows in which its treatment made another value, and whether that was at a loss.
pub(crate) type Changed = BTreeMap<usize, BTreeMap<usize, bool>>;

/// Rows treated and transformed.
struct Made {
    rows: Batch,
    changed: Changed,
}

impl<'a> Passage<'a> {
    pub(crate) fn new(table: &'a TablePlan, steps: Vec<Step<'a>>) -> Self {
        let columns_that = |wanted: &dyn Fn(&ColumnPlan) -> bool| {
            let columns = table.columns.iter().enumerate();
            let chosen = columns.filter(|(_, column)| wanted(column));
            chosen.map(|(position, _)| position).collect()
        };
        Self {
            table,
            steps,
            treated: columns_that(&|column| column.treatment.converts()),
            bounded: columns_that(&|column| !column.fit.takes_all()),
        }
    }

    /// Takes a batch through, as the plan says for values that do not fit.
    ///
    /// # Errors
    /// If a value does not fit and its column's treatment is to stop, or a transform fails or refuses a row.
    pub(crate) async fn pass(&mut self, batch: Batch) -> Result<Passed> {
        let original = batch.clone();
        let made = self.make(batch).await?;
        let misfits = self.misfits(&made.rows);
        if let Some(stop) = misfits
            .iter()
            .filter(|misfit| self.on_misfit(misfit) == OnMisfit::Stop)
            .min_by_key(|misfit| misfit.row)
        {
            return Err(self.refused(&original, stop));
        }
        self.settle(&original, made, misfits)
    }

    /// Takes a batch through for a comparison: what would stop a migration stays as it is, and differs.
    pub(crate) async fn pass_as_it_is(&mut self, batch: Batch) -> Result<Passed> {
        let original = batch.clone();
        let made = self.make(batch).await?;
        let mut misfits = self.misfits(&made.rows);
        misfits.retain(|misfit| self.on_misfit(misfit) != OnMisfit::Stop);
        self.settle(&original, made, misfits)
    }

    /// The values that do not fit, with the batch that they are in: as the target would get it.
    pub(crate) async fn survey(&mut self, batch: Batch) -> Result<Vec<Misfit>> {
        let made = self.make(batch).await?;
        Ok(self.misfits(&made.rows))
    }

    async fn make(&mut self, batch: Batch) -> Result<Made> {
        let (treated, changed) = if self.treated.is_empty() {
            (batch, BTreeMap::new())
        } else {
            self.treat(&batch)?
        };
        let rows = transformed(&mut self.steps, treated, self.table).await?;
        Ok(Made { rows, changed })
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

    /// The same rows with the values of the treated columns converted; those that cannot be are exceptions.
    pub(crate) fn treat(&self, batch: &Batch) -> Result<(Batch, Changed)> {
        let mut columns: Vec<ArrayRef> = (0..self.table.columns.len())
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
            let plan = &self.table.columns[column];
            let (array, misfits, others) = treat_column(batch, column, plan)?;
            columns[column] = array;
            exceptions.extend(misfits);
            changed.insert(column, others);
        }
        exceptions.sort_by_key(|exception| (exception.row, exception.column));
        let shape = self.table.treated_shape();
        let treated = Batch::new(shape, columns, batch.len(), exceptions);
        Ok((treated.map_err(|error| self.broken(&error))?, changed))
    }

    /// Nulls what is to be nulled, takes out what is to be set aside, and counts.
    fn settle(&self, original: &Batch, made: Made, misfits: Vec<Misfit>) -> Result<Passed> {
        let Made {
            mut rows,
            mut changed,
        } = made;
        let mut nulled: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut rejected: BTreeMap<usize, u64> = BTreeMap::new();
        let mut aside: BTreeMap<usize, SetAside> = BTreeMap::new();
        for misfit in misfits {
            if self.on_misfit(&misfit) == OnMisfit::Null {
                nulled.entry(misfit.column).or_default().insert(misfit.row);
                continue;
            }
            *rejected.entry(misfit.column).or_default() += 1;
            // Of several reasons the first: the row is kept whole.
            aside
                .entry(misfit.row)
                .or_insert_with(|| SetAside::new(self.table, original, &misfit));
        }
        for (column, cells) in nulled {
            rows = rows
                .nulled(column, &cells)
                .map_err(|error| self.broken(&error))?;
            let others = changed.entry(column).or_default();
            others.extend(cells.into_iter().map(|row| (row, true)));
        }
        let gone: BTreeSet<usize> = aside.keys().copied().collect();
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

    fn refused(&self, original: &Batch, misfit: &Misfit) -> Error {
        let plan = &self.table.columns[misfit.column];
        let source = limosa_database::Error::Misfit {
            table: self.table.source.clone(),
            column: plan.name.clone(),
            row: describe_row(self.table, original, misfit.row),
            reason: format!("{}, so {} cannot hold it", misfit.reason, plan.target_type),
        };
        Error::Database {
            doing: format!("copying table {}", self.table.source),
            source: Box::new(source),
        }
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
