//! Decimals to and from text and floats, exactly or not at all.

use std::cmp::Ordering;

use arrow_buffer::i256;

/// A decimal in parts: sign, digits without leading zeros, and how many of them stand after the point.
///
/// `scale` may be negative (`1e5`) or larger than the number of digits (`0.001`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    negative: bool,
    digits: String,
    scale: i32,
}

/// Longer texts are no number that a database keeps; the bound keeps hostile exponents from growing memory.
const MAX_DIGITS: usize = 150_000;

impl Digits {
    /// Reads `[+-]digits[.digits][e[+-]digits]`; nothing else, no spaces, no `inf`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, rest) = match bytes.first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() || mantissa.len() > MAX_DIGITS {
            return None;
        }
        if !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let joined = [whole, fraction].concat();
        Some(
            Self {
                negative,
                digits: joined.trim_start_matches('0').to_owned(),
                scale,
            }
            .reduced(),
        )
    }

    /// Without trailing zeros; zero has no digits, no sign and scale 0.
    fn reduced(mut self) -> Self {
        while self.digits.ends_with('0') {
            self.digits.pop();
            self.scale -= 1;
        }
        if self.digits.is_empty() {
            self.scale = 0;
            self.negative = false;
        }
        self
    }

    /// The number × 10^scale as an integer, if it is one and has at most `precision` digits.
    fn unscaled(&self, precision: u8, scale: i8) -> Option<i128> {
        let shift = i32::from(scale).checked_sub(self.scale)?;
        if self.digits.is_empty() {
            return Some(0);
        }
        let shift = u32::try_from(shift).ok()?;
        if self.digits.len() + shift as usize > usize::from(precision.min(38)) {
            return None;
        }
        let magnitude = self
            .digits
            .parse::<i128>()
            .ok()?
            .checked_mul(10i128.checked_pow(shift)?)?;
        Some(if self.negative { -magnitude } else { magnitude })
    }

    /// Like [`Digits::unscaled`], for up to 76 digits.
    fn wide(&self, precision: u8, scale: i8) -> Option<i256> {
        let shift = usize::try_from(i32::from(scale).checked_sub(self.scale)?).ok();
        if self.digits.is_empty() {
            return Some(i256::ZERO);
        }
        let shift = shift?;
        if self.digits.len() + shift > usize::from(precision.min(76)) {
            return None;
        }
        let sign = if self.negative { "-" } else { "" };
        i256::from_string(&format!("{sign}{}{}", self.digits, "0".repeat(shift)))
    }

    /// How many digits stand after the point; below zero, how many zeros before it.
    pub(crate) fn scale(&self) -> i32 {
        self.scale
    }

    /// How many digits stand before the point and after it.
    pub(crate) fn places(&self) -> (usize, usize) {
        let after = usize::try_from(self.scale).unwrap_or(0);
        let zeros = usize::try_from(-self.scale).unwrap_or(0);
        ((self.digits.len() + zeros).saturating_sub(after), after)
    }

    /// Which of two numbers is the smaller.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        // Up to which power of ten a number reaches; digits of equal reach compare as text, since none starts or ends with a zero.
        let magnitude = |number: &Self| {
            let digits = i64::try_from(number.digits.len()).unwrap_or(i64::MAX);
            let reach = digits.saturating_sub(number.scale.into());
            (!number.digits.is_empty()).then_some(reach)
        };
        let larger = || {
            magnitude(self)
                .cmp(&magnitude(other))
                .then_with(|| self.digits.cmp(&other.digits))
        };
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => larger(),
            (true, true) => larger().reverse(),
        }
    }

    /// The number × 10^scale as an integer, if it is one of at most 38 digits.
    pub(crate) fn scaled(&self, scale: i8) -> Option<i128> {
        self.unscaled(38, scale)
    }

    /// The nearest number with at most `scale` digits after the point; from the middle, the one whose last digit is even.
    pub(crate) fn rounded(&self, scale: i32) -> Self {
        let Ok(dropped) = usize::try_from(self.scale - scale) else {
            return self.clone();
        };
        // Zeros in front, so that there is always a digit to keep.
        let padded = format!("{:0>width$}", self.digits, width = dropped + 1);
        let (kept, rest) = padded.split_at(padded.len() - dropped);
        let half = format!("5{}", "0".repeat(dropped.saturating_sub(1)));
        let is_odd = kept.bytes().last().is_some_and(|digit| digit % 2 == 1);
        let up = dropped > 0 && (rest > half.as_str() || rest == half && is_odd);
        let mut digits = kept.to_owned();
        if up {
            // As by hand: nines become zeros, and the first other digit grows by one.
            let nines = digits.len() - digits.trim_end_matches('9').len();
            let head = &digits[..digits.len() - nines];
            let grown = match head.as_bytes().last() {
                Some(digit) => format!("{}{}", &head[..head.len() - 1], char::from(digit + 1)),
                None => "1".to_owned(),
            };
            digits = grown + &"0".repeat(nines);
        }
        Self {
            negative: self.negative,
            digits: digits.trim_start_matches('0').to_owned(),
            scale,
        }
        .reduced()
    }

    /// Plain digits: no exponent, no leading or trailing zeros, no `-0`.
    ///
    /// `None` if that would take more than [`MAX_DIGITS`] characters.
    pub(crate) fn plain(&self) -> Option<String> {
        if self.digits.is_empty() {
            return Some("0".to_owned());
        }
        let mut text = String::new();
        if self.negative {
            text.push('-');
        }
        match usize::try_from(self.scale) {
            Err(_) => {
                let zeros = usize::try_from(self.scale.unsigned_abs()).ok()?;
                if self.digits.len() + zeros > MAX_DIGITS {
                    return None;
                }
                text.push_str(&self.digits);
                text.extend(std::iter::repeat_n('0', zeros));
            }
            Ok(0) => text.push_str(&self.digits),
            Ok(scale) if scale < self.digits.len() => {
                let point = self.digits.len() - scale;
                text.push_str(&self.digits[..point]);
                text.push('.');
                text.push_str(&self.digits[point..]);
            }
            Ok(scale) if scale <= MAX_DIGITS => {
                text.push_str("0.");
                text.extend(std::iter::repeat_n('0', scale - self.digits.len()));
                text.push_str(&self.digits);
            }
            Ok(_) => return None,
        }
        Some(text)
    }
}

