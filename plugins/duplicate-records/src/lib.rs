//! Finds records that are there more than once: the database counts, the plugin reports.

use limosa_sdk::{Findings, Integers, Probe, Queries, Result, Settings};

const DUPLICATE: &str = "duplicate";

/// The probe.
#[derive(Debug)]
pub struct DuplicateRecords;

impl Probe for DuplicateRecords {
    fn run(_: &Settings, queries: &Queries, findings: &mut Findings) -> Result<()> {
        let surplus = surplus(&queries.run("total").integers(0)?)?;
        if surplus > 0 {
            let sample = queries.run("sample");
            findings.report_all(DUPLICATE, sample.rows());
            findings.count(DUPLICATE, unnamed(surplus, sample.len()));
        }
        Ok(())
    }
}

limosa_sdk::probe!(DuplicateRecords);

/// The number of rows that would go if every record stayed once.
fn surplus(total: &Integers) -> Result<u64> {
    let counted = match total.len() {
        1 => total.get(0),
        _ => None,
    };
    counted
        .and_then(|count| u64::try_from(count).ok())
        .ok_or_else(|| "the statement `total` gave no count".into())
}

/// Surplus rows that no row of the sample stands for. Each of those is a group, and stands for one.
fn unnamed(surplus: u64, sample: usize) -> u64 {
    surplus.saturating_sub(sample as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let check = |rows: &[Option<i64>], expected: Option<u64>| {
            let total = Integers::from_iter(rows.iter().copied());
            assert_eq!(surplus(&total).ok(), expected, "{rows:?}");
        };
        check(&[Some(0)], Some(0));
        check(&[Some(7)], Some(7));
        check(&[None], None);
        check(&[Some(-1)], None);
        check(&[], None);
        check(&[Some(1), Some(2)], None);
    }

    #[test]
    fn every_surplus_row_counts_once() {
        assert_eq!(unnamed(7, 3), 4);
        assert_eq!(unnamed(3, 3), 0);
        // A row was added between the two statements.
        assert_eq!(unnamed(1, 2), 0);
    }
}
