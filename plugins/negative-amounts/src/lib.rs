//! Finds amounts below a minimum, compared exactly.

use limosa_sdk::decimal::Digits;
use limosa_sdk::{Batch, Check, Column, Findings, Kind, Result, Settings, Table};

const AMOUNT: u16 = 0;

const NEGATIVE: &str = "negative";
const NOT_A_NUMBER: &str = "not-a-number";
const UNREADABLE: &str = "unreadable";

const NO_NUMBER: &str = "the setting `minimum` is not a number";

/// The minimum in the form that the column's values are compared with: one comparison a row, no rounding.
#[derive(Debug, PartialEq)]
pub enum NegativeAmounts {
    /// The greatest integer below it; none: every one is at least the minimum.
    Integer(Option<i64>),
    /// The float nearest to it: a stored 0.3 is not below 0.3, though both stand for a little less.
    Float(f64),
    /// The smallest decimal of the column's scale that is not below it, × 10^scale.
    Decimal(i128),
    /// The minimum as text, for decimals too wide for 16 bytes: those come as text.
    Wide(String),
}

impl Check for NegativeAmounts {
    fn open(table: &Table, settings: &Settings) -> Result<Self> {
        let minimum = settings.exact_number("minimum")?;
        let column = table.column("amount")?;
        Self::new(&table.columns()[usize::from(column)], &minimum)
    }

    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        match self {
            Self::Integer(greatest) => {
                let greatest = *greatest;
                findings.judge(&batch.integers(AMOUNT)?, UNREADABLE, |amount| {
                    greatest
                        .is_some_and(|greatest| amount <= greatest)
                        .then_some(NEGATIVE)
                });
            }
            Self::Float(least) => {
                let least = *least;
                findings.judge(&batch.floats(AMOUNT)?, UNREADABLE, |amount| {
                    judge_float(amount, least)
                });
            }
            Self::Decimal(least) => {
                let least = *least;
                findings.judge(&batch.decimals(AMOUNT)?, UNREADABLE, |amount| {
                    (amount < least).then_some(NEGATIVE)
                });
            }
            Self::Wide(minimum) => {
                let minimum = number(minimum)?;
                findings.judge(&batch.texts(AMOUNT)?, UNREADABLE, |amount| {
                    judge_text(amount, minimum)
                });
            }
        }
        Ok(())
    }
}

limosa_sdk::check!(NegativeAmounts);

impl NegativeAmounts {
    fn new(column: &Column, minimum: &str) -> Result<Self> {
        let least = number(minimum)?;
        Ok(match column.kind() {
            Kind::Integer => Self::Integer(greatest_below(least.ceiling(0))),
            Kind::Float => Self::Float(minimum.parse().map_err(|_| NO_NUMBER)?),
            _ if column.is_fixed_point() => {
                Self::Decimal(least.ceiling(column.scale().unwrap_or(0)))
            }
            _ => Self::Wide(minimum.to_owned()),
        })
    }
}

fn number(minimum: &str) -> Result<Digits<'_>> {
    Digits::parse(minimum).ok_or_else(|| NO_NUMBER.into())
}

/// The greatest integer of 64 bits below `least`, if there is one.
fn greatest_below(least: i128) -> Option<i64> {
    let greatest = least.checked_sub(1)?;
    // Below what is past the upper end is every integer, below what is past the lower end none.
    i64::try_from(greatest.min(i64::MAX.into())).ok()
}

fn judge_float(amount: f64, least: f64) -> Option<&'static str> {
    // First what most amounts are, in one comparison: what is not a number is neither below nor at least anything.
    if amount >= least {
        None
    } else if amount.is_nan() {
        Some(NOT_A_NUMBER)
    } else {
        Some(NEGATIVE)
    }
}

fn judge_text(amount: &str, minimum: Digits<'_>) -> Option<&'static str> {
    match Digits::parse(amount) {
        Some(amount) => (amount < minimum).then_some(NEGATIVE),
        None if amount.eq_ignore_ascii_case("nan") => Some(NOT_A_NUMBER),
        None => Some(UNREADABLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(type_name: &str, precision: &str, scale: &str) -> Column {
        let attribute = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Column {
            role: "amount".to_owned(),
            type_name: type_name.to_owned(),
            nullable: true,
            attributes: vec![attribute("precision", precision), attribute("scale", scale)],
        }
    }

    #[test]
    fn the_minimum_takes_the_form_of_the_column() {
        let check = |column: &Column, minimum: &str, expected: NegativeAmounts| {
            assert_eq!(
                NegativeAmounts::new(column, minimum),
                Ok(expected),
                "{minimum}"
            );
        };
        check(
            &column("integer", "", ""),
            "0.5",
            NegativeAmounts::Integer(Some(0)),
        );
        check(
            &column("integer", "", ""),
            "-0.5",
            NegativeAmounts::Integer(Some(-1)),
        );
        for (minimum, greatest) in [
            ("1e30", Some(i64::MAX)),
            ("9223372036854775807", Some(i64::MAX - 1)),
            ("-9223372036854775807", Some(i64::MIN)),
            ("-9223372036854775808", None),
            ("-1e50", None),
        ] {
            let expected = NegativeAmounts::Integer(greatest);
            check(&column("integer", "", ""), minimum, expected);
        }
        check(&column("float", "", ""), "0.3", NegativeAmounts::Float(0.3));
        check(
            &column("decimal", "12", "2"),
            "1.001",
            NegativeAmounts::Decimal(101),
        );
        check(
            &column("decimal", "38", "0"),
            "-1e50",
            NegativeAmounts::Decimal(i128::MIN),
        );
        check(
            &column("decimal", "76", "2"),
            "1",
            NegativeAmounts::Wide("1".to_owned()),
        );
        assert!(NegativeAmounts::new(&column("float", "", ""), "zero").is_err());
    }

    #[test]
    fn floats() {
        let check = |amount: f64, expected: Option<&str>| {
            assert_eq!(judge_float(amount, 0.0), expected, "{amount}");
        };
        check(0.0, None);
        check(-0.0, None);
        check(-5e-324, Some(NEGATIVE));
        check(f64::NEG_INFINITY, Some(NEGATIVE));
        check(f64::INFINITY, None);
        check(f64::NAN, Some(NOT_A_NUMBER));
    }

    #[test]
    fn wide_decimals() {
        let wide = "9".repeat(60);
        let check = |amount: &str, expected: Option<&str>| {
            assert_eq!(
                judge_text(amount, number("0").unwrap()),
                expected,
                "{amount}"
            );
        };
        check(&wide, None);
        check(&format!("-{wide}"), Some(NEGATIVE));
        check("-0.00", None);
        check("NaN", Some(NOT_A_NUMBER));
        check("much", Some(UNREADABLE));
    }
}
