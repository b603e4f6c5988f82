//! One column with its nulls and its exceptions, to read or to hand back.

use crate::Row;
use crate::bits::{self, Bits};
use crate::layout::{Blobs, FixedPoint, Strings, Values};

/// Booleans (0, 1), integers, dates (days), times and timestamps (microseconds).
pub type Integers = View<Vec<i64>>;
/// Floats.
pub type Floats = View<Vec<f64>>;
/// Decimals, × 10^scale of the column.
pub type Decimals = View<FixedPoint>;
/// Text, UUIDs, JSON, and decimals that are wider than 38 digits.
pub type Texts = View<Strings>;
/// Bytes.
pub type Bytes = View<Blobs>;

/// A column of a batch. Collect one from `Option`s to hand it back, or to test.
///
/// A row holds a value, or a null, or an *exception*: a stored value that does not fit the column's type
/// (text in a number column of SQLite, MySQL's day zero). An exception is no null, and not readable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View<V> {
    values: V,
    valid: Option<Bits>,
    exceptional: Option<Bits>,
    first: u64,
}

impl<V: Values> View<V> {
    pub(crate) fn new(
        values: V,
        valid: Option<Vec<u8>>,
        exceptional: Option<Vec<u8>>,
        first: u64,
    ) -> Result<Self, &'static str> {
        let bytes = values.count().div_ceil(8);
        if [&valid, &exceptional]
            .into_iter()
            .flatten()
            .any(|bits| bits.len() < bytes)
        {
            return Err("a bitmap is too short");
        }
        let view = Self {
            values,
            valid: valid.map(Bits),
            exceptional: exceptional.map(Bits),
            first,
        };
        Ok(view.filled())
    }

    /// Lets each row without a value read as one that has a value, so that rows can be judged without asking which of them do. Each
    /// is looked at once, whatever is asked of the column afterwards.
    fn filled(mut self) -> Self {
        if self.valid.is_none() && self.exceptional.is_none() {
            return self;
        }
        let rows = self.len();
        let Some(mut there) = self.first_readable() else {
            return self;
        };
        for start in (0..rows).step_by(bits::ROWS) {
            let readable = self.readable(start);
            if readable != 0 {
                there = start + readable.trailing_zeros() as usize;
            }
            let missing = !readable & bits::within(start, rows);
            self.values.stand_in(start, missing, there);
        }
        self
    }

    fn first_readable(&self) -> Option<usize> {
        let mut starts = (0..self.len()).step_by(bits::ROWS);
        starts.find_map(|start| {
            let place = self.readable(start).trailing_zeros() as usize;
            (place < bits::ROWS).then_some(start + place)
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.count()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row by its index in the batch: `None` for a null or an exception.
    ///
    /// # Panics
    /// Past the end.
    pub fn get(&self, index: usize) -> Option<V::Value<'_>> {
        self.is_readable(index).then(|| self.values.value(index))
    }

    /// Every row with its value: `None` for a null or an exception.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Row, Option<V::Value<'_>>)> {
        (0..self.len()).map(|index| (Row::new(self.first, index), self.get(index)))
    }

    /// The rows that hold a null.
    pub fn nulls(&self) -> impl Iterator<Item = Row> {
        self.marked(self.valid.as_ref(), |valid, start| {
            !valid.word(start) & !self.exceptional(start)
        })
    }

    /// The rows that hold a value which does not fit the column's type.
    pub fn exceptions(&self) -> impl Iterator<Item = Row> {
        self.marked(self.exceptional.as_ref(), Bits::word)
    }

    /// Whether a row is null.
    pub fn is_null(&self, index: usize) -> bool {
        self.valid.as_ref().is_some_and(|valid| !valid.get(index)) && !self.is_exception(index)
    }

    /// Whether a row holds a value which does not fit the column's type.
    pub fn is_exception(&self, index: usize) -> bool {
        let exceptional = self.exceptional.as_ref();
        exceptional.is_some_and(|exceptional| exceptional.get(index))
    }

    /// All values as they lie, whatever nulls and exceptions say: those read as something of no meaning.
    pub fn values(&self) -> &V {
        &self.values
    }

    /// Marks a row as an exception, for tests of what a plugin makes of it.
    #[must_use]
    pub fn with_exception(mut self, index: usize) -> Self {
        let rows = self.len();
        let bits = self.exceptional.get_or_insert_with(|| Bits::new(rows));
        bits.set(index);
        self.filled()
    }

    pub(crate) fn validity(&self) -> Option<&[u8]> {
        self.valid.as_ref().map(|bits| bits.0.as_slice())
    }

    /// Calls `found` with each row that shows something, in order, and what `judge` says of its value.
    ///
    /// 64 rows are first asked all at once whether one of them shows anything: most of the time that is all.
    pub(crate) fn judged<A>(
        &self,
        judge: impl for<'v> Fn(V::Value<'v>) -> Option<A>,
        mut found: impl FnMut(Row, A),
    ) {
        // Of a column without any value, nothing reads as one.
        let rows = self.first_readable().map_or(0, |_| self.len());
        for start in (0..rows).step_by(bits::ROWS) {
            if self.values.may_show(start, |value| judge(value).is_some()) {
                for place in bits::ones(self.readable(start)) {
                    if let Some(answer) = judge(self.values.value(start + place)) {
                        found(Row::new(self.first, start + place), answer);
                    }
                }
            }
        }
    }

    /// The rows that `word` marks in a bitmap, which it reads 64 rows at a time. Without a bitmap there is none.
    fn marked<'a>(
        &'a self,
        bits: Option<&'a Bits>,
        word: impl Fn(&'a Bits, usize) -> u64 + 'a,
    ) -> impl Iterator<Item = Row> + 'a {
        let rows = bits.map_or(0, |_| self.len());
        (0..rows).step_by(bits::ROWS).flat_map(move |start| {
            let word = bits.map_or(0, |bits| word(bits, start));
            bits::ones(word & bits::within(start, rows))
                .map(move |place| Row::new(self.first, start + place))
        })
    }

    /// Those of 64 rows from `start` on that hold a value.
    fn readable(&self, start: usize) -> u64 {
        let valid = self.valid.as_ref();
        bits::within(start, self.len())
            & valid.map_or(u64::MAX, |valid| valid.word(start))
            & !self.exceptional(start)
    }

    /// The exceptions among 64 rows from `start` on.
    fn exceptional(&self, start: usize) -> u64 {
        let exceptional = self.exceptional.as_ref();
        exceptional.map_or(0, |exceptional| exceptional.word(start))
    }

    fn is_readable(&self, index: usize) -> bool {
        self.valid.as_ref().is_none_or(|valid| valid.get(index)) && !self.is_exception(index)
    }
}

