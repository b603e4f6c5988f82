//! How a migration is run, and how it is asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::PlanOptions;

/// What to do when a check finds rows that are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFinding {
    /// The migration fails and is undone.
    #[default]
    Stop,
    /// The migration goes on and says so.
    Report,
}

/// How a migration is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tables and chunk size.
    pub plan: PlanOptions,
    /// Only plan and look, write nothing.
    pub dry_run: bool,
    /// What findings lead to.
    pub on_finding: OnFinding,
    /// Leave out the probes of the source before anything is written.
    pub skip_pre_validation: bool,
    /// Leave out the comparison of every value after the copy.
    pub skip_post_validation: bool,
    /// Keep what was created when the migration fails for its data.
    pub no_rollback: bool,
    /// Go on although the target holds tables that the plan does not touch.
    pub force: bool,
    /// How often a chunk is tried again after a failure that may pass.
    pub retry_attempts: usize,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            plan: PlanOptions::default(),
            dry_run: false,
            on_finding: OnFinding::default(),
            skip_pre_validation: false,
            skip_post_validation: false,
            no_rollback: false,
            force: false,
            retry_attempts: 3,
            lease: Duration::from_secs(30),
        }
    }
}

/// A wish to stop, shared with whoever may have it. The run ends after the chunk at work.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Wishes it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was wished.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
