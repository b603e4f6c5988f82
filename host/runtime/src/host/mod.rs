//! The host: databases, plugins and journal wired together, with one method for each thing that a person can ask for.

mod checking;
mod comparison;
mod plugins;
mod repair;
mod report;
mod rollback;
mod wiring;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use limosa_journal::Record;
use limosa_model::{Observer, Outcome, Report};
use limosa_scheduler::{Looks, Migration, Preview, Stop, preview};

use crate::{Error, Result, Settings};
use checking::{check_source, check_target};
use comparison::{compare_sides, repair_target};
use report::Draft;
use rollback::roll_back;
use wiring::{End, Wiring};

pub use report::exit_code;
pub use wiring::{asker, cache_folder};
pub(crate) use wiring::{database_error, runtime};

/// Everything that is wired for one source and target.
#[derive(Debug)]
pub struct Host {
    wiring: Wiring,
}

impl Host {
    /// Starts the plugin runtime. No database is touched yet.
    ///
    /// # Errors
    /// If the state folder cannot be used.
    pub fn new(settings: Settings) -> Result<Self> {
        let wiring = Wiring::new(settings)?;
        Ok(Self { wiring })
    }

    /// What it was set up with.
    pub fn settings(&self) -> &Settings {
        &self.wiring.settings
    }

    /// Migrates: from where an earlier run stopped, or from the beginning. What went wrong is in the report.
    pub async fn migrate(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        let began = Instant::now();
        match self.migration(began, observer, stop).await {
            Ok(migration) => migration.run().await,
            Err(error) => Draft::since(began, self.settings(), "migrate").end(Err(error)),
        }
    }

    async fn migration(
        &self,
        began: Instant,
        observer: Arc<dyn Observer>,
        stop: Stop,
    ) -> Result<Migration> {
        let (source, target, (transforms, checks)) = self.wiring.opened().await?;
        let asked = tokio::try_join!(
            self.wiring.asked(End::Source, &source.database, &checks),
            self.wiring.asked(End::Target, &target, &checks)
        )?;
        Ok(Migration {
            asked,
            source: source.database,
            target,
            catalogue: source.catalogue,
            misfits: source.misfits,
            journal: self.wiring.journal().await?,
            checks,
            transforms,
            options: self.settings().options.clone(),
            observer,
            stop,
            began,
            by: asker(),
            findings: self.wiring.finding_log()?,
        })
    }

    /// The plan, with the statements that it comes to and the values that would not fit. Nothing is written.
    ///
    /// # Errors
    /// If a database cannot be read or something stands in the plan's way.
    pub async fn plan(&self, looks: Looks) -> Result<Preview> {
        let sides = self.wiring.sides().await?;
        preview(
            &sides.source,
            sides.target.dialect(),
            sides.plan,
            &sides.transforms,
            &sides.misfits,
            looks,
        )
        .await
        .map_err(|source| Error::Run {
            doing: "looking at the source's values".into(),
            source,
        })
    }

    /// Runs the checks over the source and writes nothing.
    pub async fn check(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        let mut draft = Draft::begin(self.settings(), "check");
        let result = check_source(&self.wiring, &mut draft.report, observer.as_ref(), &stop).await;
        draft.end(result)
    }

    /// Compares both sides value by value. With a file for the repair, the statements that would make the target equal are
    /// written there.
    pub async fn diff(
        &self,
        repair: Option<&Path>,
        observer: Arc<dyn Observer>,
        stop: Stop,
    ) -> Report {
        let mut draft = Draft::begin(self.settings(), "diff");
        let (report, observer) = (&mut draft.report, observer.as_ref());
        let result = match repair {
            Some(path) => repair_target(&self.wiring, path, report, observer, &stop).await,
            None => compare_sides(&self.wiring, report, observer, &stop).await,
        };
        draft.end(result)
    }

    /// Runs the checks on both sides and compares them; on the source alone where there is no target.
    pub async fn validate(&self, observer: Arc<dyn Observer>, stop: Stop) -> Report {
        if self.settings().target.is_none() {
            return Report {
                command: "validate".into(),
                ..self.check(observer, stop).await
            };
        }
        let mut draft = Draft::begin(self.settings(), "validate");
        let observer = observer.as_ref();
        let mut result = compare_sides(&self.wiring, &mut draft.report, observer, &stop).await;
        if result.is_ok() {
            result = check_target(&self.wiring, &mut draft.report, observer, &stop).await;
        }
        draft.end(result)
    }

    /// Removes what an unfinished migration created in the target.
    pub async fn rollback(&self) -> Report {
        let mut draft = Draft::begin(self.settings(), "rollback");
        let result = roll_back(&self.wiring, &mut draft.report).await;
        let mut report = draft.end(result);
        // Where there was nothing to remove, nothing was rolled back.
        if report.errors.is_empty() && !report.migration.is_empty() {
            report.outcome = Outcome::RolledBack;
        }
        report
    }

    /// All migrations that the journal knows, the latest first.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn migrations(&self) -> Result<Vec<Record>> {
        let journal = self.wiring.journal().await?;
        journal.migrations().await.map_err(|source| Error::Run {
            doing: "reading the journal".into(),
            source: source.into(),
        })
    }
}
