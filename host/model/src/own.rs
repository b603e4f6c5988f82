//! The words of one engine for values that the others do not have.

use serde::Serialize;

/// What an engine takes besides the values that all have, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Own {
    /// `infinity` and `-infinity`, for a day or a moment.
    EndsOfTime,
    /// `24:00:00`.
    EndOfDay,
    /// `NaN`.
    NoNumber,
    /// `NaN`, `Infinity` and `-Infinity`.
    NoFiniteNumber,
    /// Days with a year, month or day of zero, and moments on them.
    ZeroDates,
    /// Times of up to 838 hours, in both directions.
    Spans,
}

impl Own {
    /// Whether this is one of its words.
    pub(crate) fn takes(self, text: &str) -> bool {
        match self {
            Self::EndsOfTime => matches!(text, "infinity" | "-infinity"),
            Self::EndOfDay => text == "24:00:00",
            Self::NoNumber => text == "NaN",
            Self::NoFiniteNumber => matches!(text, "NaN" | "Infinity" | "-Infinity"),
            Self::ZeroDates => is_zero_date(text),
            Self::Spans => is_span(text),
        }
    }
}

/// `2024-00-00`, with or without a time of day.
fn is_zero_date(text: &str) -> bool {
    let (day, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|c| c.is_ascii_digit());
    let is_day = digits(year, 4) && digits(month, 2) && digits(day, 2);
    let time = time.strip_prefix(' ').map(crate::time_from_text);
    is_day && (*month == "00" || *day == "00") && time != Some(None)
}

/// `-838:59:59`, with or without a fraction.
fn is_span(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let Some((hours, rest)) = bare.split_once(':') else {
        return false;
    };
    let is_rest = crate::time_from_text(&format!("00:{rest}")).is_some();
    let is_short = (2..=3).contains(&hours.len());
    is_short && hours.parse::<u16>().is_ok_and(|hours| hours <= 838) && is_rest
}
