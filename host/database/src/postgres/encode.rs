//! From what a column carries to the binary form of the target's column.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_schema::DataType;
use limosa_model::{Batch, ColumnPlan, TablePlan};

use super::decode::{EPOCH_DAYS, EPOCH_MICROSECONDS};
use super::numeric;
use crate::Error;
use crate::describe::{is_canonical_uuid, longest_text, misfit, refuse_longer};

/// How a column of the target takes its values in binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Boolean,
    Integer2,
    Integer4,
    Integer8,
    Float4,
    Float8,
    Numeric,
    NumericText,
    /// With the most characters that its column takes.
    Text(Option<usize>),
    Uuid,
    Bytes,
    Date,
    Time,
    Timestamp,
}

/// The binary form of each column; `None` if one of them has none here, and the table goes as text.
fn forms(table: &TablePlan) -> Option<Vec<Form>> {
    table.columns.iter().map(form).collect()
}

fn form(column: &ColumnPlan) -> Option<Form> {
    let name = column
        .target_type
        .split('(')
        .next()
        .unwrap_or_default()
        .trim();
    let form = match (column.carried.layout(), name) {
        (DataType::Boolean, "boolean") => Form::Boolean,
        (DataType::Int64, "smallint") => Form::Integer2,
        (DataType::Int64, "integer") => Form::Integer4,
        (DataType::Int64, "bigint") => Form::Integer8,
        (DataType::Float64, "real") => Form::Float4,
        (DataType::Float64, "double precision") => Form::Float8,
        (DataType::Decimal128(..), "numeric") => Form::Numeric,
        (DataType::Utf8, "numeric") => Form::NumericText,
        (DataType::Utf8, "text" | "character varying" | "character" | "json") => {
            Form::Text(longest_text(column))
        }
        (DataType::Utf8, "uuid") => Form::Uuid,
        (DataType::Binary, "bytea") => Form::Bytes,
        (DataType::Date32, "date") => Form::Date,
        (DataType::Time64(_), "time" | "time without time zone") => Form::Time,
        (
            DataType::Timestamp(..),
            "timestamp" | "timestamp without time zone" | "timestamp with time zone",
        ) => Form::Timestamp,
        _ => return None,
    };
    // `time(3) without time zone` would round what it is given; the text form is refused or rounded by the server
    // just so, but such columns only come from PostgreSQL itself, with values of that precision.
    Some(form)
}

/// What goes before all rows of a binary `COPY` (PostgreSQL's manual, `COPY`, "Binary Format").
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What goes after them.
pub(super) const TRAILER: &[u8] = &[0xff, 0xff];

/// The rows as a part of the data of a binary `COPY`; `None` if a column has no binary form here.
pub(super) fn encode(table: &TablePlan, rows: &Batch) -> Option<Result<Vec<u8>, Error>> {
    let forms = forms(table)?;
    Some(encode_rows(table, &forms, rows))
}

fn encode_rows(table: &TablePlan, forms: &[Form], rows: &Batch) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(rows.size() + rows.len() * (2 + 4 * forms.len()));
    let count = i16::try_from(forms.len()).map_err(|_| {
        Error::impossible(
            crate::Kind::Invalid,
            format!(
                "table {} has more columns than PostgreSQL takes",
                table.source
            ),
        )
    })?;
    for row in 0..rows.len() {
        out.extend_from_slice(&count.to_be_bytes());
        for (column, form) in forms.iter().enumerate() {
            if rows.column(column).is_null(row) {
                out.extend_from_slice(&(-1i32).to_be_bytes());
                continue;
            }
            if let Err(reason) = write(&mut out, *form, rows, row, column) {
                return Err(misfit(table, rows, row, column, &reason));
            }
        }
    }
    Ok(out)
}

