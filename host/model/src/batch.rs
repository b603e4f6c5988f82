//! The one currency of rows: Arrow columns, and beside them the values that do not fit their column.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::{DataType, Schema, SchemaRef, TimeUnit};

use crate::calendar::{date_to_text, time_to_text, timestamp_to_text};
use crate::{ColumnType, Value, decimal_to_text};

/// Rows in a batch at most.
pub const MAX_BATCH_ROWS: usize = 8_192;
/// A batch is closed once its values take this many bytes; a single larger row still makes a batch of its own.
pub const MAX_BATCH_BYTES: usize = 4 << 20;

/// A column of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The column's name where the rows come from.
    pub name: String,
    /// What it carries.
    pub column_type: ColumnType,
    /// Whether nulls are expected.
    pub nullable: bool,
}

/// The columns of a batch, shared by all batches of a scan.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    fields: Vec<Field>,
    schema: SchemaRef,
}

impl Shape {
    /// Fixes the columns and their order.
    pub fn new(fields: Vec<Field>) -> Arc<Self> {
        let columns = fields
            .iter()
            // Always nullable to Arrow: a value that does not fit is null there, whatever the column says.
            .map(|field| arrow_schema::Field::new(&field.name, field.column_type.layout(), true));
        let schema = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        Arc::new(Self { fields, schema })
    }

    /// The columns in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Where a column of this name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// A value that its column's type cannot hold: null in Arrow, kept here whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// Row within the batch.
    pub row: usize,
    /// Column within the batch.
    pub column: usize,
    /// The value as stored.
    pub value: Value,
}

/// A run of rows.
#[derive(Clone, Debug)]
pub struct Batch {
    shape: Arc<Shape>,
    records: RecordBatch,
    exceptions: Vec<Exception>,
}

