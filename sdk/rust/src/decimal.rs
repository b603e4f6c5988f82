//! Decimals out of text and floats, exactly or not at all.

use std::cmp::Ordering;

/// Digits that an `i128` surely holds.
const MAX_PRECISION: u8 = 38;

/// Why a number is no decimal of the wanted precision and scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Not `[+-]digits[.digits][e[+-]digits]`, or NaN or infinite.
    NotANumber,
    /// It has more digits after the point.
    Inexact,
    /// It has more digits before the point.
    OutOfRange,
}

/// A decimal text in parts: ± 0.d₁d₂d₃… × 10^point, without zeros at either end.
///
/// Compares by value, whatever the number of digits.
#[derive(Clone, Copy, Debug)]
pub struct Digits<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    point: i64,
}

impl<'a> Digits<'a> {
    /// Reads `[+-]digits[.digits][e[+-]digits]` and nothing else: no space, no `.5`, no `inf`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let mut bytes = whole.bytes().chain(fraction.bytes());
        if whole.is_empty() || !bytes.all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut whole = whole.trim_start_matches('0');
        let mut fraction = fraction.trim_end_matches('0');
        let mut point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
        if whole.is_empty() {
            let digits = fraction.trim_start_matches('0');
            point -= i64::try_from(fraction.len() - digits.len()).ok()?;
            fraction = digits;
        }
        if fraction.is_empty() {
            whole = whole.trim_end_matches('0');
        }
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: text.starts_with('-') && !zero,
            whole,
            fraction,
            point: if zero { 0 } else { point },
        })
    }

    /// The number × 10^scale, if it is a whole number of at most `precision` (38) digits.
    pub fn unscaled(&self, precision: u8, scale: i32) -> Result<i128, Misfit> {
        let places = self.point + i64::from(scale);
        if self.is_zero() {
            Ok(0)
        } else if places > i64::from(precision.min(MAX_PRECISION)) {
            Err(Misfit::OutOfRange)
        } else {
            let (magnitude, rest) = self.leading(places);
            if rest {
                return Err(Misfit::Inexact);
            }
            Ok(if self.negative { -magnitude } else { magnitude })
        }
    }

    /// The smallest whole number that is not below the number × 10^scale; the nearest end of `i128` past it.
    ///
    /// So `value < ceiling(scale)` says exactly whether a decimal of that scale is below the number.
    pub fn ceiling(&self, scale: i32) -> i128 {
        let places = self.point + i64::from(scale);
        if places > i64::from(MAX_PRECISION) {
            return if self.negative { i128::MIN } else { i128::MAX };
        }
        let (magnitude, rest) = self.leading(places);
        if self.negative {
            -magnitude
        } else {
            magnitude + i128::from(rest)
        }
    }

    /// How many digits stand after the point, not counting zeros at the end.
    pub fn decimals(&self) -> u64 {
        let count = self.whole.len() + self.fraction.len();
        let after = i64::try_from(count).map_or(0, |count| count - self.point);
        u64::try_from(after).unwrap_or(0)
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    /// The number made of the first `places` (at most 38) digits, and whether more follow.
    fn leading(&self, places: i64) -> (i128, bool) {
        let places = usize::try_from(places).unwrap_or(0);
        let mut digits = self.digits();
        let mut magnitude = 0;
        for _ in 0..places {
            magnitude = magnitude * 10 + digits.next().map_or(0, |digit| i128::from(digit - b'0'));
        }
        (magnitude, digits.next().is_some())
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self
                .point
                .cmp(&other.point)
                .then_with(|| self.digits().cmp(other.digits())),
        }
    }
}

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }
}

impl PartialOrd for Digits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Digits<'_> {}

/// The decimal that a text writes, × 10^scale, if it has at most `precision` digits and `scale` of them after the point.
pub fn from_text(text: &str, precision: u8, scale: u8) -> Result<i128, Misfit> {
    Digits::parse(text)
        .ok_or(Misfit::NotANumber)?
        .unscaled(precision, scale.into())
}

