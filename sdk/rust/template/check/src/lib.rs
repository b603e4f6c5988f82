//! {{name}}: finds values above a limit.

use limosa_sdk::{Batch, Check, Findings, Result, Settings, Table};

/// The columns come in the order of the manifest's roles: this is the place of `value`.
const VALUE: u16 = 0;

struct Plugin {
    most: i64,
}

impl Check for Plugin {
    /// Once, before the first batch. An error is a sentence for what makes no sense.
    fn open(_: &Table, settings: &Settings) -> Result<Self> {
        let most = settings.integer("most")?;
        Ok(Self { most })
    }

    /// For each batch, some thousand rows at a time.
    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        // Nulls are no values and are passed over; values that do not fit their column go under `unreadable`.
        findings.judge(&batch.integers(VALUE)?, "unreadable", |value| {
            is_above(value, self.most).then_some("too-much")
        });
        Ok(())
    }
}

limosa_sdk::check!(Plugin);

fn is_above(value: i64, most: i64) -> bool {
    value > most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(!is_above(7, 7));
        assert!(is_above(8, 7));
    }
}
