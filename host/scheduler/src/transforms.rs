//! Transforms: which columns they change, and what they make of a batch.

use std::collections::BTreeMap;

use arrow_array::ArrayRef;
use limosa_database::Dialect;
use limosa_model::{
    Batch, Catalogue, CheckKind, Code, ColumnType, Engine, Exception, Field, TableName, TablePlan,
    Treatments,
};
use limosa_plugin::{Bound, TransformSession};

use crate::checks::Check;
use crate::passage::Passage;
use crate::planning::treated;
use crate::{Error, Result, unknown_table};

/// Transforms bound to the columns of the source.
#[derive(Debug, Default)]
pub struct Transforms {
    bound: Vec<Transform>,
}

#[derive(Debug)]
struct Transform {
    table: TableName,
    bound: Bound,
    /// The columns that it takes and, in the same order, gives back.
    columns: Vec<String>,
    outputs: Vec<Field>,
}

impl Transforms {
    /// Binds transforms to the tables of the source, and asks each what it makes of its columns.
    ///
    /// # Errors
    /// If a table or column is unknown, a binding does not fit, or a transform gives back other columns than it takes.
    pub async fn bind(
        transforms: &[Check],
        catalogue: &Catalogue,
        from: &dyn Dialect,
        to: Engine,
        treatments: &Treatments,
    ) -> Result<Self> {
        let mut all = Vec::new();
        for Check { binding, plugin } in transforms {
            let table = catalogue
                .table(&binding.table)
                .ok_or_else(|| unknown_table(&binding.table, catalogue, "the source"))?;
            let fields: Vec<Field> = table
                .columns
                .iter()
                .map(|column| Field {
                    name: column.name.clone(),
                    column_type: treated(
                        from,
                        to,
                        column,
                        &treatments.of(&table.name, &column.name),
                    )
                    .1,
                    nullable: column.nullable,
                })
                .collect();
            let bound = plugin.bind(binding, &fields)?;
            if bound.kind() != CheckKind::Transform {
                return Err(Error::refused(
                    Code::Configuration,
                    format!("{binding} is no transform; name it under checks"),
                ));
            }
            let outputs = bound.outputs().await?;
            if outputs.len() != bound.columns().len() {
                let message = format!(
                    "{binding} takes {} columns and gives {}: a transform of this kind gives back those that it takes",
                    bound.columns().len(),
                    outputs.len()
                );
                return Err(Error::refused(Code::Configuration, message));
            }
            let columns = bound
                .columns()
                .iter()
                .map(|&position| fields[position].name.clone())
                .collect();
            all.push(Transform {
                table: table.name.clone(),
                bound,
                columns,
                outputs,
            });
        }
        Ok(Self { bound: all })
    }

    /// The type that each changed column is carried in.
    pub fn changes(&self) -> BTreeMap<(TableName, String), ColumnType> {
        let mut changes = BTreeMap::new();
        for transform in &self.bound {
            for (column, output) in transform.columns.iter().zip(&transform.outputs) {
                changes.insert(
                    (transform.table.clone(), column.clone()),
                    output.column_type.clone(),
                );
            }
        }
        changes
    }

    /// The way of a table's rows, by its treatments and transforms.
    pub(crate) fn start<'a>(&'a self, table: &'a TablePlan) -> Result<Passage<'a>> {
        let steps = self
            .bound
            .iter()
            .filter(|transform| transform.table == table.source)
            .map(|transform| {
                Ok(Step {
                    transform,
                    session: transform.bound.transform(&transform.outputs)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Passage::new(table, steps))
    }
}

/// A transform at work.
pub(crate) struct Step<'a> {
    transform: &'a Transform,
    session: TransformSession,
}

/// The rows after their transforms, in the shape in which they are carried.
///
/// # Errors
/// If a transform fails, or refuses a row: then nothing may be carried.
pub(crate) async fn transformed(
    steps: &mut [Step<'_>],
    batch: Batch,
    table: &TablePlan,
) -> Result<Batch> {
    let mut columns: Vec<ArrayRef> = (0..table.columns.len())
        .map(|column| batch.column(column).clone())
        .collect();
    let mut exceptions = batch.exceptions().to_vec();
    for Step { transform, session } in steps {
        transform.bound.plugin().permitted()?;
        let made = session.apply(&batch).await?;
        if let Some((row, code)) = made.refused.first() {
            let row = usize::try_from(*row).unwrap_or(usize::MAX);
            let count = made.refused.len();
            return Err(refused(transform, table, &batch, row, code, count));
        }
        if made.rows.len() != batch.len() {
            let message = format!(
                "the transform {} gave {} rows for {}",
                transform.bound.check_name(),
                made.rows.len(),
                batch.len()
            );
            return Err(Error::refused(Code::Plugin, message));
        }
        for (output, name) in transform.columns.iter().enumerate() {
            let Some(position) = table.columns.iter().position(|column| &column.name == name)
            else {
                continue;
            };
            columns[position] = made.rows.column(output).clone();
            exceptions.retain(|exception| exception.column != position);
            // A column that the transform kept brings its misfits along.
            let kept = made
                .rows
                .exceptions()
                .iter()
                .filter(|exception| exception.column == output);
            exceptions.extend(kept.map(|exception| Exception {
                column: position,
                ..exception.clone()
            }));
        }
    }
    exceptions.sort_by_key(|exception| (exception.row, exception.column));
    Batch::new(table.carried_shape(), columns, batch.len(), exceptions).map_err(|error| {
        Error::refused(
            Code::Internal,
            format!("table {} cannot be put together: {error}", table.source),
        )
    })
}

fn refused(
    transform: &Transform,
    table: &TablePlan,
    batch: &Batch,
    row: usize,
    code: &str,
    count: usize,
) -> Error {
    let meaning = transform
        .bound
        .codes()
        .find(|known| known.code == code)
        .map_or(code, |known| known.message)
        .to_owned();
    let values: Vec<String> = transform
        .columns
        .iter()
        .filter_map(|name| {
            table
                .columns
                .iter()
                .position(|column| &column.name == name)
                .map(|position| (name, position))
        })
        .map(|(name, position)| format!("{name} = {}", batch.value(row, position)))
        .collect();
    let key: Vec<String> = table
        .key
        .iter()
        .zip(batch.values(row, &table.key_positions()))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let more = if count > 1 {
        format!(" (and {} more of its batch)", count - 1)
    } else {
        String::new()
    };
    Error::refused(
        Code::Data,
        format!(
            "table {}, {}: {} refused {}: {meaning}{more}",
            table.source,
            key.join(", "),
            transform.bound.check_name(),
            values.join(", ")
        ),
    )
}
