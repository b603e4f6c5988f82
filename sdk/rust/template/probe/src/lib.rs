//! {{name}}: finds values that are there more than once. The database counts, the plugin reports.

use limosa_sdk::{Findings, Probe, Queries, Result, Settings};

struct Plugin;

impl Probe for Plugin {
    fn run(_: &Settings, queries: &Queries, findings: &mut Findings) -> Result<()> {
        let repeated = queries.run("repeated");
        if repeated.is_empty() {
            // SQLite knows the type of a calculated column by its values: without a row it is none to read.
            return Ok(());
        }
        let occurrences = repeated.integers(repeated.table().column("occurrences")?)?;
        for (row, occurrences) in occurrences.iter() {
            findings.report("repeated", row);
            // The first of them may stay, and one more is reported: the row of the answer stands for it.
            let unnamed = occurrences.unwrap_or(0).saturating_sub(2);
            findings.count("repeated", u64::try_from(unnamed).unwrap_or(0));
        }
        Ok(())
    }
}

limosa_sdk::probe!(Plugin);
