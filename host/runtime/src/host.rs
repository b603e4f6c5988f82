//! The host: databases, plugins and journal wired together, with one method for each thing that a person can ask for.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::Instant;

use limosa_database::{Database, Role, open};
use limosa_journal::{Journal, Record};
use limosa_model::{
    Catalogue, CheckBinding, CheckKind, CheckOutcome, Code, ErrorReport, Observer, Outcome, Plan,
    Progress, Report, TableReport, Verdict,
};
use limosa_plugin::{Plugin, Runtime};
use limosa_scheduler::checks::{At, Baseline, Check, Checks, FindingLog, Subject, inspect};
use limosa_scheduler::{
    Migration, OnFinding, PlanOptions, Stop, Transforms, compare, plan, this_process,
};

use crate::built_in::built_in;
use crate::configuration::is_path;
use crate::{Error, Result, Settings, built_in_names};

/// A component file larger than this is no plugin.
const LARGEST_PLUGIN: u64 = 64 << 20;

/// Everything that is wired for one source and target.
#[derive(Debug)]
pub struct Host {
    settings: Settings,
    runtime: Runtime,
}

/// 0 success, 1 failure, 2 success with warnings.
pub fn exit_code(report: &Report) -> u8 {
    let failed = !report.errors.is_empty()
        || matches!(report.outcome, Outcome::Failed | Outcome::RolledBack);
    if failed {
        1
    } else {
        u8::from(!report.warnings.is_empty()) * 2
    }
}

impl Host {
    /// Starts the plugin runtime. No database is touched yet.
    ///
    /// # Errors
    /// If the state folder cannot be used.
    pub fn new(settings: Settings) -> Result<Self> {
        std::fs::create_dir_all(&settings.state_folder).map_err(|error| {
            Error::file(
                format!("make the state folder {}", settings.state_folder.display()),
                error,
            )
        })?;
        let cache_folder = Some(settings.state_folder.join("plugins"));
        let runtime = Runtime::new(limosa_plugin::Options {
            cache_folder,
            ..limosa_plugin::Options::default()
        })
        .map_err(|source| Error::Plugin { source })?;
        Ok(Self { settings, runtime })
    }

    /// What it was set up with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Migrates: from where an earlier run stopped, or from the beginning. What went wrong is in the report.
    pub async fn migrate(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        let clock = Instant::now();
        match self.migration(observer, stop).await {
            Ok(migration) => migration.run().await,
            Err(error) => self.failed("migrate", clock, &error),
        }
    }

    /// The plan alone.
    ///
    /// # Errors
    /// If a database cannot be read or something stands in the plan's way.
    pub async fn plan(&self) -> Result<Plan> {
        let (source, target) = (self.source().await?, self.target().await?);
        let (transforms, _) = self.plugins()?;
        let (plan, ..) = self.planned(&source, &target, &transforms).await?;
        Ok(plan)
    }

    /// Runs the checks over the source and writes nothing.
    pub async fn check(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        let clock = Instant::now();
        let mut report = self.empty_report("check");
        let result = async {
            let source = self.source().await?;
            let (_, checks) = self.plugins()?;
            let catalogue = self.catalogue(&source).await?;
            // A plan from the source to itself: every column in its own type.
            let plan = plan(
                source.as_ref(),
                &catalogue,
                source.as_ref(),
                &self.settings.options.plan,
            )
            .map_err(|source| Error::Run {
                doing: "planning".into(),
                source,
            })?;
            let subject = Subject {
                database: &source,
                catalogue: &catalogue,
                plan: &plan,
                at: At::Source,
            };
            self.run_checks(&mut report, &subject, &checks, observer.as_ref(), &stop)
                .await
        };
        let result: Result<()> = result.await;
        self.finish(&mut report, clock, result);
        report
    }

    /// Compares both sides value by value.
    pub async fn diff(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        let clock = Instant::now();
        let mut report = self.empty_report("diff");
        let result = self
            .compare_sides(&mut report, observer.as_ref(), &stop)
            .await;
        self.finish(&mut report, clock, result);
        report
    }