/// The unscaled integer of a decimal text, if it fits `precision` and `scale` without rounding.
pub fn decimal_from_text(text: &str, precision: u8, scale: i8) -> Option<i128> {
    Digits::parse(text)?.unscaled(precision, scale)
}

/// Like [`decimal_from_text`], for up to 76 digits.
pub fn wide_from_text(text: &str, precision: u8, scale: i8) -> Option<i256> {
    Digits::parse(text)?.wide(precision, scale)
}

/// The canonical text of any decimal text: `007.50` is `7.5`, `1e3` is `1000`.
pub fn canonical_number(text: &str) -> Option<String> {
    Digits::parse(text)?.plain()
}

/// The decimal whose nearest double is this one and that fits `precision` and `scale`, as an unscaled integer.
///
/// Exact both ways: [`decimal_to_float`] of the answer has the same bits. Negative zero, infinities and
/// NaN have no such decimal.
pub fn decimal_from_float(value: f64, precision: u8, scale: i8) -> Option<i128> {
    /// Up to 2^53 a double counts whole numbers without gaps.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() || (value == 0.0 && value.is_sign_negative()) {
        return None;
    }
    // Both operands are exact below 2^53 and 10^22, so the quotient is the nearest double to n / 10^scale.
    if let Some(power) = usize::try_from(scale)
        .ok()
        .and_then(|scale| POWERS.get(scale))
    {
        let scaled = (value * power).round();
        if scaled.abs() < EXACT && scaled / power == value {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            let unscaled = scaled as i64;
            // None: more digits than any i128 has.
            let limit = 10i128.checked_pow(u32::from(precision));
            return limit
                .is_none_or(|limit| i128::from(unscaled).abs() < limit)
                .then(|| unscaled.into());
        }
    }
    let unscaled = decimal_from_text(&format!("{value:e}"), precision, scale)?;
    (decimal_to_float(unscaled, scale).to_bits() == value.to_bits()).then_some(unscaled)
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The double nearest to a decimal.
pub fn decimal_to_float(unscaled: i128, scale: i8) -> f64 {
    let small = unscaled.unsigned_abs() < 1 << 53;
    match usize::try_from(scale)
        .ok()
        .and_then(|scale| POWERS.get(scale))
    {
        #[expect(
            clippy::cast_precision_loss,
            reason = "below 2^53, where every integer is a double"
        )]
        Some(power) if small => unscaled as f64 / power,
        // The standard library reads decimal text to the nearest double; the text is ours and well formed.
        _ => decimal_to_text(unscaled, scale).parse().unwrap_or(f64::NAN),
    }
}

/// The decimal as text with all digits of its scale: `-0.50`.
pub fn decimal_to_text(unscaled: i128, scale: i8) -> String {
    let mut text = String::new();
    write_decimal(&mut text, unscaled, scale);
    text
}

