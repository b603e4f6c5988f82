//! What can go wrong with a database, sorted by what a person or the scheduler can do about it.

use std::fmt;

use limosa_model::{Code, TableName};

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The server cannot be reached or the connection broke.
    Unreachable,
    /// The user may not do it, or the password is wrong.
    Denied,
    /// No room on a disk.
    DiskFull,
    /// No memory.
    Memory,
    /// It took longer than it may.
    Timeout,
    /// Somebody else holds a lock.
    Locked,
    /// The file is no database, or it is damaged.
    Corrupt,
    /// The database refused a value or a row.
    Refused,
    /// The request does not fit the database: an unknown table, a statement it does not understand.
    Invalid,
}

impl Kind {
    /// The code of the error table.
    pub fn code(self) -> Code {
        match self {
            Self::Unreachable => Code::Connection,
            Self::Denied => Code::Privilege,
            Self::DiskFull => Code::Disk,
            Self::Memory => Code::Memory,
            Self::Timeout => Code::Time,
            Self::Locked => Code::Lock,
            Self::Corrupt => Code::Unreadable,
            Self::Refused => Code::Data,
            Self::Invalid => Code::Plan,
        }
    }
}

/// The driver's own error, kept as the source; its type does not leave the crate.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure, with the operation and what it was about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL cannot be understood.
    #[error("`{url}` is not a database: {reason}")]
    Url {
        /// The URL without secrets.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection could be made.
    #[error("cannot connect to {endpoint}")]
    Connect {
        /// The database without secrets.
        endpoint: String,
        /// What sort of failure.
        kind: Kind,
        /// The driver's words.
        source: Source,
    },
    /// A statement failed.
    #[error("cannot {operation}")]
    Statement {
        /// What was attempted, as in "read table invoice".
        operation: String,
        /// What sort of failure.
        kind: Kind,
        /// The driver's words.
        source: Source,
    },
    /// A value does not fit and nothing was written.
    #[error("table {table}, column {column}, {row}: {reason}")]
    Misfit {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// Which row, by its key.
        row: String,
        /// Why it does not fit.
        reason: String,
    },
    /// The database has, or lacks, something that makes the operation impossible.
    #[error("{message}")]
    Impossible {
        /// A whole sentence.
        message: String,
        /// What sort of failure.
        kind: Kind,
    },
}

impl Error {
    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Url { .. } => Kind::Invalid,
            Self::Misfit { .. } => Kind::Refused,
            Self::Connect { kind, .. }
            | Self::Statement { kind, .. }
            | Self::Impossible { kind, .. } => *kind,
        }
    }

    /// Whether trying again may help: the connection broke, a lock was held, time ran out.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind(),
            Kind::Unreachable | Kind::Timeout | Kind::Locked
        ) && !matches!(self, Self::Url { .. })
    }

    pub(crate) fn impossible(kind: Kind, message: impl fmt::Display) -> Self {
        Self::Impossible {
            kind,
            message: message.to_string(),
        }
    }

    /// Wraps what a server sent that its protocol does not allow.
    pub(crate) fn malformed(operation: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self::Statement {
            operation: operation.to_string(),
            kind: Kind::Corrupt,
            source: what.to_string().into(),
        }
    }
}

/// Adds what was attempted to a driver's error.
pub(crate) trait Attempt<T> {
    fn attempt(self, operation: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Attempt<T> for std::result::Result<T, sqlx::Error> {
    fn attempt(self, operation: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Statement {
            operation: operation(),
            kind: kind_of_sqlx(&source),
            source: describe(source),
        })
    }
}

impl<T> Attempt<T> for std::result::Result<T, rusqlite::Error> {
    fn attempt(self, operation: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Statement {
            operation: operation(),
            kind: kind_of_sqlite(&source),
            source: describe_sqlite(source),
        })
    }
}

impl<T> Attempt<T> for std::result::Result<T, arrow_schema::ArrowError> {
    fn attempt(self, operation: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Statement {
            operation: operation(),
            kind: Kind::Corrupt,
            source: source.into(),
        })
    }
}

/// The server's words with its detail and place, which sqlx's own text leaves out.
fn describe(error: sqlx::Error) -> Source {
    if let sqlx::Error::Database(database) = &error
        && let Some(postgres) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
    {
        let parts = [
            Some(postgres.message()),
            postgres.detail(),
            postgres.r#where(),
        ];
        return parts
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ")
            .into();
    }
    error.into()
}

/// SQLite's words without its number, whose text would say the same again.
pub(crate) fn describe_sqlite(error: rusqlite::Error) -> Source {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.into(),
        other => other.into(),
    }
}

pub(crate) fn kind_of_sqlx(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unreachable,
        sqlx::Error::PoolTimedOut => Kind::Timeout,
        sqlx::Error::Protocol(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
            Kind::Corrupt
        }
        sqlx::Error::Database(database) => {
            if let Some(postgres) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                return kind_of_sqlstate(postgres.code());
            }
            if let Some(mysql) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                return kind_of_mysql(mysql.number());
            }
            Kind::Invalid
        }
        _ => Kind::Invalid,
    }
}

/// PostgreSQL's error classes: its manual, appendix A.
fn kind_of_sqlstate(state: &str) -> Kind {
    match state {
        "53100" => Kind::DiskFull,
        "53200" => Kind::Memory,
        "57014" => Kind::Timeout,
        "55P03" | "40P01" | "40001" => Kind::Locked,
        "25006" | "42501" | "28000" | "28P01" => Kind::Denied,
        // The database of the URL does not exist.
        "3D000" => Kind::Unreachable,
        _ => match state.get(..2) {
            Some("08" | "53" | "57" | "58") => Kind::Unreachable,
            Some("22" | "23") => Kind::Refused,
            Some("25") => Kind::Unreachable,
            Some("28") => Kind::Denied,
            Some("XX") => Kind::Corrupt,
            _ => Kind::Invalid,
        },
    }
}

/// MySQL's and MariaDB's error numbers: the server error reference of each.
fn kind_of_mysql(number: u16) -> Kind {
    match number {
        1021 | 1114 | 3 | 28 => Kind::DiskFull,
        1037 | 1038 | 1041 => Kind::Memory,
        1205 | 1213 | 1099 | 1100 => Kind::Locked,
        1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1698 | 1792 => Kind::Denied,
        1040 | 1049 | 1053 | 1077..=1079 | 1152..=1161 | 1927 | 2006 | 2013 | 3169 => {
            Kind::Unreachable
        }
        1969 | 3024 | 1317 => Kind::Timeout,
        1034 | 1194 | 1195 | 1712 => Kind::Corrupt,
        1048 | 1062 | 1264..=1265 | 1292 | 1366 | 1406 | 1451 | 1452 | 3140 | 4025 => Kind::Refused,
        _ => Kind::Invalid,
    }
}

pub(crate) fn kind_of_sqlite(error: &rusqlite::Error) -> Kind {
    use rusqlite::ErrorCode;
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => Kind::DiskFull,
            ErrorCode::OutOfMemory => Kind::Memory,
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed => Kind::Locked,
            ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::AuthorizationForStatementDenied => Kind::Denied,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Kind::Corrupt,
            ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => Kind::Unreachable,
            ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch => {
                Kind::Refused
            }
            ErrorCode::OperationInterrupted => Kind::Timeout,
            _ => Kind::Invalid,
        },
        _ => Kind::Invalid,
    }
}