/// A decimal of one scale in another precision and scale, if it fits; integers have scale 0.
pub fn rescale(unscaled: i128, from: i32, precision: u8, scale: u8) -> Result<i128, Misfit> {
    if unscaled == 0 {
        return Ok(0);
    }
    let shift = i32::from(scale) - from;
    let power = 10i128.checked_pow(shift.unsigned_abs());
    let (value, rest) = match power {
        Some(power) if shift >= 0 => {
            let value = unscaled.checked_mul(power).ok_or(Misfit::OutOfRange)?;
            (value, 0)
        }
        Some(power) => (unscaled / power, unscaled % power),
        None if shift >= 0 => return Err(Misfit::OutOfRange),
        None => return Err(Misfit::Inexact),
    };
    let limit = 10u128.pow(precision.min(MAX_PRECISION).into());
    if value.unsigned_abs() >= limit {
        Err(Misfit::OutOfRange)
    } else if rest != 0 {
        Err(Misfit::Inexact)
    } else {
        Ok(value)
    }
}

/// The shortest decimal that names a float (what prints as `0.1` is 0.1), × 10^scale, if it fits.
///
/// Both zeros are zero.
#[inline]
pub fn from_float(value: f64, precision: u8, scale: u8) -> Result<i128, Misfit> {
    /// Decimals of up to 15 digits and doubles name each other without ambiguity.
    const UNAMBIGUOUS: f64 = 1e15;
    if let (Some(power), Some(limit)) = (
        POWERS.get(usize::from(scale)),
        POWERS.get(usize::from(precision.min(15))),
    ) {
        let scaled = (value * power).round_ties_even();
        // Past the limit the slow way says which misfit it is; so it does for NaN.
        if scaled.abs() < limit.min(UNAMBIGUOUS) {
            // The power is exact up to 10^22, so the quotient is the double nearest to that decimal;
            // and a decimal this short that names the value is found: the product is off by far less than one half.
            if scaled / power != value {
                return Err(Misfit::Inexact);
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 10^15"
            )]
            let unscaled = scaled as i64;
            return Ok(unscaled.into());
        }
    }
    from_any_float(value, precision, scale)
}

