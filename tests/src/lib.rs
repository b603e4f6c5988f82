//! What the end-to-end tests stand on: throwaway servers, a runner for the binary, an independent comparison, tidy rules.
//!
//! ```no_run
//! use limosa_tests::{MariadbServer, WorkingFolder, shared_data};
//! let server = MariadbServer::start()?;
//! let target = server.create_database("music")?;
//! let folder = WorkingFolder::new()?;
//! if let Some(chinook) = shared_data("chinook.sqlite") {
//!     let source = format!("sqlite:{}", chinook.display());
//!     folder.limosa(["migrate", &source, &target]).run()?.expect_code(0);
//! }
//! # anyhow::Ok(())
//! ```

mod binary;
mod data;
pub mod independent;
pub mod query;
mod relay;
mod servers;
pub mod tidy;
mod toolbox;
mod wait;

pub use binary::{Outcome, Program, Running, WorkingFolder};
pub use data::{checkout, shared_data, target_folder, unzip};
pub use relay::Relay;
pub use servers::{Engine, Mariadb, MariadbServer, Options, Postgres, PostgresServer, Server};
pub use toolbox::Toolbox;
pub use wait::{block_on, wait_until};
