//! The bounds on everything that a guest controls, and the two meters that hold it to them: memory and time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use limosa_model::Allowed;
use tokio::sync::Notify;
use wasmtime::ResourceLimiter;

use crate::failure::Refusal;
use crate::findings::MOST_ROWS;
use crate::log::LINES;
use crate::manifest::Asked;

const MIB: usize = 1 << 20;

/// Linear memory of one instance unless the manifest asks: ten times what a compiled check with a batch in hand needs.
const MEMORY: usize = 64 * MIB;
/// What a manifest may ask for: interpreters come with 9 to 12 MiB of their own before the first row.
pub(crate) const MOST_MEMORY: usize = 128 * MIB;
/// One batch takes a check 20 to 100 µs; a pattern over long text a few hundred milliseconds.
const CALL: Duration = Duration::from_secs(5);
/// What a manifest may ask for.
const LONGEST_CALL: Duration = Duration::from_secs(60);
/// All calls of one session together, waiting for the host not counted.
const SESSION: Duration = Duration::from_secs(60 * 60);
/// Start functions and static initialisers: interpreters restore a snapshot in under a millisecond.
const INSTANTIATION: Duration = Duration::from_secs(2);
/// One lookup or statement, by the host's own clock.
pub(crate) const WAIT: Duration = Duration::from_secs(10 * 60);

/// Lookups and statements of one call: a check asks once or twice for a batch, a probe runs each of its statements.
const QUESTIONS: u32 = 1_000;

/// Elements of all tables together; JavaScript's engine takes 7,700.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;
/// A component of wit-component has up to four core instances, one memory and two tables; of componentize-py 38, most of which stand
/// in for the system and only trap.
pub(crate) const CORE_INSTANCES: usize = 64;
/// See [`CORE_INSTANCES`].
pub(crate) const TABLES: usize = 8;
/// See [`CORE_INSTANCES`].
pub(crate) const MEMORIES: usize = 4;
/// Bytes that one call may hand to the host: four of the largest usual batches.
pub(crate) const HOSTCALL_BYTES: usize = 16 * MIB;
/// Resource handles that a guest may hold.
pub(crate) const HANDLES: usize = 64;
/// Batches that a probe may hold at once.
pub(crate) const LIVE_BATCHES: usize = 16;
/// Rows that one statement of a probe may answer with.
pub(crate) const STATEMENT_ROWS: usize = 100_000;
/// The component file: Python's is 18 MB, JavaScript's 12.
pub(crate) const COMPONENT_BYTES: usize = 64 * MIB;
/// Characters of a guest's message that are shown.
pub(crate) const MESSAGE_CHARACTERS: usize = 500;

/// What one session may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together.
    pub memory: usize,
    /// Time of the guest to start.
    pub start: Duration,
    /// Time of the guest in one call.
    pub call: Duration,
    /// Time of the guest in all calls.
    pub session: Duration,
}

impl Limits {
    /// As a report shows them.
    pub fn allowed(&self) -> Allowed {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Allowed {
            memory_bytes: self.memory as u64,
            start_nanoseconds: nanoseconds(self.start),
            call_nanoseconds: nanoseconds(self.call),
            session_nanoseconds: nanoseconds(self.session),
            batches: LIVE_BATCHES as u64,
            named_rows: MOST_ROWS as u64,
            log_lines: LINES.into(),
            questions_of_a_call: QUESTIONS.into(),
            statement_rows: STATEMENT_ROWS as u64,
            question_nanoseconds: nanoseconds(WAIT),
        }
    }

    /// What a manifest asks for, as far as it goes.
    pub(crate) fn grant(asked: &Asked) -> Self {
        let memory = asked.memory_mib.map_or(MEMORY, |mebibytes| {
            usize::try_from(mebibytes)
                .map_or(MOST_MEMORY, |mebibytes| mebibytes.saturating_mul(MIB))
        });
        let call = asked.batch_milliseconds.map_or(CALL, Duration::from_millis);
        Self {
            memory: memory.clamp(MIB, MOST_MEMORY),
            start: INSTANTIATION,
            call: call.clamp(Duration::from_millis(50), LONGEST_CALL),
            session: SESSION,
        }
    }
}

