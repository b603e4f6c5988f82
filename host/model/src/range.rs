//! Ranges of keys: the unit in which a table is copied, claimed and resumed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Value;

/// The values of a table's key columns, in the key's order.
pub type Key = Vec<Value>;

/// The rows whose key is greater than `after` and at most `through`, in the source's own order.
///
/// Kept as keys, not as row numbers, so that a run with another chunk size resumes where the last one stopped.
/// A table without a usable key has one range, open at both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyRange {
    /// Exclusive; `None`: from the beginning.
    pub after: Option<Key>,
    /// Inclusive; `None`: to the end.
    pub through: Option<Key>,
}

impl KeyRange {
    /// The whole table.
    pub const ALL: Self = Self {
        after: None,
        through: None,
    };
}

/// `(5) … (9)`, as messages show it.
impl fmt::Display for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bound(f, self.after.as_ref())?;
        f.write_str(" … ")?;
        write_bound(f, self.through.as_ref())
    }
}

fn write_bound(f: &mut fmt::Formatter<'_>, key: Option<&Key>) -> fmt::Result {
    let Some(key) = key else {
        return f.write_str("·");
    };
    f.write_str("(")?;
    for (position, value) in key.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{value}")?;
    }
    f.write_str(")")
}
