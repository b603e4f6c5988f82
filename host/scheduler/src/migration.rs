//! A whole migration: takes the lease, runs the stages that are not done yet, and undoes what has to be undone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use limosa_database::{Book, Database};
use limosa_journal::{Journal, Record};
use limosa_model::{
    Catalogue, CheckOutcome, Code, EventKind, MigrationId, MigrationState, Observer, Outcome,
    Phase, Plan, Progress, Report, Stage, StageOutcome, StageReport, TableName, TableReport,
    digest,
};
use limosa_plugin::Scope;

use crate::checks::{At, Check, Checks, FindingLog, Inspectors, Subject};
use crate::comparison::carried_fields;
use crate::error::Doing;
use crate::finish::finish;
use crate::lease::{Keeper, lease_lost};

use crate::misfits;
use crate::pipeline::still_ours;
use crate::planning::{PlanOptions, plan};
use crate::stages::{self, Work};
use crate::undo::{names, roll_back};
use crate::{Error, Result, Transforms};

/// What to do when a check finds rows that are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFinding {
    /// The migration fails and is undone.
    #[default]
    Stop,
    /// The migration goes on and says so.
    Report,
}

/// How a migration is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tables and chunk size.
    pub plan: PlanOptions,
    /// Only plan and look, write nothing.
    pub dry_run: bool,
    /// What findings lead to.
    pub on_finding: OnFinding,
    /// Leave out the probes of the source before anything is written.
    pub skip_pre_validation: bool,
    /// Leave out the comparison of every value after the copy.
    pub skip_post_validation: bool,
    /// Keep what was created when the migration fails for its data.
    pub no_rollback: bool,
    /// Go on although the target holds tables that the plan does not touch.
    pub force: bool,
    /// How often a chunk is tried again after a failure that may pass.
    pub retry_attempts: usize,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            plan: PlanOptions::default(),
            dry_run: false,
            on_finding: OnFinding::default(),
            skip_pre_validation: false,
            skip_post_validation: false,
            no_rollback: false,
            force: false,
            retry_attempts: 3,
            lease: Duration::from_secs(30),
        }
    }
}

/// A wish to stop, shared with whoever may have it. The run ends after the chunk at work.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Wishes it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was wished.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Everything that a migration needs.
pub struct Migration {
    /// Where the rows are. Only read.
    pub source: Arc<dyn Database>,
    /// Where they go.
    pub target: Arc<dyn Database>,
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

/// A migration at work: what the stages share.
pub(crate) struct Run<'a> {
    migration: &'a Migration,
    pub(crate) plan: Plan,
    pub(crate) catalogue: Catalogue,
    transforms: Transforms,
    inspectors: Inspectors,
    keeper: Option<Keeper>,
    pub(crate) id: MigrationId,
    pub(crate) tables: BTreeMap<TableName, TableReport>,
    pub(crate) outcomes: BTreeMap<(At, String), CheckOutcome>,
    pub(crate) warnings: Vec<String>,
    pub(crate) stages: Vec<StageReport>,
}

