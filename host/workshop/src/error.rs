//! What goes wrong at the workbench.

use std::path::PathBuf;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A project that cannot be made or worked with.
    #[error("{reason}")]
    Project {
        /// What is wrong with it, and what would do.
        reason: String,
    },
    /// A case that cannot be run.
    #[error("{}: {reason}", case.display())]
    Case {
        /// Its file.
        case: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot {operation} {}", path.display())]
    File {
        /// What was attempted.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What was built is no plugin.
    #[error("cannot make a plugin of {}", module.display())]
    Package {
        /// What the language's tools made.
        module: PathBuf,
        /// What is wrong with it.
        source: limosa_package::Error,
    },
    /// The plugin is refused, or cannot be bound.
    #[error("the plugin cannot be run")]
    Plugin {
        /// Why.
        #[from]
        source: limosa_plugin::Error,
    },
    /// The database of a probe's case.
    #[error("the rows of the case {case} cannot be put into a database")]
    Database {
        /// The case.
        case: String,
        /// Why.
        source: Box<limosa_database::Error>,
    },
}

impl Error {
    pub(crate) fn project(reason: impl Into<String>) -> Self {
        Self::Project {
            reason: reason.into(),
        }
    }

    pub(crate) fn file(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            operation,
            path,
            source,
        }
    }
}
