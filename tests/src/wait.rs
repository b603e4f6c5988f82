//! Waiting: for a future from code that is not async, and for a condition with a deadline.

use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Runs a future to its end from a test that is async or not.
///
/// It gets a thread and a runtime of its own, since a runtime refuses to block inside another.
pub fn block_on<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    thread::scope(|scope| {
        scope
            .spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime of one thread")
                    .block_on(future)
            })
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Asks until the answer is yes; an error that says what did not happen after `limit`.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) -> Result<()> {
    let begin = Instant::now();
    while !condition() {
        if begin.elapsed() > limit {
            bail!("{what}: not within {} s", limit.as_secs_f32());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
