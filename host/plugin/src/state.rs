//! What a store holds beside the guest: its grants, its meters, and what it has said so far.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use limosa_model::{Lookup, Query, Usage};
use tokio::runtime::Handle;
use wasmtime::component::{HasSelf, Linker, ResourceTable};

use crate::bindings;
use crate::findings::Findings;
use crate::limits::{Clock, LIVE_BATCHES, Meter};
use crate::log::Lines;
use crate::plugin::Plugin;

/// The data of a store.
pub(crate) struct State {
    pub(crate) resources: ResourceTable,
    pub(crate) meter: Meter,
    pub(crate) clock: Clock,
    pub(crate) settings: Arc<BTreeMap<String, Option<String>>>,
    pub(crate) findings: Findings,
    pub(crate) lines: Lines,
    pub(crate) usage: Usage,
    pub(crate) capabilities: Capabilities,
}

/// What a session was granted beyond its columns; empty unless the binding says so.
#[derive(Clone, Default)]
pub(crate) struct Capabilities {
    /// By the manifest's name, with the number of key columns.
    pub(crate) lookups: BTreeMap<String, (usize, Arc<dyn Lookup>)>,
    /// Filled statements by the manifest's name.
    pub(crate) statements: BTreeMap<String, String>,
    pub(crate) query: Option<Arc<dyn Query>>,
    /// Whose statements they are: asked before each whether it may still run.
    pub(crate) asks: Option<Arc<Plugin>>,
    /// Where waiting is done.
    pub(crate) waiting: Option<Handle>,
}

impl State {
    /// What the guest used, now that it is over.
    pub(crate) fn used(&mut self) -> Usage {
        let mut usage = std::mem::take(&mut self.usage);
        usage.sessions = 1;
        usage.peak_memory_bytes = self.meter.held() as u64;
        usage.most_named = self.findings.named();
        usage.questions = self.clock.questions_so_far();
        usage.waited_nanoseconds =
            u64::try_from(self.clock.waited_so_far().as_nanos()).unwrap_or(u64::MAX);
        usage
    }

    pub(crate) fn resources() -> ResourceTable {
        let mut table = ResourceTable::new();
        table.set_max_capacity(LIVE_BATCHES + 2);
        table
    }

    /// Waits, on the guest's thread, for something that the host does; the guest's clock stands still meanwhile.
    pub(crate) fn wait<T>(
        &mut self,
        limit: Duration,
        what: &str,
        future: impl Future<Output = T>,
    ) -> Result<T, crate::failure::Refusal> {
        use crate::failure::Refusal;
        let Some(waiting) = &self.capabilities.waiting else {
            return Err(Refusal::Host(format!(
                "{what}: the session was not started within a tokio runtime"
            )));
        };
        self.clock.ask()?;
        let began = Instant::now();
        let stop = self.clock.stop().clone();
        let answer = waiting.block_on(async {
            tokio::select! {
                biased;
                () = stop.raised() => Err(Refusal::Stopped),
                answer = tokio::time::timeout(limit, future) => {
                    answer.map_err(|_| Refusal::Host(format!("{what} took longer than {limit:?}")))
                }
            }
        });
        self.clock.discount(began.elapsed());
        answer
    }
}

/// Links the interfaces named, and nothing else.
pub(crate) fn link(linker: &mut Linker<State>, interfaces: &[&str]) -> wasmtime::Result<()> {
    for interface in interfaces {
        match *interface {
            "rows" => bindings::rows::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?,
            "settings" => {
                bindings::settings::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?
            }
            "log" => bindings::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?,
            "findings" => {
                bindings::findings::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?
            }
            "lookup" => {
                bindings::lookup::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?
            }
            "query" => bindings::query::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?,
            "output" => {
                bindings::output::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?
            }
            other => wasmtime::bail!("the interface {other} is not implemented"),
        }
    }
    Ok(())
}
