//! Write plugins for Limosa: implement one trait, register it with one macro.
//!
//! A check in full; with a `plugin.toml` beside it, `limosa plugin build` makes it a component:
//!
//! ```
//! use limosa_sdk::{Batch, Check, Findings, Result, Settings, Table};
//!
//! struct Negative;
//!
//! impl Check for Negative {
//!     fn open(_: &Table, _: &Settings) -> Result<Self> {
//!         Ok(Self)
//!     }
//!
//!     fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
//!         for (row, amount) in batch.floats(0)?.iter() {
//!             if amount.is_some_and(|amount| amount < 0.0) {
//!                 findings.report("negative", row);
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//!
//! limosa_sdk::check!(Negative);
//! ```
//!
//! What a plugin sees is what its manifest's roles were bound to: column `i` of a batch belongs to the
//! `i`-th bound column, named after its role. A getter copies one column out of the host in one piece, so
//! ask for the columns that you use and no others.
//!
//! The logic is best kept in functions over the column views ([`Floats`], [`Texts`] …): those can be made
//! from plain values, and tested without a host. What asks the host (a [`Batch`], a setting) panics
//! outside a component.

mod batch;
mod bindings;
mod bits;
mod check;
mod column;
pub mod decimal;
mod error;
mod findings;
mod layout;
pub mod log;
mod lookup;
mod output;
mod probe;
mod query;
mod settings;
mod transform;
mod view;

pub use batch::{Batch, Row};
pub use check::Check;
pub use column::{Column, Kind, Table};
pub use error::{Error, Result};
pub use findings::Findings;
pub use layout::{Blobs, FixedPoint, Strings, Values};
pub use lookup::Lookup;
pub use output::Output;
pub use probe::Probe;
pub use query::Queries;
pub use settings::Settings;
pub use transform::Transform;
pub use view::{Bytes, Decimals, Floats, Integers, Texts, View};

/// What the registration macros expand to; not for use by hand.
#[doc(hidden)]
pub mod registration {
    pub use crate::bindings::{check, probe, transform};
    pub use crate::check::{Open, close, inspect, open};
    pub use crate::probe::run;
    pub use crate::transform::{apply, open as open_transform};
}
