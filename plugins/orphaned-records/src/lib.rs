//! Finds references to records that do not exist.

use limosa_sdk::{Batch, Check, Findings, Result, Row, Settings, Table};

/// The check.
#[derive(Debug)]
pub struct OrphanedRecords {
    /// The columns of the role: more than one for a key of several columns.
    reference: Vec<u16>,
}

impl Check for OrphanedRecords {
    fn open(table: &Table, _: &Settings) -> Result<Self> {
        // At least one column, or no key could ever be missing.
        table.column("reference")?;
        Ok(Self {
            reference: table.role("reference").collect(),
        })
    }

    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        let lookup = batch.lookup(&self.reference, "target")?;
        let mut unreadable = Vec::new();
        for column in &self.reference {
            unreadable.extend(batch.presence(*column)?.exceptions());
        }
        findings.report_all("orphaned", readable(lookup.missing(), &unreadable));
        findings.report_all("unreadable", unreadable);
        Ok(())
    }
}

limosa_sdk::check!(OrphanedRecords);

/// What cannot be read cannot be looked up: whether it is missing is not known.
fn readable(missing: impl Iterator<Item = Row>, unreadable: &[Row]) -> impl Iterator<Item = Row> {
    missing.filter(|row| !unreadable.contains(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use limosa_sdk::Integers;

    #[test]
    fn a_row_that_cannot_be_read_is_not_called_orphaned() {
        let keys = Integers::from_iter([Some(1), None, Some(3)]).with_exception(1);
        let rows: Vec<Row> = keys.iter().map(|(row, _)| row).collect();
        let unreadable: Vec<Row> = keys.exceptions().collect();
        let missing: Vec<Row> = readable(rows.iter().copied(), &unreadable).collect();
        assert_eq!(missing, [rows[0], rows[2]]);
    }
}
