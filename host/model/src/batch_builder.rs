//! Collecting rows into batches of bounded size.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder,
    Decimal256Builder, Float64Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_buffer::i256;
use arrow_schema::DataType;

use crate::batch::{Batch, Exception, MAX_BATCH_BYTES, MAX_BATCH_ROWS, Shape};
use crate::{ColumnType, Value};

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
    use crate::batch::Field;

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