/// Bytes that all instances of the process hold together.
#[derive(Debug)]
pub(crate) struct Budget {
    held: AtomicUsize,
    most: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            held: AtomicUsize::new(0),
            most,
        })
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.most);
        self.held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .is_ok()
    }

    /// What is held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Adds up what all memories and tables of a store hold; wasmtime's own `StoreLimits` counts each by itself.
#[derive(Debug)]
pub(crate) struct Meter {
    budget: Arc<Budget>,
    memory: usize,
    most_memory: usize,
    elements: usize,
}

impl Meter {
    pub(crate) fn new(budget: Arc<Budget>, most_memory: usize) -> Self {
        Self {
            budget,
            memory: 0,
            most_memory,
            elements: 0,
        }
    }

    /// Bytes that its memories hold together: they never shrink, so this is also the most.
    pub(crate) fn held(&self) -> usize {
        self.memory
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.budget.give_back(self.memory);
    }
}

/// Growth past a limit traps rather than answering −1: a guest must not go on with half of what it needed.
impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        if self.memory.saturating_add(more) > self.most_memory {
            return Err(Refusal::Memory {
                limit: self.most_memory,
            }
            .into());
        }
        if !self.budget.take(more) {
            return Err(Refusal::Budget {
                limit: self.budget.most,
            }
            .into());
        }
        self.memory += more;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Refusal::Host(format!("memory could not be had from the system: {error}")).into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.elements = self
            .elements
            .saturating_add(desired.saturating_sub(current));
        if self.elements > TABLE_ELEMENTS {
            return Err(Refusal::Misuse(format!(
                "it asked for tables of more than {TABLE_ELEMENTS} elements"
            ))
            .into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

/// Ends a guest from outside: its session was dropped.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    raised: AtomicBool,
    bell: Notify,
}

impl Stop {
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Relaxed);
        // A permit stays for whoever waits later.
        self.bell.notify_one();
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    pub(crate) async fn raised(&self) {
        self.bell.notified().await;
    }
}

/// Measures a guest's time; what it waits for the host does not count.
#[derive(Debug)]
pub(crate) struct Clock {
    limits: Limits,
    stop: Arc<Stop>,
    began: Instant,
    /// Until the first call.
    starts: bool,
    allowed: Duration,
    waited: Duration,
    earlier: Duration,
    /// In all calls.
    waited_in_all: Duration,
    /// Lookups and statements in the current call: their time is the host's, so that their number is bounded.
    questions: u32,
    /// The same in all calls.
    questions_in_all: u64,
}

impl Clock {
    pub(crate) fn new(limits: Limits, stop: Arc<Stop>) -> Self {
        Self {
            limits,
            stop,
            began: Instant::now(),
            starts: true,
            allowed: limits.start,
            waited: Duration::ZERO,
            earlier: Duration::ZERO,
            waited_in_all: Duration::ZERO,
            questions: 0,
            questions_in_all: 0,
        }
    }

    /// A call begins.
    pub(crate) fn begin(&mut self) {
        self.began = Instant::now();
        self.waited = Duration::ZERO;
        self.starts = false;
        self.allowed = self.limits.call;
        self.questions = 0;
    }

    /// The guest asks the host for something that takes the host's time.
    pub(crate) fn ask(&mut self) -> Result<(), Refusal> {
        self.questions += 1;
        self.questions_in_all += 1;
        if self.questions > QUESTIONS {
            return Err(Refusal::Misuse(format!(
                "it looked keys up or ran statements more than {QUESTIONS} times in one call"
            )));
        }
        Ok(())
    }

    /// A call is over; what passes until the next one is not the guest's time. How long it was the guest's.
    pub(crate) fn end(&mut self) -> Duration {
        let spent = self.spent();
        self.earlier += spent;
        spent
    }

