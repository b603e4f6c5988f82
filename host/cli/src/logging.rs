//! The log: JSON lines in a file of each run, and on stderr what the person asked for.

use std::fs::File;
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::arguments::{Command, Common, PluginCommand};

/// Starts logging. A log file that was asked for must be writable; the one that each migration keeps in the state folder
/// is left out where that cannot be written, which the migration itself will tell.
pub(crate) fn start(common: &Common, command: &Command) -> anyhow::Result<()> {
    let file = match &common.log_file {
        Some(path) => Some(
            File::create(path)
                .with_context(|| format!("cannot write the log file {}", path.display()))?,
        ),
        None if matches!(command, Command::Migrate(_)) => of_this_run(common),
        None => None,
    };
    let to_file = file.map(|file| {
        tracing_subscriber::fmt::layer()
            .json()
            .with_writer(Mutex::new(file))
            // What plugins write may hold values: it goes to whoever asks for it, and nowhere else.
            .with_filter(EnvFilter::new(format!("{OURS},limosa::plugin=off")))
    });
    // What went wrong is told in the report; stderr stays the person's unless more was asked for.
    let level = if common.verbose { OURS } else { "off" };
    let level = if shows_plugins(command) {
        format!("{level},{PLUGINS}")
    } else {
        level.to_owned()
    };
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(
            EnvFilter::try_from_env("LIMOSA_LOG").unwrap_or_else(|_| EnvFilter::new(level)),
        );
    tracing_subscriber::registry()
        .with(to_file)
        .with(to_stderr)
        .init();
    Ok(())
}

/// What plugins write to their log.
const PLUGINS: &str = "limosa::plugin=trace";

/// Whether somebody wants to see it: who asks for it, and the author of a plugin.
fn shows_plugins(command: &Command) -> bool {
    match command {
        Command::Check(arguments) => arguments.checks.plugin_log,
        Command::Validate(arguments) => arguments.checks.plugin_log,
        Command::Migrate(arguments) => arguments.checks.plugin_log,
        Command::Plugin(PluginCommand::Test(_)) => true,
        _ => false,
    }
}

/// Drivers and runtimes are left out: they may log values.
const OURS: &str = "limosa=debug,limosa_database=debug,limosa_journal=debug,limosa_plugin=debug,limosa_scheduler=debug";

fn of_this_run(common: &Common) -> Option<File> {
    let folder = common.settings().ok()?.state_folder.join("logs");
    std::fs::create_dir_all(&folder).ok()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    File::create(folder.join(format!("{}-{}.jsonl", since.as_secs(), std::process::id()))).ok()
}
