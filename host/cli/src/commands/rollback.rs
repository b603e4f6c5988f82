//! `limosa rollback`: remove what an unfinished migration created in the target.

use limosa::Host;

use super::conclude;
use crate::arguments::{Common, RollbackArguments};

pub(crate) async fn run(arguments: &RollbackArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    let host = Host::new(settings)?;
    let report = host.rollback().await;
    let code = conclude(&host, &report, common)?;
    // What was removed is told as warnings; a rollback that did its work is a success.
    Ok(if report.errors.is_empty() { 0 } else { code })
}
