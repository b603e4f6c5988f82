//! `limosa validate`: compare both databases and run the checks on the target.

use super::{attended, conclude, reporting};
use crate::arguments::{Common, ValidateArguments};

pub(crate) async fn run(arguments: &ValidateArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.checks.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    arguments.metrics.apply(&mut settings);
    let host = reporting(settings)?;
    let (observer, stop) = attended()?;
    let report = host.validate(observer, stop).await;
    conclude(&host, &report, common)
}
