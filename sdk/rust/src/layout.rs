//! How the values of one column lie in memory, as the host hands them over.

use crate::bits;
use std::fmt::Debug;

/// Values in rows, wherever they lie.
pub trait Values: Debug {
    /// One value, borrowed where it does not fit a register.
    type Value<'a>
    where
        Self: 'a;

    /// Number of rows.
    fn count(&self) -> usize;

    /// The value of a row; of a null something of no meaning.
    ///
    /// # Panics
    /// Past the end.
    fn value(&self, row: usize) -> Self::Value<'_>;

    /// Whether one of 64 rows from `start` on shows something, or may. `shows` is asked about what stands there, some of it more than once:
    /// a row without a value reads as another that has one, where [`Values::stand_in`] could see to it.
    ///
    /// `true` is never wrong, and right where a value takes longer to judge than to reach: leave it so in a layout of your own.
    #[doc(hidden)]
    fn may_show(&self, start: usize, shows: impl for<'v> Fn(Self::Value<'v>) -> bool) -> bool {
        let _ = (start, shows);
        true
    }

    /// Lets those of 64 rows from `start` on that have a bit in `missing` read as another row.
    #[doc(hidden)]
    fn stand_in(&mut self, start: usize, missing: u64, other: usize) {
        let _ = (start, missing, other);
    }
}

impl<T: Copy + Debug> Values for Vec<T> {
    type Value<'a>
        = T
    where
        T: 'a;

    fn count(&self) -> usize {
        self.len()
    }

    fn value(&self, row: usize) -> T {
        self[row]
    }

    fn may_show(&self, start: usize, shows: impl Fn(T) -> bool) -> bool {
        any(&self[start..], shows)
    }

    fn stand_in(&mut self, start: usize, missing: u64, other: usize) {
        let value = self[other];
        fill(&mut self[start..], missing, value);
    }
}

/// Whether `shows` holds for one of the first 64 values; of fewer than 64, it may. No branch for each value, so that the compiler asks
/// several at once.
fn any<T: Copy>(values: &[T], shows: impl Fn(T) -> bool) -> bool {
    let any = |block: &[T; bits::ROWS]| block.iter().fold(false, |any, value| any | shows(*value));
    values.first_chunk().is_none_or(any)
}

/// Puts a value to the places, of the first 64, that have a bit in `missing`.
fn fill<T: Copy>(values: &mut [T], missing: u64, value: T) {
    match values.first_chunk_mut::<{ bits::ROWS }>() {
        // No place of a word is past its end, which the compiler sees here.
        Some(block) => bits::ones(missing).for_each(|place| block[place % bits::ROWS] = value),
        None => bits::ones(missing).for_each(|place| values[place] = value),
    }
}

/// Decimals as the host hands them over: 16 bytes a row, so that no copy is needed to align them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedPoint {
    pub(crate) bytes: Vec<u8>,
}

impl FixedPoint {
    /// All values as little-endian two's complement, for code that reads them in bulk.
    pub fn chunks(&self) -> &[[u8; 16]] {
        self.bytes.as_chunks().0
    }
}

impl Values for FixedPoint {
    type Value<'a> = i128;

    fn count(&self) -> usize {
        self.chunks().len()
    }

    fn value(&self, row: usize) -> i128 {
        i128::from_le_bytes(self.chunks()[row])
    }

    fn may_show(&self, start: usize, shows: impl Fn(i128) -> bool) -> bool {
        let shows = |bytes| shows(i128::from_le_bytes(bytes));
        any(&self.chunks()[start..], shows)
    }

    fn stand_in(&mut self, start: usize, missing: u64, other: usize) {
        let (chunks, _) = self.bytes.as_chunks_mut::<16>();
        let value = chunks[other];
        fill(&mut chunks[start..], missing, value);
    }
}

/// Runs of bytes: row `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    pub(crate) offsets: Vec<u32>,
    pub(crate) bytes: Vec<u8>,
}

impl Blobs {
    /// Puts offsets and bytes together; the message says what contradicts.
    pub(crate) fn new(offsets: Vec<u32>, bytes: Vec<u8>) -> Result<Self, &'static str> {
        if !offsets.is_sorted() {
            return Err("offsets run backwards");
        }
        if offsets.last().map(|end| *end as usize) != Some(bytes.len()) {
            return Err("offsets end elsewhere than the bytes");
        }
        Ok(Self { offsets, bytes })
    }

    /// Appends a row.
    ///
    /// # Panics
    /// Past 4 GiB, which no component has.
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        let end = u32::try_from(self.bytes.len()).expect("a component's memory is below 4 GiB");
        self.offsets.push(end);
    }
}

impl Default for Blobs {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }
}

impl Values for Blobs {
    type Value<'a> = &'a [u8];

    fn count(&self) -> usize {
        self.offsets.len() - 1
    }

    fn value(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
}

/// Texts, known to be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    offsets: Vec<u32>,
    text: String,
}

impl Strings {
    /// Checks the encoding once for the whole column.
    pub(crate) fn new(blobs: Blobs) -> Result<Self, &'static str> {
        let text = String::from_utf8(blobs.bytes).map_err(|_| "its text is not UTF-8")?;
        let whole = |offset: &u32| text.is_char_boundary(*offset as usize);
        if !blobs.offsets.iter().all(whole) {
            return Err("an offset cuts a character");
        }
        Ok(Self {
            offsets: blobs.offsets,
            text,
        })
    }

    pub(crate) fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn push(&mut self, value: &str) {
        self.text.push_str(value);
        let end = u32::try_from(self.text.len()).expect("a component's memory is below 4 GiB");
        self.offsets.push(end);
    }
}

impl Default for Strings {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            text: String::new(),
        }
    }
}

impl Values for Strings {
    type Value<'a> = &'a str;

    fn count(&self) -> usize {
        self.offsets.len() - 1
    }

    fn value(&self, row: usize) -> &str {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        // Always there: `new` has checked every offset. A slice's panic would bring 10 KB of text tables along.
        self.text.get(range).unwrap_or_default()
    }
}
