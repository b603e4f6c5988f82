//! A session of a check: one instance, fed batch by batch, and what it found.

use std::sync::Arc;

use limosa_model::{Batch, CheckOutcome, Shape};
use wasmtime::Store;
use wasmtime::component::Resource;

use crate::bindings::check::Check;
use crate::bound::{Binding, Program};
use crate::failure::{Failure, Step};
use crate::guest::{Exports, Seat, Session};
use crate::rows::View;
use crate::state::{Capabilities, State};
use crate::types::describe;
use crate::{Error, Result};

/// By which columns of a batch the rows that are found are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowKey {
    /// Where they stand in the batches; empty: rows are named by their number within the session, from 1.
    pub columns: Vec<usize>,
    /// What findings call them, one for each; the names of the source, where those of the target differ.
    pub names: Vec<String>,
}

/// A check at work. Dropping it ends its guest.
pub struct CheckSession {
    session: Session<Check>,
    name: String,
    key: Arc<KeyShape>,
    batches: u64,
}

impl std::fmt::Debug for CheckSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckSession")
            .field("name", &self.name)
            .field("batches", &self.batches)
            .finish_non_exhaustive()
    }
}

struct KeyShape {
    columns: Vec<usize>,
    names: Arc<[String]>,
}

impl CheckSession {
    pub(crate) fn new(binding: Arc<Binding>, capabilities: Capabilities, key: RowKey) -> Self {
        let name = binding.name.clone();
        let key = KeyShape {
            columns: key.columns,
            names: key.names.into(),
        };
        Self {
            session: Session::new(binding, capabilities),
            name,
            key: Arc::new(key),
            batches: 0,
        }
    }

    /// Hands a batch in; the first one starts the instance. Only the granted columns go in, and no copy is made of them.
    ///
    /// # Errors
    /// [`Error::Stopped`] once the check cannot go on. [`CheckSession::close`] says so too, so that this may be ignored.
    pub async fn inspect(&mut self, batch: &Batch) -> Result<()> {
        self.inspect_all(std::slice::from_ref(batch)).await
    }

    /// Hands in batches that are there already, one after the other, in one turn on a plugin thread: changing threads takes some
    /// microseconds, a fast check of a batch no more. Each is a call of its own, with the limits of one; the first failure ends it.
    ///
    /// # Errors
    /// As [`CheckSession::inspect`].
    pub async fn inspect_all(&mut self, batches: &[Batch]) -> Result<()> {
        let (batches, key) = (batches.to_vec(), self.key.clone());
        let before = self.batches;
        self.batches += batches.len() as u64;
        match self
            .session
            .run(move |seat| {
                let mut numbered = (before + 1..).zip(&batches);
                numbered.try_for_each(|(number, batch)| inspect(seat, batch, &key, number))
            })
            .await
        {
            Some(outcome) => Ok(outcome?),
            None => Err(self.abandoned()),
        }
    }

    /// Ends the check: what it found, and whether it saw everything.
    pub async fn close(self) -> CheckOutcome {
        let ended = self.session.finish(|mut seat| {
            let closed = if seat.failure().is_some() {
                Ok(())
            } else {
                close(&mut seat)
            };
            drop(closed);
            seat.end()
        });
        let Some((findings, usage, failure)) = ended.await else {
            let reason = Error::Abandoned {
                check: self.name.clone(),
            }
            .to_string();
            return CheckOutcome::inconclusive(self.name, reason);
        };
        CheckOutcome {
            check: self.name,
            rows: findings.rows(),
            findings: findings.into_outcome(),
            inconclusive: failure.map(|failure| Error::from(failure).to_string()),
            usage,
        }
    }

    fn abandoned(&self) -> Error {
        Error::Abandoned {
            check: self.name.clone(),
        }
    }
}

impl Exports for Check {
    fn instantiate(store: &mut Store<State>, binding: &Binding) -> wasmtime::Result<Self> {
        match &binding.program {
            Program::Check(program) => program.instantiate(store),
            Program::Transform(_) | Program::Probe(_) => wasmtime::bail!("it is no check"),
        }
    }
}

fn open(seat: &mut Seat<Check>) -> std::result::Result<(), Failure> {
    if seat.is_started() {
        return Ok(());
    }
    seat.start()?;
    let binding = seat.binding.clone();
    let columns: Vec<_> = binding.granted.fields().iter().map(describe).collect();
    let table = binding.table.to_string();
    seat.call(Step::Opening, |store, check| {
        check
            .limosa_plugin_checking()
            .call_open(store, &table, &columns)
    })
}

fn inspect(
    seat: &mut Seat<Check>,
    batch: &Batch,
    key: &KeyShape,
    number: u64,
) -> std::result::Result<(), Failure> {
    open(seat)?;
    let step = Step::Batch(number);
    let granted = seat
        .binding
        .project(batch)
        .map_err(|reason| seat.fail(step, reason))?;
    let key_rows = key
        .project(batch)
        .map_err(|reason| seat.fail(step, reason))?;
    let names = key.names.clone();
    seat.call(step, |store, check| {
        let state = store.data_mut();
        state.usage.rows += granted.len() as u64;
        state.usage.peak_batches = 1;
        let first_row = state.findings.hold(key_rows, names)?;
        let view: Resource<View> = state.resources.push(View {
            batch: granted,
            first_row,
        })?;
        // Lent for the call; wasmtime sees to it that the guest gives it back.
        let lent = Resource::new_borrow(view.rep());
        let outcome = check
            .limosa_plugin_checking()
            .call_inspect(&mut *store, lent)?;
        store.data_mut().resources.delete(view)?;
        Ok(outcome)
    })
}

fn close(seat: &mut Seat<Check>) -> std::result::Result<(), Failure> {
    open(seat)?;
    seat.call(Step::Closing, |store, check| {
        check.limosa_plugin_checking().call_close(store)
    })
}

impl KeyShape {
    fn project(&self, batch: &Batch) -> std::result::Result<Batch, String> {
        let fields = batch.shape().fields();
        let fields = self
            .columns
            .iter()
            .map(|&column| fields.get(column).cloned())
            .collect::<Option<Vec<_>>>();
        let fields = fields.filter(|_| self.columns.len() == self.names.len());
        let fields = fields.ok_or("the host named rows by columns that the batch does not have")?;
        batch
            .project(&Shape::new(fields), &self.columns)
            .map_err(|error| error.to_string())
    }
}