    /// How long the host waited on the guest's behalf, in all calls.
    pub(crate) fn waited_so_far(&self) -> Duration {
        self.waited_in_all
    }

    /// How often the guest asked, in all calls.
    pub(crate) fn questions_so_far(&self) -> u64 {
        self.questions_in_all
    }

    /// The host waited on the guest's behalf.
    pub(crate) fn discount(&mut self, waited: Duration) {
        self.waited += waited;
        self.waited_in_all += waited;
    }

    pub(crate) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    fn spent(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.waited)
    }

    /// Called with every tick of the epoch while the guest runs.
    pub(crate) fn tick(&self) -> Result<(), Refusal> {
        let spent = self.spent();
        if self.stop.is_raised() {
            Err(Refusal::Stopped)
        } else if spent > self.allowed {
            let limit = self.allowed;
            Err(if self.starts {
                Refusal::Start { limit }
            } else {
                Refusal::Deadline { limit }
            })
        } else if self.earlier + spent > self.limits.session {
            Err(Refusal::Session {
                limit: self.limits.session,
            })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_gets_what_it_asks_for_up_to_the_most() {
        let grant = |memory_mib, batch_milliseconds| {
            Limits::grant(&Asked {
                memory_mib,
                batch_milliseconds,
            })
        };
        assert_eq!(
            (grant(None, None).memory, grant(None, None).call),
            (MEMORY, CALL)
        );
        assert_eq!(grant(Some(1), Some(100)).memory, MIB);
        assert_eq!(grant(Some(1), Some(100)).call, Duration::from_millis(100));
        assert_eq!(grant(Some(u64::MAX), Some(u64::MAX)).memory, MOST_MEMORY);
        assert_eq!(grant(Some(u64::MAX), Some(u64::MAX)).call, LONGEST_CALL);
        assert_eq!(grant(Some(0), Some(0)).memory, MIB);
    }

    #[test]
    fn memories_count_together_and_are_given_back() {
        let budget = Budget::new(3 * MIB);
        let mut one = Meter::new(budget.clone(), 2 * MIB);
        assert!(one.memory_growing(0, MIB, None).unwrap());
        assert!(one.memory_growing(0, MIB, None).unwrap());
        assert!(one.memory_growing(MIB, 2 * MIB, None).is_err());
        let mut two = Meter::new(budget.clone(), 2 * MIB);
        assert!(two.memory_growing(0, 2 * MIB, None).is_err());
        drop(one);
        assert!(two.memory_growing(0, 2 * MIB, None).unwrap());
    }

    #[test]
    fn waiting_does_not_count() {
        let limits = Limits {
            memory: MIB,
            start: INSTANTIATION,
            call: Duration::from_millis(200),
            session: SESSION,
        };
        let mut clock = Clock::new(limits, Arc::default());
        clock.begin();
        std::thread::sleep(Duration::from_millis(210));
        assert!(matches!(clock.tick(), Err(Refusal::Deadline { .. })));
        clock.discount(Duration::from_millis(210));
        assert!(clock.tick().is_ok());
        // Neither does the time between two calls.
        clock.end();
        std::thread::sleep(Duration::from_millis(300));
        clock.begin();
        assert!(
            clock.earlier < Duration::from_millis(300),
            "{:?}",
            clock.earlier
        );
        clock.stop().raise();
        assert!(matches!(clock.tick(), Err(Refusal::Stopped)));
    }

    #[test]
    fn calls_add_up_to_the_time_of_a_session() {
        let limits = Limits {
            memory: MIB,
            start: INSTANTIATION,
            call: Duration::from_secs(60),
            session: Duration::from_millis(100),
        };
        let mut clock = Clock::new(limits, Arc::default());
        for _ in 0..2 {
            clock.begin();
            assert!(clock.tick().is_ok());
            std::thread::sleep(Duration::from_millis(60));
            clock.end();
        }
        clock.begin();
        assert!(matches!(clock.tick(), Err(Refusal::Session { .. })));
    }
}
