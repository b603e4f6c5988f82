//! Holding the lease on the target while a migration runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use limosa_database::{Acquired, Book, Database, Holder, Lease};
use limosa_model::{Code, MigrationId, Observer, Progress};
use tokio::task::JoinHandle;

use crate::error::Doing;
use crate::{Error, Result};

/// This process, as the lease names it.
pub fn this_process() -> Holder {
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    Holder {
        host,
        boot: boot(),
        process: std::process::id(),
    }
}

fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// Whether a holder is known to be gone: it ran on this host, and the host was restarted since or the process ended.
pub fn is_dead(holder: &Holder) -> bool {
    let this = this_process();
    if holder.host != this.host || this.boot.is_empty() {
        return false;
    }
    if holder.boot != this.boot {
        return true;
    }
    match std::fs::read_to_string(format!("/proc/{}/stat", holder.process)) {
        // A zombie has ended; its parent has not asked yet.
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with(['Z', 'X'])),
        Err(_) => true,
    }
}

/// A lease that a task of this process renews.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The lease.
    pub(crate) lease: Lease,
    lost: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Waits for the lease as long as its holder may be alive, then takes and keeps it.
    pub(crate) async fn acquire(
        target: &Arc<dyn Database>,
        migration: &MigrationId,
        time_to_live: Duration,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let holder = this_process();
        let book = Book::of(target.as_ref());
        let asking = || "asking for the lease on the target".to_owned();
        let mut acquired = book
            .acquire(migration, &holder, time_to_live, &is_dead)
            .await
            .doing(asking)?;
        let mut told = false;
        let started = tokio::time::Instant::now();
        let lease = loop {
            let (current, other, age) = match acquired {
                Acquired::Ours(lease) => break lease,
                Acquired::Held {
                    holder,
                    migration,
                    age,
                } => (holder, migration, age),
            };
            let who = format!(
                "process {} on {} holds the target for migration {other}",
                current.process, current.host
            );
            if &other != migration || started.elapsed() > time_to_live * 2 {
                return Err(Error::refused(
                    Code::Lock,
                    format!("{who} and renewed its lease {} s ago", age.as_secs()),
                ));
            }
            if !told {
                told = true;
                let text = format!(
                    "{who}; waiting up to {} s for its lease to run out",
                    time_to_live.saturating_sub(age).as_secs() + 1
                );
                observer.observe(&Progress::Note { text });
            }
            tokio::time::sleep(Duration::from_millis(500).min(time_to_live / 4)).await;
            let taken = book
                .take_over(migration, &holder, time_to_live, &is_dead)
                .await
                .doing(asking)?;
            acquired = taken.ok_or_else(|| {
                let message = format!(
                    "{who}, and ended it while this run waited: see `limosa history`; the same command begins it again if it is still wanted"
                );
                Error::refused(Code::Lock, message)
            })?;
        };
        let lost = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(keep(
            target.clone(),
            lease.clone(),
            time_to_live / 3,
            lost.clone(),
        ));
        Ok(Self { lease, lost, task })
    }

    /// An error if the lease was lost.
    pub(crate) fn check(&self) -> Result<()> {
        if self.lost.load(Ordering::Acquire) {
            Err(lease_lost())
        } else {
            Ok(())
        }
    }

    /// Notes that another part of the program saw the lease gone.
    pub(crate) fn mark_lost(&self) {
        self.lost.store(true, Ordering::Release);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn lease_lost() -> Error {
    Error::refused(
        Code::LeaseLost,
        "another host took the migration over; this one wrote nothing since",
    )
}

async fn keep(target: Arc<dyn Database>, lease: Lease, every: Duration, lost: Arc<AtomicBool>) {
    loop {
        tokio::time::sleep(every).await;
        match Book::of(target.as_ref()).renew(&lease).await {
            Ok(true) => {}
            Ok(false) => return lost.store(true, Ordering::Release),
            // The work itself will meet the same failure and tell it; the lease may yet be renewed in time.
            Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
        }
    }
}
