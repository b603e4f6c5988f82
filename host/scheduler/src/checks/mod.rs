//! Checks: which look at which rows, started for each chunk, table or database, their findings held against the baseline.

mod baseline;
mod check;
mod database;
mod inspectors;

pub use baseline::{Baseline, FindingLog};
pub use check::{At, Check, Checks, SAMPLES};
pub(crate) use database::probe;
pub use database::{Subject, inspect};
pub(crate) use inspectors::{Inspectors, Standing};
