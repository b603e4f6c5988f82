//! What the values of a column are like: their kinds, ranges, lengths and digits, and what their texts look like.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    ColumnType, Digits, Value, date_from_text, is_canonical_uuid, is_json, number_from_float,
    time_from_text, timestamp_from_text,
};

/// The values of one column, counted and measured; it takes them one by one and keeps none but the outermost.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ColumnProfile {
    /// Nulls.
    pub nulls: u64,
    /// How many values of each kind there are: `integer`, `float`, `text` …
    pub kinds: BTreeMap<&'static str, u64>,
    /// The smallest and the greatest value of each kind that has an order of its own, not a collation's.
    pub ranges: BTreeMap<&'static str, (Value, Value)>,
    /// The most digits before the point and after it, among decimals and floats; of a float those that tell it from others.
    pub digits: Option<(usize, usize)>,
    /// The least and the most characters, among texts.
    pub characters: Option<(usize, usize)>,
    /// The most bytes of a text or of bytes.
    pub most_bytes: usize,
    /// What texts look like, and integers and floats that may be moments; each value counts once.
    pub forms: BTreeMap<&'static str, u64>,
    /// Texts with the character NUL, which PostgreSQL cannot hold.
    pub with_nul: u64,
}

impl ColumnProfile {
    /// Takes one value of a column that is read as this type.
    pub fn take(&mut self, value: &Value, column_type: &ColumnType) {
        let kind = match value {
            Value::Null => {
                self.nulls += 1;
                return;
            }
            // Decimals, dates and the like come as their canonical text.
            Value::Text(_) if !matches!(column_type, ColumnType::Bytes { .. }) => {
                column_type.family()
            }
            other => other.class(),
        };
        *self.kinds.entry(kind).or_default() += 1;
        match value {
            Value::Integer(number) => {
                self.form(epoch(*number));
                self.range(kind, value, |a, b| a.cmp(b));
            }
            Value::Float(number) => {
                let decimal = number_from_float(*number);
                self.measure(decimal.as_deref().and_then(Digits::parse).as_ref());
                self.form(is_julian_day(*number).then_some("Julian day"));
                self.range(kind, value, |a, b| a.cmp(b));
            }
            Value::Text(text) if kind == "decimal" => {
                let digits = Digits::parse(text);
                self.measure(digits.as_ref());
                if digits.is_some() {
                    self.range(kind, value, by_number);
                }
            }
            Value::Text(text) if kind == "text" => self.text(text),
            // ISO texts of four digits a year sort as what they mean; times may be below zero or beyond a day.
            Value::Text(_) if ["date", "timestamp"].contains(&kind) => {
                self.range(kind, value, |a, b| a.cmp(b));
            }
            Value::Text(text) => self.most_bytes = self.most_bytes.max(text.len()),
            Value::Bytes(bytes) | Value::MalformedText(bytes) => {
                self.most_bytes = self.most_bytes.max(bytes.len());
            }
            Value::Null | Value::Boolean(_) => {}
        }
    }

    fn measure(&mut self, number: Option<&Digits>) {
        let Some(number) = number else { return };
        let (before, after) = number.places();
        let (most_before, most_after) = self.digits.unwrap_or_default();
        self.digits = Some((before.max(most_before), after.max(most_after)));
    }

    fn form(&mut self, form: Option<&'static str>) {
        if let Some(form) = form {
            *self.forms.entry(form).or_default() += 1;
        }
    }

    fn range(
        &mut self,
        kind: &'static str,
        value: &Value,
        order: impl Fn(&Value, &Value) -> Ordering,
    ) {
        let Some((least, most)) = self.ranges.get_mut(kind) else {
            self.ranges.insert(kind, (value.clone(), value.clone()));
            return;
        };
        if order(value, least) == Ordering::Less {
            *least = value.clone();
        }
        if order(value, most) == Ordering::Greater {
            *most = value.clone();
        }
    }

