//! Runs checks, transforms and probes in a sandbox: the only crate that knows wasmtime.
//!
//! A [`Plugin`] is loaded from the bytes of a component, bound to columns of a table, and started: each session has an
//! instance of its own, sees the columns that were bound and no others, and answers with row numbers and codes, which the
//! host turns into keys. Whatever a guest does wrong makes its session inconclusive and touches no other.
//!
//! ```no_run
//! # async fn example(bytes: &[u8], fields: &[limosa_model::Field], batch: &limosa_model::Batch) -> Result<(), Box<dyn std::error::Error>> {
//! use limosa_plugin::{Grants, Options, RowKey, Runtime};
//!
//! let runtime = Runtime::new(Options::default())?;
//! let plugin = runtime.load(bytes, "negative-amounts")?;
//! let bound = plugin.bind(&"negative-amounts:transactions.amount".parse()?, fields)?;
//! let mut session = bound.start(&Grants::default(), RowKey { columns: vec![0], names: vec!["id".into()] })?;
//! session.inspect(batch).await?;
//! println!("{:?}", session.close().await.verdict());
//! # Ok(())
//! # }
//! ```

mod binding;
mod bindings;
mod bound;
mod cache;
mod component;
mod engine;
mod error;
mod facts;
mod failure;
mod findings;
mod grants;
mod guest;
mod limits;
mod lock;
mod log;
mod lookup;
mod manifest;
mod origins;
mod output;
mod plugin;
mod probe;
mod processor;
mod query;
mod rows;
mod session;
mod settings;
pub mod signature;
mod state;
mod statement;
mod template;
mod threads;
mod transform;
mod transformed;
mod types;
mod values;
mod visible;

pub use bound::{Bound, BoundCode, Grants};
pub use error::{Error, Result};
pub use facts::{Facts, Interface, inspect, told};
pub use findings::MOST_ROWS;
pub use limits::Limits;
pub use lock::{Grant, LOCK_FOLDER, Lock, Review, Revocation, interfaces};
pub use manifest::{
    Asked, CodeText, FAMILIES, LookupRole, Manifest, Role, Scope, Setting, SettingKind,
};
pub use origins::{Dependency, Origins, Producer};
pub use plugin::{Admitted, Options, Plugin, Runtime};
pub use session::{CheckSession, RowKey};
pub use statement::Statement;
pub use transform::TransformSession;
pub use transformed::Transformed;
