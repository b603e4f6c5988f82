//! Why a migration stops, and whether what it created should then be removed.

use limosa_model::{Code, ErrorReport};

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// A reason to stop. The sources are boxed: most calls succeed, and their results should stay small.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database failed.
    #[error("{doing}")]
    Database {
        /// What was being done, as in "copying table invoice".
        doing: String,
        /// The failure.
        source: Box<limosa_database::Error>,
    },
    /// The journal failed.
    #[error("the migration cannot be recorded")]
    Journal {
        /// The failure.
        source: Box<limosa_journal::Error>,
    },
    /// A plugin cannot be used.
    #[error("a check or transform cannot be used")]
    Plugin {
        /// The failure.
        source: Box<limosa_plugin::Error>,
    },
    /// Limosa decided not to go on.
    #[error("{message}")]
    Refused {
        /// The code of the error table.
        code: Code,
        /// Whole sentences.
        message: String,
    },
}

impl From<limosa_journal::Error> for Error {
    fn from(source: limosa_journal::Error) -> Self {
        Self::Journal {
            source: Box::new(source),
        }
    }
}

impl From<limosa_plugin::Error> for Error {
    fn from(source: limosa_plugin::Error) -> Self {
        Self::Plugin {
            source: Box::new(source),
        }
    }
}

impl Error {
    /// A decision not to go on.
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// The code of the error table.
    pub fn code(&self) -> Code {
        match self {
            Self::Database { source, .. } => source.kind().code(),
            Self::Journal { .. } => Code::Journal,
            Self::Plugin { source } => source.code(),
            Self::Refused { code, .. } => *code,
        }
    }

    /// Whether trying again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database { source, .. } if source.is_retryable())
    }

    /// Whether the data or the plan is at fault rather than the surroundings: going on later would not help, so what was
    /// created is removed. After a lost connection or a full disk the same command resumes instead.
    pub fn calls_for_undo(&self) -> bool {
        matches!(
            self.code(),
            Code::Data
                | Code::Difference
                | Code::Findings
                | Code::Inconclusive
                | Code::Plugin
                | Code::Plan
                | Code::TargetNotEmpty
                | Code::Configuration
        )
    }

    /// The error with all its causes, as programs read it.
    pub fn report(&self) -> ErrorReport {
        ErrorReport::new(self.code(), self)
    }
}

/// Adds what was being done to a database's failure.
pub(crate) trait Doing<T> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for std::result::Result<T, limosa_database::Error> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Database {
            doing: doing(),
            source: Box::new(source),
        })
    }
}
