//! What became of the values of a column: kept, kept in another form, changed as somebody asked, or refused.

use serde::{Deserialize, Serialize};

/// Whether the target keeps a value in the form that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// In the same: text as text, a date as a date.
    Same,
    /// In another that means the same: the text `2024-02-29` as a date, 1 as true.
    Other,
}

/// Counts of values. Nulls that stay null are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fidelity {
    /// The same value in the same form.
    pub exact: u64,
    /// The same value in another form.
    pub re_encoded: u64,
    /// Another value, by the column's treatment: rounded, or nulled because it did not fit.
    pub lossy: u64,
    /// Not in the target: its row is in the quarantine table.
    pub rejected: u64,
}

impl Fidelity {
    /// Takes the counts of other rows in.
    pub fn add(&mut self, other: Self) {
        self.exact += other.exact;
        self.re_encoded += other.re_encoded;
        self.lossy += other.lossy;
        self.rejected += other.rejected;
    }
}

/// The counts of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFidelity {
    /// The column, as the source calls it.
    pub column: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Fidelity,
}