#[cold]
fn from_any_float(value: f64, precision: u8, scale: u8) -> Result<i128, Misfit> {
    from_text(&format!("{value:e}"), precision, scale)
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts() {
        let check = |text: &str, expected: Result<i128, Misfit>| {
            assert_eq!(from_text(text, 12, 2), expected, "{text}");
        };
        check("0", Ok(0));
        check("-0.000", Ok(0));
        check("1.98", Ok(198));
        check("+007.50", Ok(750));
        check("-0.05", Ok(-5));
        check("1.5e3", Ok(150_000));
        check("15000E-4", Ok(150));
        check("0e999999999", Ok(0));
        check("9999999999.99", Ok(999_999_999_999));
        check(&format!("1.{}", "0".repeat(500)), Ok(100));
        check("1.985", Err(Misfit::Inexact));
        check("1e-3", Err(Misfit::Inexact));
        check("10000000000", Err(Misfit::OutOfRange));
        check("1e2147483647", Err(Misfit::OutOfRange));
        for wrong in [
            "",
            "-",
            "+-1",
            ".",
            ".5",
            "5.",
            "1,5",
            " 1",
            "1 ",
            "0x1",
            "inf",
            "NaN",
            "1e",
            "1e99999999999",
            "1e5.0",
            "1.2.3",
            "１",
        ] {
            check(wrong, Err(Misfit::NotANumber));
        }
    }

    #[test]
    fn floats() {
        let check = |value: f64, expected: Result<i128, Misfit>| {
            assert_eq!(from_float(value, 12, 2), expected, "{value}");
        };
        check(19.99, Ok(1999));
        check(-0.0, Ok(0));
        check(1e9, Ok(100_000_000_000));
        check(0.1 + 0.2, Err(Misfit::Inexact));
        check(1.005, Err(Misfit::Inexact));
        check(1e-300, Err(Misfit::Inexact));
        check(1e10, Err(Misfit::OutOfRange));
        check(f64::NAN, Err(Misfit::NotANumber));
        check(f64::NEG_INFINITY, Err(Misfit::NotANumber));
        // Two cents share this double; its shortest name decides.
        assert_eq!(
            from_float(80_000_000_000_000.02, 38, 2),
            Ok(8_000_000_000_000_002)
        );
    }

    #[test]
    fn scales() {
        let check = |unscaled: i128, from: i32, expected: Result<i128, Misfit>| {
            assert_eq!(
                rescale(unscaled, from, 12, 2),
                expected,
                "{unscaled} {from}"
            );
        };
        check(7, 0, Ok(700));
        check(-1500, 3, Ok(-150));
        check(7, -2, Ok(70_000));
        check(0, 60, Ok(0));
        check(1, 60, Err(Misfit::Inexact));
        check(1501, 3, Err(Misfit::Inexact));
        check(1, -60, Err(Misfit::OutOfRange));
        check(10_000_000_000, 0, Err(Misfit::OutOfRange));
        check(i128::MIN, 0, Err(Misfit::OutOfRange));
    }

    #[test]
    fn digits_after_the_point() {
        let check = |text: &str, expected: u64| {
            assert_eq!(Digits::parse(text).unwrap().decimals(), expected, "{text}");
        };
        check("0", 0);
        check("100", 0);
        check("1.50", 1);
        check("1.5e-7", 8);
        check("1.25e1", 1);
        check("0.001", 3);
    }

    #[test]
    fn ceilings() {
        let check = |text: &str, scale: i32, expected: i128| {
            assert_eq!(
                Digits::parse(text).unwrap().ceiling(scale),
                expected,
                "{text} {scale}"
            );
        };
        check("0", 2, 0);
        check("0.5", 0, 1);
        check("-0.5", 0, 0);
        check("1.005", 2, 101);
        check("-1.005", 2, -100);
        check("150", -2, 2);
        check("0.0001", 2, 1);
        check("1e60", 0, i128::MAX);
        check("-1e60", 0, i128::MIN);
    }

    proptest! {
        #[test]
        fn comparison_is_by_value(left in -10_000i64..10_000, right in -10_000i64..10_000, zeros in 0usize..4) {
            let (first, second) = (format!("{left}.{}1e-2", "0".repeat(zeros)), format!("{right}.{}1e-2", "0".repeat(zeros)));
            let ordering = Digits::parse(&first).unwrap().cmp(&Digits::parse(&second).unwrap());
            let (first, second): (f64, f64) = (first.parse().unwrap(), second.parse().unwrap());
            prop_assert_eq!(ordering, first.total_cmp(&second));
        }

        #[test]
        fn the_fast_way_says_what_the_slow_way_says(value in proptest::num::f64::NORMAL, scale in 0u8..20, precision in 1u8..=38) {
            prop_assert_eq!(from_float(value, precision, scale), from_any_float(value, precision, scale));
        }

        #[test]
        fn fast_and_slow_agree_near_decimals(cents in -(1i64 << 54)..1i64 << 54, nudge in -2i64..=2, scale in 0u8..6, precision in 1u8..=38) {
            let near = cents as f64 / POWERS[2];
            let value = f64::from_bits(near.to_bits().wrapping_add_signed(nudge));
            prop_assert_eq!(from_float(value, precision, scale), from_any_float(value, precision, scale));
        }

        #[test]
        fn decimals_of_15_digits_survive_a_float(cents in -999_999_999_999_999i64..=999_999_999_999_999) {
            prop_assert_eq!(from_float(cents as f64 / 100.0, 38, 2), Ok(cents.into()));
        }
    }
}
