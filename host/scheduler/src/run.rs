//! A migration at work: what its stages share.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use limosa_database::{Book, Database, Lease};
use limosa_model::{
    Catalogue, CheckOutcome, Code, ColumnPlan, EventKind, MigrationId, MigrationState, Observer,
    Plan, TableName,
};

use crate::checks::{At, Checks, Inspectors};
use crate::error::Doing;
use crate::lease::{Keeper, lease_lost};
use crate::statistics::Statistics;
use crate::tally::Tally;
use crate::{Error, Migration, Options, Result, Stop, Transforms, misfits, uniqueness};

/// How a migration is called.
pub(crate) struct Name {
    pub(crate) id: MigrationId,
    /// The last one of the same source and target, if it was completed.
    pub(crate) completed: Option<MigrationId>,
}

/// A migration at work: what the stages share.
pub(crate) struct Run<'a> {
    migration: &'a Migration,
    pub(crate) id: MigrationId,
    /// The last one of the same source and target, if it was completed.
    pub(crate) completed: Option<MigrationId>,
    pub(crate) plan: Plan,
    transforms: Transforms,
    inspectors: Inspectors,
    keeper: Option<Keeper>,
    tally: Mutex<Tally>,
    pub(crate) statistics: Statistics,
    /// What the target was seen to have, until a definition changes that. Held while it is read.
    there: tokio::sync::Mutex<Option<Arc<Catalogue>>>,
}

impl<'a> Run<'a> {
    /// Of a plan, before the lease is held.
    pub(crate) fn new(
        migration: &'a Migration,
        name: Name,
        plan: Plan,
        transforms: Transforms,
        inspectors: Inspectors,
    ) -> Self {
        Self {
            migration,
            id: name.id,
            completed: name.completed,
            plan,
            transforms,
            inspectors,
            keeper: None,
            tally: Mutex::default(),
            statistics: Statistics::default(),
            there: tokio::sync::Mutex::default(),
        }
    }

    /// From here on the stages may run.
    pub(crate) fn begin(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// The lease, if it was ever held.
    pub(crate) fn lease(&self) -> Option<&Lease> {
        self.keeper.as_ref().map(|keeper| &keeper.lease)
    }

    pub(crate) fn source(&self) -> &'a Arc<dyn Database> {
        &self.migration.source
    }