/// Appends what [`decimal_to_text`] gives.
pub fn write_decimal(text: &mut String, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        text.push('-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(unscaled.unsigned_abs());
    let zeros = |number| std::iter::repeat_n('0', number);
    match usize::try_from(scale) {
        Ok(0) => text.push_str(digits),
        Ok(scale) if scale < digits.len() => {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            text.push_str(whole);
            text.push('.');
            text.push_str(fraction);
        }
        Ok(scale) => {
            text.push_str("0.");
            text.extend(zeros(scale - digits.len()));
            text.push_str(digits);
        }
        Err(_) => {
            text.push_str(digits);
            text.extend(zeros(usize::from(scale.unsigned_abs())));
        }
    }
}

/// The shortest decimal that names this double, as canonical text. `None` for infinities, NaN and negative zero.
pub fn number_from_float(value: f64) -> Option<String> {
    if !value.is_finite() || (value == 0.0 && value.is_sign_negative()) {
        return None;
    }
    canonical_number(&format!("{value:e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_ordered(a in -200_000i64..200_000, b in -200_000i64..200_000, scale in 0i8..4) {
            let number = |unscaled: i64| Digits::parse(&decimal_to_text(unscaled.into(), scale)).unwrap();
            prop_assert_eq!(number(a).order(&number(b)), a.cmp(&b));
        }
    }

    #[test]
    fn text_to_decimal() {
        let check = |text: &str, expected: Option<i128>| {
            assert_eq!(decimal_from_text(text, 12, 2), expected, "{text}");
        };
        check("1.98", Some(198));
        check("-0.5", Some(-50));
        check("+7", Some(700));
        check("1.980", Some(198));
        check("1e3", Some(100_000));
        check("1.985", None);
        check("9999999999.99", Some(999_999_999_999));
        check("10000000000.00", None);
        for wrong in [
            "",
            ".",
            "-",
            "1,5",
            " 1",
            "1 ",
            "0x1",
            "inf",
            "1e",
            "1e99999999999",
        ] {
            check(wrong, None);
        }
        check(".5", Some(50));
        check("5.", Some(500));
    }

    #[test]
    fn floats_that_are_decimals() {
        let check = |value: f64, expected: Option<i128>| {
            assert_eq!(decimal_from_float(value, 12, 2), expected, "{value}");
        };
        check(1.98, Some(198));
        check(0.1 + 0.2, None);
        check(-19.99, Some(-1999));
        check(0.0, Some(0));
        check(-0.0, None);
        check(f64::NAN, None);
        check(1e10, None);
        check(9_999_999_999.99, Some(999_999_999_999));
    }

    #[test]
    fn wide_decimals() {
        let nines = "9".repeat(74) + ".99";
        assert_eq!(
            wide_from_text(&nines, 76, 2).unwrap().to_string(),
            "9".repeat(76)
        );
        assert_eq!(wide_from_text("-1.5", 76, 2).unwrap().to_string(), "-150");
        assert_eq!(wide_from_text("1.555", 76, 2), None);
        assert_eq!(wide_from_text(&("9".repeat(75) + ".99"), 76, 2), None);
    }

    #[test]
    fn canonical_numbers() {
        let check = |text: &str, expected: &str| {
            assert_eq!(canonical_number(text).as_deref(), Some(expected), "{text}");
        };
        check("007.50", "7.5");
        check("1e3", "1000");
        check("-0", "0");
        check("12e-5", "0.00012");
        check("-120.0", "-120");
        assert_eq!(canonical_number("1e999999999"), None);
        assert_eq!(number_from_float(0.1).as_deref(), Some("0.1"));
        assert_eq!(
            number_from_float(1e21).as_deref(),
            Some("1000000000000000000000")
        );
    }

    proptest! {
        #[test]
        fn decimal_text_round_trips(unscaled in -(10i128.pow(37))..10i128.pow(37), scale in 0i8..38) {
            let text = decimal_to_text(unscaled, scale);
            prop_assert_eq!(decimal_from_text(&text, 38, scale), Some(unscaled));
        }

        #[test]
        fn a_decimal_of_a_float_names_that_float(value in proptest::num::f64::NORMAL, scale in 0i8..20) {
            if let Some(unscaled) = decimal_from_float(value, 38, scale) {
                prop_assert_eq!(decimal_to_float(unscaled, scale).to_bits(), value.to_bits());
            }
        }

        #[test]
        fn cents_are_found(cents in -9_007_199_254_740i64..9_007_199_254_740) {
            let value = decimal_to_float(cents.into(), 2);
            prop_assert_eq!(decimal_from_float(value, 38, 2), Some(cents.into()));
        }

        #[test]
        fn a_number_of_a_float_reads_back(value in proptest::num::f64::NORMAL) {
            let text = number_from_float(value).unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
