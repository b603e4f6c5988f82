//! What a load has to tell of a chunk besides its rows: it commits with them, so that a resumed run still knows.

use std::collections::BTreeMap;

use limosa_model::{CheckOutcome, Code, Fidelity};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The notes on one chunk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// What the checks found in its rows.
    pub(crate) outcomes: Vec<CheckOutcome>,
    /// How many rows were read.
    pub(crate) read: u64,
    /// How many of them were set aside.
    pub(crate) aside: u64,
    /// What became of its values, by column.
    pub(crate) fidelity: BTreeMap<String, Fidelity>,
}

impl Notes {
    /// As the ledger keeps them, of outcomes only those that found something.
    pub(crate) fn text(&self) -> String {
        let found = self.outcomes.iter();
        let found = found.filter(|outcome| !outcome.findings.is_empty());
        let notes = Self {
            outcomes: found.cloned().collect(),
            ..self.clone()
        };
        serde_json::json!(notes).to_string()
    }

    /// From what the ledger has.
    ///
    /// # Errors
    /// If they are not ours to read.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let message = format!("the notes in the target's ledger cannot be read: {error}");
            Error::refused(Code::Journal, message)
        })
    }

    /// Takes what became of the values of more rows in.
    pub(crate) fn count(&mut self, fidelity: BTreeMap<String, Fidelity>, aside: u64, read: u64) {
        self.read += read;
        self.aside += aside;
        for (column, counts) in fidelity {
            self.fidelity.entry(column).or_default().add(counts);
        }
    }
}
