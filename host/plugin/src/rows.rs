//! The interface `rows`: a batch that stays with the host, and getters that copy one column out.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use limosa_model::Batch;
use wasmtime::component::Resource;

use crate::bindings::rows::{Column, Host, HostBatch};
use crate::failure::Refusal;
use crate::state::State;
use crate::types::{Layout, describe};

/// What a guest sees of a batch: the columns that it was granted, under the names of their roles.
#[derive(Debug)]
#[expect(
    unreachable_pub,
    reason = "the generated bindings re-export it under their own name"
)]
pub struct View {
    pub(crate) batch: Batch,
    pub(crate) first_row: u64,
}

impl View {
    /// The column at that place, in that layout.
    fn column(&self, column: u16, layout: Layout) -> Result<&dyn Array, Refusal> {
        let array = self.any_column(column)?;
        let actual = Layout::of(array.data_type());
        if actual != layout {
            return Err(Refusal::Misuse(format!(
                "it read column {column} by `{}`, and that column comes by `{}`",
                layout.name(),
                actual.name()
            )));
        }
        Ok(array)
    }

    fn any_column(&self, column: u16) -> Result<&dyn Array, Refusal> {
        let columns = self.batch.shape().fields().len();
        if usize::from(column) >= columns {
            return Err(Refusal::Misuse(format!(
                "it asked for column {column}, and it was granted {columns} (counted from 0)"
            )));
        }
        Ok(self.batch.column(usize::from(column)))
    }

    /// One bit a row, set where the stored value does not fit the column's type.
    pub(crate) fn exceptions(&self, column: usize) -> Option<Vec<u8>> {
        let mut rows = self
            .batch
            .exceptions()
            .iter()
            .filter(|exception| exception.column == column)
            .peekable();
        rows.peek()?;
        let mut bits = vec![0; self.batch.len().div_ceil(8)];
        for exception in rows {
            bits[exception.row / 8] |= 1 << (exception.row % 8);
        }
        Some(bits)
    }

    fn validity(&self, column: usize, array: &dyn Array) -> Option<Vec<u8>> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0)?;
        let mut bits = nulls.inner().sliced().as_slice()[..nulls.len().div_ceil(8)].to_vec();
        if let (rest @ 1.., Some(last)) = (nulls.len() % 8, bits.last_mut()) {
            *last &= (1 << rest) - 1;
        }
        // A value that does not fit is null in Arrow, and not null to a plugin.
        if let Some(exceptions) = self.exceptions(column) {
            for (valid, exception) in bits.iter_mut().zip(exceptions) {
                *valid |= exception;
            }
            let set: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
            if usize::try_from(set) == Ok(nulls.len()) {
                return None;
            }
        }
        Some(bits)
    }
}

impl Host for State {}

impl HostBatch for State {
    fn length(&mut self, batch: Resource<View>) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.resources.get(&batch)?.batch.len())?)
    }

    fn first_row(&mut self, batch: Resource<View>) -> wasmtime::Result<u64> {
        Ok(self.resources.get(&batch)?.first_row)
    }

    fn columns(&mut self, batch: Resource<View>) -> wasmtime::Result<Vec<Column>> {
        Ok(self
            .resources
            .get(&batch)?
            .batch
            .shape()
            .fields()
            .iter()
            .map(describe)
            .collect())
    }

    fn validity(
        &mut self,
        batch: Resource<View>,
        column: u16,
    ) -> wasmtime::Result<Option<Vec<u8>>> {
        let view = self.resources.get(&batch)?;
        Ok(view.validity(usize::from(column), view.any_column(column)?))
    }

    fn exceptions(
        &mut self,
        batch: Resource<View>,
        column: u16,
    ) -> wasmtime::Result<Option<Vec<u8>>> {
        let view = self.resources.get(&batch)?;
        view.any_column(column)?;
        Ok(view.exceptions(usize::from(column)))
    }

    fn integers(&mut self, batch: Resource<View>, column: u16) -> wasmtime::Result<Vec<i64>> {
        let view = self.resources.get(&batch)?;
        let values = integers(view.column(column, Layout::Integers)?);
        self.usage.bytes += size_of_val(values.as_slice()) as u64;
        Ok(values)
    }

    fn floats(&mut self, batch: Resource<View>, column: u16) -> wasmtime::Result<Vec<f64>> {
        let array = self.resources.get(&batch)?.column(column, Layout::Floats)?;
        let values = values(array.as_primitive::<Float64Type>());
        self.usage.bytes += size_of_val(values.as_slice()) as u64;
        Ok(values)
    }

    fn decimals(&mut self, batch: Resource<View>, column: u16) -> wasmtime::Result<Vec<u8>> {
        let array = self
            .resources
            .get(&batch)?
            .column(column, Layout::Decimals)?;
        let bytes = decimals(array.as_primitive::<Decimal128Type>());
        self.usage.bytes += bytes.len() as u64;
        Ok(bytes)
    }

    fn bytes(
        &mut self,
        batch: Resource<View>,
        column: u16,
    ) -> wasmtime::Result<(Vec<u32>, Vec<u8>)> {
        let (offsets, bytes) = bytes(self.resources.get(&batch)?.column(column, Layout::Bytes)?)?;
        self.usage.bytes += (size_of_val(offsets.as_slice()) + bytes.len()) as u64;
        Ok((offsets, bytes))
    }

    fn drop(&mut self, batch: Resource<View>) -> wasmtime::Result<()> {
        self.resources.delete(batch)?;
        Ok(())
    }
}

