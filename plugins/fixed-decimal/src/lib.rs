//! Turns floats, integers and texts into decimals of one precision and scale, exactly or not at all.

use limosa_sdk::decimal::{self, Misfit};
use limosa_sdk::{
    Batch, Column, Decimals, Kind, Output, Result, Row, Settings, Table, Transform, Values, View,
};

const VALUE: u16 = 0;

/// Digits that 16 bytes hold.
const MAX_PRECISION: u8 = 38;

/// The transform.
#[derive(Debug)]
pub struct FixedDecimal {
    target: Target,
}

/// What every value is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    precision: u8,
    scale: u8,
}

impl Transform for FixedDecimal {
    fn open(table: &Table, settings: &Settings) -> Result<(Self, Vec<Column>)> {
        let target = Target::new(settings.integer("precision")?, settings.integer("scale")?)?;
        let value = &table.columns()[usize::from(table.column("value")?)];
        let Target { precision, scale } = target;
        let output = Column::decimal(&value.role, precision, scale, value.nullable);
        Ok((Self { target }, vec![output]))
    }

    fn apply(&self, batch: &Batch<'_>, output: &mut Output<'_>) -> Result<()> {
        let target = self.target;
        let column = &batch.table().columns()[usize::from(VALUE)];
        let converted = match (column.kind(), column.scale()) {
            (Kind::Integer, _) => convert(&batch.integers(VALUE)?, |value| {
                decimal::rescale(value.into(), 0, target.precision, target.scale)
            }),
            (Kind::Float, _) => convert(&batch.floats(VALUE)?, |value| {
                decimal::from_float(value, target.precision, target.scale)
            }),
            (Kind::Decimal, Some(scale)) if column.is_fixed_point() => {
                convert(&batch.decimals(VALUE)?, |value| {
                    decimal::rescale(value, scale, target.precision, target.scale)
                })
            }
            _ => convert(&batch.texts(VALUE)?, |value| {
                decimal::from_text(value, target.precision, target.scale)
            }),
        };
        output.decimals(0, &converted.values);
        for (code, row) in converted.refused {
            output.refuse(code, row);
        }
        Ok(())
    }
}

limosa_sdk::transform!(FixedDecimal);

impl Target {
    fn new(precision: i64, scale: i64) -> Result<Self> {
        match (u8::try_from(precision), u8::try_from(scale)) {
            (Ok(precision @ 1..=MAX_PRECISION), Ok(scale)) if scale <= precision => {
                Ok(Self { precision, scale })
            }
            _ => Err(format!(
                "decimal({precision}, {scale}) is not possible: the precision goes from 1 to \
                 {MAX_PRECISION}, the scale from 0 to the precision"
            )
            .into()),
        }
    }
}

/// What became of a column: the rows that could be converted, without those that could not.
#[derive(Debug)]
struct Converted {
    values: Decimals,
    refused: Vec<(&'static str, Row)>,
}

/// Nulls stay nulls; each other row is converted or refused.
fn convert<V: Values>(
    column: &View<V>,
    exactly: impl for<'v> Fn(V::Value<'v>) -> Result<i128, Misfit>,
) -> Converted {
    let mut refused = Vec::new();
    let rows = column.iter().filter_map(|(row, value)| match value {
        None if column.is_exception(row.index()) => {
            refused.push(("unreadable", row));
            None
        }
        None => Some(None),
        Some(value) => match exactly(value) {
            Ok(value) => Some(Some(value)),
            Err(misfit) => {
                refused.push((code(misfit), row));
                None
            }
        },
    });
    let values = rows.collect();
    Converted { values, refused }
}

fn code(misfit: Misfit) -> &'static str {
    match misfit {
        Misfit::Inexact => "inexact",
        Misfit::OutOfRange => "out-of-range",
        Misfit::NotANumber => "not-a-number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limosa_sdk::{Floats, Texts};
    use proptest::prelude::*;

    fn outcome(converted: &Converted) -> (Vec<Option<i128>>, Vec<(&'static str, usize)>) {
        let values = converted.values.iter().map(|(_, value)| value);
        let refused = converted.refused.iter();
        (
            values.collect(),
            refused.map(|(code, row)| (*code, row.index())).collect(),
        )
    }

    #[test]
    fn every_row_is_converted_or_refused() {
        let texts = ["19.99", "1.005", "1e12", "much", "-0"].map(Some);
        let texts = Texts::from_iter(texts.into_iter().chain([None, Some("x")])).with_exception(6);
        let converted = convert(&texts, |value| decimal::from_text(value, 12, 2));
        let refused = vec![
            ("inexact", 1),
            ("out-of-range", 2),
            ("not-a-number", 3),
            ("unreadable", 6),
        ];
        assert_eq!(
            outcome(&converted),
            (vec![Some(1999), Some(0), None], refused)
        );
    }

    #[test]
    fn targets() {
        let check = |precision: i64, scale: i64, possible: bool| {
            assert_eq!(
                Target::new(precision, scale).is_ok(),
                possible,
                "{precision} {scale}"
            );
        };
        check(12, 2, true);
        check(38, 38, true);
        check(1, 0, true);
        check(0, 0, false);
        check(39, 2, false);
        check(2, 3, false);
        check(12, -1, false);
    }

    proptest! {
        #[test]
        fn a_decimal_that_went_through_a_float_comes_back(cents in -999_999_999_999i64..=999_999_999_999) {
            let floats = Floats::from_iter([Some(cents as f64 / 100.0)]);
            let converted = convert(&floats, |value| decimal::from_float(value, 12, 2));
            prop_assert_eq!(outcome(&converted).0, vec![Some(i128::from(cents))]);
        }
    }
}
