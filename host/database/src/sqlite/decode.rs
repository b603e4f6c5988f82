//! From what SQLite stores to what a column carries: exactly, or as an exception.

use arrow_buffer::i256;
use limosa_model::{
    BatchBuilder, ColumnType, Fit, canonical_number, date_from_text, decimal_from_float,
    decimal_from_text, is_canonical_uuid, number_from_float, time_from_text, timestamp_from_text,
};
use rusqlite::types::ValueRef;

use super::connection::value_of;

/// What takes values, column by column: rows to be carried, or a count of those that cannot be.
pub(super) trait Cells {
    fn null(&mut self, column: usize);
    fn integer(&mut self, column: usize, value: i64);
    fn float(&mut self, column: usize, value: f64);
    fn decimal(&mut self, column: usize, unscaled: i128);
    fn wide_decimal(&mut self, column: usize, unscaled: i256);
    fn text(&mut self, column: usize, value: &str);
    fn bytes(&mut self, column: usize, value: &[u8]);
    /// A value that the column's type cannot hold.
    fn misfit(&mut self, column: usize, value: ValueRef<'_>);
}

impl Cells for BatchBuilder {
    fn null(&mut self, column: usize) {
        self.null(column);
    }
    fn integer(&mut self, column: usize, value: i64) {
        self.integer(column, value);
    }
    fn float(&mut self, column: usize, value: f64) {
        self.float(column, value);
    }
    fn decimal(&mut self, column: usize, unscaled: i128) {
        self.decimal(column, unscaled);
    }
    fn wide_decimal(&mut self, column: usize, unscaled: i256) {
        self.wide_decimal(column, unscaled);
    }
    fn text(&mut self, column: usize, value: &str) {
        self.text(column, value);
    }
    fn bytes(&mut self, column: usize, value: &[u8]) {
        self.bytes(column, value);
    }
    fn misfit(&mut self, column: usize, value: ValueRef<'_>) {
        self.misfit(column, value_of(value));
    }
}

/// How many values of each column do not fit: neither its type nor what stands beside it.
pub(super) struct Misfits {
    fits: Vec<Fit>,
    pub(super) counts: Vec<u64>,
}

impl Misfits {
    pub(super) fn new(fits: Vec<Fit>) -> Self {
        let counts = vec![0; fits.len()];
        Self { fits, counts }
    }

