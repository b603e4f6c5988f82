//! The interface `findings`: which rows, under which code; the host turns the rows into keys.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use limosa_model::{Batch, CodeFindings, Field, Finding, Severity, Shape, Value};

use crate::bindings::findings::Host;
use crate::failure::{Refusal, bounded};
use crate::state::State;

/// Rows that a session hands out by key, all codes together; what is over is counted. A baseline needs every row, and a
/// chunk has fewer.
pub const MOST_ROWS: usize = 1_000_000;
/// Calls of `report` and `count` in one call of the guest: one a row of the largest batch, some codes each.
const CALLS: u32 = 65_536;
/// Rows named in one call of the guest: 128 MiB of row numbers, in calls of at most 16 MiB.
const NAMED: u64 = 16 << 20;
/// Blocks of 65,536 rows in which rows were found, all codes together: 64 MiB of bits.
const BLOCKS: usize = 8_192;
/// Bytes of keys that are kept so that rows of earlier batches can be named; older ones are named by their number.
const HELD: usize = 32 << 20;

/// What a session has said so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    codes: Vec<Code>,
    held: VecDeque<Held>,
    held_bytes: usize,
    next_row: u64,
    kept: usize,
    /// Said in the current call of the guest, not yet turned into keys.
    fresh: Vec<(usize, u64)>,
    calls: u32,
    named: u64,
    blocks: usize,
}

#[derive(Debug)]
struct Code {
    code: String,
    severity: Severity,
    message: String,
    count: u64,
    seen: BTreeMap<u64, Box<[u64; 1024]>>,
    rows: Vec<Finding>,
}

/// The key of a batch that was handed in.
#[derive(Debug)]
struct Held {
    first_row: u64,
    names: Arc<[String]>,
    key: Batch,
}

impl Findings {
    /// Nothing found yet, of the codes that the manifest declares: code, severity, rendered message.
    pub(crate) fn new(codes: impl IntoIterator<Item = (String, Severity, String)>) -> Self {
        let codes = codes.into_iter().map(|(code, severity, message)| Code {
            code,
            severity,
            message,
            count: 0,
            seen: BTreeMap::new(),
            rows: Vec::new(),
        });
        Self {
            codes: codes.collect(),
            ..Self::default()
        }
    }

    /// Hands a batch in: gives its rows their numbers and keeps the columns by which they are told apart.
    pub(crate) fn issue(&mut self, batch: &Batch, key: &[usize]) -> Result<u64, Refusal> {
        let fields: Vec<Field> = key
            .iter()
            .map(|&column| batch.shape().fields()[column].clone())
            .collect();
        let names = fields.iter().map(|field| field.name.clone()).collect();
        let key = batch
            .project(&Shape::new(fields), key)
            .map_err(|error| Refusal::Host(error.to_string()))?;
        self.hold(key, names)
    }

    /// Like [`Findings::issue`], with the key's columns already taken out and their names shared.
    pub(crate) fn hold(&mut self, key: Batch, names: Arc<[String]>) -> Result<u64, Refusal> {
        let first_row = self.next_row;
        let rows = u64::try_from(key.len()).unwrap_or(u64::MAX);
        // Below 2^63, so that a row's number is also an integer of a finding.
        self.next_row = first_row
            .checked_add(rows)
            .filter(|next| i64::try_from(*next).is_ok())
            .ok_or_else(|| Refusal::Host("there are no row numbers left".into()))?;
        self.held_bytes += key.size();
        self.held.push_back(Held {
            first_row,
            names,
            key,
        });
        while self.held_bytes > HELD && self.held.len() > 1 {
            self.held_bytes -= self.held.pop_front().map_or(0, |held| held.key.size());
        }
        Ok(first_row)
    }

    /// How many rows were named and kept.
    pub(crate) fn named(&self) -> u64 {
        self.kept as u64
    }

    /// How many rows were handed in.
    pub(crate) fn rows(&self) -> u64 {
        self.next_row
    }

    /// Whether the manifest declares this code.
    pub(crate) fn declares(&self, code: &str) -> Result<usize, Refusal> {
        self.codes
            .iter()
            .position(|declared| declared.code == code)
            .ok_or_else(|| {
                Refusal::Misuse(format!(
                    "it used the code `{}`, which its manifest does not declare",
                    bounded(code)
                ))
            })
    }

    fn report(&mut self, code: &str, rows: &[u64]) -> Result<(), Refusal> {
        let position = self.declares(code)?;
        self.count_call()?;
        self.named += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if self.named > NAMED {
            return Err(Refusal::Misuse(format!(
                "it named more than {NAMED} rows in one call"
            )));
        }
        let entry = &mut self.codes[position];
        for &row in rows {
            if row >= self.next_row {
                return Err(Refusal::Misuse(format!(
                    "it reported row {row}, and was handed {} rows (counted from 0)",
                    self.next_row
                )));
            }
            let (block, bit) = (row >> 16, row & 0xffff);
            let blocks = &mut self.blocks;
            let words = entry.seen.entry(block).or_insert_with(|| {
                *blocks += 1;
                Box::new([0; 1024])
            });
            if *blocks > BLOCKS {
                return Err(Refusal::Misuse("it reported rows in more places than can be told apart; a probe suits this better".into()));
            }
            let word = &mut words[usize::try_from(bit >> 6).unwrap_or_default()];
            let mask = 1 << (bit & 63);
            if *word & mask != 0 {
                continue;
            }
            *word |= mask;
            entry.count = entry.count.checked_add(1).ok_or_else(overflow)?;
            if self.kept < MOST_ROWS {
                self.kept += 1;
                self.fresh.push((position, row));
            }
        }
        Ok(())
    }

