//! A whole migration: takes the lease, runs the stages that are not done yet, and undoes what has to be undone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use limosa_database::{Book, Database};
use limosa_journal::Journal;
use limosa_model::{
    Catalogue, Code, EventKind, MigrationId, NotCarried, Observer, Outcome, Phase, Progress,
    Report, StageOutcome, StageReport, digest,
};
use limosa_plugin::Scope;

use crate::checks::{At, Check, Checks, FindingLog, Inspectors, Subject};
use crate::comparison::carried_fields;
use crate::error::Doing;
use crate::failure::fail;
use crate::finish::finish;
use crate::lease::{Keeper, lease_lost};
use crate::misfits;
use crate::options::{Options, Stop};
use crate::pipeline::still_ours;
use crate::planning::plan;
use crate::run::{Name, Run};
use crate::stages::{self, Work};
use crate::undo::{names, roll_back};
use crate::{Error, Misfits, Result, Transforms};

/// What the target lacks, counted by kind.
fn not_carried(items: &[NotCarried]) -> Option<String> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for item in items.iter().filter(|item| !item.is_remark()) {
        *kinds.entry(&item.kind).or_default() += 1;
    }
    let counted: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{kind} ({count})"))
        .collect();
    let counted = (!counted.is_empty()).then(|| counted.join(", "))?;
    Some(format!(
        "the target does not have all that the source has besides rows: {counted}; see what was not carried"
    ))
}

