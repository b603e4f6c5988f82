//! The interface `output`: collects what a transform hands back for one batch.

use std::sync::Arc;

use limosa_model::Shape;
use wasmtime::component::Resource;

use crate::bindings::output::{Host, HostBuilder};
use crate::failure::Refusal;
use crate::state::State;
use crate::types::Layout;

/// Bytes of all columns of one batch together: as much as a guest of the usual size can hold.
const BYTES: usize = 64 << 20;
/// Output rows for one input row, on average over a batch.
const SPLIT: usize = 16;

/// The columns as the guest set them, not yet checked against each other.
#[derive(Debug)]
#[expect(
    unreachable_pub,
    reason = "the generated bindings re-export it under their own name"
)]
pub struct Builder {
    pub(crate) outputs: Arc<Shape>,
    pub(crate) inputs: usize,
    pub(crate) rows: usize,
    pub(crate) origins: Option<Vec<u32>>,
    pub(crate) refused: Vec<(u32, String)>,
    pub(crate) columns: Vec<Option<Set>>,
    bytes: usize,
}

/// How one output column was set.
#[derive(Debug)]
pub(crate) enum Set {
    Keep(usize),
    Values(Values, Option<Vec<u8>>),
}

/// Values as they crossed.
#[derive(Debug)]
pub(crate) enum Values {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Decimals(Vec<u8>),
    Bytes(Vec<u32>, Vec<u8>),
}

impl Values {
    fn layout(&self) -> Layout {
        match self {
            Self::Integers(_) => Layout::Integers,
            Self::Floats(_) => Layout::Floats,
            Self::Decimals(_) => Layout::Decimals,
            Self::Bytes(..) => Layout::Bytes,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Integers(values) => values.len() * 8,
            Self::Floats(values) => values.len() * 8,
            Self::Decimals(values) => values.len(),
            Self::Bytes(offsets, values) => offsets.len() * 4 + values.len(),
        }
    }
}

impl Builder {
    pub(crate) fn new(outputs: Arc<Shape>, inputs: usize, rows: usize) -> Self {
        let columns = outputs.fields().iter().map(|_| None).collect();
        Self {
            outputs,
            inputs,
            rows,
            origins: None,
            refused: Vec::new(),
            columns,
            bytes: 0,
        }
    }

    fn set(&mut self, output: u16, set: Set) -> Result<(), Refusal> {
        let misuse = |reason: String| {
            Err(Refusal::Misuse(format!(
                "it set output column {output}, {reason}"
            )))
        };
        let position = usize::from(output);
        let Some(place) = self.columns.get_mut(position) else {
            return misuse(format!(
                "and said that there are {}",
                self.outputs.fields().len()
            ));
        };
        if place.is_some() {
            return misuse("which is already set".into());
        }
        match &set {
            Set::Keep(input) if *input >= self.inputs => {
                return misuse(format!(
                    "to input column {input}, and was granted {}",
                    self.inputs
                ));
            }
            Set::Keep(_) => {}
            Set::Values(values, validity) => {
                let expected = Layout::of(&self.outputs.fields()[position].column_type.layout());
                if values.layout() != expected {
                    let (given, expected) = (values.layout().name(), expected.name());
                    return misuse(format!("by `{given}`, and its type goes by `{expected}`"));
                }
                self.bytes += values.size() + validity.as_ref().map_or(0, Vec::len);
                if self.bytes > BYTES {
                    return misuse(format!(
                        "and with it more than {} MiB for one batch",
                        BYTES >> 20
                    ));
                }
            }
        }
        *place = Some(set);
        Ok(())
    }
}

impl Host for State {}

impl HostBuilder for State {
    fn origins(&mut self, builder: Resource<Builder>, rows: Vec<u32>) -> wasmtime::Result<()> {
        let builder = self.resources.get_mut(&builder)?;
        if builder.origins.is_some() {
            return Err(Refusal::Misuse("it set the origins twice".into()).into());
        }
        if rows.len() > builder.rows * SPLIT {
            let reason = format!(
                "it made {} rows of {}, more than {SPLIT} of each",
                rows.len(),
                builder.rows
            );
            return Err(Refusal::Misuse(reason).into());
        }
        builder.origins = Some(rows);
        Ok(())
    }

    fn keep(
        &mut self,
        builder: Resource<Builder>,
        output: u16,
        input: u16,
    ) -> wasmtime::Result<()> {
        Ok(self
            .resources
            .get_mut(&builder)?
            .set(output, Set::Keep(usize::from(input)))?)
    }

    fn integers(
        &mut self,
        builder: Resource<Builder>,
        output: u16,
        values: Vec<i64>,
        validity: Option<Vec<u8>>,
    ) -> wasmtime::Result<()> {
        Ok(self
            .resources
            .get_mut(&builder)?
            .set(output, Set::Values(Values::Integers(values), validity))?)
    }

    fn floats(
        &mut self,
        builder: Resource<Builder>,
        output: u16,
        values: Vec<f64>,
        validity: Option<Vec<u8>>,
    ) -> wasmtime::Result<()> {
        Ok(self
            .resources
            .get_mut(&builder)?
            .set(output, Set::Values(Values::Floats(values), validity))?)
    }

    fn decimals(
        &mut self,
        builder: Resource<Builder>,
        output: u16,
        values: Vec<u8>,
        validity: Option<Vec<u8>>,
    ) -> wasmtime::Result<()> {
        Ok(self
            .resources
            .get_mut(&builder)?
            .set(output, Set::Values(Values::Decimals(values), validity))?)
    }

    fn bytes(
        &mut self,
        builder: Resource<Builder>,
        output: u16,
        offsets: Vec<u32>,
        values: Vec<u8>,
        validity: Option<Vec<u8>>,
    ) -> wasmtime::Result<()> {
        Ok(self.resources.get_mut(&builder)?.set(
            output,
            Set::Values(Values::Bytes(offsets, values), validity),
        )?)
    }

    fn refuse(
        &mut self,
        builder: Resource<Builder>,
        rows: Vec<u32>,
        code: String,
    ) -> wasmtime::Result<()> {
        self.findings.declares(&code)?;
        let builder = self.resources.get_mut(&builder)?;
        if builder.refused.len() + rows.len() > builder.rows {
            return Err(Refusal::Misuse("it refused a row twice".into()).into());
        }
        builder
            .refused
            .extend(rows.into_iter().map(|row| (row, code.clone())));
        Ok(())
    }

    fn drop(&mut self, builder: Resource<Builder>) -> wasmtime::Result<()> {
        self.resources.delete(builder)?;
        Ok(())
    }
}
