//! A runtime of its own for a guest that means harm, and a neighbour in it: what each such guest is held to.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use limosa_model::{CheckOutcome, Verdict};
use limosa_plugin::{CheckSession, Error, Options, Plugin, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::guests::{self, MANIFEST, NEGATIVE, batch, check, component};

/// What is said of a guest of [`hurried`] that never ends.
pub(crate) const DEADLINE: &str = "it ran for more than 300ms in one call (limit `batch_milliseconds` of its manifest, at most 60 seconds)";

/// The runtime, and a check in it that means no harm.
pub(crate) struct House {
    pub(crate) runtime: Arc<Runtime>,
    neighbour: Arc<Plugin>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let runtime = Arc::new(Runtime::new(options).unwrap());
        let neighbour = component("check", &check("", NEGATIVE, ""), MANIFEST);
        let neighbour = runtime.load(&neighbour, "neighbour").unwrap();
        Self { runtime, neighbour }
    }

    /// A check of that text ends inconclusive, for this reason.
    pub(crate) async fn stopped(&self, module: &str, reason: &str) {
        self.ends(&component("check", module, MANIFEST), reason)
            .await;
    }

    /// The same of the bytes of a check.
    pub(crate) async fn ends(&self, bytes: &[u8], reason: &str) {
        let plugin = self.runtime.load(bytes, "guest").unwrap();
        let outcome = self.run(guests::start(&plugin), 2).await;
        inconclusive(&outcome, reason);
    }

    /// The same, and it counts as what it asked for and did not get.
    pub(crate) async fn ends_by_a_limit(&self, bytes: &[u8], reason: &str) {
        let plugin = self.runtime.load(bytes, "guest").unwrap();
        let outcome = self.run(guests::start(&plugin), 2).await;
        inconclusive(&outcome, reason);
        assert_eq!(outcome.usage.denied, 1);
    }

    /// The file is refused, with exactly these words.
    pub(crate) async fn refused(&self, bytes: &[u8], words: &str) {
        let error = self.runtime.load(bytes, "guest.wasm").unwrap_err();
        assert_eq!(error.to_string(), words);
        self.unharmed().await;
    }

    /// Runs a session over batches of ten rows, each while the neighbour is handed the same: the neighbour finds what it always
    /// finds, and nothing is held of either afterwards.
    pub(crate) async fn run(&self, mut session: CheckSession, batches: i32) -> CheckOutcome {
        let mut neighbour = guests::start(&self.neighbour);
        for number in 0..batches {
            let rows = batch(number * 10..number * 10 + 10);
            let (_, beside) = tokio::join!(session.inspect(&rows), neighbour.inspect(&rows));
            beside.unwrap();
        }
        let (outcome, beside) = tokio::join!(session.close(), neighbour.close());
        found_as_ever(&beside, batches);
        self.unharmed().await;
        outcome
    }

    /// While this is at work, however long it takes, the neighbour is handed rows, and finds what it always finds; nothing is held of
    /// either afterwards.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut neighbour = guests::start(&self.neighbour);
        let mut batches = 0;
        let done = loop {
            let rows = batch(batches * 10..batches * 10 + 10);
            neighbour.inspect(&rows).await.unwrap();
            batches += 1;
            if let Ok(done) = timeout(Duration::from_millis(5), &mut work).await {
                break done;
            }
        };
        found_as_ever(&neighbour.close().await, batches);
        self.unharmed().await;
        done
    }

    /// The file is refused with exactly these words, however long that takes.
    pub(crate) async fn refused_in_the_end(&self, bytes: Vec<u8>, words: &str) {
        let runtime = self.runtime.clone();
        let load = spawn_blocking(move || runtime.load(&bytes, "guest").map(drop));
        let error = self.beside(load).await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), words);
    }

    /// Nothing is held, and a check gets its right answer.
    pub(crate) async fn unharmed(&self) {
        assert_eq!(self.runtime.memory_held(), 0, "bytes are still held");
        let mut session = guests::start(&self.neighbour);
        session.inspect(&batch(0..10)).await.unwrap();
        assert!(self.runtime.memory_held() > 0, "nothing is measured");
        assert_eq!(session.close().await.findings[0].count, 1);
        assert_eq!(self.runtime.memory_held(), 0, "bytes are still held");
    }

    /// What is said of a file that cannot be loaded.
    pub(crate) fn refusal(&self, bytes: &[u8]) -> Option<Error> {
        self.runtime.load(bytes, "guest.wasm").err()
    }
}

/// One of every ten rows.
fn found_as_ever(neighbour: &CheckOutcome, batches: i32) {
    let batches = u64::try_from(batches).unwrap();
    assert_eq!(
        (
            &neighbour.inconclusive,
            neighbour.rows,
            neighbour.findings[0].count
        ),
        (&None, batches * 10, batches)
    );
}

/// It is inconclusive, for this reason, and says of whom.
pub(crate) fn inconclusive(outcome: &CheckOutcome, reason: &str) {
    let expected = format!("the plugin `guest` stopped on table t, {reason}");
    assert_eq!(outcome.inconclusive.as_deref(), Some(expected.as_str()));
    assert_eq!(outcome.verdict(), Verdict::Inconclusive);
}

/// A check that gets 300 ms for a batch.
pub(crate) fn hurried(module: &str) -> Vec<u8> {
    let manifest = MANIFEST.replace("batch_milliseconds = 30000", "batch_milliseconds = 300");
    component("check", module, &manifest)
}

/// A check that gets 64 MiB.
pub(crate) fn roomy(module: &str) -> Vec<u8> {
    let manifest = MANIFEST.replace("memory_mib = 8", "memory_mib = 64");
    component("check", module, &manifest)
}
