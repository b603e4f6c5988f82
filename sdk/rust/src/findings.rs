//! What a check or a probe has found, handed to the host in few calls.

use crate::bindings::findings;
use crate::{Row, Values, View};

/// Rows kept before they are handed over: 512 KiB, so that no plugin runs out of memory by reporting.
const BUFFERED_ROWS: usize = 65_536;

/// Collects findings; the SDK hands them over after each call of the plugin.
#[derive(Debug, Default)]
pub struct Findings {
    codes: Vec<(&'static str, Vec<u64>)>,
    buffered: usize,
}

impl Findings {
    /// This row shows what the manifest declares under `code`.
    pub fn report(&mut self, code: &'static str, row: Row) {
        self.report_all(code, [row]);
    }

    /// These rows show what the manifest declares under `code`.
    pub fn report_all(&mut self, code: &'static str, rows: impl IntoIterator<Item = Row>) {
        for row in rows {
            self.rows(code).push(row.number());
            self.buffered += 1;
            if self.buffered == BUFFERED_ROWS {
                self.flush();
            }
        }
    }

    /// Judges every value of a column: `judge` answers with the code that a value shows, if it shows any.
    /// Values that do not fit the column's type, which nobody can judge, are reported under `unreadable`.
    ///
    /// `judge` looks at the value alone: it may be asked about one more than once. Numbers are first judged 64 rows
    /// together, by several at once where it only compares; that is the fastest way over a column.
    pub fn judge<V: Values>(
        &mut self,
        column: &View<V>,
        unreadable: &'static str,
        judge: impl for<'v> Fn(V::Value<'v>) -> Option<&'static str>,
    ) {
        column.judged(judge, |row, code| self.report(code, row));
        self.report_all(unreadable, column.exceptions());
    }

    /// The numbers of the rows reported under a code, for tests; empty again once they were handed over.
    pub fn reported(&self, code: &str) -> &[u64] {
        let entry = self.codes.iter().find(|(name, _)| *name == code);
        entry.map_or(&[], |(_, rows)| rows)
    }

    /// `more` further occurrences that no row stands for.
    pub fn count(&mut self, code: &'static str, more: u64) {
        if more > 0 {
            findings::count(code, more);
        }
    }

    pub(crate) fn flush(&mut self) {
        for (code, rows) in &mut self.codes {
            if !rows.is_empty() {
                findings::report(code, rows);
                rows.clear();
            }
        }
        self.buffered = 0;
    }

    fn rows(&mut self, code: &'static str) -> &mut Vec<u64> {
        let known = self.codes.iter().position(|(name, _)| *name == code);
        let position = known.unwrap_or_else(|| {
            self.codes.push((code, Vec::new()));
            self.codes.len() - 1
        });
        &mut self.codes[position].1
    }
}
