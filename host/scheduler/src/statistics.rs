//! Refreshing what the target knows of its tables, beside other work: whatever plans a query waits for it, nobody else does.

use limosa_model::TableName;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::error::Doing;
use crate::run::Run;
use crate::{Error, Result};

/// Refreshments at work. Dropping it lets go of them.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    running: Mutex<JoinSet<Result<()>>>,
}

impl Statistics {
    /// Begins with a table that was loaded. Where there is one writer at a time, it is done when this returns.
    pub(crate) async fn refresh(&self, run: &Run<'_>, table: &TableName) -> Result<()> {
        run.may_go_on()?;
        let target = run.target().clone();
        let statement = target.dialect().analyze(table);
        let table = table.clone();
        let has_one_writer = target.loads_at_once() == 1;
        let refreshing = async move {
            let defined = target.define(&statement).await;
            defined.doing(|| format!("refreshing the statistics of table {table}"))
        };
        if has_one_writer {
            return refreshing.await;
        }
        self.running.lock().await.spawn(refreshing);
        Ok(())
    }

    /// Waits for all of them, as whoever asks a query that is planned by them does, and the migration before its end.
    pub(crate) async fn are_fresh(&self) -> Result<()> {
        let mut running = self.running.lock().await;
        while let Some(refreshed) = running.join_next().await {
            refreshed.map_err(|panic| {
                let message = format!("refreshing the statistics of a table: {panic}");
                Error::refused(limosa_model::Code::Internal, message)
            })??;
        }
        Ok(())
    }
}
