//! A set of integers that only answers whether it holds one: a bit each where they lie densely, as identities do.

use std::collections::HashSet;

use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};

/// Bits that a number may take as one of a dense set: what it takes in a hash table, and a hash table is slower.
const BITS: u64 = 128;

pub(crate) enum Integers {
    /// From the first on, a bit for each.
    Dense {
        first: i64,
        there: BooleanBuffer,
    },
    Sparse(HashSet<i64>),
}

impl Integers {
    pub(crate) fn new(numbers: &[i64]) -> Self {
        let (Some(&first), Some(&last)) = (numbers.iter().min(), numbers.iter().max()) else {
            return Self::Sparse(HashSet::new());
        };
        let offset = |number: i64| usize::try_from(number.abs_diff(first));
        match offset(last) {
            Ok(length) if length as u64 / BITS <= numbers.len() as u64 => {
                let mut there = BooleanBufferBuilder::new(length + 1);
                there.append_n(length + 1, false);
                for offset in numbers.iter().copied().flat_map(offset) {
                    there.set_bit(offset, true);
                }
                let there = there.finish();
                Self::Dense { first, there }
            }
            _ => Self::Sparse(numbers.iter().copied().collect()),
        }
    }

    pub(crate) fn contains(&self, number: i64) -> bool {
        match self {
            Self::Dense { first, there } => {
                number >= *first
                    && usize::try_from(number.abs_diff(*first))
                        .is_ok_and(|offset| offset < there.len() && there.value(offset))
            }
            Self::Sparse(numbers) => numbers.contains(&number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Integers;

    #[test]
    fn holds_what_it_was_given() {
        let check = |numbers: &[i64], dense: bool| {
            let set = Integers::new(numbers);
            assert_eq!(matches!(set, Integers::Dense { .. }), dense, "{numbers:?}");
            for number in numbers {
                assert!(set.contains(*number), "{number} of {numbers:?}");
                for near in [number.wrapping_sub(1), number.wrapping_add(1), 77] {
                    assert_eq!(
                        set.contains(near),
                        numbers.contains(&near),
                        "{near} and {numbers:?}"
                    );
                }
            }
            assert!(!set.contains(-78));
        };
        check(&[], false);
        check(&[5], true);
        check(&[3, 1, 2, 200], true);
        check(&[-3, 4, -3], true);
        check(&[0, i64::MAX], false);
        check(&[i64::MIN, i64::MAX], false);
        check(&[i64::MIN, i64::MIN + 9], true);
        check(&[i64::MAX, i64::MAX - 9], true);
    }
}
