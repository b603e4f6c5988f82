//! Rows as the data of a textual `COPY`, for tables with a column whose binary form is the server's own affair.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_schema::DataType;
use limosa_model::{Batch, TablePlan, Value};

use super::calendar::{far_date, far_timestamp};
use crate::Error;
use crate::describe::misfit;

/// The rows, one a line, columns separated by tabs (PostgreSQL's manual, `COPY`, "Text Format").
pub(super) fn encode(table: &TablePlan, rows: &Batch) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(rows.size() * 2);
    for row in 0..rows.len() {
        for (column, plan) in table.columns.iter().enumerate() {
            if column > 0 {
                out.push(b'\t');
            }
            if rows.column(column).is_null(row) && rows.exception(row, column).is_none() {
                out.extend_from_slice(b"\\N");
                continue;
            }
            // Of the years up to 0 the others' calendar has another name than this one's.
            let array = rows.column(column);
            if array.is_valid(row) {
                let text = match array.data_type() {
                    DataType::Date32 => Some(far_date(
                        array.as_primitive::<Date32Type>().value(row).into(),
                    )),
                    DataType::Timestamp(..) => {
                        let moment = array.as_primitive::<TimestampMicrosecondType>().value(row);
                        Some(far_timestamp(moment.into()))
                    }
                    _ => None,
                };
                if let Some(text) = text {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
            }
            match rows.value(row, column) {
                Value::Null => out.extend_from_slice(b"\\N"),
                Value::Boolean(truth) => out.push(if truth { b't' } else { b'f' }),
                Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
                Value::Float(number) => out.extend_from_slice(float(number).as_bytes()),
                Value::Text(text) => {
                    // Checked once more where the server would cut or change it without a word.
                    if let Err(reason) = plan.fit.text(&text) {
                        return Err(misfit(table, rows, row, column, &reason));
                    }
                    escape(&mut out, text.as_bytes());
                }
                Value::Bytes(bytes) => {
                    out.extend_from_slice(b"\\\\x");
                    out.extend(
                        bytes
                            .iter()
                            .flat_map(|byte| format!("{byte:02x}").into_bytes()),
                    );
                }
                Value::MalformedText(_) => {
                    return Err(misfit(table, rows, row, column, "text that is not UTF-8"));
                }
            }
        }
        out.push(b'\n');
    }
    Ok(out)
}

/// The shortest text that reads back as the same double.
fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .into()
    } else {
        format!("{number:e}")
    }
}

fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(*other),
        }
    }
}
