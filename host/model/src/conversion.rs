//! Making another value of one, as a treatment asks for: exactly, or with a loss that is said, or not at all.

use crate::calendar::{date_from_text, time_from_text, timestamp_from_text};
use crate::decimal::Digits;
use crate::{
    BatchBuilder, ColumnType, Epoch, Rounding, Treatment, Value, number_from_float,
    timestamp_to_text,
};

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;
/// 1970-01-01 00:00 as a Julian day, in milliseconds: 2440587.5 days.
const EPOCH_AS_JULIAN_MILLISECONDS: i64 = 210_866_760_000_000;

/// A value in the form in which a batch holds it, and whether something of the original was lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The value.
    pub value: Value,
    /// Digits were rounded away.
    pub lossy: bool,
}

impl Converted {
    fn exact(value: Value) -> Self {
        Self {
            value,
            lossy: false,
        }
    }
}

/// Makes a value of the type out of another, as far as the treatment allows.
///
/// Numbers that cannot be seen as exact decimals are read by their shortest form, as everywhere: the double `1.98` is 1.98.
///
/// # Errors
/// Why there is no such value.
pub fn convert(value: &Value, to: &ColumnType, treatment: &Treatment) -> Result<Converted, String> {
    let decoded = decoded(value, treatment);
    let value = decoded.as_ref().unwrap_or(value);
    let refused = || format!("the {} {value} is no {to}", value.class());
    match to {
        _ if *value == Value::Null => Some(Converted::exact(Value::Null)),
        ColumnType::Boolean => boolean(value).map(Converted::exact),
        ColumnType::Integer { .. } => decimal(value, Some(0), treatment.rounding)
            .and_then(|(text, lossy)| Some(number_made(Value::Integer(text.parse().ok()?), lossy))),
        ColumnType::Unsigned => decimal(value, Some(0), treatment.rounding)
            .filter(|(text, _)| text.parse::<u64>().is_ok())
            .map(|(text, lossy)| number_made(Value::Text(text), lossy)),
        ColumnType::Decimal { precision, scale } => {
            decimal(value, Some(*scale), treatment.rounding)
                .filter(|(text, _)| crate::wide_from_text(text, *precision, *scale).is_some())
                .map(|(text, lossy)| number_made(Value::Text(text), lossy))
        }
        ColumnType::Number => decimal(value, None, treatment.rounding)
            .map(|(text, lossy)| number_made(Value::Text(text), lossy)),
        ColumnType::Float { .. } => float(value, treatment.rounding),
        ColumnType::Text { .. } | ColumnType::Native { .. } => text(value).map(Converted::exact),
        ColumnType::Bytes { .. } => bytes(value).map(Converted::exact),
        ColumnType::Date => moment(value, treatment.epoch)
            .filter(|microseconds| microseconds % MICROSECONDS_PER_DAY == 0)
            .and_then(|microseconds| {
                // The text of a day at midnight begins with the day.
                let text = timestamp_to_text(microseconds)?;
                Some(Converted::exact(Value::Text(text.get(..10)?.to_owned())))
            }),
        ColumnType::Timestamp { zoned } => {
            let seen = match value {
                Value::Text(text) => timestamp(text, *zoned),
                other => moment(other, treatment.epoch),
            };
            seen.or_else(|| moment(value, treatment.epoch))
                .and_then(timestamp_to_text)
                .map(|text| {
                    number_made(Value::Text(text), is_between_milliseconds(value, treatment))
                })
        }
        ColumnType::Time => match value {
            Value::Text(text) if time_from_text(text).is_some() => {
                Some(Converted::exact(value.clone()))
            }
            _ => None,
        },
        ColumnType::Uuid => uuid(value).map(|text| Converted::exact(Value::Text(text))),
        ColumnType::Json { .. } => match value {
            Value::Text(text) if is_json(text) => Some(Converted::exact(value.clone())),
            _ => None,
        },
    }
    .ok_or_else(refused)
}

/// Text that is not UTF-8, read in the encoding that it is said to be in.
fn decoded(value: &Value, treatment: &Treatment) -> Option<Value> {
    let (Value::MalformedText(bytes), Some(label)) = (value, &treatment.encoding) else {
        return None;
    };
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(Value::Text(text.into_owned()))
}

