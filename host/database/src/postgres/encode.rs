//! From what a column carries to the binary form of the target's column.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, BinaryArray, BooleanArray, StringArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use limosa_model::{Batch, ColumnPlan, Fit, TablePlan, is_canonical_uuid};

use super::decode::{EPOCH_DAYS, EPOCH_MICROSECONDS};
use super::numeric;
use crate::Error;
use crate::describe::misfit;

/// What goes before all rows of a binary `COPY` (PostgreSQL's manual, `COPY`, "Binary Format").
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What goes after them.
pub(super) const TRAILER: &[u8] = &[0xff, 0xff];

/// The rows as a part of the data of a binary `COPY`; `None` if a column has no binary form here, and the table goes as text.
pub(super) fn encode(table: &TablePlan, rows: &Batch) -> Option<Result<Vec<u8>, Error>> {
    let columns: Vec<Column<'_>> = table
        .columns
        .iter()
        .enumerate()
        .map(|(position, plan)| Column::new(plan, rows.column(position)))
        .collect::<Option<_>>()?;
    Some(encode_rows(table, &columns, rows))
}

fn encode_rows(table: &TablePlan, columns: &[Column<'_>], rows: &Batch) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(rows.size() + rows.len() * (2 + 4 * columns.len()));
    let count = i16::try_from(columns.len()).map_err(|_| {
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
        for (position, column) in columns.iter().enumerate() {
            if column.nulls.is_some_and(|nulls| nulls.is_null(row)) {
                out.extend_from_slice(&(-1i32).to_be_bytes());
            } else if let Err(reason) = column.cells.write(&mut out, row) {
                return Err(misfit(table, rows, row, position, &reason));
            }
        }
    }
    Ok(out)
}

/// A column of a batch, ready to be written row by row: its types are looked up once, not for each value.
struct Column<'a> {
    nulls: Option<&'a NullBuffer>,
    cells: Cells<'a>,
}

/// Values, in the form in which the target's column takes them in binary.
enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Integer2(&'a [i64]),
    Integer4(&'a [i64]),
    Integer8(&'a [i64]),
    Float4(&'a [f64]),
    Float8(&'a [f64]),
    /// With their scale.
    Numeric(&'a [i128], i8),
    NumericText(&'a StringArray),
    /// With what their column takes, and whether there is a NUL among them all.
    Text(&'a StringArray, &'a Fit, bool),
    Uuid(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a [i32]),
    Time(&'a [i64]),
    Timestamp(&'a [i64]),
}

impl<'a> Column<'a> {
    fn new(plan: &'a ColumnPlan, array: &'a dyn Array) -> Option<Self> {
        let name = plan.target_type.split('(').next().unwrap_or_default();
        let integers = || array.as_primitive::<Int64Type>().values().as_ref();
        let floats = || array.as_primitive::<Float64Type>().values().as_ref();
        let cells = match (array.data_type(), name.trim()) {
            (DataType::Boolean, "boolean") => Cells::Boolean(array.as_boolean()),
            (DataType::Int64, "smallint") => Cells::Integer2(integers()),
            (DataType::Int64, "integer") => Cells::Integer4(integers()),
            (DataType::Int64, "bigint") => Cells::Integer8(integers()),
            (DataType::Float64, "real") => Cells::Float4(floats()),
            (DataType::Float64, "double precision") => Cells::Float8(floats()),
            (DataType::Decimal128(_, scale), "numeric") => {
                Cells::Numeric(array.as_primitive::<Decimal128Type>().values(), *scale)
            }
            (DataType::Utf8, "numeric") => Cells::NumericText(array.as_string()),
            (DataType::Utf8, "text" | "character varying" | "character" | "json") => {
                let texts = array.as_string::<i32>();
                Cells::Text(texts, &plan.fit, texts.value_data().contains(&0))
            }
            (DataType::Utf8, "uuid") => Cells::Uuid(array.as_string()),
            (DataType::Binary, "bytea") => Cells::Bytes(array.as_binary()),
            (DataType::Date32, "date") => Cells::Date(array.as_primitive::<Date32Type>().values()),
            // `time(3) without time zone` would round what it is given; the text form is refused or rounded by the
            // server just so, but such columns only come from PostgreSQL itself, with values of that precision.
            (DataType::Time64(_), "time" | "time without time zone") => {
                Cells::Time(array.as_primitive::<Time64MicrosecondType>().values())
            }
            (
                DataType::Timestamp(..),
                "timestamp" | "timestamp without time zone" | "timestamp with time zone",
            ) => Cells::Timestamp(array.as_primitive::<TimestampMicrosecondType>().values()),
            _ => return None,
        };
        Some(Self {
            nulls: array.nulls(),
            cells,
        })
    }
}

impl Cells<'_> {
    /// Appends the length and the value of a row that is not null.
    fn write(&self, out: &mut Vec<u8>, row: usize) -> Result<(), String> {
        let too_large = |number: i64, what: &str| format!("{number} does not fit {what}");
        match self {
            Self::Boolean(cells) => fixed(out, [u8::from(cells.value(row))]),
            Self::Integer2(cells) => {
                let number = cells[row];
                let narrow = i16::try_from(number).map_err(|_| too_large(number, "smallint"))?;
                fixed(out, narrow.to_be_bytes());
            }
            Self::Integer4(cells) => {
                let number = cells[row];
                let narrow = i32::try_from(number).map_err(|_| too_large(number, "integer"))?;
                fixed(out, narrow.to_be_bytes());
            }
            Self::Integer8(cells) | Self::Time(cells) => fixed(out, cells[row].to_be_bytes()),
            Self::Float8(cells) => fixed(out, cells[row].to_be_bytes()),
            Self::Float4(cells) => {
                let value = cells[row];
                #[expect(clippy::cast_possible_truncation, reason = "checked on the next line")]
                let narrow = value as f32;
                if f64::from(narrow).to_bits() != value.to_bits() && !value.is_nan() {
                    return Err(format!("{value} has no exact form in four bytes"));
                }
                fixed(out, narrow.to_be_bytes());
            }
            Self::Numeric(cells, scale) => {
                let (unscaled, start) = (cells[row], out.len());
                if numeric::write(out, unscaled, *scale).is_none() {
                    out.truncate(start);
                    let text = limosa_model::decimal_to_text(unscaled, *scale);
                    numeric::write_text(out, &text)
                        .ok_or_else(|| format!("{text} is no numeric"))?;
                }
            }
            Self::NumericText(cells) => {
                let text = cells.value(row);
                numeric::write_text(out, text).ok_or_else(|| format!("'{text}' is no numeric"))?;
            }
            Self::Text(cells, fit, has_nul) => {
                let text = cells.value(row);
                // The server cuts spaces beyond a length without a word; everything else it refuses itself.
                fit.length(text)?;
                if *has_nul && text.as_bytes().contains(&0) {
                    return Err("text with a NUL character, which PostgreSQL cannot store".into());
                }
                sized(out, text.as_bytes())?;
            }
            Self::Uuid(cells) => {
                let text = cells.value(row);
                fixed(
                    out,
                    uuid(text).ok_or_else(|| format!("'{text}' is no UUID"))?,
                );
            }
            Self::Bytes(cells) => sized(out, cells.value(row))?,
            Self::Date(cells) => {
                let days = i64::from(cells[row]) - EPOCH_DAYS;
                let narrow = i32::try_from(days).map_err(|_| too_large(days, "date"))?;
                fixed(out, narrow.to_be_bytes());
            }
            Self::Timestamp(cells) => {
                let since = cells[row]
                    .checked_sub(EPOCH_MICROSECONDS)
                    .ok_or_else(|| too_large(cells[row], "timestamp"))?;
                fixed(out, since.to_be_bytes());
            }
        }
        Ok(())
    }
}

fn fixed<const LENGTH: usize>(out: &mut Vec<u8>, bytes: [u8; LENGTH]) {
    #[expect(clippy::cast_possible_truncation, reason = "at most sixteen")]
    out.extend_from_slice(&(LENGTH as u32).to_be_bytes());
    out.extend_from_slice(&bytes);
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
