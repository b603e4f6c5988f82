//! A probe at work: one call, which asks the database by the statements of the manifest.

use std::sync::Arc;

use limosa_model::CheckOutcome;
use wasmtime::Store;

use crate::Error;
use crate::bindings::probe::Probe;
use crate::bound::{Binding, Program};
use crate::failure::Step;
use crate::guest::{Exports, Session};
use crate::state::{Capabilities, State};

impl Exports for Probe {
    fn instantiate(store: &mut Store<State>, binding: &Binding) -> wasmtime::Result<Self> {
        match &binding.program {
            Program::Probe(program) => program.instantiate(store),
            Program::Check(_) | Program::Transform(_) => wasmtime::bail!("it is no probe"),
        }
    }
}

/// Starts an instance, runs it, and says what it found.
pub(crate) async fn run(binding: Arc<Binding>, capabilities: Capabilities) -> CheckOutcome {
    let name = binding.name.clone();
    let session = Session::<Probe>::new(binding, capabilities);
    let ended = session.finish(|mut seat| {
        let ran = seat.start().and_then(|()| {
            seat.call(Step::Probing, |store, probe| {
                probe.limosa_plugin_probing().call_run(store)
            })
        });
        // The seat remembers what went wrong.
        drop(ran);
        seat.end()
    });
    let Some((findings, usage, failure)) = ended.await else {
        return CheckOutcome::inconclusive(name, "the thread of the probe failed");
    };
    CheckOutcome {
        check: name,
        rows: findings.rows(),
        findings: findings.into_outcome(),
        inconclusive: failure.map(|failure| Error::from(failure).to_string()),
        usage,
    }
}
