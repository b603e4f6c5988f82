//! The eight stages of a migration, the pipeline that its rows flow through, and the comparison of both sides.
//!
//! [`Migration`] is the whole job; [`plan`], [`inspect`](checks::inspect) and [`compare`] are parts of it that are of use alone.

mod census;
pub mod checks;
mod chunks;
mod comparison;
mod error;
mod failure;
mod finish;
mod homecoming;
mod lease;
mod made;
mod migration;
mod misfits;
mod names;
mod notes;
mod options;
mod passage;
mod pipeline;
mod planning;
mod preview;
mod profile;
mod quarantine;
mod run;
mod shaping;
mod stages;
mod statistics;
mod tally;
mod transforms;
mod undo;
mod uniqueness;

pub use census::{Misfits, census};
pub use comparison::{Comparison, Repair, Written, compare, parents_first};
pub use error::{Error, Result};
pub use homecoming::Homecoming;
pub use lease::{is_dead, this_process};
pub use made::Made;
pub use migration::{Migration, wall_clock};
pub use misfits::ColumnMisfits;
pub use options::{OnFinding, Options, Stop};
pub use planning::{PlanOptions, plan, unknown_table};
pub use preview::{Looks, Preview, PreviewedMisfits, preview};
pub use profile::ProfiledColumn;
pub use transforms::Transforms;
pub use undo::{roll_back, roll_back_under_lease};
pub use uniqueness::Collision;
