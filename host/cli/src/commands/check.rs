//! `limosa check`: run checks over a database and write nothing.

use limosa::{Error, ProbeUrls};

use super::{attended, conclude, reporting};
use crate::arguments::{CheckArguments, Common};

pub(crate) async fn run(arguments: &CheckArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    if let Some(source) = &arguments.source {
        settings.source.clone_from(source);
        settings.probe_urls = ProbeUrls::default();
    }
    arguments.tables.apply(&mut settings);
    arguments.checks.apply(&mut settings);
    if settings.checks.is_empty() {
        return Err(Error::configuration(
            "no check is named: give --check, or [[checks]] in limosa.toml",
        )
        .into());
    }
    arguments.metrics.apply(&mut settings);
    let host = reporting(settings)?;
    let (observer, stop) = attended()?;
    let report = host.check(observer, stop).await;
    conclude(&host, &report, common)
}
