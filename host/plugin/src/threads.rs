//! The threads that guests run on: a call is a job, and a session waits for its turn without holding a thread.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::{Error, Result};

type Job = Box<dyn FnOnce() + Send>;

/// Native stack of a thread: 512 KiB for the guest, and what host functions take on top of it.
const STACK: usize = 2 << 20;

/// A few threads and one queue.
#[derive(Debug)]
pub(crate) struct Threads {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Threads {
    pub(crate) fn new(count: usize) -> Result<Self> {
        let queue = Arc::new(Queue::default());
        let threads = Self {
            queue: queue.clone(),
        };
        for number in 0..count {
            let queue = queue.clone();
            std::thread::Builder::new()
                .name(format!("plugin {number}"))
                .stack_size(STACK)
                .spawn(move || queue.work())
                .map_err(|error| Error::Start {
                    operation: "starting a thread",
                    source: error.into(),
                })?;
        }
        Ok(threads)
    }

    /// Runs a job and waits for its answer; `None` if it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.queue.push(Box::new(move || {
            // Whoever asked may be gone.
            let _ = answer.send(work());
        }));
        answered.await.ok()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.queue
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.queue.changed.notify_all();
    }
}

impl Queue {
    fn push(&self, job: Job) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .jobs
            .push_back(job);
        self.changed.notify_one();
    }

    /// Finishes what is queued, then ends once the threads are dropped.
    fn work(&self) {
        loop {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |state: &mut State| state.jobs.is_empty() && !state.closed;
            let mut state = self
                .changed
                .wait_while(state, idle)
                .unwrap_or_else(PoisonError::into_inner);
            let Some(job) = state.jobs.pop_front() else {
                return;
            };
            drop(state);
            // The panic has been reported by its hook; whoever waits learns of it by the lost answer.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_one_answer_and_no_thread() {
        let threads = Threads::new(1).unwrap();
        assert_eq!(
            threads.run(|| panic!("expected by this test")).await,
            None::<()>
        );
        assert_eq!(threads.run(|| 5).await, Some(5));
    }
}
