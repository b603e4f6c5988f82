//! A plugin bound to rows that are made here, and what it says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use limosa_model::{
    Batch, CheckBinding, CheckKind, CheckOutcome, Field, Lookup, LookupTarget, TableName, Usage,
    Value,
};
use limosa_plugin::{Bound, Grants, Plugin, RowKey};

use crate::{Error, Result};

/// Batches that a session is handed at once where its speed is measured: to wake a thread takes up to a hundred microseconds, where systems share
/// a machine, and a fast check of a batch ten.
const TURN: usize = 64;
/// The table of a trial.
pub(crate) const TABLE: &str = "records";

/// A plugin bound to the columns of a trial.
pub(crate) struct Trial {
    pub(crate) bound: Bound,
    grants: Grants,
}

/// What a check or probe found: rows counted from 0, and how many in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) verdict: &'static str,
    pub(crate) rows: BTreeMap<String, BTreeSet<u64>>,
    pub(crate) counts: BTreeMap<String, u64>,
    /// Why it is inconclusive, if it is.
    pub(crate) reason: String,
}

/// What a transform made: the values of each row, and which rows it refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Made {
    /// With the row that each comes from.
    pub(crate) rows: Vec<(u64, Vec<Value>)>,
    pub(crate) refused: BTreeMap<String, BTreeSet<u32>>,
}

impl Trial {
    /// Binds each field to the role beside it.
    pub(crate) fn new(
        plugin: &Arc<Plugin>,
        roles: &[String],
        fields: &[Field],
        settings: BTreeMap<String, String>,
        lookups: BTreeMap<String, (usize, Arc<dyn Lookup>)>,
    ) -> Result<Self> {
        let columns = roles.iter().zip(fields);
        let target = |(name, (columns, _)): (&String, &(usize, Arc<dyn Lookup>))| {
            let target = LookupTarget {
                table: TableName::new("target"),
                columns: vec!["key".into(); *columns],
            };
            (name.clone(), target)
        };
        let binding = CheckBinding {
            plugin: plugin.manifest().name.clone(),
            table: TableName::new(TABLE),
            columns: columns
                .map(|(role, field)| (Some(role.clone()), field.name.clone()))
                .collect(),
            settings,
            lookups: lookups.iter().map(target).collect(),
            into: None,
        };
        let granted = lookups
            .into_iter()
            .map(|(name, (_, lookup))| (name, lookup));
        Ok(Self {
            bound: plugin.bind(&binding, fields)?,
            grants: Grants {
                lookups: granted.collect(),
            },
        })
    }

    /// Hands the batches to one session of the check.
    pub(crate) async fn check(&self, batches: &[Batch]) -> Result<CheckOutcome> {
        let mut session = self.bound.start(&self.grants, RowKey::default())?;
        for batch in batches {
            // What stops it is told at the end too.
            if session.inspect(batch).await.is_err() {
                break;
            }
        }
        Ok(session.close().await)
    }

    /// Hands the batches to one session of the transform; rows and refusals are numbered over all of them.
    pub(crate) async fn transform(&self, batches: &[Batch]) -> Result<Made> {
        let outputs = self.bound.outputs().await?;
        let columns: Vec<usize> = (0..outputs.len()).collect();
        let mut session = self.bound.transform(&outputs)?;
        let mut made = Made::default();
        let mut before = 0;
        for batch in batches {
            let done = session.apply(batch).await?;
            for (row, origin) in done.origins.iter().enumerate() {
                let values = done.rows.values(row, &columns);
                made.rows
                    .push((u64::from(before) + u64::from(*origin), values));
            }
            for (row, code) in done.refused {
                made.refused.entry(code).or_default().insert(before + row);
            }
            before += u32::try_from(batch.len()).unwrap_or(u32::MAX);
        }
        Ok(made)
    }
}

impl Trial {
    /// Hands so many batches to one session, from the first again once they are through; what it used meanwhile.
    pub(crate) async fn run(&self, batches: &[Batch], times: usize) -> Result<Usage> {
        if self.bound.kind() == CheckKind::Transform {
            let outputs = self.bound.outputs().await?;
            let mut session = self.bound.transform(&outputs)?;
            for batch in batches.iter().cycle().take(times) {
                session.apply(batch).await?;
            }
            return Ok(session.end().await);
        }
        let mut session = self.bound.start(&self.grants, RowKey::default())?;
        let mut again = batches.iter().cycle().take(times).cloned();
        loop {
            let turn: Vec<Batch> = again.by_ref().take(TURN).collect();
            if turn.is_empty() {
                break;
            }
            session.inspect_all(&turn).await?;
        }
        let outcome = session.close().await;
        match outcome.inconclusive {
            None => Ok(outcome.usage),
            Some(reason) => Err(Error::project(reason)),
        }
    }
}

impl Found {
    /// Rows that go by their number count from 1 there, and from 0 here.
    pub(crate) fn of(outcome: &CheckOutcome) -> Self {
        let mut found = Self {
            verdict: outcome.verdict().name(),
            reason: outcome.inconclusive.clone().unwrap_or_default(),
            ..Self::default()
        };
        for findings in &outcome.findings {
            let rows = findings
                .rows
                .iter()
                .filter_map(|finding| match finding.key.as_slice() {
                    [Value::Integer(number)] => u64::try_from(number - 1).ok(),
                    _ => None,
                });
            found.rows.insert(findings.code.clone(), rows.collect());
            found.counts.insert(findings.code.clone(), findings.count);
        }
        found
    }
}