/// Collects values and, once there is a null, the bitmap.
fn collect<V: Values, T>(
    mut values: V,
    rows: impl IntoIterator<Item = Option<T>>,
    mut push: impl FnMut(&mut V, Option<T>),
) -> View<V> {
    let mut nulls = Vec::new();
    for row in rows {
        if row.is_none() {
            nulls.push(values.count());
        }
        push(&mut values, row);
    }
    let valid = (!nulls.is_empty()).then(|| {
        let mut bits = Bits(vec![0xff; values.count().div_ceil(8)]);
        for row in nulls {
            bits.0[row / 8] &= !(1 << (row % 8));
        }
        bits
    });
    let view = View {
        values,
        valid,
        exceptional: None,
        first: 0,
    };
    view.filled()
}

impl<T: Copy + Default + std::fmt::Debug> FromIterator<Option<T>> for View<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(rows: I) -> Self {
        let push = |values: &mut Vec<T>, row: Option<T>| values.push(row.unwrap_or_default());
        collect(Vec::new(), rows, push)
    }
}

impl FromIterator<Option<i128>> for Decimals {
    fn from_iter<I: IntoIterator<Item = Option<i128>>>(rows: I) -> Self {
        let push = |values: &mut FixedPoint, row: Option<i128>| {
            let value = row.unwrap_or_default();
            values.bytes.extend_from_slice(&value.to_le_bytes());
        };
        collect(FixedPoint::default(), rows, push)
    }
}

