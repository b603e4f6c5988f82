//! A session of a transform: one instance that rewrites batches, in any order.

use std::sync::Arc;

use limosa_model::{Batch, Field, Shape, Usage};
use wasmtime::Store;
use wasmtime::component::Resource;

use crate::bindings::rows::Column;
use crate::bindings::transform::Transform;
use crate::bound::{Binding, Program};
use crate::failure::{Failure, Step};
use crate::guest::{Exports, Seat, Session};
use crate::output::Builder;
use crate::rows::View;
use crate::state::{Capabilities, State};
use crate::transformed::{Transformed, finish};
use crate::types::{describe, understand};
use crate::{Error, Result};

/// Columns of an output: more than a role list has, and few enough to hold per batch.
const OUTPUTS: usize = 256;
/// A column name of any engine.
const NAME_LENGTH: usize = 256;

/// A transform at work. Dropping it ends its guest.
pub struct TransformSession {
    session: Session<Transform>,
    name: String,
    /// What was planned; a session that says otherwise fails.
    planned: Option<Arc<Shape>>,
    batches: u64,
}

impl std::fmt::Debug for TransformSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransformSession")
            .field("name", &self.name)
            .field("batches", &self.batches)
            .finish_non_exhaustive()
    }
}

impl TransformSession {
    pub(crate) fn new(binding: Arc<Binding>, planned: Option<Arc<Shape>>) -> Self {
        let name = binding.name.clone();
        Self {
            session: Session::new(binding, Capabilities::default()),
            name,
            planned,
            batches: 0,
        }
    }

    pub(crate) async fn outputs(mut self) -> Result<Vec<Field>> {
        match self.session.run(open).await {
            Some(outputs) => Ok(outputs?),
            None => Err(Error::Abandoned {
                check: self.name.clone(),
            }),
        }
    }

    /// Rewrites a batch. What comes back was checked completely: every input row is there or refused, and every value fits its type.
    ///
    /// # Errors
    /// [`Error::Stopped`] once the transform cannot go on.
    pub async fn apply(&mut self, batch: &Batch) -> Result<Transformed> {
        self.batches += 1;
        let (batch, planned, number) = (batch.clone(), self.planned.clone(), self.batches);
        match self
            .session
            .run(move |seat| apply(seat, &batch, planned, number))
            .await
        {
            Some(outcome) => Ok(outcome?),
            None => Err(Error::Abandoned {
                check: self.name.clone(),
            }),
        }
    }
}

impl TransformSession {
    /// Ends the transform: what it used.
    pub async fn end(self) -> Usage {
        let ended = self.session.finish(|seat| seat.end().1);
        ended.await.unwrap_or_default()
    }
}

impl Exports for Transform {
    fn instantiate(store: &mut Store<State>, binding: &Binding) -> wasmtime::Result<Self> {
        match &binding.program {
            Program::Transform(program) => program.instantiate(store),
            Program::Check(_) | Program::Probe(_) => wasmtime::bail!("it is no transform"),
        }
    }
}

fn open(seat: &mut Seat<Transform>) -> std::result::Result<Vec<Field>, Failure> {
    seat.start()?;
    let binding = seat.binding.clone();
    let columns: Vec<Column> = binding.granted.fields().iter().map(describe).collect();
    let table = binding.table.to_string();
    let outputs = seat.call(Step::Opening, |store, transform| {
        transform
            .limosa_plugin_transforming()
            .call_open(store, &table, &columns)
    })?;
    fields(&binding, &outputs).map_err(|reason| seat.fail(Step::Opening, reason))
}

fn apply(
    seat: &mut Seat<Transform>,
    batch: &Batch,
    planned: Option<Arc<Shape>>,
    number: u64,
) -> std::result::Result<Transformed, Failure> {
    let step = Step::Batch(number);
    let planned = planned.ok_or_else(|| seat.fail(step, "no output was planned".into()))?;
    if !seat.is_started() && open(seat)? != planned.fields() {
        return Err(seat.fail(
            Step::Opening,
            "it makes other columns than it said at planning".into(),
        ));
    }
    let input = seat
        .binding
        .project(batch)
        .map_err(|reason| seat.fail(step, reason))?;
    let builder = Builder::new(planned, input.shape().fields().len(), input.len());
    let kept = input.clone();
    let builder = seat.call(step, |store, transform| {
        let state = store.data_mut();
        state.usage.rows += input.len() as u64;
        state.usage.peak_batches = 1;
        let view: Resource<View> = state.resources.push(View {
            batch: input,
            first_row: 0,
        })?;
        let builder: Resource<Builder> = state.resources.push(builder)?;
        let lent = (
            Resource::new_borrow(view.rep()),
            Resource::new_borrow(builder.rep()),
        );
        let outcome =
            transform
                .limosa_plugin_transforming()
                .call_apply(&mut *store, lent.0, lent.1)?;
        let resources = &mut store.data_mut().resources;
        resources.delete(view)?;
        let builder = resources.delete(builder)?;
        Ok(outcome.map(|()| builder))
    })?;
    finish(builder, &kept).map_err(|reason| seat.fail(step, reason))
}

/// The output's columns as the table will have them: a role's name stands for the column bound to it.
fn fields(binding: &Binding, outputs: &[Column]) -> std::result::Result<Vec<Field>, String> {
    if outputs.is_empty() || outputs.len() > OUTPUTS {
        return Err(format!(
            "it makes {} columns, and 1 to {OUTPUTS} are allowed",
            outputs.len()
        ));
    }
    let inputs = binding.granted.fields();
    let mut taken = vec![false; inputs.len()];
    let mut fields: Vec<Field> = Vec::with_capacity(outputs.len());
    for output in outputs {
        let input =
            (0..inputs.len()).find(|&input| !taken[input] && inputs[input].name == output.name);
        let mut column_type = understand(output).ok_or_else(|| {
            format!(
                "it makes a column of a type that is not known here: {}",
                crate::failure::bounded(&output.type_)
            )
        })?;
        let mut name = output.name.clone();
        if let Some(input) = input {
            taken[input] = true;
            name.clone_from(&binding.columns[input]);
            let offered = describe(&inputs[input]);
            // The same family with the same attributes is the same type, down to what a plugin is not told.
            if offered.type_ == output.type_ && offered.attributes == output.attributes {
                column_type = inputs[input].column_type.clone();
            }
        }
        let plain =
            !name.is_empty() && name.len() <= NAME_LENGTH && !name.chars().any(char::is_control);
        if !plain || fields.iter().any(|field| field.name == name) {
            return Err(format!(
                "it makes two columns `{0}`, or `{0}` is no name",
                crate::failure::bounded(&name)
            ));
        }
        fields.push(Field {
            name,
            column_type,
            nullable: output.nullable,
        });
    }
    Ok(fields)
}
