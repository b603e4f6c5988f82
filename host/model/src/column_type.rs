//! The types that rows are carried in, between any two engines.

use std::fmt;
use std::str::FromStr;

use arrow_schema::{DataType, TimeUnit};
use serde::{Deserialize, Serialize};

/// What a column holds, apart from how one engine names it.
///
/// The carried type decides the Arrow layout (see [`ColumnType::layout`]); what the target's type
/// is called is the target dialect's affair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// A whole number of 1, 2, 3, 4 or 8 bytes.
    Integer {
        /// Width in the database.
        bytes: u8,
    },
    /// A whole number from 0 to 2^64 − 1; carried as a decimal of 20 digits.
    Unsigned,
    /// A binary float of 4 or 8 bytes; carried as 8, which is exact.
    Float {
        /// Width in the database.
        bytes: u8,
    },
    /// A decimal of at most 76 digits.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits after the point.
        scale: i8,
    },
    /// A decimal without bounds; carried as canonical text.
    Number,
    /// Text.
    Text {
        /// The most characters that the column takes, where it says so.
        length: Option<u32>,
        /// Padded to its length by the engine (`CHAR(n)`).
        padded: bool,
    },
    /// Bytes.
    Bytes {
        /// The most bytes that the column takes, where it says so.
        length: Option<u32>,
    },
    /// A calendar day.
    Date,
    /// A time of day, to the microsecond.
    Time,
    /// Day and time, to the microsecond.
    Timestamp {
        /// An instant, in UTC, rather than a reading of a wall clock.
        zoned: bool,
    },
    /// A UUID; carried as its canonical text.
    Uuid,
    /// JSON; carried as its text.
    Json {
        /// The engine keeps the value, not the text (`jsonb`, MySQL's `JSON`).
        parsed: bool,
    },
    /// What only one engine knows; carried as that engine's canonical text.
    Native {
        /// The type as the engine writes it.
        name: String,
    },
}

impl ColumnType {
    /// Text without a bound.
    pub const TEXT: Self = Self::Text {
        length: None,
        padded: false,
    };
    /// Bytes without a bound.
    pub const BYTES: Self = Self::Bytes { length: None };

    /// The Arrow type of a column that carries this.
    ///
    /// Booleans, integers, floats, dates (days), times and timestamps (microseconds) and decimals have
    /// arrays of their own; everything else is UTF-8 text or bytes.
    pub fn layout(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer { .. } => DataType::Int64,
            Self::Unsigned => DataType::Decimal128(20, 0),
            Self::Float { .. } => DataType::Float64,
            Self::Decimal { precision, scale } if *precision <= 38 => {
                DataType::Decimal128(*precision, *scale)
            }
            Self::Decimal { precision, scale } => DataType::Decimal256(*precision, *scale),
            Self::Bytes { .. } => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp { .. } => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Number
            | Self::Text { .. }
            | Self::Uuid
            | Self::Json { .. }
            | Self::Native { .. } => DataType::Utf8,
        }
    }

    /// The family that a plugin's manifest names: `integer`, `decimal`, `text` …
    pub fn family(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Float { .. } => "float",
            Self::Unsigned | Self::Decimal { .. } | Self::Number => "decimal",
            Self::Text { .. } | Self::Native { .. } => "text",
            Self::Bytes { .. } => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp { .. } => "timestamp",
            Self::Uuid => "uuid",
            Self::Json { .. } => "json",
        }
    }
}

/// As a person writes it, and the plan shows it.
impl FromStr for ColumnType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`{text}` is no type that values are carried in; there are boolean, integer, unsigned integer, float, decimal, decimal(PRECISION,SCALE), \
                 text, text(LENGTH), bytes, date, time, timestamp, timestamp with zone, uuid and json"
            )
        };
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => {
                let arguments = rest.strip_suffix(')').ok_or_else(unknown)?;
                let arguments = arguments
                    .split(',')
                    .map(|argument| argument.trim().parse::<u32>().map_err(|_| unknown()))
                    .collect::<Result<Vec<_>, _>>()?;
                (name.trim(), arguments)
            }
            None => (text.trim(), Vec::new()),
        };
        Ok(match (name, arguments.as_slice()) {
            ("boolean", []) => Self::Boolean,
            ("integer", []) => Self::Integer { bytes: 8 },
            ("unsigned integer", []) => Self::Unsigned,
            ("float", []) => Self::Float { bytes: 8 },
            ("decimal", []) => Self::Number,
            ("decimal", [precision, scale])
                if (1..=76).contains(precision) && scale <= precision =>
            {
                Self::Decimal {
                    precision: u8::try_from(*precision).map_err(|_| unknown())?,
                    scale: i8::try_from(*scale).map_err(|_| unknown())?,
                }
            }
            ("text", []) => Self::TEXT,
            ("text", [length]) if *length > 0 => Self::Text {
                length: Some(*length),
                padded: false,
            },
            ("bytes", []) => Self::BYTES,
            ("date", []) => Self::Date,
            ("time", []) => Self::Time,
            ("timestamp", []) => Self::Timestamp { zoned: false },
            ("timestamp with zone", []) => Self::Timestamp { zoned: true },
            ("uuid", []) => Self::Uuid,
            ("json", []) => Self::Json { parsed: false },
            _ => return Err(unknown()),
        })
    }
}

/// As the plan shows it: `decimal(12,2)`, `text`, `integer`.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { bytes } if *bytes < 8 => write!(f, "integer({bytes} bytes)"),
            Self::Float { bytes: 4 } => f.write_str("float(4 bytes)"),
            Self::Unsigned => f.write_str("unsigned integer"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Number => f.write_str("decimal"),
            Self::Text {
                length: Some(length),
                ..
            } => write!(f, "text({length})"),
            Self::Bytes {
                length: Some(length),
            } => write!(f, "bytes({length})"),
            Self::Timestamp { zoned: true } => f.write_str("timestamp with zone"),
            Self::Native { name } => f.write_str(name),
            _ => f.write_str(self.family()),
        }
    }
}
