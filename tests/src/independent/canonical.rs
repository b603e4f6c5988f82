//! When two values of different servers are the same value: each rule makes one text of all the ways to write it.

use std::fmt::Write as _;

/// A value as a server gave it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// Not a `String`: SQLite stores text that is not UTF-8.
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

/// What a column's type promises, and with that the rule for its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// SQLite's: each value has its own. The rule: same storage class, same value.
    Dynamic,
    /// 0, 1, false and true.
    Boolean,
    /// Integers and decimals of any size, by value: 1.50 is 1.5. A float counts as the shortest decimal that reads back to it.
    Number,
    /// By bits, so -0 is not 0.
    Float,
    /// Byte for byte.
    Text,
    /// Byte for byte; text in a column of bytes counts as its bytes.
    Bytes,
    /// A day; a moment at midnight counts.
    Date,
    /// A time of day or a span, without trailing zeros of the fraction.
    Time,
    /// Day and time in UTC, without trailing zeros of the fraction; a day counts as its midnight.
    Moment,
    /// By content: order of members and blanks are nothing, numbers beyond 64 bits compare as floats.
    Json,
    /// By its 32 digits.
    Uuid,
}

impl Kind {
    /// The rule for a pair of columns: the target's promise, since the value must be right there.
    pub(super) fn common(source: Self, target: Self) -> Self {
        if target == Self::Dynamic {
            source
        } else {
            target
        }
    }
}

/// The value under a rule; a value that the rule does not fit keeps its class, so that it equals only its like.
pub(super) fn canonical(value: &Plain, rule: Kind) -> String {
    let fitting = match (rule, value) {
        (_, Plain::Null) => return "null".into(),
        (Kind::Boolean, _) => boolean(value),
        (Kind::Number, Plain::Boolean(value)) => Some(format!("number {}", u8::from(*value))),
        (Kind::Number, _) => decimal(value).map(|text| format!("number {text}")),
        (Kind::Float, _) => {
            float(value).map(|value| format!("float {value:e} {:016x}", value.to_bits()))
        }
        (Kind::Text, Plain::Integer(value)) => Some(format!("text '{value}'")),
        (Kind::Bytes, Plain::Text(bytes)) => Some(hexadecimal(bytes)),
        (Kind::Date, Plain::Text(text)) => {
            moment(text).map(|text| match text.strip_suffix(" 00:00:00") {
                Some(day) => format!("date {day}"),
                None => format!("date {text}"),
            })
        }
        (Kind::Moment, Plain::Text(text)) => moment(text).map(|text| format!("moment {text}")),
        (Kind::Time, Plain::Text(text)) => {
            utf8(text).map(|text| format!("time {}", trim_fraction(text)))
        }
        (Kind::Json, Plain::Text(text)) => serde_json::from_slice(text)
            .ok()
            .map(|value| format!("json {}", sorted(&value))),
        (Kind::Uuid, Plain::Text(text)) => {
            utf8(text).map(|text| format!("uuid {}", text.replace('-', "").to_lowercase()))
        }
        (
            Kind::Dynamic
            | Kind::Text
            | Kind::Bytes
            | Kind::Date
            | Kind::Moment
            | Kind::Time
            | Kind::Json
            | Kind::Uuid,
            _,
        ) => None,
    };
    fitting.unwrap_or_else(|| by_class(value))
}

fn by_class(value: &Plain) -> String {
    match value {
        Plain::Null => "null".into(),
        Plain::Boolean(value) => format!("boolean {value}"),
        Plain::Integer(value) => format!("integer {value}"),
        Plain::Float(value) => format!("float {value:e} {:016x}", value.to_bits()),
        Plain::Text(bytes) => match utf8(bytes) {
            // Quoted with escapes, so that no text can look like the end of its value.
            Some(text) => format!("text '{}'", text.escape_default()),
            None => format!("text that is not UTF-8 {}", hexadecimal(bytes)),
        },
        Plain::Bytes(bytes) => hexadecimal(bytes),
    }
}

fn boolean(value: &Plain) -> Option<String> {
    let truth = match value {
        Plain::Boolean(value) => *value,
        Plain::Integer(value @ (0 | 1)) => *value == 1,
        Plain::Text(text) => match text.to_ascii_lowercase().as_slice() {
            b"true" | b"t" | b"1" => true,
            b"false" | b"f" | b"0" => false,
            _ => return None,
        },
        Plain::Null | Plain::Integer(_) | Plain::Float(_) | Plain::Bytes(_) => return None,
    };
    Some(format!("boolean {truth}"))
}

fn float(value: &Plain) -> Option<f64> {
    match value {
        Plain::Float(value) => Some(*value),
        // An integer that no float holds is not the float beside it.
        Plain::Integer(value) => {
            let text = value.to_string();
            text.parse::<f64>()
                .ok()
                .filter(|float| float.to_string() == text)
        }
        Plain::Text(text) => utf8(text)?.parse().ok(),
        Plain::Null | Plain::Boolean(_) | Plain::Bytes(_) => None,
    }
}

