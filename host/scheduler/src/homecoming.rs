//! Whether values come home as they went: from the source to the target and back, in the same bytes.
//!
//! That the target holds every carried value exactly is what its fit says, and what the comparison proves after a migration.
//! What is left is the source's own side: a text that means a moment is carried as the moment, and comes home in the one way
//! in which Limosa writes moments. So each value is read twice in one scan, as it is stored and as what it means; of the
//! meaning is made what the source would store of it; and the two are held side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use limosa_database::{Database, describe_row};
use limosa_model::{Code, ColumnPlan, Field, KeyRange, Shape, TableName, TablePlan};
use serde::Serialize;

use crate::error::Doing;
use crate::passage::Passage;
use crate::pipeline::read_ahead;
use crate::{Error, Result, Transforms};

/// Columns that are read at a time: an engine gives at most 1,600 or so, and each is read twice.
const AT_ONCE: usize = 500;

/// A column, and how its values would come home.
#[derive(Clone, Debug, Serialize)]
pub struct Homecoming {
    /// The table in the source.
    pub table: TableName,
    /// The column in the source.
    pub column: String,
    /// Values that come home in the same bytes; nulls too.
    pub same: u64,
    /// Values that come home in another form, or changed.
    pub other: u64,
    /// The first of those.
    pub example: Option<String>,
    /// A plugin makes its values, and nothing makes them back: what is counted is how they went into it.
    pub transformed: bool,
}

/// Reads a table once, some hundred columns at a time.
///
/// # Errors
/// If it cannot be read.
pub(crate) async fn homecoming(
    source: &Arc<dyn Database>,
    table: &TablePlan,
    transforms: &Transforms,
    same_engine: bool,
) -> Result<Vec<Homecoming>> {
    let key: BTreeSet<usize> = table.key_positions().into_iter().collect();
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let mut found = Vec::new();
    for columns in all.chunks(AT_ONCE) {
        // With the key, by which an example is named.
        let read: BTreeSet<usize> = columns.iter().copied().chain(key.iter().copied()).collect();
        let part = TablePlan {
            columns: read
                .iter()
                .map(|column| table.columns[*column].clone())
                .collect(),
            ..table.clone()
        };
        let of_part = Part::new(source, &part, same_engine).read().await?;
        let wanted = |position: &usize| columns.contains(position);
        let of_part = read.iter().zip(of_part);
        found.extend(of_part.filter_map(|(position, home)| wanted(position).then_some(home)));
    }
    let made = transforms.changes();
    for home in &mut found {
        home.transformed = made.contains_key(&(home.table.clone(), home.column.clone()));
    }
    Ok(found)
}

struct Part<'a> {
    source: &'a Arc<dyn Database>,
    table: &'a TablePlan,
    /// The columns of which the stored form is read, too.
    open: Vec<usize>,
    found: Vec<Homecoming>,
}

impl<'a> Part<'a> {
    fn new(source: &'a Arc<dyn Database>, table: &'a TablePlan, same_engine: bool) -> Self {
        let dialect = source.dialect();
        let is_open = |column: &ColumnPlan| {
            let keeps_form = same_engine && !column.treatment.converts();
            !keeps_form && dialect.stored_type(&column.scanned).is_some()
        };
        let columns = table.columns.iter().enumerate();
        let open = columns.filter(|(_, column)| is_open(column));
        Self {
            source,
            table,
            open: open.map(|(position, _)| position).collect(),
            found: table
                .columns
                .iter()
                .map(|column| at_rest(table, column))
                .collect(),
        }
    }

    async fn read(mut self) -> Result<Vec<Homecoming>> {
        let dialect = self.source.dialect();
        let mut fields = self.table.scanned_shape().fields().to_vec();
        let meant = fields.len();
        for &column in &self.open {
            let scanned = &self.table.columns[column].scanned;
            fields.push(Field {
                name: self.table.columns[column].name.clone(),
                column_type: dialect
                    .stored_type(scanned)
                    .unwrap_or_else(|| scanned.clone()),
                nullable: true,
            });
        }
        let mut batches = read_ahead(
            self.source.clone(),
            self.table.source.clone(),
            Shape::new(fields),
            Vec::new(),
            KeyRange::ALL,
        );
        let shape = self.table.scanned_shape();
        let columns: Vec<usize> = (0..meant).collect();
        // Without transforms: what a plugin makes is not looked at.
        let passage = Passage::new(self.table, self.table, Vec::new());
        while let Some(batch) = batches.recv().await {
            let table = &self.table.source;
            let batch = batch.doing(|| format!("looking at the values of table {table}"))?;
            let rows = batch.project(&shape, &columns).map_err(|error| {
                Error::refused(Code::Internal, format!("table {table}: {error}"))
            })?;
            let (treated, changed) = passage.treat(&rows)?;
            let again = self
                .source
                .stored_again(self.table, &treated)
                .await
                .doing(|| format!("looking at the values of table {table}"))?;
            for (place, &column) in self.open.iter().enumerate() {
                let Some(values) = again.get(&column) else {
                    continue;
                };
                for (row, value) in values.iter().enumerate() {
                    let stored = batch.value(row, meant + place);
                    if value.as_ref() == Some(&stored) {
                        self.found[column].same += 1;
                        continue;
                    }
                    let example = || match value {
                        Some(value) => format!("{stored} comes home as {value}"),
                        None => format!("{stored} has no form to come home in"),
                    };
                    self.found[column].differs(example, || describe_row(self.table, &rows, row));
                }
            }
            for column in 0..meant {
                if self.open.contains(&column) && again.contains_key(&column) {
                    continue;
                }
                let others = changed.get(&column);
                for row in 0..rows.len() {
                    if !others.is_some_and(|others| others.contains_key(&row)) {
                        self.found[column].same += 1;
                        continue;
                    }
                    let example = || {
                        let (from, to) = (rows.value(row, column), treated.value(row, column));
                        format!("{from} is carried as {to}")
                    };
                    self.found[column].differs(example, || describe_row(self.table, &rows, row));
                }
            }
        }
        Ok(self.found)
    }
}

fn at_rest(table: &TablePlan, column: &ColumnPlan) -> Homecoming {
    Homecoming {
        table: table.source.clone(),
        column: column.name.clone(),
        same: 0,
        other: 0,
        example: None,
        transformed: false,
    }
}

impl Homecoming {
    fn differs(&mut self, how: impl FnOnce() -> String, place: impl FnOnce() -> String) {
        self.other += 1;
        if self.example.is_none() {
            self.example = Some(format!("{} ({})", how(), place()));
        }
    }
}
