//! `limosa diff`: compare two databases value by value.

use super::{attended, conclude, reporting};
use crate::arguments::{Common, DiffArguments};

pub(crate) async fn run(arguments: &DiffArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    arguments.metrics.apply(&mut settings);
    let host = reporting(settings)?;
    let (observer, stop) = attended()?;
    let report = host.diff(arguments.repair.as_deref(), observer, stop).await;
    conclude(&host, &report, common)
}
