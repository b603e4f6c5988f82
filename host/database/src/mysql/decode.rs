//! From what MySQL sends to what a column carries.

use limosa_model::{
    BatchBuilder, ColumnType, Value, canonical_number, date_from_parts, decimal_from_text,
    wide_from_text,
};
use sqlx::mysql::MySqlRow;
use sqlx::{Decode, MySql, Row};

/// The expression by which a column is read, so that its form is known whatever its type is.
///
/// Floats are multiplied by one, which widens them exactly; adding zero would lose the sign of a negative zero.
pub(super) fn expression(quoted: &str, column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Boolean | ColumnType::Integer { .. } => format!("CAST({quoted} AS SIGNED)"),
        ColumnType::Float { bytes: 4 } => format!("({quoted} * 1e0)"),
        ColumnType::Unsigned => format!("CAST(CAST({quoted} AS UNSIGNED) AS CHAR)"),
        ColumnType::Float { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Number
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp { .. }
        | ColumnType::Text { .. }
        | ColumnType::Bytes { .. }
        | ColumnType::Uuid
        | ColumnType::Json { .. }
        | ColumnType::Native { .. } => quoted.to_owned(),
    }
}

/// The same for a few values that are read one by one, as plain values: what has no such form comes as text.
pub(super) fn plain_expression(quoted: &str, column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Decimal { .. }
        | ColumnType::Number
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp { .. } => format!("CAST({quoted} AS CHAR)"),
        other => expression(quoted, other),
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
        ColumnType::Date | ColumnType::Time | ColumnType::Timestamp { .. } => {
            // Not as an option: the driver takes a zero date for a null. Of bytes, only a null is none.
            let value = row.try_get_raw(column)?;
            match <&[u8] as Decode<'_, MySql>>::decode(value) {
                Ok(bytes) => {
                    let moment = temporal(column_type, bytes);
                    match moment.ok_or_else(|| malformed(bytes))? {
                        Ok(number) => builder.integer(column, number),
                        Err(text) => builder.misfit(column, Value::Text(text)),
                    }
                }
                Err(_) => builder.null(column),
            }
        }
        _ => match row.try_get_unchecked::<Option<&[u8]>, _>(column)? {
            Some(bytes) => append_bytes(builder, column, column_type, bytes),
            None => builder.null(column),
        },
    }
    Ok(())
}

fn malformed(bytes: &[u8]) -> sqlx::Error {
    sqlx::Error::Protocol(format!("{} bytes are no date or time", bytes.len()))
}

/// A day, a time or a moment in the binary form of the protocol (MySQL's internals manual, "Binary Protocol Value"): its
/// number, or the server's text for one that others do not have. `None` if it is none.
fn temporal(column_type: &ColumnType, bytes: &[u8]) -> Option<Result<i64, String>> {
    let (length, parts) = bytes.split_first()?;
    if usize::from(*length) != parts.len() {
        return None;
    }
    if *column_type == ColumnType::Time {
        return span(parts);
    }
    // Parts that are zero are left out from the end.
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    let year = u16::from_le_bytes([part(0), part(1)]);
    let (month, day) = (part(2), part(3));
    let (hour, minute, second) = (part(4), part(5), part(6));
    let fraction = u32::from_le_bytes([part(7), part(8), part(9), part(10)]);
    let days = date_from_parts(year, month, day);
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    Some(match (days, column_type) {
        (Some(days), ColumnType::Date) => Ok(i64::from(days)),
        (Some(days), _) => {
            Ok((i64::from(days) * 86_400 + seconds) * 1_000_000 + i64::from(fraction))
        }
        (None, ColumnType::Date) => Err(format!("{year:04}-{month:02}-{day:02}")),
        (None, _) => Err(format!(
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{}",
            fraction_text(fraction)
        )),
    })
}

fn span(parts: &[u8]) -> Option<Result<i64, String>> {
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    let days = u32::from_le_bytes([part(1), part(2), part(3), part(4)]);
    let hours = u64::from(days) * 24 + u64::from(part(5));
    let (minute, second) = (part(6), part(7));
    let fraction = u32::from_le_bytes([part(8), part(9), part(10), part(11)]);
    let is_negative = part(0) != 0;
    if !is_negative && hours < 24 {
        let seconds =
            (i64::try_from(hours).ok()? * 60 + i64::from(minute)) * 60 + i64::from(second);
        return Some(Ok(seconds * 1_000_000 + i64::from(fraction)));
    }
    let sign = if is_negative { "-" } else { "" };
    Some(Err(format!(
        "{sign}{hours:02}:{minute:02}:{second:02}{}",
        fraction_text(fraction)
    )))
}

/// The digits of a second that there are. The server writes as many as the column has, which another column of the same
/// value need not have.
fn fraction_text(microseconds: u32) -> String {
    if microseconds == 0 {
        return String::new();
    }
    let digits = format!("{microseconds:06}");
    format!(".{}", digits.trim_end_matches('0'))
}

fn append_bytes(builder: &mut BatchBuilder, column: usize, column_type: &ColumnType, bytes: &[u8]) {
    if let ColumnType::Bytes { .. } = column_type {
        return builder.bytes(column, bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return builder.misfit(column, Value::MalformedText(bytes.to_vec()));
    };
    let decimal = |builder: &mut BatchBuilder, unscaled: Option<i128>| match unscaled {
        Some(unscaled) => builder.decimal(column, unscaled),
        None => builder.misfit(column, Value::Text(text.to_owned())),
    };
    match column_type {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_of_the_protocol() {
        let check =
            |column_type: &ColumnType, bytes: &[u8], expected: Option<Result<i64, &str>>| {
                let found = temporal(column_type, bytes);
                assert_eq!(found, expected.map(|found| found.map_err(str::to_owned)));
            };
        let stamp = ColumnType::Timestamp { zoned: false };
        check(&ColumnType::Date, &[4, 0xb2, 7, 1, 2], Some(Ok(1)));
        check(&ColumnType::Date, &[0], Some(Err("0000-00-00")));
        check(
            &ColumnType::Date,
            &[4, 0xe8, 7, 2, 31],
            Some(Err("2024-02-31")),
        );
        check(&stamp, &[0], Some(Err("0000-00-00 00:00:00")));
        check(&stamp, &[7, 0xb2, 7, 1, 1, 0, 0, 1], Some(Ok(1_000_000)));
        check(
            &stamp,
            &[11, 0xb2, 7, 1, 1, 0, 0, 0, 5, 0, 0, 0],
            Some(Ok(5)),
        );
        check(&ColumnType::Time, &[0], Some(Ok(0)));
        check(
            &ColumnType::Time,
            &[8, 0, 0, 0, 0, 0, 1, 0, 0],
            Some(Ok(3_600_000_000)),
        );
        check(
            &ColumnType::Time,
            &[12, 1, 34, 0, 0, 0, 22, 59, 59, 0x20, 0xa1, 7, 0],
            Some(Err("-838:59:59.5")),
        );
        check(
            &ColumnType::Time,
            &[8, 0, 0, 0, 0, 0, 24, 0, 0],
            Some(Err("24:00:00")),
        );
        check(&stamp, &[5, 1], None);
        check(&stamp, &[], None);
    }
}
