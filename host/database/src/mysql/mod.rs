//! MySQL and MariaDB, by sqlx: rows are read through prepared statements and written by inserts of many rows.

mod bind;
mod catalogue;
mod connection;
mod database;
mod decode;
mod dialect;
mod load;
mod misfits;
mod scan;
mod script;

pub(crate) use database::MysqlDatabase;
pub(crate) use dialect::MysqlDialect;
