//! What a plugin used of what it may use.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Added up over the sessions of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Instances that were started.
    pub sessions: u64,
    /// Rows that were handed to them.
    #[serde(default)]
    pub rows: u64,
    /// Calls into them: to open, a batch each, to close.
    pub calls: u64,
    /// Time of the guest in all calls, the host's own work for it included; waiting for a database is not.
    pub guest_nanoseconds: u64,
    /// Processor time that it took: its start, its calls, the host's own work for them.
    #[serde(default)]
    pub processor_nanoseconds: u64,
    /// Time that it waited for lookups and statements.
    pub waited_nanoseconds: u64,
    /// The longest call.
    pub longest_call_nanoseconds: u64,
    /// The most linear memory that one instance held.
    pub peak_memory_bytes: u64,
    /// Bytes of columns that were copied to it.
    pub bytes: u64,
    /// The most batches that one instance held at once.
    #[serde(default)]
    pub peak_batches: u64,
    /// The most rows that one instance named under its codes, counted ones left out.
    #[serde(default)]
    pub most_named: u64,
    /// Times that it asked: a lookup or a statement each.
    #[serde(default)]
    pub questions: u64,
    /// Keys that it looked up.
    pub looked_up: u64,
    /// Statements that it ran.
    pub statements: u64,
    /// Rows that they answered with.
    pub statement_rows: u64,
    /// Lines that it wrote to its log, shown or not.
    pub log_lines: u64,
    /// What it asked for and did not get: more time or memory than its limits, or what no plugin may do. Each ended a session.
    pub denied: u64,
    /// Instructions of WebAssembly, as wasmtime counts fuel; 0 where it does not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fuel: u64,
    /// Calls by their time: the key is the number of binary digits of the microseconds.
    pub calls_by_time: BTreeMap<u32, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Usage {
    /// A call that took so long.
    pub fn call(&mut self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.calls += 1;
        self.guest_nanoseconds = self.guest_nanoseconds.saturating_add(nanoseconds);
        self.longest_call_nanoseconds = self.longest_call_nanoseconds.max(nanoseconds);
        let digits = u64::BITS - (nanoseconds / 1_000).leading_zeros();
        *self.calls_by_time.entry(digits).or_default() += 1;
    }

    /// A time that so many of a hundred calls did not exceed: the power of two above it, so at most twice the true one.
    pub fn percentile(&self, percent: u64) -> Duration {
        let all: u64 = self.calls_by_time.values().sum();
        let wanted = (all * percent).div_ceil(100);
        let mut seen = 0;
        for (digits, calls) in &self.calls_by_time {
            seen += calls;
            if seen >= wanted {
                let bound = Duration::from_micros(1_u64.checked_shl(*digits).unwrap_or(u64::MAX));
                return bound.min(Duration::from_nanos(self.longest_call_nanoseconds));
            }
        }
        Duration::ZERO
    }

    /// Takes in what other sessions used.
    pub fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.rows += other.rows;
        self.calls += other.calls;
        self.guest_nanoseconds = self
            .guest_nanoseconds
            .saturating_add(other.guest_nanoseconds);
        self.processor_nanoseconds = self
            .processor_nanoseconds
            .saturating_add(other.processor_nanoseconds);
        self.waited_nanoseconds = self
            .waited_nanoseconds
            .saturating_add(other.waited_nanoseconds);
        self.longest_call_nanoseconds = self
            .longest_call_nanoseconds
            .max(other.longest_call_nanoseconds);
        self.peak_memory_bytes = self.peak_memory_bytes.max(other.peak_memory_bytes);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.peak_batches = self.peak_batches.max(other.peak_batches);
        self.most_named = self.most_named.max(other.most_named);
        self.questions += other.questions;
        self.looked_up += other.looked_up;
        self.statements += other.statements;
        self.statement_rows += other.statement_rows;
        self.log_lines += other.log_lines;
        self.denied += other.denied;
        self.fuel = self.fuel.saturating_add(other.fuel);
        for (digits, calls) in &other.calls_by_time {
            *self.calls_by_time.entry(*digits).or_default() += calls;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_add_up() {
        let mut one = Usage::default();
        for microseconds in [3, 100, 100, 5_000] {
            one.call(Duration::from_micros(microseconds));
        }
        let mut two = Usage {
            peak_memory_bytes: 7,
            ..Usage::default()
        };
        two.call(Duration::from_micros(90));
        one.merge(&two);
        assert_eq!((one.calls, one.peak_memory_bytes), (5, 7));
        assert_eq!(one.longest_call_nanoseconds, 5_000_000);
        assert_eq!(one.percentile(50), Duration::from_micros(128));
        assert_eq!(one.percentile(99), Duration::from_micros(5_000));
        assert_eq!(Usage::default().percentile(50), Duration::ZERO);
    }
}
