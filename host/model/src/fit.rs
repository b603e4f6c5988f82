//! What a column of the target holds, apart from its type: looked at before a value is sent, so that no server cuts,
//! rounds or refuses it later.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow_schema::DataType;
use serde::Serialize;

use crate::{Batch, Own, Value, is_json};

/// The bounds of a column; what is not bounded here, its type bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// The smallest and the greatest whole number.
    pub integers: Option<(i64, i64)>,
    /// The most characters of a text.
    pub characters: Option<usize>,
    /// The most bytes of a text or of bytes.
    pub bytes: Option<usize>,
    /// No text with a NUL character.
    pub no_nul: bool,
    /// The most digits of a decimal before the point and after it.
    pub digits: Option<(usize, usize)>,
    /// No infinity.
    pub no_infinity: bool,
    /// No NaN.
    pub no_nan: bool,
    /// No negative zero.
    pub no_negative_zero: bool,
    /// Only floats of four bytes.
    pub single: bool,
    /// The first and the last day, counted from 1970-01-01.
    pub days: Option<(i32, i32)>,
    /// The first and the last moment, in microseconds since 1970-01-01 00:00.
    pub microseconds: Option<(i64, i64)>,
    /// Only lower-case `8-4-4-4-12`: other forms of a UUID would come back as this one.
    pub uuid: bool,
    /// Only JSON.
    pub json: bool,
    /// Values that do not have the column's type are taken as they are.
    pub exceptions: bool,
    /// Of those only these: the engine's own words for values that others do not have.
    pub own: Option<Own>,
}

/// A value that a column of the target does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Row within the batch.
    pub row: usize,
    /// Column within the batch.
    pub column: usize,
    /// Why.
    pub reason: String,
}

impl Fit {
    /// What only one engine has, within that engine: every value of a column as it was.
    pub fn own() -> Self {
        Self {
            exceptions: true,
            ..Self::default()
        }
    }

    /// Whether every value of whatever type fits.
    pub fn takes_all(&self) -> bool {
        *self == Self::own()
    }

    /// Whether every float fits, of four bytes if that is what the column is for.
    pub fn takes_floats(&self) -> bool {
        !(self.no_nan || self.no_infinity || self.no_negative_zero)
    }

    /// Whether every text of so many characters fits, but for NUL characters; `None`: of any number.
    pub fn takes_texts_of(&self, length: Option<u32>) -> bool {
        let takes = |most: Option<usize>, bytes: usize| match (most, length) {
            (None, _) => true,
            (Some(most), Some(length)) => (length as usize).saturating_mul(bytes) <= most,
            (Some(_), None) => false,
        };
        takes(self.characters, 1) && takes(self.bytes, 4) && !self.json && !self.uuid
    }

    /// Whether so many bytes fit, whichever they are.
    pub fn takes_bytes_of(&self, length: u32) -> bool {
        self.bytes.is_none_or(|most| length as usize <= most)
    }

    /// Whether a value that does not have the column's type is taken all the same.
    pub fn takes_exception(&self, value: &Value) -> bool {
        let is_own = |own: Own| matches!(value, Value::Text(text) if own.takes(text));
        self.exceptions || self.own.is_some_and(is_own)
    }