/// Whether a text is JSON, whatever it holds.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Gives a value in the form in which a batch holds it to its column; what the column cannot hold becomes an exception.
pub fn append(builder: &mut BatchBuilder, column: usize, to: &ColumnType, value: &Value) {
    let is_done = match (to, value) {
        (_, Value::Null) => {
            builder.null(column);
            true
        }
        (ColumnType::Boolean, Value::Boolean(truth)) => {
            builder.integer(column, i64::from(*truth));
            true
        }
        (ColumnType::Integer { .. }, Value::Integer(number)) => {
            builder.integer(column, *number);
            true
        }
        (ColumnType::Float { .. }, Value::Float(number)) => {
            builder.float(column, *number);
            true
        }
        (ColumnType::Bytes { .. }, Value::Bytes(bytes)) => {
            builder.bytes(column, bytes);
            true
        }
        (_, Value::Text(text)) => append_text(builder, column, to, text).is_some(),
        _ => false,
    };
    if !is_done {
        builder.misfit(column, value.clone());
    }
}

fn append_text(
    builder: &mut BatchBuilder,
    column: usize,
    to: &ColumnType,
    text: &str,
) -> Option<()> {
    match to {
        ColumnType::Text { .. }
        | ColumnType::Native { .. }
        | ColumnType::Json { .. }
        | ColumnType::Uuid
        | ColumnType::Number => builder.text(column, text),
        ColumnType::Unsigned => {
            builder.decimal(column, crate::decimal_from_text(text, 20, 0)?);
        }
        ColumnType::Decimal { precision, scale } if *precision <= 38 => {
            builder.decimal(column, crate::decimal_from_text(text, *precision, *scale)?);
        }
        ColumnType::Decimal { precision, scale } => {
            builder.wide_decimal(column, crate::wide_from_text(text, *precision, *scale)?);
        }
        ColumnType::Date => builder.integer(column, date_from_text(text)?.into()),
        ColumnType::Time => builder.integer(column, time_from_text(text)?),
        ColumnType::Timestamp { .. } => builder.integer(column, timestamp_from_text(text)?),
        ColumnType::Boolean
        | ColumnType::Integer { .. }
        | ColumnType::Float { .. }
        | ColumnType::Bytes { .. } => return None,
    }
    Some(())
}

fn number_made(value: Value, lossy: bool) -> Converted {
    Converted { value, lossy }
}

/// The words that PostgreSQL takes for a boolean (its manual, "Boolean Type"), and 0 and 1.
fn boolean(value: &Value) -> Option<Value> {
    let truth = match value {
        Value::Boolean(truth) => *truth,
        Value::Integer(number @ 0..=1) => *number == 1,
        Value::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => true,
            "false" | "f" | "no" | "n" | "off" | "0" => false,
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Boolean(truth))
}

/// The canonical text of a number with at most `scale` digits after the point, and whether some were rounded away.
fn decimal(value: &Value, scale: Option<i8>, rounding: Rounding) -> Option<(String, bool)> {
    let digits = Digits::parse(&match value {
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => i32::from(*truth).to_string(),
        // A negative zero is another number, but for whoever rounds.
        Value::Float(number) if rounding == Rounding::HalfEven && *number == 0.0 => "0".to_owned(),
        Value::Float(number) => number_from_float(*number)?,
        Value::Text(text) => text.trim().to_owned(),
        Value::Null | Value::Bytes(_) | Value::MalformedText(_) => return None,
    })?;
    let exact = digits.plain()?;
    let Some(scale) = scale else {
        return Some((exact, false));
    };
    if digits.scale() <= i32::from(scale) {
        return Some((exact, false));
    }
    match rounding {
        Rounding::Exact => None,
        Rounding::HalfEven => Some((digits.rounded(scale.into()).plain()?, true)),
    }
}

fn float(value: &Value, rounding: Rounding) -> Option<Converted> {
    let text = match value {
        Value::Float(_) => return Some(Converted::exact(value.clone())),
        other => decimal(other, None, Rounding::Exact)?.0,
    };
    let number: f64 = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    // Exact as everywhere: the decimal is the shortest that names the double.
    let exact = number_from_float(number).is_some_and(|shortest| shortest == text);
    (exact || rounding == Rounding::HalfEven).then(|| number_made(Value::Float(number), !exact))
}

fn text(value: &Value) -> Option<Value> {
    Some(Value::Text(match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Float(number) => number_from_float(*number)?,
        Value::Null | Value::Bytes(_) | Value::MalformedText(_) => return None,
    }))
}

fn bytes(value: &Value) -> Option<Value> {
    Some(Value::Bytes(match value {
        Value::Bytes(bytes) | Value::MalformedText(bytes) => bytes.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => return None,
    }))
}

