//! Makes an Arrow column of values that crossed from a guest, each of which must fit its type.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Decimal128Type, Decimal256Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, PrimitiveArray, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::DataType;
use limosa_model::{ColumnType, canonical_number, wide_from_text};

use crate::output::Values;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The mask of a column, from one bit a row.
pub(crate) fn nulls(validity: Option<Vec<u8>>, rows: usize) -> Result<Option<NullBuffer>, String> {
    let Some(bits) = validity else {
        return Ok(None);
    };
    if bits.len() != rows.div_ceil(8) {
        return Err(format!(
            "its validity has {} bytes for {rows} rows",
            bits.len()
        ));
    }
    Ok(Some(NullBuffer::new(BooleanBuffer::new(
        Buffer::from_vec(bits),
        0,
        rows,
    ))))
}

/// The column, or what is wrong with its values.
pub(crate) fn array(
    column_type: &ColumnType,
    values: Values,
    nulls: Option<NullBuffer>,
    rows: usize,
) -> Result<ArrayRef, String> {
    match values {
        Values::Integers(values) => {
            check_length(values.len(), rows)?;
            integers(column_type, values, nulls)
        }
        Values::Floats(values) => {
            check_length(values.len(), rows)?;
            Ok(Arc::new(Float64Array::new(values.into(), nulls)))
        }
        Values::Decimals(values) => {
            let (values, rest) = values.as_chunks::<16>();
            if !rest.is_empty() {
                return Err("a decimal has 16 bytes".into());
            }
            check_length(values.len(), rows)?;
            decimals(&column_type.layout(), values, nulls)
        }
        Values::Bytes(offsets, values) => {
            check_length(offsets.len().saturating_sub(1), rows)?;
            bytes(column_type, &offsets, values, nulls)
        }
    }
}

fn check_length(given: usize, rows: usize) -> Result<(), String> {
    if given == rows {
        Ok(())
    } else {
        Err(format!("{given} values were set for {rows} rows"))
    }
}

/// The first value that is not null and does not fit.
fn misfit<T: Copy>(
    values: &[T],
    nulls: Option<&NullBuffer>,
    fits: impl Fn(T) -> bool,
) -> Result<(), String> {
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let unfit = values
        .iter()
        .enumerate()
        .find(|(row, value)| valid(*row) && !fits(**value));
    unfit.map_or(Ok(()), |(row, _)| Err(does_not_fit(row)))
}

fn does_not_fit(row: usize) -> String {
    format!("the value of output row {row} does not fit its type")
}

fn integers(
    column_type: &ColumnType,
    values: Vec<i64>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, String> {
    let set = nulls.as_ref();
    Ok(match column_type {
        ColumnType::Boolean => {
            misfit(&values, set, |value| value == 0 || value == 1)?;
            Arc::new(BooleanArray::new(
                values.iter().map(|&value| value == 1).collect(),
                nulls,
            ))
        }
        ColumnType::Date => {
            misfit(&values, set, |value| i32::try_from(value).is_ok())?;
            let days: ScalarBuffer<i32> = values
                .iter()
                .map(|&value| i32::try_from(value).unwrap_or_default())
                .collect();
            Arc::new(PrimitiveArray::<Date32Type>::new(days, nulls)) as Arc<Date32Array>
        }
        ColumnType::Time => {
            misfit(&values, set, |value| (0..DAY).contains(&value))?;
            Arc::new(Time64MicrosecondArray::new(values.into(), nulls))
        }
        ColumnType::Timestamp { .. } => {
            Arc::new(TimestampMicrosecondArray::new(values.into(), nulls))
        }
        ColumnType::Integer { bytes } => {
            let bits = u32::from(*bytes).clamp(1, 8) * 8;
            misfit(&values, set, |value| matches!(value >> (bits - 1), 0 | -1))?;
            Arc::new(PrimitiveArray::<Int64Type>::new(values.into(), nulls)) as Arc<Int64Array>
        }
        _ => return Err("its type has no integers".into()),
    })
}

fn decimals(
    layout: &DataType,
    values: &[[u8; 16]],
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, String> {
    let DataType::Decimal128(precision, scale) = *layout else {
        return Err("its type has no decimals".into());
    };
    let values: Vec<i128> = values
        .iter()
        .map(|bytes| i128::from_le_bytes(*bytes))
        .collect();
    let limit = 10_i128
        .checked_pow(u32::from(precision))
        .ok_or("its precision is too large")?;
    misfit(&values, nulls.as_ref(), |value| {
        -limit < value && value < limit
    })?;
    let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls);
    let array: Decimal128Array = array
        .with_precision_and_scale(precision, scale)
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(array))
}