    /// Adds the values of one column of a batch that it does not hold.
    pub fn misfits(&self, batch: &Batch, column: usize, found: &mut Vec<Misfit>) {
        let mut note = |row, reason| {
            found.push(Misfit {
                row,
                column,
                reason,
            })
        };
        if !self.exceptions {
            let of_column = batch.exceptions().iter();
            let refused = of_column.filter(|exception| {
                exception.column == column && !self.takes_exception(&exception.value)
            });
            for exception in refused {
                let column_type = &batch.shape().fields()[column].column_type;
                let (class, value) = (exception.value.class(), &exception.value);
                note(
                    exception.row,
                    format!("the {class} {value} is no {column_type}"),
                );
            }
        }
        let array = batch.column(column);
        let mut each = |suspect: bool, look: &dyn Fn(usize) -> Result<(), String>| {
            if !suspect {
                return;
            }
            for row in (0..array.len()).filter(|row| array.is_valid(*row)) {
                if let Err(reason) = look(row) {
                    note(row, reason);
                }
            }
        };
        match array.data_type() {
            DataType::Int64 => {
                let values = array.as_primitive::<Int64Type>();
                each(self.integers.is_some(), &|row| {
                    self.integer(values.value(row))
                });
            }
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>();
                each(self.bounds_floats(), &|row| self.float(values.value(row)));
            }
            DataType::Decimal128(_, scale) => {
                let values = array.as_primitive::<Decimal128Type>();
                each(self.digits.is_some(), &|row| {
                    self.number(&crate::decimal_to_text(values.value(row), *scale))
                });
            }
            DataType::Decimal256(..) => {
                let values = array.as_primitive::<Decimal256Type>();
                each(self.digits.is_some(), &|row| {
                    self.number(&values.value_as_string(row))
                });
            }
            DataType::Date32 => {
                let values = array.as_primitive::<Date32Type>();
                each(self.days.is_some(), &|row| self.day(values.value(row)));
            }
            DataType::Timestamp(..) => {
                let values = array.as_primitive::<TimestampMicrosecondType>();
                each(self.microseconds.is_some(), &|row| {
                    self.moment(values.value(row))
                });
            }
            DataType::Binary => {
                let values = array.as_binary::<i32>();
                each(self.bytes.is_some(), &|row| self.blob(values.value(row)));
            }
            DataType::Utf8 => {
                let values = array.as_string::<i32>();
                each(self.suspects(values.value_data()), &|row| {
                    self.text(values.value(row))
                });
            }
            // Booleans and times of day: every target has them whole.
            _ => {}
        }
    }

    /// Whether texts have to be looked at one by one, by all their bytes at once.
    fn suspects(&self, texts: &[u8]) -> bool {
        self.characters.is_some()
            || self.bytes.is_some()
            || self.digits.is_some()
            || self.uuid
            || self.json
            || self.no_nul && texts.contains(&0)
    }

    /// Whether any float is bounded.
    fn bounds_floats(&self) -> bool {
        self.no_infinity || self.no_nan || self.no_negative_zero || self.single
    }

    /// Whether a whole number fits.
    ///
    /// # Errors
    /// Why not.
    pub fn integer(&self, number: i64) -> Result<(), String> {
        match self.integers {
            Some((least, most)) if !(least..=most).contains(&number) => {
                Err(format!("{number} lies outside of {least} to {most}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a float fits.
    ///
    /// # Errors
    /// Why not.
    pub fn float(&self, number: f64) -> Result<(), String> {
        if self.no_nan && number.is_nan() {
            return Err("NaN has no form there".into());
        }
        if self.no_infinity && number.is_infinite() {
            return Err("infinity has no form there".into());
        }
        if self.no_negative_zero && number == 0.0 && number.is_sign_negative() {
            return Err("negative zero has no form there".into());
        }
        #[expect(clippy::cast_possible_truncation, reason = "compared with the whole")]
        let narrow = number as f32;
        if self.single && !number.is_nan() && f64::from(narrow).to_bits() != number.to_bits() {
            return Err(format!("{number} has no exact form in four bytes"));
        }
        Ok(())
    }

    /// Whether a decimal, given as canonical text, fits.
    ///
    /// # Errors
    /// Why not.
    pub fn number(&self, text: &str) -> Result<(), String> {
        let Some((before, after)) = self.digits else {
            return Ok(());
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = whole.trim_start_matches('-').trim_start_matches('0');
        if whole.len() > before || fraction.trim_end_matches('0').len() > after {
            return Err(format!(
                "{text} has more digits than {before} before and {after} after the point"
            ));
        }
        Ok(())
    }

    /// Whether a day fits.
    ///
    /// # Errors
    /// Why not.
    pub fn day(&self, day: i32) -> Result<(), String> {
        let shown = |day| crate::date_to_text(day).unwrap_or_else(|| format!("day {day}"));
        match self.days {
            Some((first, last)) if !(first..=last).contains(&day) => Err(format!(
                "{} lies outside of {} to {}",
                shown(day),
                shown(first),
                shown(last)
            )),
            _ => Ok(()),
        }
    }

    /// Whether a moment fits.
    ///
    /// # Errors
    /// Why not.
    pub fn moment(&self, moment: i64) -> Result<(), String> {
        let shown = |moment| {
            crate::timestamp_to_text(moment).unwrap_or_else(|| format!("microsecond {moment}"))
        };
        match self.microseconds {
            Some((first, last)) if !(first..=last).contains(&moment) => Err(format!(
                "{} lies outside of {} to {}",
                shown(moment),
                shown(first),
                shown(last)
            )),
            _ => Ok(()),
        }
    }

    /// Whether bytes fit.
    ///
    /// # Errors
    /// Why not.
    pub fn blob(&self, bytes: &[u8]) -> Result<(), String> {
        match self.bytes {
            Some(most) if bytes.len() > most => {
                Err(format!("{} bytes where {most} fit", bytes.len()))
            }
            _ => Ok(()),
        }
    }

    /// Whether a text is not too long. Its characters are counted only where its bytes leave a doubt.
    ///
    /// # Errors
    /// If it is.
    pub fn length(&self, text: &str) -> Result<(), String> {
        match self.characters {
            Some(most) if text.len() > most && text.chars().count() > most => {
                let characters = text.chars().count();
                Err(format!(
                    "a text of {characters} characters where {most} fit"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether a text fits, or what is carried as text: a number, a UUID, JSON.
    ///
    /// # Errors
    /// Why not.
    pub fn text(&self, text: &str) -> Result<(), String> {
        if self.no_nul && text.as_bytes().contains(&0) {
            return Err("a text with a NUL character, which has no form there".into());
        }
        self.length(text)?;
        self.blob(text.as_bytes())?;
        self.number(text)?;
        if self.uuid && !is_canonical_uuid(text) {
            return Err(format!(
                "'{text}' is no UUID as it would come back: lower-case, with four hyphens"
            ));
        }
        if self.json && !is_json(text) {
            return Err("a text that is not JSON".into());
        }
        Ok(())
    }
}

/// Lower-case `8-4-4-4-12`: the form in which every engine hands UUIDs out.
pub fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(position, byte)| match position {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchBuilder, ColumnType, Field, Shape};

    #[test]
    fn every_misfit_of_a_column_is_named() {
        let shape = Shape::new(vec![Field {
            name: "a".into(),
            column_type: ColumnType::TEXT,
            nullable: true,
        }]);
        let mut builder = BatchBuilder::new(shape);
        for text in ["fits", "über", "too long", "n\0l"] {
            builder.text(0, text);
            builder.end_row();
        }
        builder.misfit(0, Value::Integer(5));
        builder.end_row();
        let batch = builder.finish().unwrap();
        let found = |fit: Fit| {
            let mut found = Vec::new();
            fit.misfits(&batch, 0, &mut found);
            let rows: Vec<usize> = found.iter().map(|misfit| misfit.row).collect();
            rows
        };
        assert!(found(Fit::own()).is_empty());
        assert_eq!(found(Fit::default()), [4]);
        let characters = Fit {
            characters: Some(4),
            ..Fit::default()
        };
        assert_eq!(found(characters), [4, 2]);
        let bytes = Fit {
            bytes: Some(4),
            ..Fit::default()
        };
        assert_eq!(found(bytes), [4, 1, 2]);
        let no_nul = Fit {
            no_nul: true,
            exceptions: true,
            ..Fit::default()
        };
        assert_eq!(found(no_nul), [3]);
    }

    #[test]
    fn words_of_one_engine() {
        let check = |own, text: &str, expected| {
            let fit = Fit {
                own: Some(own),
                ..Fit::default()
            };
            assert_eq!(
                fit.takes_exception(&Value::Text(text.into())),
                expected,
                "{text}"
            );
        };
        check(Own::EndsOfTime, "-infinity", true);
        check(Own::EndsOfTime, "tomorrow", false);
        check(Own::NoNumber, "Infinity", false);
        check(Own::ZeroDates, "2024-00-00", true);
        check(Own::ZeroDates, "0000-00-00 00:00:00", true);
        check(Own::ZeroDates, "0000-00-00 25:00:00", false);
        check(Own::ZeroDates, "2024-02-29", false);
        check(Own::Spans, "-838:59:59.5", true);
        check(Own::Spans, "839:00:00", false);
    }

    #[test]
    fn single_values() {
        let check =
            |result: Result<(), String>, fits: bool| assert_eq!(result.is_ok(), fits, "{result:?}");
        let four = Fit {
            integers: Some((-128, 127)),
            ..Fit::default()
        };
        check(four.integer(127), true);
        check(four.integer(128), false);
        let digits = Fit {
            digits: Some((3, 2)),
            ..Fit::default()
        };
        check(digits.number("-999.99"), true);
        check(digits.number("0.120"), true);
        check(digits.number("1000"), false);
        check(digits.number("0.125"), false);
        let single = Fit {
            single: true,
            no_nan: true,
            no_negative_zero: true,
            ..Fit::default()
        };
        check(single.float(0.5), true);
        check(single.float(0.1), false);
        check(single.float(-0.0), false);
        check(single.float(f64::NAN), false);
        let uuid = Fit {
            uuid: true,
            ..Fit::default()
        };
        check(uuid.text("0F8FAD5B-D9CB-469F-A165-70867728950E"), false);
    }
}
