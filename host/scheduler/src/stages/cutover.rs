//! Cutover: sees that the source stood still since it was copied; then the target is the one in charge.
//!
//! The application is stopped by its operators for this kind of migration, so there is nothing to fence here.

use async_trait::async_trait;
use limosa_model::{Code, Stage, TableName};

use super::Work;
use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result};

pub(super) struct Cutover;

#[async_trait]
impl Work for Cutover {
    fn stage(&self) -> Stage {
        Stage::Cutover
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let asking = || "asking whether the source was written".to_owned();
        let stood_still = run.source().was_written().await.doing(asking)? == Some(false);
        let mut moved = Vec::new();
        for table in &run.plan.tables {
            let mut rows = 0;
            for reading in table.readings() {
                // An engine that tells whether it was written keeps no count: the census made it.
                rows += if stood_still {
                    reading.estimated_rows
                } else {
                    count(run, &reading.source).await?
                };
            }
            let copied = run
                .tally()
                .tables
                .get(&table.source)
                .map_or(rows, |report| report.source_rows);
            if rows != copied {
                moved.push(format!(
                    "{} had {copied} rows when it was copied and has {rows} now",
                    table.source
                ));
            }
        }
        if moved.is_empty() {
            return Ok(());
        }
        let why = if stood_still {
            "nobody wrote to the source, and not its rows were copied"
        } else {
            "the source was written to meanwhile"
        };
        let message = format!("{why}: {}", moved.join("; "));
        Err(Error::refused(Code::Difference, message))
    }
}

async fn count(run: &Run<'_>, table: &TableName) -> Result<u64> {
    let doing = || format!("counting the rows of table {table} again");
    let mut snapshot = run.source().snapshot().await.doing(doing)?;
    snapshot.count(table).await.doing(doing)
}
