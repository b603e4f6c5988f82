//! What the settings name, opened: both databases, the journal, the plugins, and the file that findings go to.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use limosa_database::{Database, Dialect, Endpoint, Role, open};
use limosa_journal::Journal;
use limosa_model::{Catalogue, CheckKind, Plan};
use limosa_plugin::Runtime;
use limosa_scheduler::checks::{Check, Checks, FindingLog};
use limosa_scheduler::{Misfits, Transforms, census, plan, this_process};

use super::plugins::load_all;
use crate::{Error, Result, Settings};

/// The settings, and the runtime that plugins are loaded into.
#[derive(Debug)]
pub(super) struct Wiring {
    pub(super) settings: Settings,
    runtime: Runtime,
}

/// The source, and what it holds.
pub(super) struct Source {
    pub(super) database: Arc<dyn Database>,
    /// Its types corrected by its values where its engine does not enforce them.
    pub(super) catalogue: Catalogue,
    /// How many of those values do not fit the target.
    pub(super) misfits: Misfits,
}

/// Both databases and the plan from one to the other, with the plugins that it was made for.
pub(super) struct Sides {
    pub(super) source: Arc<dyn Database>,
    pub(super) target: Arc<dyn Database>,
    pub(super) plan: Plan,
    /// How many values do not fit the target, as the census counted them.
    pub(super) misfits: Misfits,
    pub(super) transforms: Transforms,
    pub(super) checks: Checks,
}

/// One of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Target,
}

