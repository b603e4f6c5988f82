//! Schema sync: the target's tables, without what is faster to build after the load.

use async_trait::async_trait;
use limosa_model::{Code, Stage};

use super::Work;
use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result, quarantine};

pub(super) struct SchemaSync;

#[async_trait]
impl Work for SchemaSync {
    fn stage(&self) -> Stage {
        Stage::SchemaSync
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let there = run.target_catalogue().await?;
        if quarantine::is_needed(&run.plan) {
            quarantine::open(run).await?;
        }
        for schema in &run.plan.schemas {
            if there.schemas.contains(schema) {
                continue;
            }
            run.book()
                .will_create_schema(schema)
                .await
                .doing(|| format!("noting that schema {schema} is created"))?;
            let statement = run.target().dialect().create_schema(schema);
            run.define(&statement, || format!("creating schema {schema}"))
                .await?;
        }
        for own in &run.plan.types {
            if there.types.iter().any(|found| found.name == own.name) {
                continue;
            }
            run.book()
                .will_create_type(&own.name)
                .await
                .doing(|| format!("noting that type {} is created", own.name))?;
            run.define(&own.definition, || format!("creating type {}", own.name))
                .await?;
        }
        for table in &run.plan.tables {
            if there.table(&table.target).is_some() {
                continue;
            }
            // The intent first: after a crash in between, an undo knows that the table is ours.
            run.book()
                .will_create(&table.target)
                .await
                .doing(|| format!("noting that table {} is created", table.target))?;
            let statement = run.target().dialect().create_table(table);
            run.define(&statement, || format!("creating table {}", table.target))
                .await?;
        }
        Ok(())
    }

    async fn verify(&self, run: &Run<'_>) -> Result<()> {
        let there = run.target_catalogue().await?;
        for table in &run.plan.tables {
            let columns = there.table(&table.target).map(|found| found.columns.len());
            let missing = table.columns.iter().find(|column| {
                there
                    .table(&table.target)
                    .is_none_or(|found| found.column(&column.target_name).is_none())
            });
            if let Some(column) = missing {
                let message = format!(
                    "table {} was created with {} columns and lacks {}",
                    table.target,
                    columns.unwrap_or(0),
                    column.target_name
                );
                return Err(Error::refused(Code::Internal, message));
            }
        }
        Ok(())
    }
}
