//! One file for each command.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod generate;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod migrate;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod status;
pub(crate) mod validate;

use std::sync::Arc;

use limosa::{
    Host, Observer, Report, Settings, Stop, check_metrics_file, exit_code, write_metrics,
    write_report,
};

use crate::arguments::Common;
use crate::output::print_report;
use crate::progress::Shown;
use crate::signals;

/// The observer of a command, and the wish to stop that signals make.
fn attended() -> anyhow::Result<(Arc<dyn Observer>, Stop)> {
    let stop = Stop::default();
    signals::listen(stop.clone())?;
    Ok((Arc::new(Shown::new()), stop))
}

/// The host of a command that ends with a report, where what is written then can be written.
fn reporting(settings: Settings) -> anyhow::Result<Host> {
    if let Some(file) = &settings.metrics {
        check_metrics_file(file)?;
    }
    Ok(Host::new(settings)?)
}

/// Writes the report and the metrics, prints it, and answers with the exit status.
fn conclude(host: &Host, report: &Report, common: &Common) -> anyhow::Result<u8> {
    let mut report = report.clone();
    // It was tried before the work: what was done is done, and a person should know.
    if let Some(file) = &host.settings().metrics
        && let Err(error) = write_metrics(&report, file)
    {
        report.warnings.push(error.report().message);
    }
    // A report that cannot be written must not hide what it says.
    let written = write_report(&report, &host.settings().report_folder);
    if let Err(error) = &written {
        report.errors.push(error.report());
    }
    print_report(&report, written.as_ref().ok(), common.format)?;
    Ok(exit_code(&report))
}
