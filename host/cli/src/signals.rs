//! SIGINT and SIGTERM: the first asks for a clean stop, a second one ends the program at once.

use limosa::Stop;
use tokio::signal::unix::{SignalKind, signal};

/// Listens until the program ends.
pub(crate) fn listen(stop: Stop) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if stop.is_requested() {
                // Nothing is lost: what is not committed is rolled back, and the same command resumes.
                std::process::exit(130);
            }
            anstream::eprintln!("stopping after the chunk at work; once more to stop at once");
            stop.request();
        }
    });
    Ok(())
}
