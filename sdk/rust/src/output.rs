//! The rows that a transform hands back.

use crate::Row;
use crate::bindings::output::Builder;
use crate::view::{Bytes, Decimals, Floats, Integers, Texts};

/// Collects the rows that replace one batch.
///
/// Without [`origins`](Self::origins), a column has one row for each row of the batch that was not refused.
#[derive(Debug)]
pub struct Output<'a> {
    builder: &'a Builder,
    refused: Vec<(&'static str, Vec<u32>)>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(builder: &'a Builder) -> Self {
        Self {
            builder,
            refused: Vec::new(),
        }
    }

    /// Which row each row of the output comes from; ascending.
    pub fn origins(&mut self, rows: impl IntoIterator<Item = Row>) {
        let rows: Vec<u32> = rows.into_iter().map(Row::place).collect();
        self.builder.origins(&rows);
    }

    /// The column `output` is the column `input` of the batch, untouched; its values never cross.
    pub fn keep(&mut self, output: u16, input: u16) {
        self.builder.keep(output, input);
    }

    /// Booleans, integers, dates, times, timestamps.
    pub fn integers(&mut self, column: u16, values: &Integers) {
        self.builder
            .integers(column, values.values(), values.validity());
    }

    /// Floats.
    pub fn floats(&mut self, column: u16, values: &Floats) {
        self.builder
            .floats(column, values.values(), values.validity());
    }

    /// Decimals, × 10^scale of the output column.
    pub fn decimals(&mut self, column: u16, values: &Decimals) {
        self.builder
            .decimals(column, &values.values().bytes, values.validity());
    }

    /// Text, UUIDs, JSON, decimals over 38 digits.
    pub fn texts(&mut self, column: u16, values: &Texts) {
        let strings = values.values();
        let (offsets, bytes) = (strings.offsets(), strings.text().as_bytes());
        self.builder
            .bytes(column, offsets, bytes, values.validity());
    }

    /// Bytes.
    pub fn bytes(&mut self, column: u16, values: &Bytes) {
        let blobs = values.values();
        self.builder
            .bytes(column, &blobs.offsets, &blobs.bytes, values.validity());
    }

    /// This row cannot be carried, for the reason that the manifest declares under `code`.
    pub fn refuse(&mut self, code: &'static str, row: Row) {
        match self.refused.iter_mut().find(|(name, _)| *name == code) {
            Some((_, rows)) => rows.push(row.place()),
            None => self.refused.push((code, vec![row.place()])),
        }
    }

    pub(crate) fn flush(&mut self) {
        for (code, rows) in self.refused.drain(..) {
            self.builder.refuse(&rows, code);
        }
    }
}
