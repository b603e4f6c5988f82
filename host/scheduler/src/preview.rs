//! What a migration would do, beyond its plan: the statements that it would run, and the values that would not fit.

use std::sync::Arc;

use limosa_database::{Database, Dialect};
use limosa_model::{OnMisfit, Plan, TableName};
use serde::Serialize;

use crate::homecoming::{Homecoming, homecoming};
use crate::profile::{ProfiledColumn, profile};
use crate::{Collision, Misfits, Result, Transforms, misfits, uniqueness};

/// What else is to be looked at; each reads every row once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looks {
    /// What the values of each column are like.
    pub profile: bool,
    /// Whether they would come home in the same bytes.
    pub round_trip: bool,
}

/// A plan with what follows from it.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// The values that do not fit, column by column.
    pub misfits: Vec<PreviewedMisfits>,
    /// The keys that two rows would have.
    pub collisions: Vec<Collision>,
    /// The statements that make the target, in their order.
    pub definitions: Vec<String>,
    /// What the values of each column are like, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Vec<ProfiledColumn>>,
    /// How the values of each column would come home, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<Vec<Homecoming>>,
}

/// Values of a column that do not fit.
#[derive(Clone, Debug, Serialize)]
pub struct PreviewedMisfits {
    /// The table in the source.
    pub table: TableName,
    /// The column in the source.
    pub column: String,
    /// How many.
    pub count: u64,
    /// The first of them: why, and which row.
    pub example: String,
    /// What would become of them.
    pub on_misfit: OnMisfit,
}

/// Looks what follows from a plan.
///
/// # Errors
/// If the source cannot be read.
pub async fn preview(
    source: &Arc<dyn Database>,
    target: &dyn Dialect,
    plan: Plan,
    transforms: &Transforms,
    counted: &Misfits,
    looks: Looks,
) -> Result<Preview> {
    let mut found = Vec::new();
    let changed = transforms.changes();
    for table in &plan.tables {
        // Read once more only where there is something to tell, or the values are not the source's own.
        let is_of_interest = table.columns.iter().any(|column| {
            let place = (table.source.clone(), column.name.clone());
            column.treatment.converts()
                || changed.contains_key(&place)
                || counted.contains_key(&place)
        });
        if !is_of_interest {
            continue;
        }
        let of_table = misfits::of_table(source, table, transforms).await?;
        for (columns, refused) in of_table.refused {
            found.push(PreviewedMisfits {
                table: table.source.clone(),
                column: columns,
                count: refused.count,
                example: refused.example,
                on_misfit: OnMisfit::Quarantine,
            });
        }
        for (position, of_column) in of_table.columns {
            let column = &table.columns[position];
            found.push(PreviewedMisfits {
                table: table.source.clone(),
                column: column.name.clone(),
                count: of_column.count,
                example: of_column.example,
                on_misfit: column.treatment.on_misfit.unwrap_or_default(),
            });
        }
    }
    let mut collisions = Vec::new();
    for table in &plan.tables {
        collisions.extend(uniqueness::collisions(source, &plan, table, transforms).await?);
    }
    let mut profiled = looks.profile.then(Vec::new);
    let mut homecomings = looks.round_trip.then(Vec::new);
    let same_engine = plan.source_engine == plan.target_engine;
    for table in &plan.tables {
        // What a transform makes is not in the source, and nothing makes it back.
        if table.is_made() {
            continue;
        }
        if let Some(profiled) = &mut profiled {
            profiled.extend(profile(source, table).await?);
        }
        if let Some(homecomings) = &mut homecomings {
            homecomings.extend(homecoming(source, table, transforms, same_engine).await?);
        }
    }
    Ok(Preview {
        profile: profiled,
        collisions,
        round_trip: homecomings,
        definitions: definitions(&plan, target),
        plan,
        misfits: found,
    })
}

/// Every statement that makes something, in the order in which a migration runs them.
fn definitions(plan: &Plan, dialect: &dyn Dialect) -> Vec<String> {
    let schemas = plan.schemas.iter();
    let mut statements: Vec<String> = schemas
        .map(|schema| dialect.create_schema(schema))
        .chain(plan.types.iter().map(|own| own.definition.clone()))
        .collect();
    statements.extend(plan.tables.iter().map(|table| dialect.create_table(table)));
    for table in &plan.tables {
        let indexes = dialect.create_indexes(table);
        statements.extend(indexes.into_iter().map(|definition| definition.sql));
    }
    for table in &plan.tables {
        let keys = table.foreign_keys.iter();
        statements
            .extend(keys.filter_map(|key| dialect.add_foreign_key(&table.target, key, false)));
        let checks = table.checks.iter();
        statements.extend(checks.filter_map(|check| dialect.add_check(&table.target, check)));
        statements.extend(dialect.restart_identity(table));
    }
    statements
}