/// One memory copy; then nulls, under which an adapter may leave anything, read 0.
fn values<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Vec<T::Native> {
    let mut values = array.values().to_vec();
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (block, valid) in values
            .chunks_mut(64)
            .zip(nulls.inner().bit_chunks().iter_padded())
        {
            // From null to null: most rows hold a value. Past the last row there is none.
            let mut missing = !valid;
            while let Some(value) = block.get_mut(missing.trailing_zeros() as usize) {
                *value = T::Native::default();
                missing &= missing - 1;
            }
        }
    }
    values
}

fn integers(array: &dyn Array) -> Vec<i64> {
    match array.data_type() {
        DataType::Boolean => {
            let array = array.as_boolean();
            (0..array.len())
                .map(|row| i64::from(array.is_valid(row) && array.value(row)))
                .collect()
        }
        DataType::Date32 => values(array.as_primitive::<Date32Type>())
            .into_iter()
            .map(i64::from)
            .collect(),
        DataType::Time64(_) => values(array.as_primitive::<Time64MicrosecondType>()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            values(array.as_primitive::<TimestampMicrosecondType>())
        }
        // The layout was checked; this is the last that has it.
        _ => values(array.as_primitive::<Int64Type>()),
    }
}

fn decimals(array: &PrimitiveArray<Decimal128Type>) -> Vec<u8> {
    if cfg!(target_endian = "little") && array.null_count() == 0 {
        return array.values().inner().as_slice().to_vec();
    }
    values(array)
        .into_iter()
        .flat_map(i128::to_le_bytes)
        .collect()
}

fn bytes(array: &dyn Array) -> Result<(Vec<u32>, Vec<u8>), Refusal> {
    let (offsets, data) = match array.data_type() {
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            (array.value_offsets(), array.value_data())
        }
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            (array.value_offsets(), array.value_data())
        }
        _ => return wide_decimals(array.as_primitive::<Decimal256Type>()),
    };
    let empty_nulls = || {
        array.nulls().is_none_or(|nulls| {
            nulls
                .iter()
                .zip(offsets.windows(2))
                .all(|(valid, ends)| valid || ends[0] == ends[1])
        })
    };
    // Arrow's offsets ascend from 0 on: the sign bit is never set.
    let base = offsets.first().map_or(0, |offset| offset.cast_unsigned());
    if empty_nulls() {
        let offsets: Vec<u32> = offsets
            .iter()
            .map(|offset| offset.cast_unsigned() - base)
            .collect();
        let (start, length) = (base as usize, offsets.last().map_or(0, |&end| end as usize));
        return Ok((offsets, data[start..start + length].to_vec()));
    }
    joined(array, |row| {
        let (start, end) = (
            offsets[row].cast_unsigned() as usize,
            offsets[row + 1].cast_unsigned() as usize,
        );
        data[start..end].to_vec()
    })
}

