//! Finds amounts with fractions of the smallest coin.
//!
//! A float stands for the shortest decimal that names it: what prints as `19.99` is 19.99, and what
//! prints as `0.30000000000000004` is no number of cents.

use limosa_sdk::decimal::{self, Digits, Misfit};
use limosa_sdk::{Batch, Check, Findings, Kind, Result, Settings, Table};

const AMOUNT: u16 = 0;

const FRACTION: &str = "fraction";
const NOT_A_NUMBER: &str = "not-a-number";
const UNREADABLE: &str = "unreadable";

/// No currency has more, and a double has not many more to show.
const MAX_DECIMALS: u8 = 18;

/// The check.
#[derive(Debug)]
pub struct MoneyPrecision {
    decimals: u8,
    layout: Layout,
}

#[derive(Debug)]
enum Layout {
    Float,
    Decimal {
        /// 10^(scale − decimals): what every amount must be a multiple of.
        unit: i128,
    },
    /// Too wide for 16 bytes: such decimals come as text.
    Wide,
}

impl Check for MoneyPrecision {
    fn open(table: &Table, settings: &Settings) -> Result<Self> {
        let decimals = settings.parsed("decimals", "a whole number from 0 to 18", decimals)?;
        let column = &table.columns()[usize::from(table.column("amount")?)];
        let layout = match column.scale() {
            _ if column.kind() == Kind::Float => Layout::Float,
            Some(scale) if column.is_fixed_point() => Layout::Decimal {
                unit: unit(scale, decimals),
            },
            _ => Layout::Wide,
        };
        Ok(Self { decimals, layout })
    }

    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        let decimals = self.decimals;
        match self.layout {
            Layout::Float => {
                let amounts = batch.floats(AMOUNT)?;
                findings.judge(&amounts, UNREADABLE, |amount| judge_float(amount, decimals));
            }
            // A unit of 1 holds every amount: nothing needs to cross but the exceptions.
            Layout::Decimal { unit: 1 } => {
                findings.report_all(UNREADABLE, batch.presence(AMOUNT)?.exceptions());
            }
            Layout::Decimal { unit } => {
                let amounts = batch.decimals(AMOUNT)?;
                findings.judge(&amounts, UNREADABLE, |amount| judge_decimal(amount, unit));
            }
            Layout::Wide => {
                let amounts = batch.texts(AMOUNT)?;
                findings.judge(&amounts, UNREADABLE, |amount| judge_text(amount, decimals));
            }
        }
        Ok(())
    }
}

limosa_sdk::check!(MoneyPrecision);

fn decimals(setting: &str) -> Option<u8> {
    let decimals = setting.parse().ok()?;
    (decimals <= MAX_DECIMALS).then_some(decimals)
}

fn unit(scale: i32, decimals: u8) -> i128 {
    let surplus = u32::try_from(scale - i32::from(decimals)).unwrap_or(0);
    10i128.saturating_pow(surplus)
}

fn judge_float(amount: f64, decimals: u8) -> Option<&'static str> {
    match decimal::from_float(amount, 38, decimals) {
        // Past the range of decimals there are no fractions: those end at 2^53.
        Ok(_) | Err(Misfit::OutOfRange) => None,
        Err(Misfit::Inexact) => Some(FRACTION),
        Err(Misfit::NotANumber) => Some(NOT_A_NUMBER),
    }
}

fn judge_decimal(amount: i128, unit: i128) -> Option<&'static str> {
    let rest = match (i64::try_from(amount), i64::try_from(unit)) {
        // The sandbox divides 64 bits in hardware, 128 in software.
        (Ok(amount), Ok(unit)) => i128::from(amount % unit),
        _ => amount % unit,
    };
    (rest != 0).then_some(FRACTION)
}

fn judge_text(amount: &str, decimals: u8) -> Option<&'static str> {
    match Digits::parse(amount) {
        Some(amount) => (amount.decimals() > u64::from(decimals)).then_some(FRACTION),
        None => Some(NOT_A_NUMBER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats() {
        let check = |amount: f64, decimals: u8, expected: Option<&str>| {
            assert_eq!(
                judge_float(amount, decimals),
                expected,
                "{amount} {decimals}"
            );
        };
        check(19.99, 2, None);
        check(-0.1, 2, None);
        check(0.0, 2, None);
        check(-0.0, 2, None);
        check(1e300, 2, None);
        check(9_007_199_254_740_993.0, 2, None);
        check(0.1 + 0.2, 2, Some(FRACTION));
        check(1.005, 2, Some(FRACTION));
        check(1.005, 3, None);
        check(0.5, 0, Some(FRACTION));
        check(5e-324, 18, Some(FRACTION));
        check(f64::NAN, 2, Some(NOT_A_NUMBER));
        check(f64::INFINITY, 2, Some(NOT_A_NUMBER));
    }

    #[test]
    fn decimals_and_texts() {
        assert_eq!(unit(4, 2), 100);
        assert_eq!(unit(2, 2), 1);
        assert_eq!(unit(-3, 2), 1);
        assert_eq!(judge_decimal(-19_900, 100), None);
        assert_eq!(judge_decimal(-19_905, 100), Some(FRACTION));
        assert_eq!(judge_decimal(10i128.pow(30) + 1, 100), Some(FRACTION));
        assert_eq!(judge_text(&"9".repeat(50), 2), None);
        assert_eq!(judge_text("1.2300", 2), None);
        assert_eq!(judge_text("1.234", 2), Some(FRACTION));
        assert_eq!(judge_text("NaN", 2), Some(NOT_A_NUMBER));
    }

    #[test]
    fn settings() {
        assert_eq!(decimals("2"), Some(2));
        for wrong in ["19", "-1", "2.0", ""] {
            assert_eq!(decimals(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_float_is_judged_by_its_shortest_text(amount in proptest::num::f64::NORMAL, decimals in 0u8..=18) {
            let text = format!("{amount}");
            let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            prop_assert_eq!(judge_float(amount, decimals).is_some(), written > usize::from(decimals));
        }

        #[test]
        fn sums_of_cents_are_judged_by_their_shortest_text(left in 0u32..1_000_000, right in 0u32..1_000_000) {
            let amount = f64::from(left) / 100.0 + f64::from(right) / 100.0;
            let text = format!("{amount}");
            let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            prop_assert_eq!(judge_float(amount, 2).is_some(), written > 2);
        }
    }
}
