//! Removing what an unfinished migration created in the target.

use limosa_model::Report;
use limosa_scheduler::roll_back_under_lease;

use super::wiring::{Wiring, asker};
use crate::{Error, Result};

/// What was removed is told as warnings.
pub(super) async fn roll_back(wiring: &Wiring, report: &mut Report) -> Result<()> {
    let target = wiring.target().await?;
    let journal = wiring.journal().await?;
    let lease = wiring.settings.options.lease;
    let (migration, dropped) = roll_back_under_lease(&target, &journal, &asker(), lease)
        .await
        .map_err(|source| Error::Run {
            doing: "rolling back".into(),
            source,
        })?;
    report.migration = migration.map(|id| id.to_string()).unwrap_or_default();
    for name in dropped {
        report.warnings.push(format!("removed table {name}"));
    }
    if report.migration.is_empty() {
        report
            .warnings
            .push("the target holds no unfinished migration: nothing was removed".into());
    }
    Ok(())
}