/// The digits of a number without sign of zero, leading zeros, trailing zeros of the fraction, or exponent.
fn decimal(value: &Plain) -> Option<String> {
    let text = match value {
        Plain::Integer(value) => value.to_string(),
        Plain::Float(value) => value.to_string(),
        Plain::Text(text) => utf8(text)?.trim().to_owned(),
        Plain::Null | Plain::Boolean(_) | Plain::Bytes(_) => return None,
    };
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty()
        || !digits.bytes().all(|digit| digit.is_ascii_digit())
        || exponent.abs() > 20_000
    {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let (whole, fraction) = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => (format!("{digits:0<point$}"), String::new()),
        Ok(point) => (digits[..point].to_owned(), digits[point..].to_owned()),
        Err(_) => (
            String::new(),
            "0".repeat(usize::try_from(-point).ok()?) + &digits,
        ),
    };
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    let sign = if negative && !(whole.is_empty() && fraction.is_empty()) {
        "-"
    } else {
        ""
    };
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

/// `YYYY-MM-DD hh:mm:ss[.f]`, from the ways in which SQLite's users and the servers write it in UTC. The year before 1 is 0 to
/// those who count, and 1 BC to PostgreSQL.
fn moment(text: &[u8]) -> Option<String> {
    let text = utf8(text)?;
    if let Some(before) = text.strip_suffix(" BC") {
        let (year, rest) = before.split_once('-')?;
        let year = year.parse::<u32>().ok()?.checked_sub(1)?;
        let sign = if year == 0 { "" } else { "-" };
        return moment(format!("{sign}{year:04}-{rest}").as_bytes());
    }
    let utc = ["Z", "+00:00", "+00"]
        .iter()
        .find_map(|zone| text.strip_suffix(zone))
        .unwrap_or(text);
    let spaced = utc.replacen('T', " ", 1);
    let timed = if spaced.len() == 10 {
        spaced + " 00:00:00"
    } else {
        spaced
    };
    Some(trim_fraction(&timed).to_owned())
}

fn trim_fraction(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Members in order of their names, whichever order serde_json was built to keep.
fn sorted(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        serde_json::Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(sorted).collect::<Vec<_>>().join(",")
            )
        }
        serde_json::Value::Number(number) => decimal(&Plain::Text(number.to_string().into_bytes()))
            .unwrap_or_else(|| number.to_string()),
        plain @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::String(_)) => plain.to_string(),
    }
}

fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("bytes ".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Plain {
        Plain::Text(text.into())
    }

    #[test]
    fn different_writings_of_one_value_are_equal() {
        for (rule, one, other) in [
            (Kind::Boolean, Plain::Integer(1), Plain::Boolean(true)),
            (Kind::Number, Plain::Integer(12), text("12.00")),
            (Kind::Number, Plain::Float(1.99), text("1.990")),
            (Kind::Number, text("-1.5e3"), text("-1500.0")),
            (Kind::Number, text("15e-3"), text("0.0150")),
            (Kind::Number, text("-0.0"), text("0")),
            (Kind::Float, Plain::Integer(3), Plain::Float(3.0)),
            (Kind::Bytes, text("abc"), Plain::Bytes(b"abc".to_vec())),
            (
                Kind::Moment,
                text("2009-01-01"),
                text("2009-01-01 00:00:00"),
            ),
            (
                Kind::Moment,
                text("2009-01-01T10:00:00.500Z"),
                text("2009-01-01 10:00:00.5+00"),
            ),
            (
                Kind::Date,
                text("2009-01-01 00:00:00.000"),
                text("2009-01-01"),
            ),
            (
                Kind::Json,
                text(r#"{"b": 1.0, "a": [true]}"#),
                text(r#"{"a":[true],"b":1}"#),
            ),
            (Kind::Uuid, text("0A-1"), text("0a1")),
        ] {
            assert_eq!(canonical(&one, rule), canonical(&other, rule), "{rule:?}");
        }
    }

    #[test]
    fn different_values_are_not() {
        for (rule, one, other) in [
            (Kind::Boolean, Plain::Integer(2), Plain::Boolean(true)),
            (Kind::Number, Plain::Float(0.1 + 0.2), text("0.3")),
            (Kind::Number, Plain::Integer(100), text("10")),
            (
                Kind::Number,
                text("12345678901234567890.1"),
                text("12345678901234567890.2"),
            ),
            (Kind::Number, text("abc"), text("abd")),
            (Kind::Float, Plain::Float(0.0), Plain::Float(-0.0)),
            (
                Kind::Float,
                Plain::Integer((1 << 53) + 1),
                Plain::Float(9_007_199_254_740_992.0),
            ),
            (
                Kind::Float,
                Plain::Float(0.1),
                Plain::Float(f64::from(0.1_f32)),
            ),
            (Kind::Text, text("a "), text("a")),
            (Kind::Text, text("null"), Plain::Null),
            (Kind::Text, text("abc"), Plain::Bytes(b"abc".to_vec())),
            (Kind::Text, Plain::Text(vec![0xff]), text("\u{fffd}")),
            (
                Kind::Moment,
                text("2009-01-01 10:00:00"),
                text("2009-01-01 10:00:01"),
            ),
            (Kind::Date, text("2009-01-01 10:00:00"), text("2009-01-01")),
            (Kind::Time, text("10:00:00"), text("10:00:00.001")),
            (Kind::Dynamic, Plain::Integer(1), text("1")),
            (Kind::Dynamic, Plain::Integer(1), Plain::Float(1.0)),
        ] {
            assert_ne!(canonical(&one, rule), canonical(&other, rule), "{rule:?}");
        }
    }
}