/// The moment, as a report writes it: `2024-02-29T12:00:00Z`.
pub fn wall_clock(moment: Instant) -> String {
    let ago = jiff::SignedDuration::try_from(moment.elapsed()).unwrap_or_default();
    jiff::Timestamp::now()
        .saturating_sub(ago)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// Everything that a migration needs.
pub struct Migration {
    /// Where the rows are. Only read.
    pub source: Arc<dyn Database>,
    /// Where they go.
    pub target: Arc<dyn Database>,
    /// The connections that probes ask by: to the source, and to the target.
    pub asked: (Arc<dyn Database>, Arc<dyn Database>),
    /// What the source holds, its types corrected by a [`census`](crate::census).
    pub catalogue: Catalogue,
    /// How many values do not fit the target, as the census counted them.
    pub misfits: Misfits,
    /// Where intent and outcome are recorded.
    pub journal: Journal,
    /// What looks at the rows.
    pub checks: Checks,
    /// What changes them on their way.
    pub transforms: Vec<Check>,
    /// How it is run.
    pub options: Options,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// Who may stop it.
    pub stop: Stop,
    /// When the command began, of which this is the greater part.
    pub began: Instant,
    /// Who asked: user and host.
    pub by: String,
    /// Takes every finding, one line of JSON each, as [`Baseline`](crate::checks::Baseline) reads them.
    pub findings: FindingLog,
}

impl std::fmt::Debug for Migration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migration")
            .field("source", &self.source)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Migration {
    /// Runs it, from where it stands to its end, its failure or a wish to stop.
    ///
    /// Never fails itself: what went wrong is in the report.
    pub async fn run(&self) -> Report {
        let mut report = self.empty_report();
        let mut run = match self.prepare().await {
            Ok(run) => run,
            Err(error) => {
                report.errors.push(error.report());
                report.seconds = self.began.elapsed().as_secs_f64();
                return report;
            }
        };
        let result = if self.options.dry_run {
            self.look(&run).await
        } else {
            self.work(&mut run).await
        };
        report.outcome = match (&result, self.options.dry_run) {
            (Ok(()), true) => Outcome::DryRun,
            (Ok(()), false) => Outcome::Completed,
            (Err(_), _) => Outcome::Failed,
        };
        if let Err(error) = result {
            report.errors.push(error.report());
            if error.code() == Code::Data {
                report.errors.extend(
                    misfits::all(&self.source, &run.plan, run.transforms(), &self.stop).await,
                );
            }
            if !self.options.dry_run {
                report.outcome = fail(&run, &error, &mut report).await;
            }
        }
        let tally = std::mem::take(&mut *run.tally());
        report.migration = run.id.to_string();
        report.not_carried.clone_from(&run.plan.not_carried);
        if report.outcome == Outcome::Completed {
            report.warnings.extend(not_carried(&report.not_carried));
        }
        report.checks = self.checks.reports(&tally.outcomes);
        report.transforms = run.transforms().reports();
        report.stages = tally.stages;
        report.tables = tally.tables.into_values().collect();
        report.warnings.extend(tally.warnings);
        report.seconds = self.began.elapsed().as_secs_f64();
        report
    }

    fn empty_report(&self) -> Report {
        Report {
            command: "migrate".into(),
            migration: String::new(),
            outcome: Outcome::Failed,
            source: self.source.endpoint().to_string(),
            target: self.target.endpoint().to_string(),
            started: wall_clock(self.began),
            seconds: 0.0,
            stages: Vec::new(),
            tables: Vec::new(),
            checks: Vec::new(),
            transforms: Vec::new(),
            not_carried: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The plan, and that everything is there to follow it. Nothing is written yet.
    async fn prepare(&self) -> Result<Run<'_>> {
        let (catalogue, dialect) = (&self.catalogue, self.source.dialect());
        let transforms = Transforms::bind(
            &self.transforms,
            catalogue,
            dialect,
            self.target.dialect().engine(),
            &self.options.plan.treatments,
        )
        .await?;
        let options = self.options.plan.clone().with(&transforms);
        let plan = plan(
            self.source.as_ref(),
            catalogue,
            self.target.as_ref(),
            &options,
        )?;
        let inspectors = Inspectors::bind(
            &self.checks,
            &plan,
            catalogue,
            &self.source,
            carried_fields,
            |bound| bound.scope() == Scope::Row,
        )?;
        let name = self.name().await?;
        Ok(Run::new(self, name, plan, transforms, inspectors))
    }

    /// The name of the migration: the unfinished one of this source and target, or the next after the last.
    ///
    /// The target's books are asked first: they survive a lost journal.
    async fn name(&self) -> Result<Name> {
        let pair = format!("{}\n{}", self.source.endpoint(), self.target.endpoint());
        let base = digest(pair.as_bytes())[..10].to_owned();
        let is_own = |id: &MigrationId| id.as_str().starts_with(&base);
        let in_target = Book::of(self.target.as_ref())
            .migration()
            .await
            .doing(|| "looking for the books in the target".into())?;
        let mut own = self.journal.migrations().await?;
        own.retain(|record| is_own(&record.migration));
        let open = own.iter().find(|record| !record.state.is_over());
        let unfinished = in_target
            .filter(is_own)
            .or_else(|| open.map(|record| record.migration.clone()));
        // The journal gives the one that was heard of last first.
        let last = own.first();
        Ok(Name {
            id: unfinished.unwrap_or_else(|| MigrationId::new(format!("{base}-{}", own.len() + 1))),
            completed: last
                .filter(|record| record.state.phase == Phase::Completed)
                .map(|record| record.migration.clone()),
        })
    }

    /// A dry run: everything that only reads.
    async fn look(&self, run: &Run<'_>) -> Result<()> {
        stages::refuse_full_target(run).await?;
        run.refuse_misfits().await?;
        for table in &run.plan.tables {
            run.tally().table(&table.source).source_rows = table.estimated_rows;
        }
        let subject = Subject {
            database: &self.source,
            asked: &self.asked.0,
            catalogue: &self.catalogue,
            plan: &run.plan,
            at: At::Source,
        };
        let outcomes = crate::checks::inspect(
            &subject,
            &self.checks,
            &|_| true,
            self.observer.as_ref(),
            &self.stop,
        )
        .await?;
        run.take(At::Source, outcomes);
        stages::judge(run, At::Source)
    }

    async fn work(&self, run: &mut Run<'_>) -> Result<()> {
        if finish(run).await? {
            return Ok(());
        }
        stages::refuse_full_target(run).await?;
        let keeper = Keeper::acquire(
            &self.target,
            &run.id,
            self.options.lease,
            self.observer.as_ref(),
        )
        .await?;
        // Once more under the lease: whoever held it until now may have filled the target meanwhile.
        if let Err(error) = stages::refuse_full_target(run).await {
            if keeper.lease.epoch == 1 {
                // Made just now, for a migration that does not begin.
                run.book()
                    .remove()
                    .await
                    .doing(|| "removing the books from the target".into())?;
            }
            return Err(error);
        }
        run.begin(keeper);
        let run = &*run;
        let mut state = run.state().await?;
        if state.phase == Phase::New {
            let (source, target) = (run.plan.source.clone(), run.plan.target.clone());
            run.record(EventKind::Started { source, target }).await?;
        }
        if state.phase == Phase::RollingBack {
            // A crash in the middle of an undo: that is finished first.
            run.record(EventKind::RollbackStarted {
                reason: "an interrupted rollback goes on".into(),
            })
            .await?;
            let dropped = roll_back(&self.target).await?;
            run.record(EventKind::RolledBack).await?;
            let text = format!(
                "finished the rollback of an earlier run ({}); run the command again to migrate",
                names(&dropped)
            );
            return Err(Error::refused(Code::Interrupted, text));
        }
        self.same_terms_as_before(run).await?;
        let (epoch, plan) = (run.keeper().lease.epoch, run.plan.digest());
        run.record(EventKind::Resumed { epoch, plan }).await?;
        for work in stages::all() {
            let stage = work.stage();
            // The first stage counts from the start: looking at the source, planning and the lease are part of preparing.
            let began = if run.tally().stages.is_empty() {
                self.began
            } else {
                Instant::now()
            };
            let already_done = state.completed.contains(&stage);
            let mut result = self.enter(run, work.as_ref(), already_done).await;
            if result.is_err() && !still_ours(run).await {
                result = Err(lease_lost());
            }
            let outcome = match &result {
                Ok(()) if already_done => StageOutcome::Resumed,
                Ok(()) => StageOutcome::Completed,
                Err(error) if error.code() == Code::Interrupted => StageOutcome::Interrupted,
                Err(_) => StageOutcome::Failed,
            };
            run.tally().stages.push(StageReport {
                stage,
                outcome,
                seconds: began.elapsed().as_secs_f64(),
            });
            self.observer
                .observe(&Progress::StageEnded { stage, outcome });
            result?;
            state.completed.insert(stage);
        }
        run.record(EventKind::Completed).await
    }

    async fn enter(&self, run: &Run<'_>, work: &dyn Work, already_done: bool) -> Result<()> {
        let stage = work.stage();
        self.observer.observe(&Progress::StageStarted { stage });
        if !already_done {
            run.record(EventKind::StageStarted { stage }).await?;
        }
        work.check(run).await?;
        work.run(run).await?;
        work.verify(run).await?;
        if !already_done {
            run.record(EventKind::StageCompleted { stage }).await?;
        }
        Ok(())
    }

    /// Half of a target by one plan and half by another would be neither, and a check that is new would have seen half.
    async fn same_terms_as_before(&self, run: &Run<'_>) -> Result<()> {
        let terms = self.terms(run);
        let agreed = run
            .book()
            .agree(&run.keeper().lease, &terms)
            .await
            .doing(|| "reading what the copy was begun under".into())?;
        if agreed {
            return Ok(());
        }
        Err(Error::refused(
            Code::Configuration,
            "the plan is not the one that the copy was begun with: the source's tables, the choice of tables, a check or a transform changed; restore that, or run `limosa rollback` and begin anew",
        ))
    }

    /// A digest of what decides over the rows: the plan, and the plugins with what they are bound to.
    fn terms(&self, run: &Run<'_>) -> String {
        let plugins = |checks: &[Check]| -> Vec<_> {
            let facts = |check: &Check| (check.binding.clone(), check.plugin.digest().to_owned());
            checks.iter().map(facts).collect()
        };
        let facts = serde_json::json!([
            run.plan.digest(),
            plugins(&self.checks.all),
            plugins(&self.transforms)
        ]);
        digest(facts.to_string().as_bytes())
    }
}
