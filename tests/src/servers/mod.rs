//! Throwaway database servers: own data folder, own socket, own port; gone when the test is, however it ends.
//!
//! Each test process starts what it needs instead of sharing across processes: with the data folder copied from a template
//! a start takes a fraction of a second, which is cheaper than locks and counters that a killed test would leave behind.
//! Tests in one process may share through [`Server::shared`]; a test that kills or reconfigures starts its own.

mod mariadb;
mod postgres;
mod process;
mod server;
mod template;

pub use mariadb::Mariadb;
pub use postgres::Postgres;
pub use server::{Engine, Options, Server};

/// A PostgreSQL server.
pub type PostgresServer = Server<Postgres>;
/// A MariaDB server.
pub type MariadbServer = Server<Mariadb>;
