//! A single value, for where rows are not columns: keys, exceptions, samples.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One value with the storage class that it has, not the type that its column declares.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// SQL null.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// A double; written as its bits, so that no text stands between two floats.
    #[serde(with = "float_bits")]
    Float(f64),
    /// Text. Decimals, dates and what has no class of its own come as canonical text.
    Text(String),
    /// Bytes.
    #[serde(with = "hexadecimal")]
    Bytes(Vec<u8>),
    /// What the database calls text and is not valid UTF-8.
    #[serde(rename = "malformed-text", with = "hexadecimal")]
    MalformedText(Vec<u8>),
}

impl Value {
    /// What class of value this is, for messages.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::MalformedText(_) => "text that is not UTF-8",
        }
    }

    /// Bytes that this value holds beyond its own size.
    pub fn heap_size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) | Self::MalformedText(bytes) => bytes.len(),
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Float(_) => 0,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Integer(_) => 2,
            Self::Float(_) => 3,
            Self::Text(_) => 4,
            Self::Bytes(_) => 5,
            Self::MalformedText(_) => 6,
        }
    }
}

/// Floats compare by bits: equal means the same value in the database.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A total order for sets and maps; not the order of any database.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) | (Self::MalformedText(a), Self::MalformedText(b)) => {
                a.cmp(b)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Boolean(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::Text(value) => value.hash(state),
            Self::Bytes(value) | Self::MalformedText(value) => value.hash(state),
        }
    }
}

/// How a person reads it; text in single quotes, long values cut with their length.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(text) if text.chars().count() <= SHOWN => write!(f, "'{text}'"),
            Self::Text(text) => {
                let head: String = text.chars().take(SHOWN).collect();
                write!(f, "'{head}…' ({} bytes)", text.len())
            }
            Self::Bytes(bytes) | Self::MalformedText(bytes) => {
                f.write_str("x'")?;
                for byte in bytes.iter().take(SHOWN / 2) {
                    write!(f, "{byte:02x}")?;
                }
                if bytes.len() > SHOWN / 2 {
                    return write!(f, "…' ({} bytes)", bytes.len());
                }
                f.write_str("'")
            }
        }
    }
}

mod float_bits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:016x}", value.to_bits()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bits = u64::from_str_radix(&text, 16).map_err(D::Error::custom)?;
        Ok(f64::from_bits(bits))
    }
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) {
            return Err(D::Error::custom("an odd number of hexadecimal digits"));
        }
        digits
            .chunks_exact(2)
            .map(|pair| {
                let pair = std::str::from_utf8(pair).map_err(D::Error::custom)?;
                u8::from_str_radix(pair, 16).map_err(D::Error::custom)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_json() {
        for value in [
            Value::Null,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Float(-0.0),
            Value::Float(f64::INFINITY),
            Value::Text("O'Brien \u{0}".into()),
            Value::Bytes(vec![0, 255, 16]),
            Value::MalformedText(vec![0xc3]),
        ] {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(
                serde_json::from_str::<Value>(&text).unwrap(),
                value,
                "{text}"
            );
        }
    }

    #[test]
    fn floats_compare_by_bits() {
        assert_ne!(Value::Float(0.0), Value::Float(-0.0));
        assert_eq!(Value::Float(f64::NAN), Value::Float(f64::NAN));
    }
}
