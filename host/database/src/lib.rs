//! One interface over SQLite, PostgreSQL and MySQL/MariaDB: what is there, reading it, writing it, and keeping
//! the books of a migration inside the target.
//!
//! Only this crate and the journal know database drivers; nothing of a driver leaves it. The three adapters mirror each
//! other: the same file names, the same order of items.
//!
//! ```no_run
//! # async fn example() -> Result<(), limosa_database::Error> {
//! let database = limosa_database::open("sqlite:shop.sqlite", limosa_database::Role::Source).await?;
//! for table in database.catalogue().await?.tables {
//!     println!("{} has {} columns", table.name, table.columns.len());
//! }
//! # Ok(()) }
//! ```

mod access;
mod book;
mod condition;
mod describe;
mod dialect;
mod endpoint;
mod error;
mod expression;
mod feeding;
mod integers;
mod lookup;
mod mysql;
mod postgres;
mod probe;
pub mod question;
pub mod script;
mod session;
mod sqlite;

pub use access::{BatchStream, Begun, Claim, Database, Load, Role, Snapshot, Survey, open};
pub use book::{Acquired, BOOKS, Book, Entry, Holder, Lease, QUARANTINE};
pub use describe::describe_row;
pub use dialect::{Definition, Dialect};
pub use endpoint::Endpoint;
pub use error::{Error, Kind, Result};
pub use expression::{Columns, translate};
pub use lookup::lookup;
pub use probe::probe;
