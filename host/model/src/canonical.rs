//! The canonical form of a row, hashed: equal rows have equal hashes on every engine.
//!
//! Each value is written as a tag, its length where it varies, and its bytes: never by joining texts.
//! Floats by their bits (all NaNs alike), decimals as unscaled integers of the carried scale or without zeros at their end,
//! times in microseconds, text untouched. The hash is XXH3 of 128 bits (xxhash.com, the XXH3 specification) under a seed drawn for each
//! comparison, so that nobody can prepare two rows that collide.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_schema::DataType;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::{Batch, ColumnType, Value};

/// Hashes the rows of batches.
#[derive(Debug)]
pub struct RowHasher {
    seed: u64,
    row: Vec<u8>,
}

impl RowHasher {
    /// Two sides of one comparison use one seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            row: Vec::new(),
        }
    }

    /// The hash of the values of `columns` in `row`.
    pub fn hash(&mut self, batch: &Batch, row: usize, columns: &[usize]) -> u128 {
        self.row.clear();
        for &column in columns {
            write_cell(&mut self.row, batch, row, column);
        }
        xxh3_128_with_seed(&self.row, self.seed)
    }
}

/// Count and sum of hashes of a set of rows, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowSum {
    /// Number of rows.
    pub count: u64,
    /// Sum of their hashes, modulo 2^128.
    pub sum: u128,
}

impl RowSum {
    /// Takes a row in.
    pub fn add(&mut self, hash: u128) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash);
    }
}

fn write_cell(out: &mut Vec<u8>, batch: &Batch, row: usize, column: usize) {
    let array = batch.column(column);
    if array.is_null(row) {
        match batch.exception(row, column) {
            Some(value) => write_value(out, value),
            None => out.push(0),
        }
        return;
    }
    match array.data_type() {
        DataType::Boolean => out.extend([1, u8::from(array.as_boolean().value(row))]),
        DataType::Int64 => tagged(
            out,
            2,
            &array.as_primitive::<Int64Type>().value(row).to_le_bytes(),
        ),
        DataType::Float64 => tagged(
            out,
            3,
            &float_bits(array.as_primitive::<Float64Type>().value(row)),
        ),
        DataType::Decimal128(..) => {
            tagged(
                out,
                4,
                &array
                    .as_primitive::<Decimal128Type>()
                    .value(row)
                    .to_le_bytes(),
            );
        }
        DataType::Decimal256(..) => {
            tagged(
                out,
                5,
                &array
                    .as_primitive::<Decimal256Type>()
                    .value(row)
                    .to_le_bytes(),
            );
        }
        DataType::Date32 => tagged(
            out,
            6,
            &array.as_primitive::<Date32Type>().value(row).to_le_bytes(),
        ),
        DataType::Time64(_) => {
            tagged(
                out,
                7,
                &array
                    .as_primitive::<Time64MicrosecondType>()
                    .value(row)
                    .to_le_bytes(),
            );
        }
        DataType::Timestamp(..) => {
            tagged(
                out,
                8,
                &array
                    .as_primitive::<TimestampMicrosecondType>()
                    .value(row)
                    .to_le_bytes(),
            );
        }
        DataType::Binary => sized(out, 9, array.as_binary::<i32>().value(row)),
        // Batch allows no other layout.
        _ => {
            let text = array.as_string::<i32>().value(row);
            let is_number = batch.shape().fields()[column].column_type == ColumnType::Number;
            let text = if is_number { shortest(text) } else { text };
            sized(out, 10, text.as_bytes());
        }
    }
}

/// A plain decimal without the zeros at its end, which PostgreSQL keeps and which say nothing of its value.
pub(crate) fn shortest(number: &str) -> &str {
    if !number.contains('.') {
        return number;
    }
    number.trim_end_matches('0').trim_end_matches('.')
}

/// Exceptions carry tags of their own: a text that is no integer never equals an integer.
fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Boolean(value) => out.extend([101, u8::from(*value)]),
        Value::Integer(value) => tagged(out, 102, &value.to_le_bytes()),
        Value::Float(value) => tagged(out, 103, &float_bits(*value)),
        Value::Text(text) => sized(out, 110, text.as_bytes()),
        Value::Bytes(bytes) => sized(out, 109, bytes),
        Value::MalformedText(bytes) => sized(out, 111, bytes),
    }
}

fn float_bits(value: f64) -> [u8; 8] {
    let bits = if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    };
    bits.to_le_bytes()
}

fn tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(bytes);
}

fn sized(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(&bytes.len().to_le_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchBuilder, ColumnType, Field, Shape};
    use proptest::prelude::*;

    fn texts(rows: &[(Option<String>, Option<String>)]) -> Batch {
        let field = |name: &str| Field {
            name: name.into(),
            column_type: ColumnType::TEXT,
            nullable: true,
        };
        let mut builder = BatchBuilder::new(Shape::new(vec![field("a"), field("b")]));
        for (a, b) in rows {
            for (column, value) in [a, b].into_iter().enumerate() {
                match value {
                    Some(text) => builder.text(column, text),
                    None => builder.null(column),
                }
            }
            builder.end_row();
        }
        builder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn rows_hash_alike_only_if_they_are_alike(
            first in (proptest::option::of(".{0,3}"), proptest::option::of(".{0,3}")),
            second in (proptest::option::of(".{0,3}"), proptest::option::of(".{0,3}")),
        ) {
            let batch = texts(&[first.clone(), second.clone()]);
            let mut hasher = RowHasher::new(7);
            let alike = hasher.hash(&batch, 0, &[0, 1]) == hasher.hash(&batch, 1, &[0, 1]);
            prop_assert_eq!(alike, first == second);
        }
    }
}