    /// Runs the checks on both sides and compares them; on the source alone where there is no target.
    pub async fn validate(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        if self.settings.target.is_none() {
            return Report {
                command: "validate".into(),
                ..self.check(observer, stop).await
            };
        }
        let clock = Instant::now();
        let mut report = self.empty_report("validate");
        let result = async {
            self.compare_sides(&mut report, observer.as_ref(), &stop)
                .await?;
            let (source, target) = (self.source().await?, self.target().await?);
            let (transforms, checks) = self.plugins()?;
            let (plan, ..) = self.planned(&source, &target, &transforms).await?;
            let catalogue = target
                .catalogue()
                .await
                .map_err(|error| self.database_error("reading the target's catalogue", error))?;
            let subject = Subject {
                database: &target,
                catalogue: &catalogue,
                plan: &plan,
                at: At::Target,
            };
            self.run_checks(&mut report, &subject, &checks, observer.as_ref(), &stop)
                .await
        };
        let result: Result<()> = result.await;
        self.finish(&mut report, clock, result);
        report
    }

    /// Removes what an unfinished migration created in the target.
    pub async fn rollback(&self) -> Report {
        let clock = Instant::now();
        let mut report = self.empty_report("rollback");
        let result = async {
            let target = self.target().await?;
            let journal = self.journal().await?;
            let run = |source| Error::Run {
                doing: "rolling back".into(),
                source,
            };
            let (migration, dropped) = limosa_scheduler::roll_back_under_lease(
                &target,
                &journal,
                &asker(),
                self.settings.options.lease,
            )
            .await
            .map_err(run)?;
            report.migration = migration.map(|id| id.to_string()).unwrap_or_default();
            for name in dropped {
                report.warnings.push(format!("removed table {name}"));
            }
            if report.migration.is_empty() {
                report
                    .warnings
                    .push("the target holds no unfinished migration: nothing was removed".into());
            }
            Ok(())
        };
        let result: Result<()> = result.await;
        self.finish(&mut report, clock, result);
        if report.errors.is_empty() {
            report.outcome = Outcome::RolledBack;
        }
        report
    }

