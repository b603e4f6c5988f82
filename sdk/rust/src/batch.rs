//! A run of rows, read column by column.

use std::ops::Deref;

use crate::bindings::{lookup, rows};
use crate::layout::{Blobs, FixedPoint, Strings};
use crate::view::{Bytes, Decimals, Floats, Integers, Texts, View};
use crate::{Error, Kind, Lookup, Result, Table};

/// One row: its place in the batch, and the number that the host knows it by.
///
/// A check of scope `table` may keep rows and report them later: numbers stay valid until `close`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    number: u64,
    index: u32,
}

impl Row {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a batch counts its rows in 32 bits"
    )]
    pub(crate) fn new(first: u64, index: usize) -> Self {
        Self {
            number: first + index as u64,
            index: index as u32,
        }
    }

    /// Its place in its batch, from 0.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// Its place as the output interface counts it.
    pub(crate) fn place(self) -> u32 {
        self.index
    }

    /// The number that the host gave it.
    pub fn number(self) -> u64 {
        self.number
    }
}

/// Rows that the host holds. Nothing crosses until a column is asked for.
#[derive(Debug)]
pub struct Batch<'a> {
    handle: Handle<'a>,
    table: Shared<'a>,
    length: u32,
    first: u64,
}

/// A check borrows its batch; who asks a query owns the answer.
#[derive(Debug)]
enum Handle<'a> {
    Borrowed(&'a rows::Batch),
    Owned(rows::Batch),
}

#[derive(Debug)]
enum Shared<'a> {
    Borrowed(&'a Table),
    Owned(Table),
}

impl Deref for Handle<'_> {
    type Target = rows::Batch;

    fn deref(&self) -> &rows::Batch {
        match self {
            Self::Borrowed(handle) => handle,
            Self::Owned(handle) => handle,
        }
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn borrowed(handle: &'a rows::Batch, table: &'a Table) -> Self {
        Self {
            length: handle.length(),
            first: handle.first_row(),
            handle: Handle::Borrowed(handle),
            table: Shared::Borrowed(table),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The columns, and what table they are of.
    pub fn table(&self) -> &Table {
        match &self.table {
            Shared::Borrowed(table) => table,
            Shared::Owned(table) => table,
        }
    }

    /// The rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row> + use<> {
        let first = self.first;
        (0..self.len()).map(move |index| Row::new(first, index))
    }

    /// Booleans (0, 1), integers, dates (days), times and timestamps (microseconds).
    pub fn integers(&self, column: u16) -> Result<Integers> {
        use Kind::{Boolean, Date, Integer, Time, Timestamp};
        let kind = self.kind(column, "integers")?;
        if !matches!(kind, Boolean | Integer | Date | Time | Timestamp) {
            return Err(self.wrong(column, "integers"));
        }
        self.view(column, self.handle.integers(column))
    }

    /// Floats.
    pub fn floats(&self, column: u16) -> Result<Floats> {
        if self.kind(column, "floats")? != Kind::Float {
            return Err(self.wrong(column, "floats"));
        }
        self.view(column, self.handle.floats(column))
    }

    /// Decimals of at most 38 digits, × 10^[`scale`](crate::Column::scale).
    pub fn decimals(&self, column: u16) -> Result<Decimals> {
        self.kind(column, "decimals")?;
        if !self.table().columns()[usize::from(column)].is_fixed_point() {
            return Err(self.wrong(column, "decimals of at most 38 digits"));
        }
        let bytes = self.handle.decimals(column);
        self.view(column, FixedPoint { bytes })
    }

    /// Text, UUIDs, JSON; wider or unbounded decimals; types that this SDK does not know.
    pub fn texts(&self, column: u16) -> Result<Texts> {
        let textual = match self.kind(column, "text")? {
            Kind::Text | Kind::Uuid | Kind::Json | Kind::Other => true,
            Kind::Decimal => !self.table().columns()[usize::from(column)].is_fixed_point(),
            _ => false,
        };
        if !textual {
            return Err(self.wrong(column, "text"));
        }
        let strings = self.blobs(column).and_then(Strings::new);
        let strings = strings.map_err(|problem| Error::Damaged { column, problem })?;
        self.view(column, strings)
    }

    /// Bytes, or the bytes of a text.
    pub fn bytes(&self, column: u16) -> Result<Bytes> {
        use Kind::{Bytes, Json, Other, Text, Uuid};
        let kind = self.kind(column, "bytes")?;
        if !matches!(kind, Bytes | Text | Uuid | Json | Other) {
            return Err(self.wrong(column, "bytes"));
        }
        let blobs = self.blobs(column);
        let blobs = blobs.map_err(|problem| Error::Damaged { column, problem })?;
        self.view(column, blobs)
    }

    /// Which rows are null or exceptions, without a value: for columns of any type.
    pub fn presence(&self, column: u16) -> Result<View<Vec<()>>> {
        self.kind(column, "presence")?;
        self.view(column, vec![(); self.len()])
    }

    /// Which rows' values of `columns` exist in the target that the configuration binds to `target`.
    pub fn lookup(&self, columns: &[u16], target: &str) -> Result<Lookup> {
        let bits = lookup::exists(&self.handle, columns, target);
        Lookup::new(bits, self.first, self.len())
    }

    fn blobs(&self, column: u16) -> Result<Blobs, &'static str> {
        let (offsets, bytes) = self.handle.bytes(column);
        Blobs::new(offsets, bytes)
    }

    fn view<V: crate::Values>(&self, column: u16, values: V) -> Result<View<V>> {
        let damaged = |problem| Error::Damaged { column, problem };
        if values.count() != self.len() {
            return Err(damaged("it has not as many rows as its batch"));
        }
        let valid = self.handle.validity(column);
        let exceptional = self.handle.exceptions(column);
        View::new(values, valid, exceptional, self.first).map_err(damaged)
    }

    fn kind(&self, column: u16, wanted: &'static str) -> Result<Kind> {
        let found = self.table().columns().get(usize::from(column));
        found.map(crate::Column::kind).ok_or(Error::WrongLayout {
            column,
            found: "not there".to_owned(),
            wanted,
        })
    }

    fn wrong(&self, column: u16, wanted: &'static str) -> Error {
        let found = &self.table().columns()[usize::from(column)];
        Error::WrongLayout {
            column,
            found: format!("{} (role `{}`)", found.type_name, found.role),
            wanted,
        }
    }
}

impl Batch<'static> {
    pub(crate) fn owned(handle: rows::Batch, name: &str) -> Self {
        let columns = handle.columns().into_iter().map(Into::into).collect();
        Self {
            length: handle.length(),
            first: handle.first_row(),
            handle: Handle::Owned(handle),
            table: Shared::Owned(Table::new(name.to_owned(), columns)),
        }
    }
}