    pub(crate) fn target(&self) -> &'a Arc<dyn Database> {
        &self.migration.target
    }

    /// The connection that probes ask one side by.
    pub(crate) fn asked(&self, at: At) -> &'a Arc<dyn Database> {
        match at {
            At::Target => &self.migration.asked.1,
            At::Source | At::InFlight => &self.migration.asked.0,
        }
    }

    pub(crate) fn book(&self) -> Book<'a> {
        Book::of(self.migration.target.as_ref())
    }

    pub(crate) fn catalogue(&self) -> &'a Catalogue {
        &self.migration.catalogue
    }

    pub(crate) fn checks(&self) -> &'a Checks {
        &self.migration.checks
    }

    pub(crate) fn transforms(&self) -> &Transforms {
        &self.transforms
    }

    /// The checks that look at rows on their way.
    pub(crate) fn inspectors(&self) -> &Inspectors {
        &self.inspectors
    }

    pub(crate) fn stop(&self) -> &'a Stop {
        &self.migration.stop
    }

    pub(crate) fn options(&self) -> &'a Options {
        &self.migration.options
    }

    pub(crate) fn observer(&self) -> &'a dyn Observer {
        self.migration.observer.as_ref()
    }

    /// The lease. Stages run only while there is one.
    pub(crate) fn keeper(&self) -> &Keeper {
        self.keeper.as_ref().expect("stages run under a lease")
    }

    /// How many chunks are copied at the same time: as many as there are processors, and the target takes.
    pub(crate) fn loads_at_once(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        processors.min(self.target().loads_at_once())
    }

    /// An error if the run should not go on.
    pub(crate) fn may_go_on(&self) -> Result<()> {
        self.keeper().check()?;
        if self.migration.stop.is_requested() {
            return Err(Error::refused(
                Code::Interrupted,
                "the run was stopped after the chunks at work; what was copied stays in the target",
            ));
        }
        Ok(())
    }

    /// An error if values do not fit the target and their column's treatment is to stop: before anything is made.
    ///
    /// The census has counted what a column's own values come to. Those that a treatment or a transform makes are looked at here.
    pub(crate) async fn refuse_misfits(&self) -> Result<()> {
        let mut refused = Vec::new();
        let changed = self.transforms.changes();
        for table in &self.plan.tables {
            let is_made = |column: &ColumnPlan| {
                let place = (table.source.clone(), column.name.clone());
                column.treatment.converts() || changed.contains_key(&place)
            };
            let made = if table.columns.iter().any(is_made) {
                misfits::of_table(self.source(), table, &self.transforms)
                    .await?
                    .columns
            } else {
                BTreeMap::new()
            };
            for (position, column) in table.columns.iter().enumerate() {
                let place = (table.source.clone(), column.name.clone());
                let count = if is_made(column) {
                    made.get(&position).map(|found| found.count)
                } else {
                    self.migration.misfits.get(&place).copied()
                };
                match count {
                    Some(count) if misfits::stops(table, position) => {
                        let values = if count == 1 { "value" } else { "values" };
                        refused.push(format!(
                            "{}.{} ({count} {values})",
                            table.source, column.name
                        ));
                    }
                    _ => {}
                }
            }
        }
        if refused.is_empty() {
            return self.refuse_collisions().await;
        }
        let message = format!(
            "{} cannot hold all values of {}; on_misfit = \"quarantine\" would set their rows aside",
            self.plan.target_engine,
            refused.join(", ")
        );
        Err(Error::refused(Code::Data, message))
    }

    async fn refuse_collisions(&self) -> Result<()> {
        let found = uniqueness::all(self.source(), &self.plan, &self.transforms).await?;
        if found.is_empty() {
            return Ok(());
        }
        let of_table = |(table, collisions): (&TableName, &Vec<String>)| {
            format!("table {table}: {}", collisions.join("; "))
        };
        let found: Vec<String> = found.iter().map(of_table).collect();
        let message = format!("keys would not be unique any more; {}", found.join("; "));
        Err(Error::refused(Code::Data, message))
    }

    /// What the target has, read anew.
    pub(crate) async fn look_at_target(&self) -> Result<Arc<Catalogue>> {
        *self.there.lock().await = None;
        self.target_catalogue().await
    }

    /// What the target has: as it was seen last, if nothing was defined since. Some servers take long to tell.
    pub(crate) async fn target_catalogue(&self) -> Result<Arc<Catalogue>> {
        let mut there = self.there.lock().await;
        if let Some(seen) = &*there {
            return Ok(seen.clone());
        }
        let read = self.target().catalogue().await;
        let read = read.doing(|| format!("reading the catalogue of {}", self.target().endpoint()));
        Ok(there.insert(Arc::new(read?)).clone())
    }

    /// Runs a definition on the target, if the lease is still held.
    pub(crate) async fn define(&self, statement: &str, doing: impl Fn() -> String) -> Result<()> {
        self.may_go_on()?;
        if !self
            .book()
            .holds(&self.keeper().lease)
            .await
            .doing(&doing)?
        {
            self.keeper().mark_lost();
            return Err(lease_lost());
        }
        let defined = self.target().define(statement).await;
        *self.there.lock().await = None;
        defined.doing(doing)
    }

    /// What the run comes to so far. Held only while something is noted.
    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes something that a person should know after the run.
    pub(crate) fn warn(&self, warning: String) {
        self.tally().warnings.push(warning);
    }

    /// Takes the outcomes of checks in.
    pub(crate) fn take(&self, at: At, outcomes: Vec<CheckOutcome>) {
        for outcome in outcomes {
            let outcome = self.checks().settle(outcome, &self.migration.findings);
            self.tally().outcome(at, outcome);
        }
    }

    /// What the journal says of it.
    pub(crate) async fn state(&self) -> Result<MigrationState> {
        Ok(self.migration.journal.record(&self.id).await?.state)
    }

    pub(crate) async fn record(&self, kind: EventKind) -> Result<()> {
        self.migration
            .journal
            .append(&self.id, &self.migration.by, kind)
            .await?;
        Ok(())
    }
}
