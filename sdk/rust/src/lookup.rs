//! Whether keys exist elsewhere.

use crate::bits::Bits;
use crate::{Error, Result, Row};

/// The answer to a lookup, row by row. A null key counts as existing.
#[derive(Clone, Debug)]
pub struct Lookup {
    found: Bits,
    first: u64,
    length: usize,
}

impl Lookup {
    pub(crate) fn new(found: Vec<u8>, first: u64, length: usize) -> Result<Self> {
        if found.len() < length.div_ceil(8) {
            return Err(Error::from("the answer to a lookup is too short"));
        }
        Ok(Self {
            found: Bits(found),
            first,
            length,
        })
    }

    /// Whether the key of a row exists.
    pub fn exists(&self, index: usize) -> bool {
        self.found.get(index)
    }

    /// The rows whose key does not exist.
    pub fn missing(&self) -> impl Iterator<Item = Row> {
        (0..self.length)
            .filter(|index| !self.exists(*index))
            .map(|index| Row::new(self.first, index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_bit_are_missing() {
        let lookup = Lookup::new(vec![0b1111_0110, 0b1], 100, 10).unwrap();
        let missing: Vec<_> = lookup.missing().map(Row::number).collect();
        assert_eq!(missing, [100, 103, 109]);
        assert!(Lookup::new(vec![0], 0, 9).is_err());
    }
}
