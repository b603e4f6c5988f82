//! `limosa diff`: compare two databases value by value.

use limosa::Host;

use super::{attended, conclude};
use crate::arguments::{Common, DiffArguments};

pub(crate) async fn run(arguments: &DiffArguments, common: &Common) -> anyhow::Result<u8> {
    let host = Host::new(super::rollback::settings(arguments, common)?)?;
    let (observer, stop) = attended()?;
    let report = host.diff(observer, stop).await;
    conclude(&host, &report, common)
}
