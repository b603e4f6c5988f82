//! What plugins are made with: a project to start from, its build, its cases, and how fast and how steady a plugin is.
//!
//! All of it runs a plugin in the sandbox in which a migration will run it, on rows that are made here.

mod bench;
mod build;
mod case;
mod cases;
mod cells;
mod error;
mod freshness;
mod keys;
mod language;
mod made;
mod native;
mod project;
mod qualify;
mod sdk;
mod trial;

pub use bench::{Bench, Measured, bench};
pub use build::{build, component_of};
pub use cases::{CaseResult, cases};
pub use error::{Error, Result};
pub use freshness::is_stale;
pub use language::Language;
pub use project::create;
pub use qualify::{Corruption, Qualified, qualify, unsteady};
