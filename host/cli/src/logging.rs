//! The log: JSON lines in a file of each run, and on stderr what the person asked for.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::arguments::Common;

/// Where the log goes; empty where none is kept.
pub(crate) struct Log(
    #[expect(dead_code, reason = "held until the end, for whoever debugs")] Option<PathBuf>,
);

/// Starts logging. A log file that was asked for must be writable; the one of each run is kept only if it can be.
pub(crate) fn start(common: &Common) -> anyhow::Result<Log> {
    let (file, path) = match &common.log_file {
        Some(path) => (
            Some(
                File::create(path)
                    .with_context(|| format!("cannot write the log file {}", path.display()))?,
            ),
            Some(path.clone()),
        ),
        None => (None, None),
    };
    let to_file = file.map(|file| {
        tracing_subscriber::fmt::layer()
            .json()
            .with_writer(Mutex::new(file))
            .with_filter(LevelFilter::DEBUG)
    });
    // Warnings of ours are told in the report; stderr stays the person's unless more was asked for.
    let level = if common.verbose {
        "limosa=debug,limosa_database=debug,limosa_scheduler=debug,limosa_plugin=debug"
    } else {
        "off"
    };
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_filter(
            EnvFilter::try_from_env("LIMOSA_LOG").unwrap_or_else(|_| EnvFilter::new(level)),
        );
    tracing_subscriber::registry()
        .with(to_file)
        .with(to_stderr)
        .init();
    Ok(Log(path))
}
