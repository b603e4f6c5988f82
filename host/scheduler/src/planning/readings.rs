//! How tables are read of which a transform makes others.

use limosa_model::{Catalogue, Column, ColumnPlan, Fit, Form, Table, TableName, TablePlan, Why};

use super::{Planner, chunk_rows, treated};

impl Planner<'_> {
    /// What is read for a table that transforms make; nothing for any other.
    pub(super) fn readings(&self, catalogue: &Catalogue, table: &Table) -> Vec<TablePlan> {
        let Some(made) = self.options.made(&table.name) else {
            return Vec::new();
        };
        let readings = made.readings.iter();
        let known = readings.filter_map(|(name, columns)| Some((catalogue.table(name)?, columns)));
        known
            .map(|(source, columns)| self.reading(source, columns))
            .collect()
    }

    fn reading(&self, table: &Table, columns: &[String]) -> TablePlan {
        let read = table.columns.iter();
        let read = read.filter(|column| columns.contains(&column.name));
        TablePlan {
            source: table.name.clone(),
            target: table.name.clone(),
            columns: read
                .map(|column| self.read_column(&table.name, column))
                .collect(),
            key: table.key().unwrap_or_default(),
            primary_key: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            generated: Vec::new(),
            next_number: None,
            estimated_rows: table.estimated_rows,
            chunk_rows: self
                .options
                .chunk_rows
                .unwrap_or_else(|| chunk_rows(table.estimated_rows)),
            definition: None,
            made_of: Vec::new(),
        }
    }

    /// A column that goes no further than into a transform, or along with what that makes.
    fn read_column(&self, table: &TableName, column: &Column) -> ColumnPlan {
        let treatment = self.options.treatments.of(table, &column.name);
        let (scanned, treated) = treated(self.from, self.to.engine(), column, &treatment);
        ColumnPlan {
            name: column.name.clone(),
            target_name: column.name.clone(),
            source_type: column.declared.clone(),
            scanned,
            carried: treated.clone(),
            treated,
            target_type: column.declared.clone(),
            why: Why::Declared,
            fit: Fit::default(),
            treatment,
            form: Form::Same,
            nullable: column.nullable,
            default: None,
            identity: false,
            numbering: None,
        }
    }
}
