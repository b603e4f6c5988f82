//! SQLite, by rusqlite: one driver for reading and writing, since the hot paths need its speed.

mod catalogue;
mod connection;
mod database;
mod decode;
mod dialect;
mod load;
mod scan;
mod script;
mod statement;

pub(crate) use database::SqliteDatabase;
pub(crate) use dialect::SqliteDialect;
