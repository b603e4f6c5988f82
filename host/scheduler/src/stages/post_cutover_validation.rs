//! Post-cutover validation: the target's catalogue has what the plan says.

use async_trait::async_trait;
use limosa_model::{Code, Stage};

use super::Work;
use crate::run::Run;
use crate::{Error, Result};

pub(super) struct PostCutoverValidation;

#[async_trait]
impl Work for PostCutoverValidation {
    fn stage(&self) -> Stage {
        Stage::PostCutoverValidation
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let there = run.look_at_target().await?;
        run.statistics.are_fresh().await?;
        let mut missing = Vec::new();
        for table in &run.plan.tables {
            let Some(found) = there.table(&table.target) else {
                missing.push(format!("table {}", table.target));
                continue;
            };
            if found.primary_key != table.primary_key {
                missing.push(format!("the primary key of table {}", table.target));
            }
            for definition in run
                .target()
                .dialect()
                .create_indexes(table)
                .iter()
                .filter(|definition| !definition.name.is_empty())
            {
                if !found
                    .indexes
                    .iter()
                    .any(|index| index.name == definition.name)
                {
                    missing.push(format!(
                        "index {} of table {}",
                        definition.name, table.target
                    ));
                }
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::refused(
                Code::Internal,
                format!("the target lacks {}", missing.join(", ")),
            ))
        }
    }
}