impl<'a> Run<'a> {
    pub(crate) fn source(&self) -> &'a Arc<dyn Database> {
        &self.migration.source
    }

    pub(crate) fn target(&self) -> &'a Arc<dyn Database> {
        &self.migration.target
    }

    pub(crate) fn book(&self) -> Book<'a> {
        Book::of(self.migration.target.as_ref())
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

    /// An error if the run should not go on.
    pub(crate) fn may_go_on(&self) -> Result<()> {
        self.keeper().check()?;
        if self.migration.stop.is_requested() {
            return Err(Error::refused(
                Code::Interrupted,
                "the run was stopped after the chunk at work; what was copied stays in the target",
            ));
        }
        Ok(())
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
        self.target().define(statement).await.doing(doing)
    }

    pub(crate) fn table_report(&mut self, table: &TableName) -> &mut TableReport {
        self.tables
            .entry(table.clone())
            .or_insert_with(|| TableReport {
                table: table.clone(),
                source_rows: 0,
                target_rows: 0,
                verified: false,
                differing_rows: 0,
                differences: Vec::new(),
                seconds: 0.0,
            })
    }

    /// Takes the outcomes of checks in.
    pub(crate) fn take(&mut self, at: At, outcomes: Vec<CheckOutcome>) {
        for outcome in outcomes {
            self.migration.findings.write(&outcome);
            self.outcomes
                .entry((at, outcome.check.clone()))
                .or_insert_with(|| CheckOutcome {
                    check: outcome.check.clone(),
                    rows: 0,
                    findings: Vec::new(),
                    inconclusive: None,
                })
                .merge(outcome, crate::checks::SAMPLES);
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

impl Migration {
    /// Runs it, from where it stands to its end, its failure or a wish to stop.
    ///
    /// Never fails itself: what went wrong is in the report.
    pub async fn run(&self) -> Report {
        let clock = Instant::now();
        let mut report = self.empty_report();
        let mut run = match self.prepare().await {
            Ok(run) => run,
            Err(error) => {
                report.errors.push(error.report());
                report.seconds = clock.elapsed().as_secs_f64();
                return report;
            }
        };
        let result = if self.options.dry_run {
            self.look(&mut run).await
        } else {
            self.work(&mut run, clock).await
        };
        report.outcome = match (&result, self.options.dry_run) {
            (Ok(()), true) => Outcome::DryRun,
            (Ok(()), false) => Outcome::Completed,
            (Err(_), _) => Outcome::Failed,
        };
        if let Err(error) = result {
            report.errors.push(error.report());
            if error.code() == Code::Data {
                report
                    .errors
                    .extend(misfits::all(&self.source, &run.plan, &self.stop).await);
            }
            if !self.options.dry_run {
                report.outcome = self.end_badly(&mut run, &error, &mut report).await;
            }
        }
        report.migration = run.id.to_string();
        report.not_carried.clone_from(&run.plan.not_carried);
        report.checks = self.checks.reports(&run.outcomes);
        report.stages = run.stages;
        report.tables = run.tables.into_values().collect();
        report.warnings.extend(run.warnings);
        report.seconds = clock.elapsed().as_secs_f64();
        report
    }

    fn empty_report(&self) -> Report {
        Report {
            command: "migrate".into(),
            migration: String::new(),
            outcome: Outcome::Failed,
            source: self.source.endpoint().to_string(),
            target: self.target.endpoint().to_string(),
            started: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
            seconds: 0.0,
            stages: Vec::new(),
            tables: Vec::new(),
            checks: Vec::new(),
            not_carried: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The plan, and that everything is there to follow it. Nothing is written yet.
    async fn prepare(&self) -> Result<Run<'_>> {
        let reading = || format!("reading the catalogue of {}", self.source.endpoint());
        let mut catalogue = self.source.catalogue().await.doing(reading)?;
        self.source.census(&mut catalogue).await.doing(reading)?;
        let dialect = self.source.dialect();
        let transforms = Transforms::bind(
            &self.transforms,
            &catalogue,
            dialect,
            self.target.dialect().engine(),
        )
        .await?;
        let options = PlanOptions {
            carried: transforms.changes(),
            ..self.options.plan.clone()
        };
        let plan = plan(
            self.source.as_ref(),
            &catalogue,
            self.target.as_ref(),
            &options,
        )?;
        let inspectors = Inspectors::bind(
            &self.checks,
            &plan,
            &catalogue,
            &self.source,
            carried_fields,
            |bound| bound.scope() == Scope::Row,
        )?;
        let id = self.name().await?;
        Ok(Run {
            migration: self,
            plan,
            catalogue,
            transforms,
            inspectors,
            keeper: None,
            id,
            tables: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            warnings: Vec::new(),
            stages: Vec::new(),
        })
    }

    /// The name of the migration: the unfinished one of this source and target, or the next.
    ///
    /// The target's books are asked first: they survive a lost journal.
    async fn name(&self) -> Result<MigrationId> {
        let pair = format!("{}\n{}", self.source.endpoint(), self.target.endpoint());
        let base = digest(pair.as_bytes())[..10].to_owned();
        let in_target = Book::of(self.target.as_ref())
            .migration()
            .await
            .doing(|| "looking for the books in the target".into())?;
        if let Some(id) = in_target.filter(|id| id.as_str().starts_with(&base)) {
            return Ok(id);
        }
        let known = self.journal.migrations().await?;
        let own: Vec<&Record> = known
            .iter()
            .filter(|record| record.migration.as_str().starts_with(&base))
            .collect();
        if let Some(open) = own.iter().find(|record| !record.state.is_over()) {
            return Ok(open.migration.clone());
        }
        Ok(MigrationId::new(format!("{base}-{}", own.len() + 1)))
    }

    /// A dry run: everything that only reads.
    async fn look(&self, run: &mut Run<'_>) -> Result<()> {
        stages::refuse_full_target(run).await?;
        for table in run.plan.tables.clone() {
            let rows = table.estimated_rows;
            run.table_report(&table.source).source_rows = rows;
        }
        let subject = Subject {
            database: &self.source,
            catalogue: &run.catalogue,
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

    async fn work(&self, run: &mut Run<'_>, clock: Instant) -> Result<()> {
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
        run.keeper = Some(keeper);
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
        self.same_plan_as_before(run).await?;
        let (epoch, plan) = (run.keeper().lease.epoch, run.plan.digest());
        run.record(EventKind::Resumed { epoch, plan }).await?;
        for work in stages::all() {
            let stage = work.stage();
            if state.completed.contains(&stage) && !work.runs_always() {
                run.stages.push(StageReport {
                    stage,
                    outcome: StageOutcome::Resumed,
                    seconds: 0.0,
                });
                continue;
            }
            // The first stage counts from the start: planning and the lease are part of preparing.
            let began = if run.stages.is_empty() {
                clock
            } else {
                Instant::now()
            };
            let already_done = state.completed.contains(&stage);
            let mut result = self.enter(run, work.as_ref(), already_done).await;
            if result.is_err() && !still_ours(run).await {
                result = Err(lease_lost());
            }
            let outcome = match &result {
                Ok(()) => StageOutcome::Completed,
                Err(error) if error.code() == Code::Interrupted => StageOutcome::Interrupted,
                Err(_) => StageOutcome::Failed,
            };
            run.stages.push(StageReport {
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

    async fn enter(&self, run: &mut Run<'_>, work: &dyn Work, already_done: bool) -> Result<()> {
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

    /// Half of a target by one plan and half by another would be neither.
    async fn same_plan_as_before(&self, run: &Run<'_>) -> Result<()> {
        let record = self.journal.record(&run.id).await?;
        let before = record
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.kind {
                EventKind::Resumed { plan, .. } => Some(plan.clone()),
                _ => None,
            });
        match before {
            Some(before) if before != run.plan.digest() => Err(Error::refused(
                Code::Configuration,
                "the plan is not the one that the copy was begun with: the source's tables, the choice of tables or a transform changed; restore that, or run `limosa rollback` and begin anew",
            )),
            _ => Ok(()),
        }
    }

    /// After a failure: undo, or leave everything for the same command to resume, and say which.
    async fn end_badly(&self, run: &mut Run<'_>, error: &Error, report: &mut Report) -> Outcome {
        let Some(keeper) = &run.keeper else {
            return Outcome::Failed;
        };
        // Another host is at work: neither its journal nor its target is ours to touch.
        if error.code() == Code::LeaseLost {
            return Outcome::Failed;
        }
        let lease = keeper.lease.clone();
        let stage = run
            .stages
            .last()
            .map_or(Stage::Preparation, |stage| stage.stage);
        let resumable = error.code() != Code::Configuration || stage > Stage::Preparation;
        if error.calls_for_undo()
            && !self.options.no_rollback
            && resumable
            && stage < Stage::Cutover
        {
            let reason = error.report().message;
            let undone = async {
                run.record(EventKind::RollbackStarted { reason }).await?;
                stages::undo_from(run, stage).await?;
                let dropped = roll_back(&self.target).await?;
                run.record(EventKind::RolledBack).await?;
                Ok::<_, Error>(dropped)
            };
            match undone.await {
                Ok(dropped) => {
                    let text = if dropped.is_empty() {
                        "nothing had been created in the target".into()
                    } else {
                        format!("removed from the target: {}", names(&dropped))
                    };
                    run.warnings.push(format!("rolled back: {text}"));
                    return Outcome::RolledBack;
                }
                Err(failure) => {
                    let cause = failure.report();
                    let message = format!(
                        "the target could not be cleaned: {}; its table limosa_object names what the migration created",
                        cause.message
                    );
                    report
                        .errors
                        .push(Error::refused(Code::Rollback, message).report());
                    return Outcome::Failed;
                }
            }
        }
        let reported = error.report();
        let stopped = EventKind::Stopped {
            stage,
            code: Some(reported.code),
            message: reported.message,
        };
        if let Err(failure) = run.record(stopped).await {
            report.errors.push(failure.report());
        }
        if let Err(failure) = run.book().release(&lease).await {
            tracing::warn!(error = %failure, "the lease could not be released; it runs out by itself");
        }
        run.warnings.push(
            "the target holds an unfinished copy: the same command goes on with it, `limosa rollback` removes it".into(),
        );
        Outcome::Failed
    }
}
