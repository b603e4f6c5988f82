//! Numbers, durations and texts as a person reads them.

use std::time::Duration;

/// `1 row`, `15 607 rows`.
pub(super) fn count(items: u64, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        number(items),
        if items == 1 { "" } else { "s" }
    )
}

/// A comparison stops counting where there is too much, and its report does not say so; all shown is all there is.
pub(super) fn at_least(rows: u64, shown: u64) -> String {
    let words = if rows > shown { "at least " } else { "" };
    format!("{words}{}", count(rows, "differing row"))
}

/// Digits in groups of three, by narrow spaces that do not break: no country reads them as a decimal sign.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// As a person says it: `350 ms`, `4.2 s`, `5 min 12 s`, `2 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let whole = time.as_secs();
    match (time.as_millis(), whole) {
        (0, _) if time.is_zero() => "0 s".into(),
        (0, _) => "under 1 ms".into(),
        (milliseconds @ ..1_000, _) => format!("{milliseconds} ms"),
        (..60_000, _) => format!("{}.{} s", whole, time.subsec_millis() / 100),
        (_, ..3_600) => format!("{} min {} s", whole / 60, whole % 60),
        (_, ..86_400) => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
        _ => format!("{} d {} h", number(whole / 86_400), whole / 3_600 % 24),
    }
}

/// Cut to a length, and with what would hide or turn text around written out.
pub(super) fn visible(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for (position, character) in text.chars().enumerate() {
        if position == most {
            shown.push('…');
            break;
        }
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                shown.extend(character.escape_unicode());
            }
            character if character.is_control() => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = [
            0.0,
            0.000_2,
            0.35,
            4.26,
            312.0,
            7_500.0,
            190_000.0,
            f64::NAN,
        ]
        .map(duration);
        assert_eq!(
            said,
            [
                "0 s",
                "under 1 ms",
                "350 ms",
                "4.2 s",
                "5 min 12 s",
                "2 h 5 min",
                "2 d 4 h",
                "0 s"
            ]
        );
    }
}
