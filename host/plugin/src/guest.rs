//! One instance of a plugin with its store: started, called and ended under limits.

use std::sync::Arc;

use limosa_model::Usage;
use wasmtime::{Store, UpdateDeadline};

use crate::bound::Binding;
use crate::failure::{Failure, Step, describe, describe_call, is_denial};
use crate::findings::Findings;
use crate::limits::{Clock, HANDLES, HOSTCALL_BYTES, Limits, Meter, Stop};
use crate::log::Lines;
use crate::plugin::Shared;
use crate::processor::Processor;
use crate::state::{Capabilities, State};
use crate::threads::Threads;

/// More than any session burns: fuel is for counting here, and time is what ends a guest.
const FUEL: u64 = u64::MAX;

/// What a kind of plugin exports.
pub(crate) trait Exports: Sized + Send + 'static {
    /// A fresh instance.
    fn instantiate(store: &mut Store<State>, binding: &Binding) -> wasmtime::Result<Self>;
}

/// A store with every limit of the sandbox set.
pub(crate) fn store(
    shared: &Shared,
    limits: Limits,
    stop: Arc<Stop>,
    state: impl FnOnce(Meter, Clock) -> State,
) -> Store<State> {
    let meter = Meter::new(shared.budget.clone(), limits.memory);
    let mut store = Store::new(&shared.engine, state(meter, Clock::new(limits, stop)));
    store.limiter(|state| &mut state.meter);
    store.set_hostcall_fuel(HOSTCALL_BYTES);
    store.set_max_component_handles(HANDLES);
    store.set_epoch_deadline(1);
    if shared.fuel
        && let Err(error) = store.set_fuel(FUEL)
    {
        tracing::warn!(%error, "instructions are not counted");
    }
    store.epoch_deadline_callback(|context| {
        context.data().clock.tick()?;
        Ok(UpdateDeadline::Continue(1))
    });
    store
}

/// A session's place: a guest once it was needed, or the reason why there is none any more.
pub(crate) struct Seat<E> {
    pub(crate) binding: Arc<Binding>,
    stop: Arc<Stop>,
    capabilities: Capabilities,
    guest: Option<(Store<State>, E)>,
    failure: Option<Failure>,
    processor: Processor,
    /// What a guest that is gone had found.
    found: Findings,
    /// What it used.
    used: Usage,
}

impl<E: Exports> Seat<E> {
    fn new(binding: Arc<Binding>, stop: Arc<Stop>, capabilities: Capabilities) -> Self {
        Self {
            binding,
            stop,
            capabilities,
            guest: None,
            failure: None,
            processor: Processor::default(),
            found: Findings::default(),
            used: Usage::default(),
        }
    }

    /// Whether a guest is there.
    pub(crate) fn is_started(&self) -> bool {
        self.guest.is_some()
    }

    /// Why there is no guest, if there was one.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Makes a fresh instance.
    pub(crate) fn start(&mut self) -> Result<(), Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let (binding, capabilities) = (self.binding.clone(), self.capabilities.clone());
        let shared = &binding.plugin.shared;
        let mut store = store(shared, binding.limits, self.stop.clone(), |meter, clock| {
            State {
                resources: State::resources(),
                meter,
                clock,
                settings: binding.settings.clone(),
                findings: Findings::new(binding.codes.iter().cloned()),
                lines: Lines::new(&binding.plugin.manifest.name, shared.log),
                usage: Usage::default(),
                capabilities,
            }
        });
        match E::instantiate(&mut store, &self.binding) {
            Ok(exports) => {
                store.data_mut().clock.end();
                self.guest = Some((store, exports));
                Ok(())
            }
            Err(error) => {
                self.used = store.data_mut().used();
                self.used.denied = denials(&error);
                Err(self.fail(Step::Starting, describe(&error)))
            }
        }
    }

    /// Calls into the guest. After a failure the guest is gone, and every call answers with that failure.
    pub(crate) fn call<T>(
        &mut self,
        step: Step,
        work: impl FnOnce(&mut Store<State>, &E) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<T, Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let Some((store, exports)) = &mut self.guest else {
            return Err(self.fail(step, "it was not started".into()));
        };
        store.data_mut().clock.begin();
        store.set_epoch_deadline(1);
        let outcome = work(store, exports);
        let state = store.data_mut();
        let spent = state.clock.end();
        state.usage.call(spent);
        if let Err(error) = &outcome {
            state.usage.denied += denials(error);
        }
        let reason = match outcome {
            Ok(Ok(answer)) => {
                store.data_mut().findings.settle();
                return Ok(answer);
            }
            // Before the first row a guest knows nothing that a report may not show.
            Ok(Err(text)) if step == Step::Opening || store.data().lines.shown() => {
                format!("it gave up: {}", crate::failure::bounded(&text))
            }
            Ok(Err(_)) => {
                "it gave up; its own words may hold values and are shown only where the log of plugins is switched on".into()
            }
            Err(error) => describe_call(&error),
        };
        Err(self.fail(step, reason))
    }

    /// Ends the guest; what it had found is kept.
    pub(crate) fn fail(&mut self, step: Step, reason: String) -> Failure {
        self.take_out();
        let failure = Failure {
            plugin: self.binding.plugin.manifest.name.clone(),
            table: self.binding.table.clone(),
            step,
            reason,
        };
        self.failure = Some(failure.clone());
        failure
    }

    /// Ends the session: what was found, what it took, and what went wrong if something did.
    pub(crate) fn end(mut self) -> (Findings, Usage, Option<Failure>) {
        self.settle();
        (
            std::mem::take(&mut self.found),
            self.used.clone(),
            self.failure.take(),
        )
    }
}

