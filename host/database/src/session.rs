//! One connection, spoken to in plain values: enough for catalogue, ledger and lease, not for rows in bulk.

use async_trait::async_trait;
use limosa_model::Value;

use crate::Result;

/// A connection that runs statements with bound values.
#[async_trait]
pub trait Session: Send {
    /// Runs a statement; answers with the number of rows that it changed.
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64>;

    /// Runs a query whose columns are integers, floats, texts, bytes or booleans. For few rows.
    async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>>;
}

/// The text of a value that a catalogue query returned; empty if it is null.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) | Value::MalformedText(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
    }
}

/// Like [`text`], with null as `None`.
pub(crate) fn optional_text(value: &Value) -> Option<String> {
    (*value != Value::Null).then(|| text(value))
}

/// The number of a value that a catalogue query returned; 0 if it is none.
pub(crate) fn number(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        Value::Boolean(truth) => i64::from(*truth),
        Value::Text(text) => text.parse().unwrap_or(0),
        Value::Bytes(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        Value::Null | Value::Float(_) | Value::MalformedText(_) => 0,
    }
}

/// The truth of a value that a catalogue query returned.
pub(crate) fn truth(value: &Value) -> bool {
    matches!(value, Value::Boolean(true))
        || number(value) != 0
        || text(value).eq_ignore_ascii_case("yes")
}

/// A count or estimate, never negative.
pub(crate) fn count(value: &Value) -> u64 {
    u64::try_from(number(value)).unwrap_or(0)
}
