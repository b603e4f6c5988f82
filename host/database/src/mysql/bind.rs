//! From what a column carries to the parameters of a prepared insert.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, BinaryArray, BooleanArray, Decimal256Array, StringArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use limosa_model::{
    Batch, ColumnPlan, ColumnType, TablePlan, Value, write_date, write_decimal, write_time,
    write_timestamp,
};
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::mysql::MySqlArguments;

use crate::Result;
use crate::describe::misfit;

/// The bytes that a value takes at most, if it is neither text nor bytes, and that stand beside those.
const FIXED_SIZE: usize = 40;
const SIZE_BESIDE: usize = 9;

/// A batch, ready to be bound row by row: the types of its columns are looked up once, not for each value.
pub(super) struct Rows<'a> {
    table: &'a TablePlan,
    rows: &'a Batch,
    columns: Vec<Column<'a>>,
    /// What all columns take that are neither text nor bytes.
    fixed_size: usize,
}

/// A column of it.
struct Column<'a> {
    plan: &'a ColumnPlan,
    position: usize,
    nulls: Option<&'a NullBuffer>,
    cells: Cells<'a>,
}

/// Values, in the form in which they are bound.
enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a [i64]),
    Float(&'a [f64]),
    /// As a number: a bit string would take the digits of a text for its bits.
    Unsigned(&'a [i128]),
    /// With their scale.
    Decimal(&'a [i128], i8),
    WideDecimal(&'a Decimal256Array),
    Date(&'a [i32]),
    Time(&'a [i64]),
    Timestamp(&'a [i64]),
    Bytes(&'a BinaryArray),
    Text(&'a StringArray),
}

impl<'a> Rows<'a> {
    /// Of a batch in the types that the plan carries.
    pub(super) fn new(table: &'a TablePlan, rows: &'a Batch) -> Self {
        let columns = table.columns.iter().enumerate();
        let columns: Vec<_> = columns
            .map(|(position, plan)| Column::new(plan, position, rows.column(position)))
            .collect();
        let fixed = columns.iter().filter(|column| !column.cells.has_lengths());
        Self {
            table,
            rows,
            fixed_size: fixed.count() * FIXED_SIZE,
            columns,
        }
    }

    /// The bytes that a row takes at most.
    pub(super) fn size(&self, row: usize) -> usize {
        let lengths = self.columns.iter().map(|column| column.cells.size(row));
        self.fixed_size + lengths.sum::<usize>()
    }

    /// The column of which a row takes the most.
    pub(super) fn largest_column(&self, row: usize) -> usize {
        let columns = 0..self.columns.len();
        let largest = columns.max_by_key(|column| self.columns[*column].cells.size(row));
        largest.unwrap_or(0)
    }

    /// The values of so many rows.
    ///
    /// # Errors
    /// If MySQL would alter one without a word.
    pub(super) fn bind(&self, from: usize, count: usize) -> Result<MySqlArguments> {
        let mut arguments = MySqlArguments::default();
        let sizes = (from..from + count).map(|row| self.size(row));
        arguments.reserve(count * self.columns.len(), sizes.sum());
        let mut text = String::new();
        for row in from..from + count {
            for (position, column) in self.columns.iter().enumerate() {
                let added = if column.nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    add_exception(&mut arguments, self.rows.exception(row, position))
                } else {
                    text.clear();
                    column.add(&mut arguments, &mut text, row, self.rows)
                };
                added.map_err(|reason| misfit(self.table, self.rows, row, position, &reason))?;
            }
        }
        Ok(arguments)
    }
}

/// A null, or a value of the server's own in its own text.
fn add_exception(
    arguments: &mut MySqlArguments,
    exception: Option<&Value>,
) -> std::result::Result<(), String> {
    let text = match exception {
        None => None,
        Some(Value::Text(text)) => Some(text.as_str()),
        Some(other) => return Err(format!("{} {other}", other.class())),
    };
    arguments.add(text).map_err(told)
}

impl<'a> Column<'a> {
    fn new(plan: &'a ColumnPlan, position: usize, array: &'a dyn Array) -> Self {
        let cells = match array.data_type() {
            DataType::Boolean => Cells::Boolean(array.as_boolean()),
            DataType::Int64 => Cells::Integer(array.as_primitive::<Int64Type>().values()),
            DataType::Float64 => Cells::Float(array.as_primitive::<Float64Type>().values()),
            DataType::Decimal128(_, scale) => {
                let values = array.as_primitive::<Decimal128Type>().values();
                if plan.carried == ColumnType::Unsigned {
                    Cells::Unsigned(values)
                } else {
                    Cells::Decimal(values, *scale)
                }
            }
            DataType::Decimal256(..) => Cells::WideDecimal(array.as_primitive::<Decimal256Type>()),
            DataType::Date32 => Cells::Date(array.as_primitive::<Date32Type>().values()),
            DataType::Time64(_) => {
                Cells::Time(array.as_primitive::<Time64MicrosecondType>().values())
            }
            DataType::Timestamp(..) => {
                Cells::Timestamp(array.as_primitive::<TimestampMicrosecondType>().values())
            }
            DataType::Binary => Cells::Bytes(array.as_binary()),
            // The layouts of ColumnType end here.
            _ => Cells::Text(array.as_string()),
        };
        Self {
            plan,
            position,
            nulls: array.nulls(),
            cells,
        }
    }

    /// Binds the value of a row that is not null. `text` is empty, for those that go as text.
    fn add(
        &self,
        arguments: &mut MySqlArguments,
        text: &mut String,
        row: usize,
        rows: &Batch,
    ) -> std::result::Result<(), String> {
        let plan = self.plan;
        let outside = || {
            format!(
                "{} lies outside what {} holds",
                rows.value(row, self.position),
                plan.target_type
            )
        };
        match &self.cells {
            Cells::Boolean(cells) => arguments.add(i64::from(cells.value(row))),
            Cells::Integer(cells) => arguments.add(cells[row]),
            Cells::Float(cells) => {
                plan.fit.float(cells[row])?;
                arguments.add(cells[row])
            }
            Cells::Unsigned(cells) => {
                arguments.add(u64::try_from(cells[row]).map_err(|_| outside())?)
            }
            Cells::Decimal(cells, scale) => {
                write_decimal(text, cells[row], *scale);
                plan.fit.number(text)?;
                arguments.add(text.as_str())
            }
            Cells::WideDecimal(cells) => {
                let text = cells.value_as_string(row);
                plan.fit.number(&text)?;
                arguments.add(text)
            }
            Cells::Date(cells) => {
                write_date(text, cells[row]).ok_or_else(outside)?;
                arguments.add(text.as_str())
            }
            Cells::Time(cells) => {
                write_time(text, cells[row]).ok_or_else(outside)?;
                arguments.add(text.as_str())
            }
            Cells::Timestamp(cells) => {
                write_timestamp(text, cells[row]).ok_or_else(outside)?;
                arguments.add(text.as_str())
            }
            Cells::Bytes(cells) => arguments.add(cells.value(row)),
            Cells::Text(cells) => {
                let text = cells.value(row);
                // Even a strict server cuts spaces beyond a length, and rounds to a scale.
                plan.fit.length(text)?;
                plan.fit.number(text)?;
                arguments.add(text)
            }
        }
        .map_err(told)
    }
}

impl Cells<'_> {
    /// Whether its values are of any length.
    fn has_lengths(&self) -> bool {
        matches!(self, Self::Bytes(_) | Self::Text(_))
    }

    /// The bytes that a value takes at most, if they are of any length.
    fn size(&self, row: usize) -> usize {
        let length = match self {
            Self::Bytes(cells) => cells.value_length(row),
            Self::Text(cells) => cells.value_length(row),
            _ => return 0,
        };
        usize::try_from(length).unwrap_or(0) + SIZE_BESIDE
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn told(error: BoxDynError) -> String {
    error.to_string()
}
