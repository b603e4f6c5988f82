//! Column types as plugins name them: a family, and what it needs beyond its name.

use arrow_schema::DataType;
use limosa_model::{ColumnType, Field};

use crate::bindings::rows::Column;

/// The getter or setter that a column crosses by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Integers,
    Floats,
    Decimals,
    Bytes,
}

impl Layout {
    pub(crate) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean
            | DataType::Int64
            | DataType::Date32
            | DataType::Time64(_)
            | DataType::Timestamp(..) => Self::Integers,
            DataType::Float64 => Self::Floats,
            DataType::Decimal128(..) => Self::Decimals,
            // Text, bytes, and decimals over 38 digits as text.
            _ => Self::Bytes,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integers => "integers",
            Self::Floats => "floats",
            Self::Decimals => "decimals",
            Self::Bytes => "bytes",
        }
    }
}

/// A column as a plugin is told of it.
pub(crate) fn describe(field: &Field) -> Column {
    let mut attributes = Vec::new();
    match &field.column_type {
        ColumnType::Decimal { precision, scale } => {
            attributes.push(("precision".into(), precision.to_string()));
            attributes.push(("scale".into(), scale.to_string()));
        }
        ColumnType::Unsigned => {
            attributes.push(("precision".into(), "20".into()));
            attributes.push(("scale".into(), "0".into()));
        }
        ColumnType::Timestamp { zoned: true } => attributes.push(("zone".into(), "utc".into())),
        _ => {}
    }
    Column {
        name: field.name.clone(),
        type_: field.column_type.family().into(),
        nullable: field.nullable,
        attributes,
    }
}

/// The type that a transform says a column of its output has; `None`: this host knows none such.
pub(crate) fn understand(column: &Column) -> Option<ColumnType> {
    let attribute = |wanted: &str| {
        let found = column.attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let known = |name: &str| match column.type_.as_str() {
        "decimal" => ["precision", "scale"].contains(&name),
        "timestamp" => name == "zone",
        _ => false,
    };
    if !column.attributes.iter().all(|(name, _)| known(name)) {
        return None;
    }
    Some(match column.type_.as_str() {
        "boolean" => ColumnType::Boolean,
        "integer" => ColumnType::Integer { bytes: 8 },
        "float" => ColumnType::Float { bytes: 8 },
        "decimal" => match (attribute("precision"), attribute("scale")) {
            (None, None) => ColumnType::Number,
            (Some(precision), scale) => {
                let (precision, scale) = (
                    precision.parse::<u8>().ok()?,
                    scale.unwrap_or("0").parse::<i8>().ok()?,
                );
                if !(1..=76).contains(&precision)
                    || !(0..=precision).contains(&u8::try_from(scale).ok()?)
                {
                    return None;
                }
                ColumnType::Decimal { precision, scale }
            }
            (None, Some(_)) => return None,
        },
        "text" => ColumnType::TEXT,
        "bytes" => ColumnType::BYTES,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        "timestamp" => ColumnType::Timestamp {
            zoned: attribute("zone").is_some(),
        },
        "uuid" => ColumnType::Uuid,
        "json" => ColumnType::Json { parsed: false },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_understood() {
        for column_type in [
            ColumnType::Boolean,
            ColumnType::Integer { bytes: 8 },
            ColumnType::Float { bytes: 8 },
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
            ColumnType::Decimal {
                precision: 76,
                scale: 76,
            },
            ColumnType::Number,
            ColumnType::TEXT,
            ColumnType::BYTES,
            ColumnType::Date,
            ColumnType::Time,
            ColumnType::Timestamp { zoned: true },
            ColumnType::Timestamp { zoned: false },
            ColumnType::Uuid,
            ColumnType::Json { parsed: false },
        ] {
            let field = Field {
                name: "a".into(),
                column_type,
                nullable: true,
            };
            assert_eq!(understand(&describe(&field)), Some(field.column_type));
        }
    }

    #[test]
    fn what_is_not_understood() {
        let check = |type_: &str, attributes: &[(&str, &str)]| {
            let attributes = attributes
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            let column = Column {
                name: "a".into(),
                type_: type_.into(),
                nullable: true,
                attributes,
            };
            assert_eq!(understand(&column), None, "{column:?}");
        };
        check("money", &[]);
        check("decimal", &[("precision", "77"), ("scale", "0")]);
        check("decimal", &[("precision", "5"), ("scale", "6")]);
        check("decimal", &[("precision", "5"), ("scale", "-1")]);
        check("decimal", &[("scale", "2")]);
        check("text", &[("length", "2")]);
    }
}