impl Wiring {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        std::fs::create_dir_all(&settings.state_folder).map_err(|error| {
            Error::file(
                format!("make the state folder {}", settings.state_folder.display()),
                error,
            )
        })?;
        let runtime = runtime(settings.plugin_log)?;
        Ok(Self { settings, runtime })
    }

    /// The source alone, for what needs no target.
    pub(super) async fn source(&self) -> Result<Source> {
        let (database, catalogue) = self.open_source().await?;
        self.look_into(database, catalogue, None).await
    }

    /// Reads what the source's values are, where its types do not say enough for the target.
    async fn look_into(
        &self,
        database: Arc<dyn Database>,
        mut catalogue: Catalogue,
        target: Option<&dyn Dialect>,
    ) -> Result<Source> {
        let options = self.settings.options.plan.clone();
        let options = options.reading(&self.settings.transforms);
        let misfits = census(&database, target, &mut catalogue, &options)
            .await
            .map_err(|source| Error::Run {
                doing: "looking at the source's values".into(),
                source,
            })?;
        Ok(Source {
            database,
            catalogue,
            misfits,
        })
    }

    async fn open_source(&self) -> Result<(Arc<dyn Database>, Catalogue)> {
        if self.settings.source.is_empty() {
            return Err(Error::configuration(
                "no source is named: give its URL on the command line, or [source] url in limosa.toml",
            ));
        }
        let database = open(&self.settings.source, Role::Source)
            .await
            .map_err(|error| database_error("opening the source", error))?;
        let catalogue = database
            .catalogue()
            .await
            .map_err(|error| database_error("reading the source's catalogue", error))?;
        Ok((database, catalogue))
    }

    pub(super) async fn target(&self) -> Result<Arc<dyn Database>> {
        let Some(target) = &self.settings.target else {
            return Err(Error::configuration(
                "no target is named: give its URL on the command line, or [target] url in limosa.toml",
            ));
        };
        open(target, Role::Target)
            .await
            .map_err(|error| database_error("opening the target", error))
    }

    /// The connection that probes ask one end by: the ordinary one, or that of the lesser user whom the settings name.
    pub(super) async fn asked(
        &self,
        end: End,
        ordinary: &Arc<dyn Database>,
        checks: &Checks,
    ) -> Result<Arc<dyn Database>> {
        let urls = &self.settings.probe_urls;
        let (url, name) = match end {
            End::Source => (&urls.source, "[source] probe_url"),
            End::Target => (&urls.target, "[target] probe_url"),
        };
        let is_probe = |check: &Check| check.plugin.manifest().kind == CheckKind::Probe;
        match url {
            Some(url) if checks.all.iter().any(is_probe) => lesser(url, name, ordinary).await,
            _ => Ok(ordinary.clone()),
        }
    }

    pub(super) async fn sides(&self) -> Result<Sides> {
        let (source, target, (transforms, checks)) = self.opened().await?;
        let (source, catalogue, misfits) = (source.database, source.catalogue, source.misfits);
        let run = |source| Error::Run {
            doing: "planning".into(),
            source,
        };
        let transforms = Transforms::bind(
            &transforms,
            &catalogue,
            source.dialect(),
            target.dialect().engine(),
            &self.settings.options.plan.treatments,
        )
        .await
        .map_err(run)?;
        let options = self.settings.options.plan.clone().with(&transforms);
        let plan = plan(source.as_ref(), &catalogue, target.as_ref(), &options).map_err(run)?;
        Ok(Sides {
            source,
            target,
            plan,
            misfits,
            transforms,
            checks,
        })
    }

    pub(super) async fn journal(&self) -> Result<Journal> {
        Journal::open(&self.settings.state_folder)
            .await
            .map_err(|source| Error::Run {
                doing: "opening the journal".into(),
                source: source.into(),
            })
    }

    /// Source, target and plugins, all at once: the compiler and the databases are other people's time.
    pub(super) async fn opened(&self) -> Result<(Source, Arc<dyn Database>, (Vec<Check>, Checks))> {
        let sides = async {
            let ((database, catalogue), target) =
                tokio::try_join!(self.open_source(), self.target())?;
            let source = self
                .look_into(database, catalogue, Some(target.dialect()))
                .await?;
            Ok((source, target))
        };
        let ((source, target), plugins) = tokio::try_join!(sides, self.plugins())?;
        Ok((source, target, plugins))
    }

    /// The transforms and the checks.
    pub(super) async fn plugins(&self) -> Result<(Vec<Check>, Checks)> {
        let (settings, runtime) = (self.settings.clone(), self.runtime.clone());
        let loading = tokio::task::spawn_blocking(move || load_all(&settings, &runtime));
        match loading.await {
            Ok(loaded) => loaded,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    pub(super) fn finding_log(&self) -> Result<FindingLog> {
        let Some(path) = &self.settings.findings else {
            return Ok(FindingLog::default());
        };
        // Read by now, and about to be emptied.
        let same =
            |baseline| std::fs::canonicalize(path).ok() == std::fs::canonicalize(baseline).ok();
        if self.settings.baseline.as_deref().is_some_and(same) {
            return Err(Error::configuration(format!(
                "{} is the baseline: name another file for the findings, and let it take the baseline's place afterwards",
                path.display()
            )));
        }
        let file = File::create(path)
            .map_err(|error| Error::file(format!("write {}", path.display()), error))?;
        Ok(FindingLog::new(BufWriter::new(file)))
    }
}

/// Opens the same database by another URL, which `name` is the setting of.
async fn lesser(url: &str, name: &str, ordinary: &Arc<dyn Database>) -> Result<Arc<dyn Database>> {
    let doing = format!("opening the connection of probes ({name})");
    let failed = |error| database_error(&doing, error);
    let another = |reason: String| {
        Error::configuration(format!(
            "{name} must lead to the same database as url, by another user: {reason}"
        ))
    };
    let endpoint = Endpoint::parse(url).map_err(failed)?;
    let (engine, expected) = (endpoint.engine(), ordinary.dialect().engine());
    if engine != expected {
        return Err(another(format!(
            "it is of {engine}, and url is of {expected}"
        )));
    }
    let lesser = open(url, Role::Source).await.map_err(failed)?;
    let (one, other) = tokio::try_join!(lesser.identity(), ordinary.identity()).map_err(failed)?;
    if one != other {
        return Err(another(format!(
            "{endpoint} is another one than {}",
            ordinary.endpoint()
        )));
    }
    if lesser.own_schema() != ordinary.own_schema() {
        let schema =
            |database: &Arc<dyn Database>| database.own_schema().unwrap_or_default().to_owned();
        return Err(another(format!(
            "names without a schema mean {} to its user, and {} to the other; set the user's search_path",
            schema(&lesser),
            schema(ordinary)
        )));
    }
    Ok(lesser)
}

/// The runtime that plugins are loaded into. Their compiled forms are kept in the user's own folder or nowhere: what lies in a folder
/// of a project may have come with it, and is run as native code.
/// The sandbox of this process; `log` shows what plugins write.
pub(crate) fn runtime(log: bool) -> Result<Runtime> {
    let start = |cache_folder: Option<PathBuf>| {
        Runtime::new(limosa_plugin::Options {
            cache_folder,
            log,
            ..limosa_plugin::Options::default()
        })
    };
    let cached = user_cache().and_then(|folder| {
        let ready = start(Some(folder.join("plugins")));
        let ready = ready.inspect_err(
            |error| tracing::warn!(%error, "compiled plugins are not kept; each run compiles them anew"),
        );
        ready.ok()
    });
    match cached {
        Some(runtime) => Ok(runtime),
        None => start(None).map_err(|source| Error::Plugin { source }),
    }
}

/// Where what can be made again is kept for this user.
///
/// # Errors
/// If the environment names neither `XDG_CACHE_HOME` nor `HOME`.
pub fn cache_folder() -> Result<PathBuf> {
    user_cache().ok_or_else(|| {
        Error::configuration("neither XDG_CACHE_HOME nor HOME names a folder: there is no place for what is kept between builds")
    })
}

/// The XDG Base Directory Specification's `XDG_CACHE_HOME`, of this program.
fn user_cache() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("limosa"))
}

pub(super) async fn catalogue_of_target(target: &Arc<dyn Database>) -> Result<Catalogue> {
    target
        .catalogue()
        .await
        .map_err(|error| database_error("reading the target's catalogue", error))
}

pub(crate) fn database_error(doing: &str, source: limosa_database::Error) -> Error {
    let doing = doing.to_owned();
    Error::Run {
        doing: doing.clone(),
        source: limosa_scheduler::Error::Database {
            doing,
            source: Box::new(source),
        },
    }
}

/// User, host and process, for the journal.
pub fn asker() -> String {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()));
    let holder = this_process();
    format!("{user}@{} (process {})", holder.host, holder.process)
}
