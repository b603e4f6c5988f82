//! `limosa rollback`: remove what an unfinished migration created in the target.

use limosa::{Host, Settings};

use super::conclude;
use crate::arguments::{Common, DiffArguments};

pub(crate) async fn run(arguments: &DiffArguments, common: &Common) -> anyhow::Result<u8> {
    let host = Host::new(settings(arguments, common)?)?;
    let report = host.rollback().await;
    let code = conclude(&host, &report, common)?;
    // What was removed is told as warnings; a rollback that did its work is a success.
    Ok(if report.errors.is_empty() { 0 } else { code })
}

pub(super) fn settings(arguments: &DiffArguments, common: &Common) -> anyhow::Result<Settings> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    settings
        .transforms
        .extend(arguments.transforms.iter().cloned());
    Ok(settings)
}