    /// All migrations that the journal knows, the latest first.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn migrations(&self) -> Result<Vec<Record>> {
        let journal = self.journal().await?;
        journal.migrations().await.map_err(|source| Error::Run {
            doing: "reading the journal".into(),
            source: source.into(),
        })
    }

    async fn migration(&self, observer: Arc<dyn Observer>, stop: Stop) -> Result<Migration> {
        let (transforms, checks) = self.plugins()?;
        let (source, target) = (self.source().await?, self.target().await?);
        Ok(Migration {
            source,
            target,
            journal: self.journal().await?,
            checks,
            transforms,
            options: self.settings.options.clone(),
            observer,
            stop,
            by: asker(),
            findings: self.finding_log()?,
        })
    }

    async fn planned(
        &self,
        source: &Arc<dyn Database>,
        target: &Arc<dyn Database>,
        transforms: &[Check],
    ) -> Result<(Plan, Transforms)> {
        let run = |source| Error::Run {
            doing: "planning".into(),
            source,
        };
        let catalogue = self.catalogue(source).await?;
        let bound = Transforms::bind(
            transforms,
            &catalogue,
            source.dialect(),
            target.dialect().engine(),
        )
        .await
        .map_err(run)?;
        let options = PlanOptions {
            carried: bound.changes(),
            ..self.settings.options.plan.clone()
        };
        let plan = plan(source.as_ref(), &catalogue, target.as_ref(), &options).map_err(run)?;
        Ok((plan, bound))
    }

    /// What the source holds, with its types corrected by its values where its engine does not enforce them.
    async fn catalogue(&self, source: &Arc<dyn Database>) -> Result<Catalogue> {
        let failed = |error| self.database_error("reading the source's catalogue", error);
        let mut catalogue = source.catalogue().await.map_err(failed)?;
        source.census(&mut catalogue).await.map_err(failed)?;
        Ok(catalogue)
    }

    async fn compare_sides(
        &self,
        report: &mut Report,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Result<()> {
        let (source, target) = (self.source().await?, self.target().await?);
        let (transforms, _) = self.plugins()?;
        let (plan, transforms) = self.planned(&source, &target, &transforms).await?;
        let there = target
            .catalogue()
            .await
            .map_err(|error| self.database_error("reading the target's catalogue", error))?;
        for table in &plan.tables {
            if stop.is_requested() {
                return Err(Error::Run {
                    doing: "comparing".into(),
                    source: limosa_scheduler::Error::refused(
                        Code::Interrupted,
                        "the comparison was stopped",
                    ),
                });
            }
            let clock = Instant::now();
            let Some(found) = there.table(&table.target) else {
                report.errors.push(difference(format!(
                    "table {} is not in the target",
                    table.target
                )));
                continue;
            };
            if let Some(column) = table
                .columns
                .iter()
                .find(|column| found.column(&column.target_name).is_none())
            {
                report.errors.push(difference(format!(
                    "column {}.{} is not in the target",
                    table.target, column.target_name
                )));
                continue;
            }
            observer.observe(&Progress::TableStarted {
                work: "compare",
                table: table.source.clone(),
                rows: table.estimated_rows,
            });
            let comparison = compare(&source, &target, table, &transforms, observer)
                .await
                .map_err(|source| Error::Run {
                    doing: format!("comparing table {}", table.source),
                    source,
                })?;
            observer.observe(&Progress::TableEnded {
                table: table.source.clone(),
            });
            if !comparison.is_equal() {
                let at_least = if comparison.partial { "at least " } else { "" };
                report.errors.push(difference(format!(
                    "table {} differs in {at_least}{} rows",
                    table.source, comparison.differing_rows
                )));
            }
            report.tables.push(TableReport {
                table: table.source.clone(),
                source_rows: comparison.source_rows,
                target_rows: comparison.target_rows,
                verified: comparison.is_equal(),
                differing_rows: comparison.differing_rows,
                differences: comparison.differences,
                seconds: clock.elapsed().as_secs_f64(),
            });
        }
        Ok(())
    }

    async fn run_checks(
        &self,
        report: &mut Report,
        subject: &Subject<'_>,
        checks: &Checks,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Result<()> {
        let log = self.finding_log()?;
        let outcomes = inspect(subject, checks, &|_| true, observer, stop)
            .await
            .map_err(|source| Error::Run {
                doing: "running the checks".into(),
                source,
            })?;
        for outcome in &outcomes {
            log.write(outcome);
            self.judge(report, outcome);
        }
        let outcomes = outcomes
            .into_iter()
            .map(|outcome| ((subject.at, outcome.check.clone()), outcome))
            .collect();
        report.checks.extend(checks.reports(&outcomes));
        Ok(())
    }

    fn judge(&self, report: &mut Report, outcome: &CheckOutcome) {
        let found: Vec<String> = outcome
            .findings
            .iter()
            .map(|findings| format!("{} {}", findings.count - findings.accepted, findings.code))
            .collect();
        let text = format!("{} found {}", outcome.check, found.join(", "));
        let code = match outcome.verdict() {
            Verdict::Pass => return,
            Verdict::Fail if self.settings.options.on_finding == OnFinding::Stop => Code::Findings,
            Verdict::Warning | Verdict::Fail => return report.warnings.push(text),
            Verdict::Inconclusive => Code::Inconclusive,
        };
        let message = match &outcome.inconclusive {
            Some(reason) => format!("the check {} is inconclusive: {reason}", outcome.check),
            None => text,
        };
        report.errors.push(ErrorReport {
            code: code.text().into(),
            message,
            remedy: code.remedy().into(),
        });
    }

    fn finding_log(&self) -> Result<FindingLog> {
        let Some(path) = &self.settings.findings else {
            return Ok(FindingLog::default());
        };
        let file = File::create(path)
            .map_err(|error| Error::file(format!("write {}", path.display()), error))?;
        Ok(FindingLog::new(BufWriter::new(file)))
    }

    async fn source(&self) -> Result<Arc<dyn Database>> {
        if self.settings.source.is_empty() {
            return Err(Error::configuration(
                "no source is named: give its URL on the command line, or [source] url in limosa.toml",
            ));
        }
        open(&self.settings.source, Role::Source)
            .await
            .map_err(|error| self.database_error("opening the source", error))
    }

    async fn target(&self) -> Result<Arc<dyn Database>> {
        let Some(target) = &self.settings.target else {
            return Err(Error::configuration(
                "no target is named: give its URL on the command line, or [target] url in limosa.toml",
            ));
        };
        open(target, Role::Target)
            .await
            .map_err(|error| self.database_error("opening the target", error))
    }

    async fn journal(&self) -> Result<Journal> {
        Journal::open(&self.settings.state_folder)
            .await
            .map_err(|source| Error::Run {
                doing: "opening the journal".into(),
                source: source.into(),
            })
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as what it is: an error of this host's databases"
    )]
    fn database_error(&self, doing: &str, source: limosa_database::Error) -> Error {
        let doing = doing.to_owned();
        Error::Run {
            doing: doing.clone(),
            source: limosa_scheduler::Error::Database {
                doing,
                source: Box::new(source),
            },
        }
    }

    /// The transforms and the checks, with their plugins loaded.
    fn plugins(&self) -> Result<(Vec<Check>, Checks)> {
        let load = |binding: &CheckBinding| {
            Ok(Check {
                binding: binding.clone(),
                plugin: self.load(&binding.plugin)?,
            })
        };
        let transforms = self
            .settings
            .transforms
            .iter()
            .map(load)
            .collect::<Result<_>>()?;
        let all: Vec<Check> = self
            .settings
            .checks
            .iter()
            .map(load)
            .collect::<Result<_>>()?;
        for check in &all {
            if check.plugin.manifest().kind == CheckKind::Transform {
                return Err(Error::configuration(format!(
                    "{} is a transform; name it under transforms",
                    check.binding
                )));
            }
        }
        let baseline = match &self.settings.baseline {
            None => Baseline::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Error::file(format!("read the baseline {}", path.display()), error)
                })?;
                Baseline::parse(&text).map_err(|source| Error::Run {
                    doing: format!("reading the baseline {}", path.display()),
                    source,
                })?
            }
        };
        Ok((
            transforms,
            Checks {
                all,
                baseline: Arc::new(baseline),
            },
        ))
    }

    fn load(&self, name: &str) -> Result<Arc<Plugin>> {
        let plugin = |source| Error::Plugin { source };
        if !is_path(name) {
            let bytes = built_in(name).ok_or_else(|| {
                let known: Vec<&str> = built_in_names().collect();
                Error::configuration(format!("there is no plugin `{name}` inside the program; it has {}, and a file is named by its path (./{name}.wasm)", known.join(", ")))
            })?;
            return self.runtime.load(bytes, name).map_err(plugin);
        }
        let read = |error| Error::file(format!("read the plugin {name}"), error);
        let size = std::fs::metadata(name).map_err(read)?.len();
        if size > LARGEST_PLUGIN {
            return Err(Error::configuration(format!(
                "{name} has {size} bytes, and a plugin has at most {LARGEST_PLUGIN}"
            )));
        }
        self.runtime
            .load(&std::fs::read(name).map_err(read)?, name)
            .map_err(plugin)
    }

    fn empty_report(&self, command: &str) -> Report {
        let shown = |url: &str| {
            limosa_database::Endpoint::parse(url)
                .map(|endpoint| endpoint.to_string())
                .unwrap_or_default()
        };
        Report {
            command: command.into(),
            migration: String::new(),
            outcome: Outcome::Failed,
            source: shown(&self.settings.source),
            target: self
                .settings
                .target
                .as_deref()
                .map(shown)
                .unwrap_or_default(),
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

    fn failed(&self, command: &str, clock: Instant, error: &Error) -> Report {
        let mut report = self.empty_report(command);
        report.errors.push(error.report());
        report.seconds = clock.elapsed().as_secs_f64();
        report
    }

    #[expect(clippy::unused_self, reason = "the last step of each method above")]
    fn finish(&self, report: &mut Report, clock: Instant, result: Result<()>) {
        if let Err(error) = result {
            report.errors.push(error.report());
        }
        if report.errors.is_empty() {
            report.outcome = Outcome::Completed;
        }
        report.seconds = clock.elapsed().as_secs_f64();
    }
}

fn difference(message: String) -> ErrorReport {
    let code = Code::Difference;
    ErrorReport {
        code: code.text().into(),
        message,
        remedy: code.remedy().into(),
    }
}

/// User, host and process, for the journal.
fn asker() -> String {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()));
    let holder = this_process();
    format!("{user}@{} (process {})", holder.host, holder.process)
}
