//! Rows as the data of a textual `COPY`, for tables with a column whose binary form is the server's own affair.

use arrow_array::Array;
use limosa_model::{Batch, ColumnType, TablePlan, Value};

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
            match rows.value(row, column) {
                Value::Null => out.extend_from_slice(b"\\N"),
                Value::Boolean(truth) => out.push(if truth { b't' } else { b'f' }),
                // A day outside the other engines' calendar comes as its number.
                Value::Integer(number) if plan.carried == ColumnType::Date => {
                    out.extend_from_slice(far_date(number).as_bytes());
                }
                Value::Integer(number) if matches!(plan.carried, ColumnType::Timestamp { .. }) => {
                    out.extend_from_slice(far_timestamp(number.into()).as_bytes());
                }
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