impl Batch {
    /// Puts columns together; their Arrow types must be the layouts of the shape.
    pub fn new(
        shape: Arc<Shape>,
        columns: Vec<ArrayRef>,
        rows: usize,
        exceptions: Vec<Exception>,
    ) -> Result<Self, arrow_schema::ArrowError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(shape.schema.clone(), columns, &options)?;
        Ok(Self {
            shape,
            records,
            exceptions,
        })
    }

    /// The same rows with their columns called otherwise: the shapes differ in names alone.
    pub fn renamed(&self, shape: &Arc<Shape>) -> Result<Self, arrow_schema::ArrowError> {
        let columns = self.records.columns().to_vec();
        Self::new(shape.clone(), columns, self.len(), self.exceptions.clone())
    }

    /// The columns.
    pub fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.records.num_rows()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The Arrow array of a column.
    pub fn column(&self, column: usize) -> &ArrayRef {
        self.records.column(column)
    }

    /// The values of a column at these rows, in their order.
    ///
    /// # Errors
    /// If Arrow refuses, which it has no reason to.
    pub fn taken(&self, column: usize, rows: &[u32]) -> Result<ArrayRef, arrow_schema::ArrowError> {
        let rows = UInt32Array::from(rows.to_vec());
        arrow_select::take::take(self.column(column), &rows, None)
    }

    /// The values that do not fit, ordered by row.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// The value that does not fit at this place, if there is one.
    pub fn exception(&self, row: usize, column: usize) -> Option<&Value> {
        let start = self
            .exceptions
            .partition_point(|exception| exception.row < row);
        self.exceptions[start..]
            .iter()
            .take_while(|exception| exception.row == row)
            .find(|exception| exception.column == column)
            .map(|exception| &exception.value)
    }

    /// One value; decimals, dates and times as canonical text.
    pub fn value(&self, row: usize, column: usize) -> Value {
        if let Some(value) = self.exception(row, column) {
            return value.clone();
        }
        value_of(self.column(column), row)
    }

    /// The values of some columns of a row, as a key is made of.
    pub fn values(&self, row: usize, columns: &[usize]) -> Vec<Value> {
        columns
            .iter()
            .map(|&column| self.value(row, column))
            .collect()
    }

    /// The same rows with some of the columns, in the order given.
    pub fn project(
        &self,
        shape: &Arc<Shape>,
        columns: &[usize],
    ) -> Result<Self, arrow_schema::ArrowError> {
        let arrays = columns
            .iter()
            .map(|&column| self.column(column).clone())
            .collect();
        let mut exceptions = Vec::new();
        for exception in &self.exceptions {
            for (position, &column) in columns.iter().enumerate() {
                if column == exception.column {
                    exceptions.push(Exception {
                        column: position,
                        ..exception.clone()
                    });
                }
            }
        }
        Self::new(shape.clone(), arrays, self.len(), exceptions)
    }

    /// One row by itself.
    pub fn slice(&self, row: usize) -> Self {
        self.part(row, 1)
    }

    /// So many rows from one on.
    pub fn part(&self, first: usize, rows: usize) -> Self {
        let inside = self
            .exceptions
            .iter()
            .filter(|exception| (first..first + rows).contains(&exception.row));
        Self {
            shape: self.shape.clone(),
            records: self.records.slice(first, rows),
            exceptions: inside
                .map(|exception| Exception {
                    row: exception.row - first,
                    ..exception.clone()
                })
                .collect(),
        }
    }

    /// The same rows without some of them.
    ///
    /// # Errors
    /// If Arrow refuses, which it has no reason to.
    pub fn without(&self, rows: &BTreeSet<usize>) -> Result<Self, arrow_schema::ArrowError> {
        let kept: BooleanArray = (0..self.len())
            .map(|row| Some(!rows.contains(&row)))
            .collect();
        let records = arrow_select::filter::filter_record_batch(&self.records, &kept)?;
        let exceptions = self
            .exceptions
            .iter()
            .filter(|exception| !rows.contains(&exception.row))
            .map(|exception| Exception {
                row: exception.row - rows.range(..exception.row).count(),
                ..exception.clone()
            });
        Ok(Self {
            shape: self.shape.clone(),
            records,
            exceptions: exceptions.collect(),
        })
    }

    /// The same rows with nulls in some rows of a column.
    ///
    /// # Errors
    /// If Arrow refuses, which it has no reason to.
    pub fn nulled(
        &self,
        column: usize,
        rows: &BTreeSet<usize>,
    ) -> Result<Self, arrow_schema::ArrowError> {
        let nulls: BooleanArray = (0..self.len())
            .map(|row| Some(rows.contains(&row)))
            .collect();
        let mut columns = self.records.columns().to_vec();
        columns[column] = arrow_select::nullif::nullif(&columns[column], &nulls)?;
        let exceptions = self
            .exceptions
            .iter()
            .filter(|exception| exception.column != column || !rows.contains(&exception.row));
        Self::new(
            self.shape.clone(),
            columns,
            self.len(),
            exceptions.cloned().collect(),
        )
    }

    /// Bytes held by the rows.
    pub fn size(&self) -> usize {
        let values: usize = self
            .exceptions
            .iter()
            .map(|exception| exception.value.heap_size())
            .sum();
        self.records.get_array_memory_size() + values
    }
}

fn value_of(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let text = |text: Option<String>, raw: i64| text.map_or(Value::Integer(raw), Value::Text);
    match array.data_type() {
        DataType::Boolean => Value::Boolean(array.as_boolean().value(row)),
        DataType::Int64 => Value::Integer(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => Value::Text(decimal_to_text(
            array.as_primitive::<Decimal128Type>().value(row),
            *scale,
        )),
        DataType::Decimal256(..) => {
            Value::Text(array.as_primitive::<Decimal256Type>().value_as_string(row))
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            text(date_to_text(days), days.into())
        }
        DataType::Time64(_) => {
            let time = array.as_primitive::<Time64MicrosecondType>().value(row);
            text(time_to_text(time), time)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let timestamp = array.as_primitive::<TimestampMicrosecondType>().value(row);
            text(timestamp_to_text(timestamp), timestamp)
        }
        DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        // Shape::new allows no other layout.
        _ => Value::Text(array.as_string::<i32>().value(row).to_owned()),
    }
}