fn wide_decimals(array: &PrimitiveArray<Decimal256Type>) -> Result<(Vec<u32>, Vec<u8>), Refusal> {
    joined(array, |row| array.value_as_string(row).into_bytes())
}

fn joined(
    array: &dyn Array,
    value: impl Fn(usize) -> Vec<u8>,
) -> Result<(Vec<u32>, Vec<u8>), Refusal> {
    let mut offsets = Vec::with_capacity(array.len() + 1);
    let mut data = Vec::new();
    offsets.push(0);
    for row in 0..array.len() {
        if array.is_valid(row) {
            data.extend(value(row));
        }
        let end = u32::try_from(data.len());
        offsets
            .push(end.map_err(|_| Refusal::Host("a batch holds more than 4 GiB of text".into()))?);
    }
    Ok((offsets, data))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BooleanArray, Decimal256Array, Int64Array, StringArray};
    use arrow_buffer::{NullBuffer, OffsetBuffer, i256};
    use limosa_model::{ColumnType, Exception, Field, Shape, Value};

    use super::*;

    fn view(column_type: ColumnType, array: ArrayRef, exceptions: &[usize]) -> View {
        let shape = Shape::new(vec![Field {
            name: "a".into(),
            column_type,
            nullable: true,
        }]);
        let rows = array.len();
        let exceptions = exceptions
            .iter()
            .map(|&row| Exception {
                row,
                column: 0,
                value: Value::Text("?".into()),
            })
            .collect();
        View {
            batch: Batch::new(shape, vec![array], rows, exceptions).unwrap(),
            first_row: 0,
        }
    }

    #[test]
    fn nulls_and_misfits_are_told_apart() {
        let array = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(4)]));
        let view = view(ColumnType::Integer { bytes: 8 }, array, &[2]);
        assert_eq!(
            view.validity(0, view.any_column(0).unwrap()),
            Some(vec![0b1101])
        );
        assert_eq!(view.exceptions(0), Some(vec![0b0100]));
        assert_eq!(integers(view.any_column(0).unwrap()), [1, 0, 0, 4]);
        assert!(view.any_column(1).is_err());
        assert!(view.column(0, Layout::Floats).is_err());
    }

    #[test]
    fn misfits_alone_leave_no_nulls() {
        let array = Arc::new(Int64Array::from(vec![Some(1), None]));
        let view = view(ColumnType::Integer { bytes: 8 }, array, &[1]);
        assert_eq!(view.validity(0, view.any_column(0).unwrap()), None);
    }

    #[test]
    fn slices_and_what_lies_under_nulls_do_not_show() {
        let nulls = NullBuffer::from(vec![true, true, false, true]);
        let text = StringArray::new(
            OffsetBuffer::from_lengths([3, 1, 6, 2]),
            "abcdsecretef".as_bytes().into(),
            Some(nulls.clone()),
        );
        assert_eq!(
            bytes(&text.slice(1, 3)).unwrap(),
            (vec![0, 1, 1, 3], b"def".to_vec())
        );
        assert_eq!(
            bytes(&text.slice(0, 2)).unwrap(),
            (vec![0, 3, 4], b"abcd".to_vec())
        );
        let numbers = Int64Array::new(vec![1, 2, 42, 4].into(), Some(nulls)).slice(1, 3);
        assert_eq!(integers(&numbers), [2, 0, 4]);
        let view = view(ColumnType::Integer { bytes: 8 }, Arc::new(numbers), &[]);
        assert_eq!(
            view.validity(0, view.any_column(0).unwrap()),
            Some(vec![0b101])
        );
        assert_eq!(
            integers(&BooleanArray::from(vec![Some(true), None, Some(false)])),
            [1, 0, 0]
        );
    }

    #[test]
    fn wide_decimals_are_text() {
        let array = Decimal256Array::from(vec![Some(i256::from_i128(-12_345)), None])
            .with_precision_and_scale(40, 2)
            .unwrap();
        assert_eq!(bytes(&array).unwrap(), (vec![0, 7, 7], b"-123.45".to_vec()));
    }
}
