//! What the values of a table are like, column by column, for whoever decides how they are carried.

use std::sync::Arc;

use limosa_database::Database;
use limosa_model::{ColumnProfile, ColumnType, Field, KeyRange, Shape, TableName, TablePlan};
use serde::Serialize;

use crate::Result;
use crate::error::Doing;
use crate::pipeline::read_ahead;

/// A column with what its values are like.
#[derive(Clone, Debug, Serialize)]
pub struct ProfiledColumn {
    /// The table in the source.
    pub table: TableName,
    /// The column in the source.
    pub column: String,
    /// Its values.
    #[serde(flatten)]
    pub profile: ColumnProfile,
}

/// Reads a table once.
///
/// # Errors
/// If it cannot be read.
pub(crate) async fn profile(
    source: &Arc<dyn Database>,
    table: &TablePlan,
) -> Result<Vec<ProfiledColumn>> {
    // Where each value has its own type, a column is read as what most values are not: so that they come as they are stored.
    let keeps_types = source.dialect().enforces_types();
    let fields = table.columns.iter().map(|column| Field {
        name: column.name.clone(),
        column_type: if keeps_types {
            column.scanned.clone()
        } else {
            ColumnType::BYTES
        },
        nullable: true,
    });
    let shape = Shape::new(fields.collect());
    let mut profiles = vec![ColumnProfile::default(); table.columns.len()];
    let mut batches = read_ahead(
        source.clone(),
        table.source.clone(),
        shape.clone(),
        Vec::new(),
        KeyRange::ALL,
    );
    while let Some(batch) = batches.recv().await {
        let batch = batch.doing(|| format!("looking at the values of table {}", table.source))?;
        for (column, profile) in profiles.iter_mut().enumerate() {
            let column_type = &shape.fields()[column].column_type;
            for row in 0..batch.len() {
                profile.take(&batch.value(row, column), column_type);
            }
        }
    }
    let columns = table.columns.iter().zip(profiles);
    let profiled = columns.map(|(column, profile)| ProfiledColumn {
        table: table.source.clone(),
        column: column.name.clone(),
        profile,
    });
    Ok(profiled.collect())
}