impl<'a> FromIterator<Option<&'a str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(rows: I) -> Self {
        let push = |values: &mut Strings, row: Option<&str>| values.push(row.unwrap_or_default());
        collect(Strings::default(), rows, push)
    }
}

impl<'a> FromIterator<Option<&'a [u8]>> for Bytes {
    fn from_iter<I: IntoIterator<Item = Option<&'a [u8]>>>(rows: I) -> Self {
        let push = |values: &mut Blobs, row: Option<&[u8]>| values.push(row.unwrap_or_default());
        collect(Blobs::default(), rows, push)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_nulls_and_exceptions() {
        let amounts = Floats::from_iter([Some(1.5), None, Some(-2.0)]).with_exception(2);
        let read: Vec<_> = amounts
            .iter()
            .map(|(row, value)| (row.index(), value))
            .collect();
        assert_eq!(read, [(0, Some(1.5)), (1, None), (2, None)]);
        assert_eq!(amounts.nulls().map(Row::index).collect::<Vec<_>>(), [1]);
        assert_eq!(
            amounts.exceptions().map(Row::index).collect::<Vec<_>>(),
            [2]
        );
    }

    #[test]
    fn an_exception_is_no_null_even_where_the_host_marks_it_invalid() {
        let view = View::new(vec![0i64; 2], Some(vec![0b01]), Some(vec![0b10]), 40).unwrap();
        assert_eq!(view.nulls().count(), 0);
        assert_eq!(view.exceptions().map(Row::number).collect::<Vec<_>>(), [41]);
    }

    #[test]
    fn judging_finds_what_a_loop_finds_and_looks_at_values_alone() {
        // One value shows something in every 97 rows; what holds no value would too.
        let value = |row: i64| if row % 97 == 0 { -row - 1 } else { row };
        for (rows, one_null_in) in [
            (0, 2),
            (1, 2),
            (63, 5),
            (64, 70),
            (200, 1),
            (1_000, 31),
            (1_000, 2_000),
        ] {
            let integers =
                (0..rows).map(|row| (row % one_null_in != one_null_in - 1).then(|| value(row)));
            let mut column: Integers = integers.collect();
            if rows > 70 {
                column = column.with_exception(70);
            }
            let judge = |value: i64| (value < 0).then_some(value);
            let wanted: Vec<_> = column
                .iter()
                .filter_map(|(row, value)| Some((row, value.and_then(judge)?)))
                .collect();
            let there: Vec<_> = column.iter().filter_map(|(_, value)| value).collect();
            let mut found = Vec::new();
            column.judged(
                |value| {
                    assert!(there.contains(&value), "{value} of {rows} rows is no value");
                    judge(value)
                },
                |row, answer| found.push((row, answer)),
            );
            assert_eq!(found, wanted, "{rows} rows");
        }
    }

    #[test]
    fn every_layout_reads_back() {
        let decimals = Decimals::from_iter([Some(-1), None, Some(i128::MAX)]);
        assert_eq!(decimals.get(0), Some(-1));
        assert_eq!(decimals.get(1), None);
        assert_eq!(decimals.get(2), Some(i128::MAX));
        let texts = Texts::from_iter([Some("é"), None, Some("")]);
        assert_eq!(
            [texts.get(0), texts.get(1), texts.get(2)],
            [Some("é"), None, Some("")]
        );
        let bytes = Bytes::from_iter([None, Some(&b"\xff"[..])]);
        assert_eq!([bytes.get(0), bytes.get(1)], [None, Some(&b"\xff"[..])]);
    }

    #[test]
    fn damaged_columns_are_refused() {
        assert!(View::new(vec![0i64; 9], Some(vec![0xff]), None, 0).is_err());
        assert!(Blobs::new(vec![0, 2, 1], vec![0]).is_err());
        assert!(Blobs::new(vec![0, 2], vec![0]).is_err());
        assert!(Blobs::new(vec![], vec![]).is_err());
        let cut = Blobs::new(vec![0, 1, 2], "é".into()).unwrap();
        assert!(Strings::new(cut).is_err());
    }
}
