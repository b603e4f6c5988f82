//! The one currency of rows: Arrow columns, and beside them the values that do not fit their column.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder,
    Decimal256Builder, Float64Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_buffer::i256;
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

/// Collects rows value by value, column after column, into batches of bounded size.
#[derive(Debug)]
pub struct BatchBuilder {
    shape: Arc<Shape>,
    columns: Vec<ColumnBuilder>,
    exceptions: Vec<Exception>,
    rows: usize,
    bytes: usize,
    row_width: usize,
}

#[derive(Debug)]
enum ColumnBuilder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Decimal(Decimal128Builder),
    Wide(Decimal256Builder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
}

impl BatchBuilder {
    /// An empty batch of this shape.
    pub fn new(shape: Arc<Shape>) -> Self {
        let columns = shape
            .fields()
            .iter()
            .map(|field| ColumnBuilder::new(&field.column_type))
            .collect();
        // What fixed-width columns take; text and bytes count what they hold.
        let row_width = shape.fields().len() * 8;
        Self {
            shape,
            columns,
            exceptions: Vec::new(),
            rows: 0,
            bytes: 0,
            row_width,
        }
    }

    /// Appends a null.
    pub fn null(&mut self, column: usize) {
        match &mut self.columns[column] {
            ColumnBuilder::Boolean(builder) => builder.append_null(),
            ColumnBuilder::Integer(builder) => builder.append_null(),
            ColumnBuilder::Float(builder) => builder.append_null(),
            ColumnBuilder::Decimal(builder) => builder.append_null(),
            ColumnBuilder::Wide(builder) => builder.append_null(),
            ColumnBuilder::Date(builder) => builder.append_null(),
            ColumnBuilder::Time(builder) => builder.append_null(),
            ColumnBuilder::Timestamp(builder) => builder.append_null(),
            ColumnBuilder::Text(builder) => builder.append_null(),
            ColumnBuilder::Bytes(builder) => builder.append_null(),
        }
    }

    /// Appends a value that the column's type cannot hold.
    pub fn misfit(&mut self, column: usize, value: Value) {
        self.null(column);
        self.bytes += value.heap_size();
        self.exceptions.push(Exception {
            row: self.rows,
            column,
            value,
        });
    }

    /// Appends an integer, a boolean as 0 or 1, a date in days, a time or timestamp in microseconds.
    ///
    /// What the column cannot hold becomes an exception.
    pub fn integer(&mut self, column: usize, value: i64) {
        match &mut self.columns[column] {
            ColumnBuilder::Integer(builder) => builder.append_value(value),
            ColumnBuilder::Boolean(builder) if value == 0 || value == 1 => {
                builder.append_value(value == 1)
            }
            ColumnBuilder::Time(builder) => builder.append_value(value),
            ColumnBuilder::Timestamp(builder) => builder.append_value(value),
            ColumnBuilder::Date(builder) => match i32::try_from(value) {
                Ok(days) => builder.append_value(days),
                Err(_) => self.misfit(column, Value::Integer(value)),
            },
            _ => self.misfit(column, Value::Integer(value)),
        }
    }

    /// Appends a float.
    pub fn float(&mut self, column: usize, value: f64) {
        match &mut self.columns[column] {
            ColumnBuilder::Float(builder) => builder.append_value(value),
            _ => self.misfit(column, Value::Float(value)),
        }
    }

    /// Appends a decimal of up to 38 digits, in the column's scale.
    pub fn decimal(&mut self, column: usize, unscaled: i128) {
        match &mut self.columns[column] {
            ColumnBuilder::Decimal(builder) => builder.append_value(unscaled),
            ColumnBuilder::Wide(builder) => builder.append_value(i256::from_i128(unscaled)),
            _ => self.misfit(column, Value::Text(unscaled.to_string())),
        }
    }

    /// Appends a decimal of up to 76 digits, in the column's scale.
    pub fn wide_decimal(&mut self, column: usize, unscaled: i256) {
        match &mut self.columns[column] {
            ColumnBuilder::Wide(builder) => builder.append_value(unscaled),
            _ => self.misfit(column, Value::Text(unscaled.to_string())),
        }
    }

