//! What can go wrong outside of a run: the configuration, a file, a plugin.

use limosa_model::{Code, ErrorReport};

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be understood.
    #[error("{message}")]
    Configuration {
        /// Whole sentences.
        message: String,
    },
    /// A file or folder cannot be used.
    #[error("cannot {operation}")]
    File {
        /// What was attempted, with the path.
        operation: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// A part of a run failed.
    #[error("{doing}")]
    Run {
        /// What was being done.
        doing: String,
        /// The failure.
        source: limosa_scheduler::Error,
    },
    /// A plugin cannot be used.
    #[error("a plugin cannot be used")]
    Plugin {
        /// The failure.
        source: limosa_plugin::Error,
    },
    /// What is at an address cannot be had.
    #[error("cannot fetch {address}")]
    Fetch {
        /// The address, without secrets.
        address: String,
        /// The failure.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A plugin may not run as it is asked to.
    #[error("{message}")]
    Review {
        /// Whole sentences.
        message: String,
    },
    /// A plugin could not be made or tried out.
    #[error("the plugin could not be tried out")]
    Workshop {
        /// The failure.
        source: limosa_workshop::Error,
    },
    /// The program did what it should not.
    #[error("{message}")]
    Internal {
        /// What.
        message: String,
    },
}

impl Error {
    /// The configuration is wrong.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration {
            message: message.into(),
        }
    }

    pub(crate) fn review(message: impl Into<String>) -> Self {
        Self::Review {
            message: message.into(),
        }
    }

    pub(crate) fn file(operation: impl Into<String>, source: std::io::Error) -> Self {
        Self::File {
            operation: operation.into(),
            source,
        }
    }

    /// The code of the error table.
    pub fn code(&self) -> Code {
        match self {
            Self::Configuration { .. } => Code::Configuration,
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::Disk,
                // No privilege would help: the name is wrong.
                std::io::ErrorKind::NotFound => Code::Configuration,
                _ => Code::Privilege,
            },
            Self::Run { source, .. } => source.code(),
            Self::Plugin { source } => source.code(),
            Self::Workshop { source } => match source {
                limosa_workshop::Error::Plugin { source } => source.code(),
                _ => Code::Configuration,
            },
            Self::Fetch { .. } => Code::Connection,
            Self::Review { .. } => Code::Review,
            Self::Internal { .. } => Code::Internal,
        }
    }

    /// As programs read it, with all causes.
    pub fn report(&self) -> ErrorReport {
        ErrorReport::new(self.code(), self)
    }
}
