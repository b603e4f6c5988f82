//! What ends a plugin's run, as text for whoever configured it.

/// Why a plugin cannot go on. The verdict is then inconclusive.
///
/// A message of one's own is made with `?` or `.into()` from text: `Err("no patterns given".into())`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting that the plugin needs was not given.
    #[error("the setting `{name}` is not given")]
    MissingSetting {
        /// The setting.
        name: String,
    },
    /// A setting is not what the plugin can use.
    #[error("the setting `{name}` is `{value}`, which is not {wanted}")]
    WrongSetting {
        /// The setting.
        name: String,
        /// What was given.
        value: String,
        /// What would do, with its article: `a whole number`.
        wanted: String,
    },
    /// No column is bound to a role.
    #[error("no column is bound to the role `{role}`")]
    MissingRole {
        /// The role.
        role: String,
    },
    /// A column was read as something that it does not hold.
    #[error("column {column} is {found}, not {wanted}")]
    WrongLayout {
        /// Its index.
        column: u16,
        /// Its type.
        found: String,
        /// What it was read as.
        wanted: &'static str,
    },
    /// The host handed in a column that contradicts itself.
    #[error("column {column} is damaged: {problem}")]
    Damaged {
        /// Its index.
        column: u16,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What the plugin itself says.
    #[error("{message}")]
    Plugin {
        /// A whole sentence.
        message: String,
    },
}

/// The result of what a plugin does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Plugin { message }
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::Plugin {
            message: message.to_owned(),
        }
    }
}
