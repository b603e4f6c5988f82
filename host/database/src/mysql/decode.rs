//! From what MySQL sends to what a column carries.

use limosa_model::{
    BatchBuilder, ColumnType, Value, canonical_number, date_from_text, decimal_from_text,
    time_from_text, timestamp_from_text, wide_from_text,
};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

/// The expression by which a column is read, so that its form is known whatever its type is.
///
/// Dates come as text: the driver takes a zero date for a null. Floats are multiplied by one, which widens them exactly;
/// adding zero would lose the sign of a negative zero.
pub(super) fn expression(quoted: &str, column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Boolean | ColumnType::Integer { .. } => format!("CAST({quoted} AS SIGNED)"),
        ColumnType::Float { bytes: 4 } => format!("({quoted} * 1e0)"),
        ColumnType::Unsigned => format!("CAST(CAST({quoted} AS UNSIGNED) AS CHAR)"),
        ColumnType::Decimal { .. }
        | ColumnType::Number
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp { .. } => {
            format!("CAST({quoted} AS CHAR)")
        }
        ColumnType::Float { .. }
        | ColumnType::Text { .. }
        | ColumnType::Bytes { .. }
        | ColumnType::Uuid
        | ColumnType::Json { .. }
        | ColumnType::Native { .. } => quoted.to_owned(),
    }
}

/// Appends one value of a row that was read by [`expression`].
pub(super) fn append(
    builder: &mut BatchBuilder,
    column: usize,
    column_type: &ColumnType,
    row: &MySqlRow,
) -> Result<(), sqlx::Error> {
    match column_type {
        ColumnType::Boolean | ColumnType::Integer { .. } => {
            match row.try_get_unchecked::<Option<i64>, _>(column)? {
                Some(number) => builder.integer(column, number),
                None => builder.null(column),
            }
        }
        ColumnType::Float { .. } => match row.try_get_unchecked::<Option<f64>, _>(column)? {
            Some(number) => builder.float(column, number),
            None => builder.null(column),
        },
        _ => match row.try_get_unchecked::<Option<&[u8]>, _>(column)? {
            Some(bytes) => append_bytes(builder, column, column_type, bytes),
            None => builder.null(column),
        },
    }
    Ok(())
}

fn append_bytes(builder: &mut BatchBuilder, column: usize, column_type: &ColumnType, bytes: &[u8]) {
    if let ColumnType::Bytes { .. } = column_type {
        return builder.bytes(column, bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return builder.misfit(column, Value::MalformedText(bytes.to_vec()));
    };
    // The server writes as many digits of a second as the column has, which another column of the same value need not have.
    let short = |text: &str| match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text.to_owned(),
    };
    let number = |builder: &mut BatchBuilder, number: Option<i64>| match number {
        Some(number) => builder.integer(column, number),
        None => builder.misfit(column, Value::Text(short(text))),
    };
    let decimal = |builder: &mut BatchBuilder, unscaled: Option<i128>| match unscaled {
        Some(unscaled) => builder.decimal(column, unscaled),
        None => builder.misfit(column, Value::Text(text.to_owned())),
    };
    match column_type {
        ColumnType::Date => number(builder, date_from_text(text).map(i64::from)),
        ColumnType::Time => number(builder, time_from_text(text)),
        ColumnType::Timestamp { .. } => number(builder, timestamp_from_text(text)),
        ColumnType::Unsigned => decimal(builder, decimal_from_text(text, 20, 0)),
        ColumnType::Decimal { precision, scale } if *precision <= 38 => {
            decimal(builder, decimal_from_text(text, *precision, *scale))
        }
        ColumnType::Decimal { precision, scale } => {
            match wide_from_text(text, *precision, *scale) {
                Some(unscaled) => builder.wide_decimal(column, unscaled),
                None => builder.misfit(column, Value::Text(text.to_owned())),
            }
        }
        ColumnType::Number => match canonical_number(text) {
            Some(canonical) => builder.text(column, &canonical),
            None => builder.misfit(column, Value::Text(text.to_owned())),
        },
        _ => builder.text(column, text),
    }
}
