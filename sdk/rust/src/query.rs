//! The statements of a probe's manifest.

use crate::Batch;
use crate::bindings::query;

/// Asks the database by the statements that the manifest names, and by no others.
#[derive(Debug)]
pub struct Queries(());

impl Queries {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Runs a statement. One that fails, or gives more rows than the host allows, stops the probe.
    pub fn run(&self, statement: &str) -> Batch<'static> {
        Batch::owned(query::run(statement), statement)
    }
}
