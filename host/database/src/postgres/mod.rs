//! PostgreSQL, by sqlx: rows in bulk go through `COPY … (FORMAT binary)` in both directions.

mod calendar;
mod catalogue;
mod connection;
mod copy_text;
mod database;
mod decode;
mod dialect;
mod encode;
mod load;
mod numeric;
mod scan;
mod script;

pub(crate) use database::PostgresDatabase;
pub(crate) use dialect::PostgresDialect;