impl<E> Seat<E> {
    /// The guest is over, and what it used is told; once more changes nothing.
    fn settle(&mut self) {
        self.take_out();
        self.processor.leave();
        self.used.processor_nanoseconds = self.processor.nanoseconds();
    }

    /// Ends the guest, if there is one, and keeps what it leaves.
    fn take_out(&mut self) {
        let Some((mut store, _)) = self.guest.take() else {
            return;
        };
        let fuel = store.get_fuel().map_or(0, |left| FUEL - left);
        let state = store.data_mut();
        state.findings.settle();
        self.used = state.used();
        self.used.fuel = fuel;
        self.found = std::mem::take(&mut state.findings);
    }
}

/// However a session ends, its binding knows what it used.
impl<E> Drop for Seat<E> {
    fn drop(&mut self) {
        self.settle();
        self.binding.take_in(&self.used);
    }
}

/// 1 if a guest was ended for what it asked for.
fn denials(error: &wasmtime::Error) -> u64 {
    is_denial(error).into()
}

/// A session as its user holds it: between two calls the seat is here, during one it is on a plugin thread.
pub(crate) struct Session<E: Exports> {
    seat: Option<Box<Seat<E>>>,
    stop: Arc<Stop>,
    threads: Arc<Threads>,
}

impl<E: Exports> Session<E> {
    pub(crate) fn new(binding: Arc<Binding>, mut capabilities: Capabilities) -> Self {
        capabilities.waiting = tokio::runtime::Handle::try_current().ok();
        let stop = Arc::<Stop>::default();
        let threads = binding.plugin.shared.threads.clone();
        Self {
            seat: Some(Box::new(Seat::new(binding, stop.clone(), capabilities))),
            stop,
            threads,
        }
    }

    /// Runs a job on the seat; `None` if an earlier call was abandoned or panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Seat<E>) -> T + Send + 'static,
    ) -> Option<T> {
        let mut seat = self.seat.take()?;
        let abandoned = RaiseOnDrop(Some(&self.stop));
        let (seat, answer) = self
            .threads
            .run(move || {
                seat.processor.enter();
                let answer = work(&mut seat);
                seat.processor.leave();
                (seat, answer)
            })
            .await?;
        abandoned.disarm();
        self.seat = Some(seat);
        Some(answer)
    }

    /// Like [`Session::run`], for the last job: the guest ends on the plugin thread.
    pub(crate) async fn finish<T: Send + 'static>(
        mut self,
        work: impl FnOnce(Seat<E>) -> T + Send + 'static,
    ) -> Option<T> {
        let mut seat = self.seat.take()?;
        let abandoned = RaiseOnDrop(Some(&self.stop));
        let job = move || {
            // The seat leaves by its end.
            seat.processor.enter();
            work(*seat)
        };
        let answer = self.threads.run(job).await?;
        abandoned.disarm();
        Some(answer)
    }
}

/// Ends a guest whose caller went away in the middle of a call.
struct RaiseOnDrop<'a>(Option<&'a Stop>);

impl RaiseOnDrop<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for RaiseOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(stop) = self.0 {
            stop.raise();
        }
    }
}
