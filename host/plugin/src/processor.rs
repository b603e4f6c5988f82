//! The processor time of a session, which moves from thread to thread.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Adds up the times between entering a thread and leaving it. Asked once a turn and not once a call: the system takes a good tenth of
/// a microsecond to answer.
#[derive(Debug, Default)]
pub(crate) struct Processor {
    taken: Duration,
    entered: Option<Duration>,
}

impl Processor {
    /// A turn on this thread begins.
    pub(crate) fn enter(&mut self) {
        self.entered = Some(of_this_thread());
    }

    /// It ends, on the same thread.
    pub(crate) fn leave(&mut self) {
        if let Some(entered) = self.entered.take() {
            self.taken += of_this_thread().saturating_sub(entered);
        }
    }

    /// All turns together.
    pub(crate) fn nanoseconds(&self) -> u64 {
        u64::try_from(self.taken.as_nanos()).unwrap_or(u64::MAX)
    }
}

fn of_this_thread() -> Duration {
    // Of a running thread it is never negative.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