/// Microseconds since 1970 of a day or of a number that counts from an epoch.
fn moment(value: &Value, epoch: Option<Epoch>) -> Option<i64> {
    if let Value::Text(text) = value
        && let Some(microseconds) = timestamp(text, false)
    {
        return Some(microseconds);
    }
    let epoch = epoch?;
    let number = decimal(value, None, Rounding::Exact)?.0;
    if epoch == Epoch::JulianDay {
        let days: f64 = number.parse().ok()?;
        let milliseconds = (days * 86_400_000.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "within the bounds of an i64"
        )]
        return (milliseconds.abs() < 1e15)
            .then_some((milliseconds as i64 - EPOCH_AS_JULIAN_MILLISECONDS) * 1_000);
    }
    let digits = Digits::parse(&number)?;
    let per = i128::from(epoch.microseconds());
    // With six digits after the point at most, counted in millionths of the unit.
    let millionths = digits.scaled(6)?;
    let microseconds = millionths.checked_mul(per)?;
    (microseconds % 1_000_000 == 0)
        .then(|| i64::try_from(microseconds / 1_000_000).ok())
        .flatten()
}

/// Whether a Julian day is read as another moment than it names: its number does not come back from the milliseconds.
fn is_between_milliseconds(value: &Value, treatment: &Treatment) -> bool {
    const PER_DAY: f64 = 86_400_000.0;
    match (value, treatment.epoch) {
        (Value::Float(days), Some(Epoch::JulianDay)) => {
            ((days * PER_DAY).round() / PER_DAY).to_bits() != days.to_bits()
        }
        _ => false,
    }
}

/// Microseconds since 1970 of the forms of ISO 8601 that databases hold: a day, or day and time, with or without a zone.
///
/// Without an own zone, a moment of a column with one is taken as UTC; a zone in a column without one is refused unless it is UTC.
fn timestamp(text: &str, zoned: bool) -> Option<i64> {
    let text = text.trim();
    if let Some(days) = date_from_text(text) {
        return Some(i64::from(days) * MICROSECONDS_PER_DAY);
    }
    let (bare, offset) = zone(text)?;
    if offset != 0 && !zoned {
        return None;
    }
    let complete;
    let bare = if bare.len() == 16 {
        complete = format!("{bare}:00");
        &complete
    } else {
        bare
    };
    timestamp_from_text(bare)?.checked_sub(offset * 1_000_000)
}

/// A text without its zone, and the zone's seconds east of Greenwich.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(bare) = text.strip_suffix(['Z', 'z']) {
        return Some((bare.trim_end(), 0));
    }
    let at = text.rfind(['+', '-']).filter(|at| *at > 10);
    let Some(at) = at else { return Some((text, 0)) };
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    let digits: String = text[at + 1..].split(':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        _ => return None,
    };
    (hours < 24 && minutes < 60)
        .then(|| (text[..at].trim_end(), sign * (hours * 60 + minutes) * 60))
}

/// The canonical text of a UUID in any of its usual forms (RFC 9562, 4): with or without hyphens or braces, or its bytes.
fn uuid(value: &Value) -> Option<String> {
    let digits: String = match value {
        Value::Bytes(bytes) if bytes.len() == 16 => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        Value::Text(text) => {
            let bare = text.trim();
            let bare = bare
                .strip_prefix("urn:uuid:")
                .or_else(|| {
                    bare.strip_prefix('{')
                        .and_then(|rest| rest.strip_suffix('}'))
                })
                .unwrap_or(bare);
            bare.split('-').collect::<String>().to_ascii_lowercase()
        }
        _ => return None,
    };
    let is_complete = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_complete.then(|| uuid_of_digits(&digits))
}

