//! What can go wrong with a plugin, each in a sentence that names the plugin and the way out.

use std::path::PathBuf;

use limosa_model::{Code, TableName};

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure, with the plugin and what it was about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The runtime could not be set up.
    #[error("the plugin runtime cannot start: {operation} failed")]
    Start {
        /// What was attempted.
        operation: &'static str,
        /// The system's words.
        source: Source,
    },
    /// The folder for compiled plugins is not safe to execute code from.
    #[error(
        "the folder for compiled plugins {folder} cannot be used: {reason}; make it a folder that only you may enter (chmod 700), or name another"
    )]
    CacheFolder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is no plugin.
    #[error("{origin} is not a plugin: {reason}")]
    NotAPlugin {
        /// Where it came from: a path, or a name of those inside the program.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The manifest inside the plugin cannot be used.
    #[error("the manifest of {origin} cannot be used: {reason}")]
    Manifest {
        /// Where the plugin came from.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The plugin asks for something that its kind does not get.
    #[error("the plugin `{plugin}` imports `{import}`: {reason}")]
    Import {
        /// The plugin.
        plugin: String,
        /// What it asks for.
        import: String,
        /// Why it does not get it, and what to do.
        reason: String,
    },
    /// The plugin was made for another version of the interface.
    #[error(
        "the plugin `{plugin}` needs limosa:plugin {required}, and this program has {host}; update the older of the two"
    )]
    Interface {
        /// The plugin.
        plugin: String,
        /// What it requires.
        required: String,
        /// What is here.
        host: String,
    },
    /// The component is damaged, or uses what is switched off.
    #[error(
        "the plugin `{plugin}` cannot be compiled; build it again, without threads, memory64 or garbage collection"
    )]
    Compile {
        /// The plugin.
        plugin: String,
        /// The compiler's words.
        source: Source,
    },
    /// The component was tried out and did not start.
    #[error("the plugin `{plugin}` does not start: {reason}")]
    Instantiate {
        /// The plugin.
        plugin: String,
        /// Why.
        reason: String,
    },
    /// It may not run any more.
    #[error("the plugin `{plugin}` may not run any more: {reason}")]
    Revoked {
        /// The plugin.
        plugin: String,
        /// Who said so, and why.
        reason: String,
    },
    /// Plugin, table and columns do not go together.
    #[error("the plugin `{plugin}` cannot be bound to table {table}: {reason}")]
    Binding {
        /// The plugin.
        plugin: String,
        /// The table.
        table: TableName,
        /// What does not fit, and what would.
        reason: String,
    },
    /// The plugin, or the host on its behalf, could not go on.
    #[error("the plugin `{plugin}` stopped on table {table}, {step}: {reason}")]
    Stopped {
        /// The plugin.
        plugin: String,
        /// The table.
        table: TableName,
        /// Where it was, as in "batch 3".
        step: String,
        /// What happened, in plain words.
        reason: String,
    },
    /// A call to a session was given up before it ended, so that there is no instance any more.
    #[error(
        "the check `{check}` cannot go on: an earlier call was abandoned, or its thread failed"
    )]
    Abandoned {
        /// The binding in its text form.
        check: String,
    },
}

impl Error {
    /// The code of the error table.
    pub fn code(&self) -> Code {
        match self {
            Self::Start { .. } => Code::Internal,
            Self::CacheFolder { .. } => Code::Configuration,
            Self::NotAPlugin { .. }
            | Self::Manifest { .. }
            | Self::Import { .. }
            | Self::Interface { .. }
            | Self::Compile { .. }
            | Self::Instantiate { .. }
            | Self::Binding { .. } => Code::Plugin,
            Self::Revoked { .. } => Code::Review,
            Self::Stopped { .. } | Self::Abandoned { .. } => Code::Inconclusive,
        }
    }
}
