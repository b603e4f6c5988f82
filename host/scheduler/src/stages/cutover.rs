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
        let written = run.source().was_written().await.doing(asking)?;
        let mut moved = Vec::new();
        for table in &run.plan.tables {
            let mut rows = 0;
            for reading in table.readings() {
                // An engine that tells whether it was written keeps no count: the census of this run made it.
                rows += if written == Some(false) {
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
                    "{copied} rows of {} were copied and it has {rows} now",
                    table.source
                ));
            }
        }
        if !moved.is_empty() {
            let message = format!(
                "the source was written to in this run or since an earlier one: {}",
                moved.join("; ")
            );
            return Err(Error::refused(Code::Difference, message));
        }
        if written == Some(true) && !is_within_one_database(run).await? {
            run.warn(
                "somebody wrote to the source while this ran: what was written after a table was compared is not in the target; `limosa diff` compares both sides again"
                    .into(),
            );
        }
        Ok(())
    }
}

/// Whether it is this migration itself that writes to the source: its target is the same database.
async fn is_within_one_database(run: &Run<'_>) -> Result<bool> {
    let (source, target) = tokio::try_join!(run.source().identity(), run.target().identity())
        .doing(|| "asking which databases these are".into())?;
    Ok(source == target)
}

async fn count(run: &Run<'_>, table: &TableName) -> Result<u64> {
    let doing = || format!("counting the rows of table {table} again");
    let mut snapshot = run.source().snapshot().await.doing(doing)?;
    snapshot.count(table).await.doing(doing)
}
