//! Cutover: sees that the source stood still since it was copied; then the target is the one in charge.
//!
//! The application is stopped by its operators for this kind of migration, so there is nothing to fence here.

use async_trait::async_trait;
use limosa_model::{Code, Stage};

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
        if run.source().was_written().await.doing(asking)? == Some(false) {
            return Ok(());
        }
        let mut snapshot = run
            .source()
            .snapshot()
            .await
            .doing(|| "counting the source's rows again".into())?;
        let mut moved = Vec::new();
        for table in &run.plan.tables {
            let mut rows = 0;
            for reading in table.readings() {
                rows += snapshot
                    .count(&reading.source)
                    .await
                    .doing(|| format!("counting the rows of table {}", reading.source))?;
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
        Err(Error::refused(
            Code::Difference,
            format!("the source was written to meanwhile: {}", moved.join("; ")),
        ))
    }
}
