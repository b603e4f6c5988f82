//! Bitmaps of one bit a row, least significant first, read 64 rows at a time.

/// Rows of a word.
pub(crate) const ROWS: usize = u64::BITS as usize;

/// One bit a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits(pub(crate) Vec<u8>);

impl Bits {
    pub(crate) fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(8)])
    }

    pub(crate) fn get(&self, index: usize) -> bool {
        self.0[index / 8] >> (index % 8) & 1 == 1
    }

    pub(crate) fn set(&mut self, index: usize) {
        self.0[index / 8] |= 1 << (index % 8);
    }

    /// The bits of 64 rows, from row `start` on, a multiple of 8; 0 past the end.
    #[inline]
    pub(crate) fn word(&self, start: usize) -> u64 {
        let rest = self.0.get(start / 8..).unwrap_or_default();
        let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            padded[..rest.len()].copy_from_slice(rest);
            padded
        });
        u64::from_le_bytes(bytes)
    }
}

/// A word with a bit for each row from `start` on, of so many in all.
pub(crate) fn within(start: usize, rows: usize) -> u64 {
    match rows.saturating_sub(start) {
        left @ 0..ROWS => (1 << left) - 1,
        _ => u64::MAX,
    }
}

/// The places of the bits that are set, ascending.
pub(crate) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        word &= word.checked_sub(1)?;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_with_the_rows() {
        let bits = Bits(vec![0b1000_0001, 0xff, 0, 0, 0, 0, 0, 1, 0b10]);
        let rows = |start| ones(bits.word(start)).collect::<Vec<_>>();
        assert_eq!(rows(0), [0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 56]);
        assert_eq!(rows(64), [1]);
        assert_eq!(rows(128), []);
        for (left, word) in [(0, 0), (1, 1), (63, u64::MAX >> 1), (64, u64::MAX)] {
            assert_eq!(within(64, 64 + left), word, "{left}");
        }
        assert_eq!(within(0, 1_000), u64::MAX);
        assert_eq!(within(64, 10), 0);
    }
}
