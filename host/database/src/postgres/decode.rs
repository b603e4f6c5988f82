//! From PostgreSQL's binary forms to what a column carries.

use limosa_model::{BatchBuilder, ColumnType, Value, wide_from_text};

use super::calendar::far_timestamp;
use super::numeric;

/// Days and microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
pub(super) const EPOCH_DAYS: i64 = 10_957;
pub(super) const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS * 86_400_000_000;

/// The cast under which a column is read, so that its binary form is known whatever its type is.
pub(super) fn cast(column_type: &ColumnType) -> &'static str {
    match column_type {
        ColumnType::Boolean => "bool",
        ColumnType::Integer { .. } => "int8",
        ColumnType::Float { .. } => "float8",
        ColumnType::Unsigned => "numeric",
        ColumnType::Decimal { precision, .. } if *precision <= 38 => "numeric",
        ColumnType::Bytes { .. } => "bytea",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Timestamp { zoned: false } => "timestamp",
        ColumnType::Timestamp { zoned: true } => "timestamptz",
        ColumnType::Decimal { .. }
        | ColumnType::Number
        | ColumnType::Text { .. }
        | ColumnType::Uuid
        | ColumnType::Json { .. }
        | ColumnType::Native { .. } => "text",
    }
}

/// Appends one value; `Err` if the bytes are not of the type that was asked for.
pub(super) fn append(
    builder: &mut BatchBuilder,
    column: usize,
    column_type: &ColumnType,
    bytes: &[u8],
) -> Result<(), String> {
    match column_type {
        ColumnType::Boolean => builder.integer(column, i64::from(array::<1>(bytes)?[0])),
        ColumnType::Integer { .. } => builder.integer(column, i64::from_be_bytes(array(bytes)?)),
        ColumnType::Float { .. } => builder.float(column, f64::from_be_bytes(array(bytes)?)),
        ColumnType::Bytes { .. } => builder.bytes(column, bytes),
        ColumnType::Date => match i32::from_be_bytes(array(bytes)?) {
            i32::MAX => builder.misfit(column, Value::Text("infinity".into())),
            i32::MIN => builder.misfit(column, Value::Text("-infinity".into())),
            days => builder.integer(column, i64::from(days) + EPOCH_DAYS),
        },
        ColumnType::Time => match i64::from_be_bytes(array(bytes)?) {
            86_400_000_000 => builder.misfit(column, Value::Text("24:00:00".into())),
            time => builder.integer(column, time),
        },
        ColumnType::Timestamp { .. } => match i64::from_be_bytes(array(bytes)?) {
            i64::MAX => builder.misfit(column, Value::Text("infinity".into())),
            i64::MIN => builder.misfit(column, Value::Text("-infinity".into())),
            microseconds => match microseconds.checked_add(EPOCH_MICROSECONDS) {
                Some(microseconds) => builder.integer(column, microseconds),
                None => builder.misfit(
                    column,
                    Value::Text(far_timestamp(
                        i128::from(microseconds) + i128::from(EPOCH_MICROSECONDS),
                    )),
                ),
            },
        },
        ColumnType::Unsigned => decimal(builder, column, bytes, 0),
        ColumnType::Decimal { precision, scale } if *precision <= 38 => {
            decimal(builder, column, bytes, *scale)
        }
        ColumnType::Decimal { precision, scale } => {
            let text = text(bytes)?;
            match wide_from_text(text, *precision, *scale) {
                Some(unscaled) => builder.wide_decimal(column, unscaled),
                None => builder.misfit(column, Value::Text(text.to_owned())),
            }
        }
        ColumnType::Number => {
            let text = text(bytes)?;
            // Plain digits, with the zeros at the end that the value was given: one PostgreSQL hands them to another.
            if text.ends_with(|last: char| last.is_ascii_digit()) {
                builder.text(column, text);
            } else {
                builder.misfit(column, Value::Text(text.to_owned()));
            }
        }
        ColumnType::Text { .. }
        | ColumnType::Uuid
        | ColumnType::Json { .. }
        | ColumnType::Native { .. } => {
            builder.text(column, text(bytes)?);
        }
    }
    Ok(())
}

fn decimal(builder: &mut BatchBuilder, column: usize, bytes: &[u8], scale: i8) {
    match numeric::read(bytes, scale) {
        Some(unscaled) => builder.decimal(column, unscaled),
        None => builder.misfit(column, Value::Text(numeric::to_text(bytes))),
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], String> {
    bytes
        .try_into()
        .map_err(|_| format!("{} bytes where {N} were expected", bytes.len()))
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| error.to_string())
}