fn bytes(
    column_type: &ColumnType,
    offsets: &[u32],
    values: Vec<u8>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, String> {
    if offsets.first() != Some(&0) || !offsets.is_sorted() {
        return Err("its offsets do not ascend from 0".into());
    }
    let end = offsets
        .last()
        .copied()
        .and_then(|end| usize::try_from(end).ok());
    if end != Some(values.len()) {
        return Err("its last offset is not the number of bytes".into());
    }
    let offsets = offsets
        .iter()
        .map(|&offset| i32::try_from(offset))
        .collect::<Result<Vec<i32>, _>>();
    let offsets = OffsetBuffer::new(offsets.map_err(|error| error.to_string())?.into());
    if matches!(column_type.layout(), DataType::Binary) {
        let array = BinaryArray::try_new(offsets, values.into(), nulls)
            .map_err(|error| error.to_string())?;
        return Ok(Arc::new(array));
    }
    // Also sees that no offset is within a character.
    let text = StringArray::try_new(offsets, values.into(), nulls)
        .map_err(|_| "it is not UTF-8".to_owned())?;
    check_text(column_type, &text)?;
    match column_type.layout() {
        DataType::Decimal256(precision, scale) => wide_decimals(&text, precision, scale),
        _ => Ok(Arc::new(text)),
    }
}

fn check_text(column_type: &ColumnType, text: &StringArray) -> Result<(), String> {
    let fits: fn(&str) -> bool = match column_type {
        ColumnType::Uuid => is_uuid,
        ColumnType::Json { .. } => {
            |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        }
        ColumnType::Number => {
            |text| canonical_number(text).is_some_and(|canonical| canonical == text)
        }
        ColumnType::Text {
            length: Some(length),
            ..
        } => {
            let most = usize::try_from(*length).unwrap_or(usize::MAX);
            let long = text
                .iter()
                .position(|value| value.is_some_and(|value| value.chars().count() > most));
            return long.map_or(Ok(()), |row| {
                Err(format!(
                    "the text of output row {row} is longer than {length}"
                ))
            });
        }
        _ => return Ok(()),
    };
    let unfit = text
        .iter()
        .position(|value| value.is_some_and(|value| !fits(value)));
    unfit.map_or(Ok(()), |row| Err(does_not_fit(row)))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn wide_decimals(text: &StringArray, precision: u8, scale: i8) -> Result<ArrayRef, String> {
    let mut values: Vec<Option<i256>> = Vec::with_capacity(text.len());
    for (row, value) in text.iter().enumerate() {
        let value = value
            .map(|value| wide_from_text(value, precision, scale).ok_or_else(|| does_not_fit(row)));
        values.push(value.transpose()?);
    }
    let array: PrimitiveArray<Decimal256Type> = values.into_iter().collect();
    let array: Decimal256Array = array
        .with_precision_and_scale(precision, scale)
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(array))
}

#[cfg(test)]
mod tests {
    use limosa_model::{Batch, Field, Shape};

    use super::*;

    fn column(column_type: ColumnType, values: Values) -> Result<Batch, String> {
        let array = array(&column_type, values, None, 2)?;
        let field = Field {
            name: "a".into(),
            column_type,
            nullable: true,
        };
        Batch::new(Shape::new(vec![field]), vec![array], 2, Vec::new())
            .map_err(|error| error.to_string())
    }

    fn check(column_type: ColumnType, values: Values, expected: Result<[&str; 2], &str>) {
        let name = format!("{column_type:?} {values:?}");
        match (column(column_type, values), expected) {
            (Ok(made), Ok(expected)) => {
                assert_eq!(
                    [0, 1].map(|row| made.value(row, 0).to_string()),
                    expected,
                    "{name}"
                );
            }
            (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{name}: {reason}"),
            (made, _) => panic!("{name}: {made:?}"),
        }
    }

    fn text(values: [&str; 2]) -> Values {
        let lengths = values.map(|value| u32::try_from(value.len()).unwrap());
        Values::Bytes(
            vec![0, lengths[0], lengths[0] + lengths[1]],
            values.concat().into_bytes(),
        )
    }

    fn decimal(values: [i128; 2]) -> Values {
        Values::Decimals(
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }

    const FIRST: Result<[&str; 2], &str> = Err("output row 0 does not fit");
    const SECOND: Result<[&str; 2], &str> = Err("output row 1 does not fit");

    #[test]
    fn numbers_fit_their_type_or_are_refused() {
        let money = ColumnType::Decimal {
            precision: 3,
            scale: 2,
        };
        let wide = ColumnType::Decimal {
            precision: 40,
            scale: 1,
        };
        let small = ColumnType::Integer { bytes: 2 };
        check(
            ColumnType::Boolean,
            Values::Integers(vec![0, 1]),
            Ok(["false", "true"]),
        );
        check(ColumnType::Boolean, Values::Integers(vec![0, 2]), SECOND);
        check(
            small.clone(),
            Values::Integers(vec![32_767, -32_768]),
            Ok(["32767", "-32768"]),
        );
        check(small, Values::Integers(vec![32_768, 0]), FIRST);
        check(
            ColumnType::Date,
            Values::Integers(vec![0, -1]),
            Ok(["'1970-01-01'", "'1969-12-31'"]),
        );
        check(ColumnType::Date, Values::Integers(vec![0, 1 << 40]), SECOND);
        check(ColumnType::Time, Values::Integers(vec![DAY, 0]), FIRST);
        check(
            money.clone(),
            decimal([999, -999]),
            Ok(["'9.99'", "'-9.99'"]),
        );
        check(money.clone(), decimal([0, 1000]), SECOND);
        check(money, Values::Decimals(vec![0; 33]), Err("16 bytes"));
        check(
            ColumnType::Decimal {
                precision: 38,
                scale: 0,
            },
            decimal([i128::MAX, 0]),
            FIRST,
        );
        check(wide.clone(), text(["-1.5", "2"]), Ok(["'-1.5'", "'2.0'"]));
        check(wide, text(["-1.55", "2"]), FIRST);
        check(ColumnType::Number, text(["1.5", "01.5"]), SECOND);
    }

    #[test]
    fn texts_fit_their_type_or_are_refused() {
        check(ColumnType::TEXT, text(["ä", ""]), Ok(["'ä'", "''"]));
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![0, 1, 2], "ä".into()),
            Err("not UTF-8"),
        );
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![0, 1, 2], vec![b'a', 0xff]),
            Err("not UTF-8"),
        );
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![0, 3, 2], b"ab".to_vec()),
            Err("do not ascend"),
        );
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![1, 1, 2], b"ab".to_vec()),
            Err("do not ascend"),
        );
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![0, 1, 9], b"ab".to_vec()),
            Err("not the number of bytes"),
        );
        check(
            ColumnType::TEXT,
            Values::Bytes(vec![], vec![]),
            Err("0 values were set for 2 rows"),
        );
        check(
            ColumnType::Text {
                length: Some(1),
                padded: false,
            },
            text(["ä", "ab"]),
            Err("longer than 1"),
        );
        let uuid = "123e4567-e89b-12d3-a456-426614174000";
        check(ColumnType::Uuid, text([uuid, &uuid.to_uppercase()]), SECOND);
        check(ColumnType::Json { parsed: true }, text(["{}", "{"]), SECOND);
    }
}