    /// Appends text.
    pub fn text(&mut self, column: usize, value: &str) {
        self.bytes += value.len();
        match &mut self.columns[column] {
            ColumnBuilder::Text(builder) => builder.append_value(value),
            _ => self.misfit(column, Value::Text(value.to_owned())),
        }
    }

    /// Appends bytes.
    pub fn bytes(&mut self, column: usize, value: &[u8]) {
        self.bytes += value.len();
        match &mut self.columns[column] {
            ColumnBuilder::Bytes(builder) => builder.append_value(value),
            _ => self.misfit(column, Value::Bytes(value.to_vec())),
        }
    }

    /// Every column has its value: the row is done.
    pub fn end_row(&mut self) {
        self.rows += 1;
        self.bytes += self.row_width;
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the batch has reached its bounds.
    pub fn is_full(&self) -> bool {
        self.rows >= MAX_BATCH_ROWS || self.bytes >= MAX_BATCH_BYTES
    }

    /// Hands the rows out and starts anew.
    ///
    /// # Errors
    /// If a row was ended before every column had its value: a fault of the adapter.
    pub fn finish(&mut self) -> Result<Batch, arrow_schema::ArrowError> {
        let columns = self
            .columns
            .iter_mut()
            .zip(self.shape.fields())
            .map(|(builder, field)| builder.finish(&field.column_type.layout()))
            .collect::<Result<_, _>>()?;
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        Batch::new(
            self.shape.clone(),
            columns,
            rows,
            std::mem::take(&mut self.exceptions),
        )
    }
}

impl ColumnBuilder {
    fn new(column_type: &ColumnType) -> Self {
        match column_type.layout() {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Decimal128(..) => Self::Decimal(Decimal128Builder::new()),
            DataType::Decimal256(..) => Self::Wide(Decimal256Builder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Time64(_) => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp(..) => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            DataType::Binary => Self::Bytes(BinaryBuilder::new()),
            // The layouts of ColumnType end here.
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn finish(&mut self, layout: &DataType) -> Result<ArrayRef, arrow_schema::ArrowError> {
        let (precision, scale) = match layout {
            DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
                (*precision, *scale)
            }
            _ => (1, 0),
        };
        Ok(match self {
            Self::Decimal(builder) => Arc::new(
                builder
                    .finish()
                    .with_precision_and_scale(precision, scale)?,
            ),
            Self::Wide(builder) => Arc::new(
                builder
                    .finish()
                    .with_precision_and_scale(precision, scale)?,
            ),
            Self::Boolean(builder) => ArrayBuilder::finish(builder),
            Self::Integer(builder) => ArrayBuilder::finish(builder),
            Self::Float(builder) => ArrayBuilder::finish(builder),
            Self::Date(builder) => ArrayBuilder::finish(builder),
            Self::Time(builder) => ArrayBuilder::finish(builder),
            Self::Timestamp(builder) => ArrayBuilder::finish(builder),
            Self::Text(builder) => ArrayBuilder::finish(builder),
            Self::Bytes(builder) => ArrayBuilder::finish(builder),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misfit_is_kept_beside_the_rows() {
        let field = |name: &str, column_type| Field {
            name: name.into(),
            column_type,
            nullable: true,
        };
        let shape = Shape::new(vec![
            field("id", ColumnType::Integer { bytes: 8 }),
            field(
                "amount",
                ColumnType::Decimal {
                    precision: 12,
                    scale: 2,
                },
            ),
        ]);
        let mut builder = BatchBuilder::new(shape.clone());
        builder.integer(0, 1);
        builder.decimal(1, -198);
        builder.end_row();
        builder.integer(0, 2);
        builder.misfit(1, Value::Text("many".into()));
        builder.end_row();
        let batch = builder.finish().unwrap();
        assert_eq!(
            batch.values(0, &[0, 1]),
            [Value::Integer(1), Value::Text("-1.98".into())]
        );
        assert_eq!(batch.value(1, 1), Value::Text("many".into()));
        let narrow = Shape::new(vec![shape.fields()[1].clone()]);
        let narrow = batch.project(&narrow, &[1]).unwrap();
        assert_eq!(narrow.exception(1, 0), Some(&Value::Text("many".into())));
        assert!(builder.finish().unwrap().is_empty());
    }
}