    fn look(&mut self, column: usize, fits: impl FnOnce(&Fit) -> Result<(), String>) {
        if fits(&self.fits[column]).is_err() {
            self.counts[column] += 1;
        }
    }
}

impl Cells for Misfits {
    fn null(&mut self, _: usize) {}
    fn integer(&mut self, column: usize, value: i64) {
        // A column has bounds of one of these sorts.
        self.look(column, |fit| {
            fit.integer(value)?;
            fit.moment(value)?;
            fit.days
                .and(i32::try_from(value).ok())
                .map_or(Ok(()), |day| fit.day(day))
        });
    }
    fn float(&mut self, column: usize, value: f64) {
        self.look(column, |fit| fit.float(value));
    }
    // What bounds a decimal is its type.
    fn decimal(&mut self, _: usize, _: i128) {}
    fn wide_decimal(&mut self, _: usize, _: i256) {}
    fn text(&mut self, column: usize, value: &str) {
        self.look(column, |fit| fit.text(value));
    }
    fn bytes(&mut self, column: usize, value: &[u8]) {
        self.look(column, |fit| fit.blob(value));
    }
    fn misfit(&mut self, column: usize, value: ValueRef<'_>) {
        let fit = &self.fits[column];
        let is_taken = fit.exceptions || fit.own.is_some() && fit.takes_exception(&value_of(value));
        self.counts[column] += u64::from(!is_taken);
    }
}

/// Gives one stored value to its column.
pub(super) fn append(
    builder: &mut impl Cells,
    column: usize,
    column_type: &ColumnType,
    value: ValueRef<'_>,
) {
    match (value, column_type) {
        (ValueRef::Null, _) => builder.null(column),
        (ValueRef::Integer(number), ColumnType::Integer { .. })
        | (ValueRef::Integer(number @ 0..=1), ColumnType::Boolean) => {
            builder.integer(column, number)
        }
        (ValueRef::Real(number), ColumnType::Float { .. }) => builder.float(column, number),
        (ValueRef::Blob(bytes), ColumnType::Bytes { .. }) => builder.bytes(column, bytes),
        (ValueRef::Text(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(text) => append_text(builder, column, column_type, text),
            Err(_) => builder.misfit(column, value),
        },
        (ValueRef::Integer(number), ColumnType::Unsigned) if number >= 0 => {
            builder.decimal(column, number.into())
        }
        (ValueRef::Integer(number), ColumnType::Decimal { precision, scale }) => {
            match decimal_from_integer(number, *precision, *scale) {
                Some(unscaled) => builder.decimal(column, unscaled),
                None => builder.misfit(column, value),
            }
        }
        (ValueRef::Integer(number), ColumnType::Number) => {
            builder.text(column, &number.to_string())
        }
        (ValueRef::Real(number), ColumnType::Decimal { precision, scale }) => {
            match decimal_from_float(number, *precision, *scale) {
                Some(unscaled) => builder.decimal(column, unscaled),
                None => builder.misfit(column, value),
            }
        }
        (ValueRef::Real(number), ColumnType::Number) => match number_from_float(number) {
            Some(text) => builder.text(column, &text),
            None => builder.misfit(column, value),
        },
        _ => builder.misfit(column, value),
    }
}

fn append_text<C: Cells>(builder: &mut C, column: usize, column_type: &ColumnType, text: &str) {
    let misfit = |builder: &mut C| builder.misfit(column, ValueRef::Text(text.as_bytes()));
    let integer = |builder: &mut C, number: Option<i64>| match number {
        Some(number) => builder.integer(column, number),
        None => misfit(builder),
    };
    match column_type {
        ColumnType::Text { .. } | ColumnType::Native { .. } | ColumnType::Json { .. } => {
            builder.text(column, text)
        }
        ColumnType::Uuid if is_canonical_uuid(text) => builder.text(column, text),
        ColumnType::Date => integer(builder, date_from_text(text).map(i64::from)),
        ColumnType::Time => integer(builder, time_from_text(text)),
        ColumnType::Timestamp { .. } => integer(builder, timestamp_from_text(text)),
        ColumnType::Decimal { precision, scale } => {
            match decimal_from_text(text, *precision, *scale) {
                // Only the text that would be written back: '007' stays an exception.
                Some(unscaled) if is_canonical(text) => builder.decimal(column, unscaled),
                _ if *precision > 38 && is_canonical(text) => {
                    match limosa_model::wide_from_text(text, *precision, *scale) {
                        Some(unscaled) => builder.wide_decimal(column, unscaled),
                        None => misfit(builder),
                    }
                }
                _ => misfit(builder),
            }
        }
        ColumnType::Unsigned => match decimal_from_text(text, 20, 0) {
            Some(unscaled)
                if is_canonical(text) && (0..=i128::from(u64::MAX)).contains(&unscaled) =>
            {
                builder.decimal(column, unscaled)
            }
            _ => misfit(builder),
        },
        ColumnType::Number if is_canonical(text) => builder.text(column, text),
        _ => misfit(builder),
    }
}

/// Whether a decimal text is written as Limosa writes it.
fn is_canonical(text: &str) -> bool {
    canonical_number(text).is_some_and(|canonical| canonical == text)
}

fn decimal_from_integer(number: i64, precision: u8, scale: i8) -> Option<i128> {
    let power = 10i128.checked_pow(u32::try_from(scale).ok()?)?;
    let unscaled = i128::from(number).checked_mul(power)?;
    let limit = 10i128.checked_pow(precision.min(38).into())?;
    (unscaled.abs() < limit).then_some(unscaled)
}
