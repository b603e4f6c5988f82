//! Limosa: moves a live database to another engine or another shape, with sandboxed checks on the way.
//!
//! This is the library that applications embed; the command line is one of them.
//!
//! ```no_run
//! # async fn example() -> Result<(), limosa::Error> {
//! use limosa::{Host, Settings, Stop};
//!
//! let mut settings = Settings::between("sqlite:clinic.sqlite", "postgres://me@localhost/clinic");
//! settings.checks.push("negative-amounts:transactions.amount".parse().expect("a check"));
//! let host = Host::new(settings)?;
//! let report = host.migrate(limosa::silent(), Stop::default()).await;
//! println!("{} in {:.1} s", report.outcome.name(), report.seconds);
//! # Ok(())
//! # }
//! ```

mod built_in;
mod configuration;
mod demo;
mod error;
mod generate;
mod host;
mod html;
mod interpolation;
mod metrics;
pub mod plugins;
mod reports;
mod whole_file;

pub use built_in::built_in_names;
pub use configuration::{EXAMPLE, ProbeUrls, Settings};
pub use demo::prepare_demo;
pub use error::{Error, Result};
pub use generate::{Wish, generate};
pub use host::{Host, asker, cache_folder, exit_code};
pub use metrics::{check_metrics_file, render_metrics, write_metrics};
pub use reports::{Written, write_report};

pub use limosa_journal::Record;
pub use limosa_model::{
    CODES, CheckBinding, Code, ColumnProfile, ColumnTreatment, ErrorReport, EventKind, Fidelity,
    MigrationId, Observer, OnMisfit, Outcome, Phase, Plan, Progress, Report, Stage, StageOutcome,
    TableName, Value, Verdict,
};
pub use limosa_scheduler::{
    Homecoming, Looks, OnFinding, Options, PlanOptions, Preview, ProfiledColumn, Stop,
};
pub use limosa_workshop as workshop;

/// The moment, in UTC, as reports write it.
pub fn now() -> String {
    limosa_scheduler::wall_clock(std::time::Instant::now())
}

/// An observer that looks away.
pub fn silent() -> std::sync::Arc<dyn Observer> {
    std::sync::Arc::new(limosa_model::Silent)
}

/// Reads a report back, as `limosa report` does.
///
/// # Errors
/// If the text is no report.
pub fn read_report(text: &str) -> Result<Report> {
    serde_json::from_str(text)
        .map_err(|error| Error::configuration(format!("this is no report: {error}")))
}

/// The report as one self-contained HTML page.
///
/// # Errors
/// If it cannot be rendered, which is a fault of the program.
pub fn render_html(report: &Report) -> Result<String> {
    html::render(report).map_err(|error| Error::Internal {
        message: error.to_string(),
    })
}
