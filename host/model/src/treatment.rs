//! What a person says about a column: another type, and what becomes of values that do not fit.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ColumnType, TableName};

/// How a column is carried, where the plan alone would carry it otherwise or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// The type that its values are carried in.
    #[serde(
        rename = "type",
        default,
        with = "as_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub column_type: Option<ColumnType>,
    /// What becomes of a value that does not fit; where nothing is said, what holds for all columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_misfit: Option<OnMisfit>,
    /// Whether a number may lose digits that its column has no room for.
    #[serde(default)]
    pub rounding: Rounding,
    /// What a number in a column of dates or times counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// How text that is not UTF-8 is to be read: a label of the WHATWG's Encoding Standard, such as `windows-1252`.
    #[serde(
        default,
        deserialize_with = "known_encoding",
        skip_serializing_if = "Option::is_none"
    )]
    pub encoding: Option<String>,
}

impl Treatment {
    /// Whether it makes other values of some.
    pub fn converts(&self) -> bool {
        self.column_type.is_some()
            || self.rounding != Rounding::Exact
            || self.epoch.is_some()
            || self.encoding.is_some()
    }
}

/// What becomes of a value that does not fit its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnMisfit {
    /// The run stops; what it created is removed.
    #[default]
    Stop,
    /// Its row goes to the quarantine table, with key, reason and every original value.
    Quarantine,
    /// It becomes null, and is counted as lost.
    Null,
}

impl FromStr for OnMisfit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "stop" => Ok(Self::Stop),
            "quarantine" => Ok(Self::Quarantine),
            "null" => Ok(Self::Null),
            other => Err(format!(
                "`{other}`: write stop, quarantine or null for what becomes of a value that does not fit"
            )),
        }
    }
}

/// Whether digits may be lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// No: a number with more digits does not fit.
    #[default]
    Exact,
    /// To the nearest, and from the middle to the even digit (IEEE 754, roundTiesToEven).
    HalfEven,
}

impl FromStr for Rounding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "exact" => Ok(Self::Exact),
            "half-even" => Ok(Self::HalfEven),
            other => Err(format!("rounding `{other}`: write exact or half-even")),
        }
    }
}

/// What a number counts that stands for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Epoch {
    /// Days since 1970-01-01.
    #[serde(rename = "days")]
    Days,
    /// Seconds since 1970-01-01 00:00 UTC.
    #[serde(rename = "s")]
    Seconds,
    /// Thousandths of a second since then.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Millionths of a second since then.
    #[serde(rename = "us")]
    Microseconds,
    /// Days since noon of 4714-11-24 BC, with a fraction: to the millisecond, as SQLite reads them (sqlite.org/lang_datefunc.html).
    #[serde(rename = "julian-day")]
    JulianDay,
}

impl Epoch {
    /// How many microseconds one of them is.
    pub fn microseconds(self) -> i64 {
        match self {
            Self::Days | Self::JulianDay => 86_400_000_000,
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1,
        }
    }
}

impl FromStr for Epoch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "days" => Ok(Self::Days),
            "s" => Ok(Self::Seconds),
            "ms" => Ok(Self::Milliseconds),
            "us" | "µs" => Ok(Self::Microseconds),
            "julian-day" => Ok(Self::JulianDay),
            other => Err(format!(
                "epoch `{other}`: write days, s, ms, us or julian-day"
            )),
        }
    }
}

/// The treatments of all columns of a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Treatments {
    /// What becomes of a value that does not fit, where its column's treatment does not say.
    pub on_misfit: OnMisfit,
    /// By table and column, as the source calls them.
    pub columns: BTreeMap<(TableName, String), Treatment>,
}

impl Treatments {
    /// The treatment of a column, with what holds for all of them.
    pub fn of(&self, table: &TableName, column: &str) -> Treatment {
        let own = self.columns.get(&(table.clone(), column.to_owned()));
        let own = own.cloned().unwrap_or_default();
        Treatment {
            on_misfit: own.on_misfit.or(Some(self.on_misfit)),
            ..own
        }
    }
}

/// A treatment and the column that it is for, as one line: `orders.paid_at?type=timestamp&epoch=ms&on-misfit=quarantine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnTreatment {
    /// The table, as the source calls it.
    pub table: TableName,
    /// The column, as the source calls it.
    pub column: String,
    /// What is said about it.
    pub treatment: Treatment,
}

impl FromStr for ColumnTreatment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, settings) = text.split_once('?').unwrap_or((text, ""));
        let (table, column) = place_of(place)?;
        let mut treatment = Treatment::default();
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| format!("`{setting}`: write NAME=VALUE"))?;
            match name {
                "type" => treatment.column_type = Some(value.parse()?),
                "on-misfit" | "on_misfit" => treatment.on_misfit = Some(value.parse()?),
                "rounding" => treatment.rounding = value.parse()?,
                "epoch" => treatment.epoch = Some(value.parse()?),
                "encoding" => treatment.encoding = Some(encoding(value)?),
                other => {
                    return Err(format!(
                        "`{other}` is nothing that can be said of a column; there are type, on-misfit, rounding, epoch and encoding"
                    ));
                }
            }
        }
        Ok(Self {
            table,
            column,
            treatment,
        })
    }
}

/// `TABLE.COLUMN` or `SCHEMA.TABLE.COLUMN`.
///
/// # Errors
/// If it is neither.
pub fn place_of(text: &str) -> Result<(TableName, String), String> {
    let (table, column) = text
        .rsplit_once('.')
        .filter(|(table, column)| !table.is_empty() && !column.is_empty())
        .ok_or_else(|| format!("`{text}` names no column: write TABLE.COLUMN"))?;
    Ok((table.parse()?, column.to_owned()))
}

fn encoding(label: &str) -> Result<String, String> {
    match encoding_rs::Encoding::for_label(label.as_bytes()) {
        Some(_) => Ok(label.to_owned()),
        None => Err(format!(
            "`{label}` is no encoding; there are windows-1252, iso-8859-15, shift_jis and the others of encoding.spec.whatwg.org"
        )),
    }
}

fn known_encoding<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let label = Option::<String>::deserialize(deserializer)?;
    let known = label.map(|label| encoding(&label)).transpose();
    known.map_err(serde::de::Error::custom)
}

mod as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::ColumnType;

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<ColumnType>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(column_type) => serializer.collect_str(column_type),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ColumnType>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

impl fmt::Display for OnMisfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "stop",
            Self::Quarantine => "quarantine",
            Self::Null => "null",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treatment_in_one_line() {
        let check = |text: &str| text.parse::<ColumnTreatment>();
        let parsed = check("sales.orders.paid_at?type=timestamp&epoch=ms&on-misfit=quarantine");
        let parsed = parsed.unwrap();
        assert_eq!(parsed.table.to_string(), "sales.orders");
        assert_eq!(parsed.column, "paid_at");
        let expected = Treatment {
            column_type: Some(ColumnType::Timestamp { zoned: false }),
            on_misfit: Some(OnMisfit::Quarantine),
            epoch: Some(Epoch::Milliseconds),
            ..Treatment::default()
        };
        assert_eq!(parsed.treatment, expected);
        for (text, part) in [
            ("orders", "names no column"),
            ("orders.total?type=money", "money"),
            ("orders.total?rounding=up", "half-even"),
            ("orders.total?color=red", "nothing that can be said"),
            ("orders.total?encoding=klingon", "klingon"),
        ] {
            let message = check(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