    fn count(&mut self, code: &str, more: u64) -> Result<(), Refusal> {
        let position = self.declares(code)?;
        self.count_call()?;
        let count = &mut self.codes[position].count;
        *count = count.checked_add(more).ok_or_else(overflow)?;
        Ok(())
    }

    fn count_call(&mut self) -> Result<(), Refusal> {
        self.calls += 1;
        if self.calls > CALLS {
            return Err(Refusal::Misuse(format!(
                "it reported more than {CALLS} times in one call; name the rows together"
            )));
        }
        Ok(())
    }

    /// The guest's call is over: its rows become keys while the batches are at hand.
    pub(crate) fn settle(&mut self) {
        self.calls = 0;
        self.named = 0;
        for (position, row) in std::mem::take(&mut self.fresh) {
            let finding = self.finding(row);
            self.codes[position].rows.push(finding);
        }
    }

    fn finding(&self, row: u64) -> Finding {
        let after = self.held.partition_point(|held| held.first_row <= row);
        let held = after.checked_sub(1).map(|position| &self.held[position]);
        let within = held.and_then(|held| {
            let row = usize::try_from(row - held.first_row).ok()?;
            (row < held.key.len() && !held.names.is_empty()).then_some((held, row))
        });
        match within {
            Some((held, row)) => Finding {
                columns: held.names.to_vec(),
                key: held
                    .key
                    .values(row, &(0..held.names.len()).collect::<Vec<_>>()),
            },
            // People count from 1.
            None => Finding {
                columns: Vec::new(),
                key: vec![Value::Integer(
                    i64::try_from(row).unwrap_or(i64::MAX).saturating_add(1),
                )],
            },
        }
    }

    /// Everything that was found, by code; codes without findings are left out.
    pub(crate) fn into_outcome(mut self) -> Vec<CodeFindings> {
        self.settle();
        let found = self.codes.into_iter().filter(|code| code.count > 0);
        found
            .map(|code| CodeFindings {
                code: code.code,
                severity: code.severity,
                message: code.message,
                count: code.count,
                accepted: 0,
                rows: code.rows,
            })
            .collect()
    }
}

fn overflow() -> Refusal {
    Refusal::Misuse("it counted past 2^64".into())
}

impl Host for State {
    fn report(&mut self, code: String, rows: Vec<u64>) -> wasmtime::Result<()> {
        Ok(self.findings.report(&code, &rows)?)
    }

    fn count(&mut self, code: String, more: u64) -> wasmtime::Result<()> {
        Ok(self.findings.count(&code, more)?)
    }
}

#[cfg(test)]
mod tests {
    use limosa_model::{BatchBuilder, ColumnType};

    use super::*;

    fn batch(ids: std::ops::Range<i64>) -> Batch {
        let fields = vec![Field {
            name: "id".into(),
            column_type: ColumnType::Integer { bytes: 8 },
            nullable: false,
        }];
        let mut builder = BatchBuilder::new(Shape::new(fields));
        for id in ids {
            builder.integer(0, id);
            builder.end_row();
        }
        builder.finish().unwrap()
    }

    fn findings() -> Findings {
        Findings::new([("bad".into(), Severity::Error, "m".into())])
    }

    #[test]
    fn rows_become_keys_and_count_once() {
        let mut findings = findings();
        assert_eq!(findings.issue(&batch(100..110), &[0]).unwrap(), 0);
        assert_eq!(findings.issue(&batch(110..120), &[0]).unwrap(), 10);
        findings.report("bad", &[3, 3, 12]).unwrap();
        findings.report("bad", &[12]).unwrap();
        findings.settle();
        findings.count("bad", 5).unwrap();
        let outcome = findings.into_outcome();
        assert_eq!(outcome[0].count, 7);
        let keys: Vec<String> = outcome[0].rows.iter().map(Finding::describe).collect();
        assert_eq!(keys, ["id = 103", "id = 112"]);
    }

    #[test]
    fn without_a_key_the_number_stands() {
        let mut findings = findings();
        findings.issue(&batch(5..9), &[]).unwrap();
        findings.report("bad", &[0, 3]).unwrap();
        let keys: Vec<String> = findings.into_outcome()[0]
            .rows
            .iter()
            .map(Finding::describe)
            .collect();
        assert_eq!(keys, ["row 1", "row 4"]);
    }

    #[test]
    fn what_is_refused() {
        let check = |work: fn(&mut Findings) -> Result<(), Refusal>, expected: &str| {
            let mut findings = findings();
            findings.issue(&batch(0..10), &[0]).unwrap();
            let reason = work(&mut findings).unwrap_err().to_string();
            assert!(reason.contains(expected), "{reason}");
        };
        check(|findings| findings.report("other", &[0]), "code `other`");
        check(|findings| findings.report("bad", &[9, 10]), "row 10");
        check(
            |findings| {
                findings
                    .count("bad", 1)
                    .and_then(|()| findings.count("bad", u64::MAX))
            },
            "2^64",
        );
        check(
            |findings| (0..=CALLS).try_for_each(|_| findings.report("bad", &[])),
            "65536 times",
        );
        check(
            |findings| (0..=16).try_for_each(|_| findings.report("bad", &vec![0; 1 << 20])),
            "16777216 rows",
        );
    }
}