    fn text(&mut self, text: &str) {
        let characters = text.chars().count();
        let (least, most) = self.characters.unwrap_or((characters, characters));
        self.characters = Some((least.min(characters), most.max(characters)));
        self.most_bytes = self.most_bytes.max(text.len());
        self.with_nul += u64::from(text.contains('\0'));
        self.form(form_of(text));
    }
}

/// What a text is besides a text.
fn form_of(text: &str) -> Option<&'static str> {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "t", "f", "y", "n"];
    // Nothing below is longer, but for JSON.
    let is_short = text.len() <= 64;
    Some(match text {
        "" => "empty",
        _ if is_short && date_from_text(text).is_some() => "date",
        _ if is_short && timestamp_from_text(text.trim_end_matches(['Z', 'z'])).is_some() => {
            "timestamp"
        }
        _ if is_short && time_from_text(text).is_some() => "time",
        _ if is_canonical_uuid(text) => "UUID",
        _ if text.starts_with(['{', '[']) && is_json(text) => "JSON",
        _ if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) => "word for true or false",
        _ if is_short && Digits::parse(text).is_some() => "number",
        _ => return None,
    })
}

/// Which unit since 1970 would make a moment of the years 2001 to 2100 of a number; of small ones nobody can tell.
fn epoch(number: i64) -> Option<&'static str> {
    const SECONDS: std::ops::Range<i64> = 978_307_200..4_102_444_800;
    [
        (1, "seconds since 1970"),
        (1_000, "milliseconds since 1970"),
        (1_000_000, "microseconds since 1970"),
    ]
    .into_iter()
    .find(|(unit, _)| SECONDS.contains(&number.div_euclid(*unit)))
    .map(|(_, form)| form)
}

/// Of the years 1900 to 2100.
fn is_julian_day(number: f64) -> bool {
    (2_415_020.5..2_488_069.5).contains(&number)
}

fn by_number(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => match (Digits::parse(a), Digits::parse(b)) {
            (Some(a), Some(b)) => a.order(&b),
            _ => a.cmp(b),
        },
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(column_type: &ColumnType, values: &[Value]) -> ColumnProfile {
        let mut profile = ColumnProfile::default();
        for value in values {
            profile.take(value, column_type);
        }
        profile
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn texts_are_told_apart() {
        let check = |value: &str, expected: Option<&str>| {
            let found = profile(&ColumnType::TEXT, &[text(value)]);
            let forms: Vec<&str> = found.forms.into_keys().collect();
            assert_eq!(forms, expected.into_iter().collect::<Vec<_>>(), "{value}");
        };
        check("", Some("empty"));
        check("2024-02-29", Some("date"));
        check("2023-02-29", None);
        check("2024-02-29T10:00:00Z", Some("timestamp"));
        check("10:00:00", Some("time"));
        check("0f8fad5b-d9cb-469f-a165-70867728950e", Some("UUID"));
        check("[1, 2]", Some("JSON"));
        check("[1, 2", None);
        check("Yes", Some("word for true or false"));
        check("-12.50", Some("number"));
        check("naïve", None);
    }

    #[test]
    fn numbers_have_a_range_and_digits() {
        let decimal = ColumnType::Decimal {
            precision: 10,
            scale: 3,
        };
        let found = profile(&decimal, &[text("9.5"), text("-10.25"), text("10")]);
        assert_eq!(found.ranges["decimal"], (text("-10.25"), text("10")));
        assert_eq!(found.digits, Some((2, 2)));
        let moments = [1_700_000_000_000, 1_600_000_000_000].map(Value::Integer);
        let found = profile(&ColumnType::BYTES, &moments);
        assert_eq!(found.forms["milliseconds since 1970"], 2);
        assert_eq!(found.kinds["integer"], 2);
    }

    #[test]
    fn lengths_are_of_characters_and_bytes() {
        let found = profile(&ColumnType::TEXT, &[text("añ\0"), text(""), Value::Null]);
        assert_eq!(
            (found.characters, found.most_bytes, found.nulls),
            (Some((0, 3)), 4, 1)
        );
        assert_eq!(found.with_nul, 1);
    }
}