/// `8-4-4-4-12` of 32 digits.
pub fn uuid_of_digits(digits: &str) -> String {
    let ends = [0, 8, 12, 16, 20, 32];
    let parts: Vec<&str> = ends
        .windows(2)
        .filter_map(|part| digits.get(part[0]..part[1]))
        .collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(value: Value, column: &str) -> Result<Converted, String> {
        let column: crate::ColumnTreatment = column.parse().unwrap();
        let to = column.treatment.column_type.clone().unwrap();
        convert(&value, &to, &column.treatment)
    }

    fn check(value: Value, column: &str, expected: Option<Value>) {
        let made = made(value.clone(), column);
        assert_eq!(
            made.map(|made| made.value).ok(),
            expected,
            "{value} as {column}"
        );
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn moments() {
        let expected = || Some(text("2009-02-13 23:31:30"));
        check(
            Value::Integer(1_234_567_890),
            "t.c?type=timestamp&epoch=s",
            expected(),
        );
        check(
            Value::Integer(1_234_567_890_000),
            "t.c?type=timestamp&epoch=ms",
            expected(),
        );
        check(text("1234567890"), "t.c?type=timestamp&epoch=s", expected());
        check(
            Value::Float(1_234_567_890.25),
            "t.c?type=timestamp&epoch=s",
            Some(text("2009-02-13 23:31:30.25")),
        );
        check(Value::Integer(5), "t.c?type=timestamp", None);
        check(
            Value::Float(2_440_587.5),
            "t.c?type=timestamp&epoch=julian-day",
            Some(text("1970-01-01 00:00:00")),
        );
        let julian = |days| {
            made(Value::Float(days), "t.c?type=timestamp&epoch=julian-day")
                .unwrap()
                .lossy
        };
        assert!(!julian(2_440_587.5) && julian(2_460_263.425_925_9));
        check(
            text("2024-02-29T12:30:00+02:00"),
            "t.c?type=timestamp with zone",
            Some(text("2024-02-29 10:30:00")),
        );
        check(
            text("2024-02-29T12:30:00+02:00"),
            "t.c?type=timestamp",
            None,
        );
        check(
            text("2024-02-29T12:30Z"),
            "t.c?type=timestamp",
            Some(text("2024-02-29 12:30:00")),
        );
        check(
            text("2024-02-29 00:00:00"),
            "t.c?type=date",
            Some(text("2024-02-29")),
        );
        check(text("2024-02-29 00:00:01"), "t.c?type=date", None);
        check(
            Value::Integer(19_782),
            "t.c?type=date&epoch=days",
            Some(text("2024-02-29")),
        );
    }

    #[test]
    fn numbers() {
        check(
            Value::Float(1.98),
            "t.c?type=decimal(10,2)",
            Some(text("1.98")),
        );
        check(Value::Float(1.985), "t.c?type=decimal(10,2)", None);
        let rounded = |value, expected: &str| {
            let made = made(value, "t.c?type=decimal(10,2)&rounding=half-even").unwrap();
            assert_eq!(made.value, text(expected));
            assert!(made.lossy);
        };
        rounded(Value::Float(1.985), "1.98");
        rounded(text("1.995"), "2");
        rounded(text("-0.0051"), "-0.01");
        rounded(text("0.005"), "0");
        rounded(text("0.0151"), "0.02");
        check(text("007"), "t.c?type=integer", Some(Value::Integer(7)));
        check(text("7.5"), "t.c?type=integer", None);
        check(text("seven"), "t.c?type=integer", None);
        check(text("0.1"), "t.c?type=float", Some(Value::Float(0.1)));
        check(text("0.10000000000000000001"), "t.c?type=float", None);
        check(text("1e400"), "t.c?type=float&rounding=half-even", None);
        check(Value::Integer(-1), "t.c?type=unsigned integer", None);
    }

    #[test]
    fn words_and_forms() {
        check(text("Yes"), "t.c?type=boolean", Some(Value::Boolean(true)));
        check(text("maybe"), "t.c?type=boolean", None);
        check(Value::Integer(2), "t.c?type=boolean", None);
        let canonical = "0f8fad5b-d9cb-469f-a165-70867728950e";
        for form in [
            "0F8FAD5B-D9CB-469F-A165-70867728950E",
            "{0f8fad5b-d9cb-469f-a165-70867728950e}",
            "0f8fad5bd9cb469fa16570867728950e",
        ] {
            check(text(form), "t.c?type=uuid", Some(text(canonical)));
        }
        check(text("{\"a\": [1, 2"), "t.c?type=json", None);
        check(Value::Float(1.5), "t.c?type=text", Some(text("1.5")));
        check(text("a"), "t.c?type=bytes", Some(Value::Bytes(vec![97])));
    }

    #[test]
    fn text_in_another_encoding() {
        let column: crate::ColumnTreatment = "t.c?type=text&encoding=latin1".parse().unwrap();
        let malformed = Value::MalformedText(vec![0x63, 0xe9]);
        let made = convert(&malformed, &ColumnType::TEXT, &column.treatment);
        assert_eq!(made.unwrap().value, text("cé"));
        check(malformed, "t.c?type=text", None);
        // A byte that this encoding has no character for.
        let hole = Value::MalformedText(vec![0xff]);
        check(hole, "t.c?type=text&encoding=windows-1253", None);
    }
}