fn write(
    out: &mut Vec<u8>,
    form: Form,
    rows: &Batch,
    row: usize,
    column: usize,
) -> Result<(), String> {
    let array = rows.column(column);
    let integer = || array.as_primitive::<Int64Type>().value(row);
    let too_large = |number: i64, what: &str| format!("{number} does not fit {what}");
    match form {
        Form::Boolean => fixed(out, &[u8::from(array.as_boolean().value(row))]),
        Form::Integer2 => fixed(
            out,
            &i16::try_from(integer())
                .map_err(|_| too_large(integer(), "smallint"))?
                .to_be_bytes(),
        ),
        Form::Integer4 => fixed(
            out,
            &i32::try_from(integer())
                .map_err(|_| too_large(integer(), "integer"))?
                .to_be_bytes(),
        ),
        Form::Integer8 => fixed(out, &integer().to_be_bytes()),
        Form::Float8 => fixed(
            out,
            &array.as_primitive::<Float64Type>().value(row).to_be_bytes(),
        ),
        Form::Float4 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            #[expect(clippy::cast_possible_truncation, reason = "checked on the next line")]
            let narrow = value as f32;
            if f64::from(narrow).to_bits() != value.to_bits() && !value.is_nan() {
                return Err(format!("{value} has no exact form in four bytes"));
            }
            fixed(out, &narrow.to_be_bytes());
        }
        Form::Numeric => {
            let DataType::Decimal128(_, scale) = array.data_type() else {
                return Err("not a decimal".into());
            };
            let unscaled = array.as_primitive::<Decimal128Type>().value(row);
            let start = out.len();
            if numeric::write(out, unscaled, *scale).is_none() {
                out.truncate(start);
                let text = limosa_model::decimal_to_text(unscaled, *scale);
                numeric::write_text(out, &text).ok_or_else(|| format!("{text} is no numeric"))?;
            }
        }
        Form::NumericText => {
            let text = array.as_string::<i32>().value(row);
            numeric::write_text(out, text).ok_or_else(|| format!("'{text}' is no numeric"))?;
        }
        Form::Text(longest) => {
            let text = array.as_string::<i32>().value(row);
            if text.as_bytes().contains(&0) {
                return Err("text with a NUL character, which PostgreSQL cannot store".into());
            }
            if let Some(longest) = longest {
                refuse_longer(text, longest)?;
            }
            sized(out, text.as_bytes())?;
        }
        Form::Uuid => {
            let text = array.as_string::<i32>().value(row);
            fixed(
                out,
                &uuid(text).ok_or_else(|| format!("'{text}' is no UUID"))?,
            );
        }
        Form::Bytes => sized(out, array.as_binary::<i32>().value(row))?,
        Form::Date => {
            let days = i64::from(array.as_primitive::<Date32Type>().value(row)) - EPOCH_DAYS;
            fixed(
                out,
                &i32::try_from(days)
                    .map_err(|_| too_large(days, "date"))?
                    .to_be_bytes(),
            );
        }
        Form::Time => fixed(
            out,
            &array
                .as_primitive::<Time64MicrosecondType>()
                .value(row)
                .to_be_bytes(),
        ),
        Form::Timestamp => {
            let microseconds = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let since = microseconds
                .checked_sub(EPOCH_MICROSECONDS)
                .ok_or_else(|| too_large(microseconds, "timestamp"))?;
            fixed(out, &since.to_be_bytes());
        }
    }
    Ok(())
}

fn fixed(out: &mut Vec<u8>, bytes: &[u8]) {
    #[expect(clippy::cast_possible_truncation, reason = "at most sixteen")]
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), String> {
    let length = i32::try_from(bytes.len()).map_err(|_| "a value over 2 GiB".to_owned())?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    // The server would take other ways of writing, and give back this one.
    if !is_canonical_uuid(text) {
        return None;
    }
    let mut digits = text
        .bytes()
        .filter(|byte| *byte != b'-')
        .map(|byte| char::from(byte).to_digit(16));
    let mut bytes = [0u8; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(digits.next()?? * 16 + digits.next()??).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuids() {
        assert_eq!(
            super::uuid("00000000-0000-0000-0000-0000000000ff").map(|bytes| bytes[15]),
            Some(255)
        );
        assert_eq!(super::uuid("00000000-0000-0000-0000-0000000000f"), None);
        assert_eq!(super::uuid("0000000000000000000000000000000000"), None);
    }
}
