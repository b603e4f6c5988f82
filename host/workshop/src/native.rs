//! The yardstick of a benchmark: what a check of one numeric column takes without a sandbox.

use std::hint::black_box;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::DataType;
use limosa_model::Batch;

/// How long it takes to collect the rows of the first column that are below zero, or are not readable; `None`: it is no number.
pub(crate) fn loop_over(batches: &[Batch], times: usize) -> Option<Duration> {
    let began = Instant::now();
    for batch in batches.iter().cycle().take(times) {
        let array = batch.column(0);
        let found = match array.data_type() {
            DataType::Int64 => below::<Int64Type>(array, 0),
            DataType::Float64 => below::<Float64Type>(array, 0.0),
            DataType::Decimal128(..) => below::<Decimal128Type>(array, 0),
            _ => return None,
        };
        black_box(found);
    }
    Some(began.elapsed())
}

fn below<T: ArrowPrimitiveType>(array: &dyn Array, least: T::Native) -> Vec<u64>
where
    T::Native: PartialOrd,
{
    let array = array.as_primitive::<T>();
    let mut found = Vec::new();
    for (row, value) in array.values().iter().enumerate() {
        if *value < least && array.is_valid(row) {
            found.push(row as u64);
        }
    }
    found
}
