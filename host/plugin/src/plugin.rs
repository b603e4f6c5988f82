//! The runtime of a process, and the plugins that it loaded.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind, Field, Permit, Usage, digest};
use semver::Version;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};

use crate::bound::Bound;
use crate::cache::Cache;
use crate::component::Reading;
use crate::failure::describe;
use crate::findings::Findings;
use crate::limits::{Budget, Limits};
use crate::log::Lines;
use crate::manifest::Manifest;
use crate::state::{Capabilities, State};
use crate::threads::Threads;
use crate::{Error, Result, bindings, component, grants, guest, state};

/// How a runtime is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where compiled plugins are kept; `None`: each process compiles anew. Made with mode 0700 if it is not there.
    pub cache_folder: Option<PathBuf>,
    /// Threads that guests run on.
    pub threads: usize,
    /// Bytes of memory that all instances hold together.
    pub memory: usize,
    /// Whether what plugins write to their log is shown (by `tracing`, target `limosa::plugin`). It may hold values.
    pub log: bool,
    /// Whether instructions are counted; for measuring, since it makes plugins slower.
    pub fuel: bool,
}

impl Default for Options {
    /// One thread a core, at least two, so that a check that waits for a lookup holds up no other; 1 GiB.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            cache_folder: None,
            threads: cores.clamp(2, 16),
            memory: 1 << 30,
            log: false,
            fuel: false,
        }
    }
}

/// Loads plugins and runs them. One for a process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    shared: Arc<Shared>,
}

/// What all plugins of a runtime share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) threads: Arc<Threads>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) log: bool,
    pub(crate) fuel: bool,
    cache: Option<Cache>,
}

impl Runtime {
    /// Starts the engine, its clock and the plugin threads.
    ///
    /// # Errors
    /// [`Error::CacheFolder`] if others could write what is run from there; [`Error::Start`].
    pub fn new(options: Options) -> Result<Self> {
        let shared = Shared {
            engine: crate::engine::engine(options.fuel)?,
            threads: Arc::new(Threads::new(options.threads.max(1))?),
            budget: Budget::new(options.memory),
            log: options.log,
            fuel: options.fuel,
            cache: options.cache_folder.map(Cache::open).transpose()?,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Bytes of memory that all instances hold now.
    pub fn memory_held(&self) -> usize {
        self.shared.budget.held()
    }

    /// Reads, checks, compiles and tries out a plugin; `origin` names it in errors: a path, or a name.
    ///
    /// Takes as long as the compiler (24 ms for a small Rust plugin, seconds for an interpreter), and blocks.
    ///
    /// # Errors
    /// What is wrong with the file, its manifest, its imports or its start.
    pub fn load(&self, bytes: &[u8], origin: &str) -> Result<Arc<Plugin>> {
        self.load_with(bytes, origin, None)
    }

    /// Reads, checks and compiles a plugin, and keeps that for later; nothing of it runs.
    ///
    /// # Errors
    /// As for [`Runtime::load`].
    pub fn compile(&self, bytes: &[u8], origin: &str) -> Result<()> {
        let reading = component::read(bytes, origin)?;
        self.compiled(&reading, bytes).map(drop)
    }

    fn compiled(&self, reading: &Reading, bytes: &[u8]) -> Result<Component> {
        let component = match &self.shared.cache {
            Some(cache) => cache.compile(&self.shared.engine, bytes, &digest(bytes)),
            None => Component::from_binary(&self.shared.engine, bytes),
        };
        component.map_err(|error| Error::Compile {
            plugin: reading.manifest.name.clone(),
            source: error.into(),
        })
    }

    /// [`Runtime::load`] with no more than it was admitted with; `None`: all that its kind may have.
    ///
    /// # Errors
    /// As for [`Runtime::load`], and if the plugin asks for more.
    pub fn load_with(
        &self,
        bytes: &[u8],
        origin: &str,
        admitted: Option<Admitted>,
    ) -> Result<Arc<Plugin>> {
        let reading = component::read(bytes, origin)?;
        if let Some(admitted) = &admitted {
            refuse_ungranted(&reading, &admitted.interfaces)?;
        }
        let component = self.compiled(&reading, bytes)?;
        let plugin = Plugin {
            component,
            admitted,
            manifest: reading.manifest,
            imports: reading.imports,
            digest: digest(bytes),
            shared: self.shared.clone(),
        };
        plugin.try_out()?;
        Ok(Arc::new(plugin))
    }
}

fn refuse_ungranted(reading: &Reading, granted: &BTreeSet<String>) -> Result<()> {
    let is_missing = |import: &&String| {
        grants::split(import).is_some_and(|(interface, _)| !granted.contains(interface))
    };
    match reading.imports.iter().find(is_missing) {
        None => Ok(()),
        Some(import) => {
            let (interface, _) = grants::split(import).unwrap_or((import, Version::new(0, 0, 0)));
            Err(Error::Import {
                plugin: reading.manifest.name.clone(),
                import: import.clone(),
                reason: format!(
                    "it was not granted; it {}; if it should have that, add `--grant {interface}`",
                    grants::meaning(import).unwrap_or("does something unknown")
                ),
            })
        }
    }
}

/// A plugin that was checked, compiled and tried out.
#[derive(Debug)]
pub struct Plugin {
    pub(crate) manifest: Manifest,
    pub(crate) shared: Arc<Shared>,
    component: Component,
    imports: Vec<String>,
    digest: String,
    /// `None`: all that its kind may have, for ever.
    admitted: Option<Admitted>,
}

/// What a plugin was admitted with.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The interfaces that it gets, without package and version.
    pub interfaces: BTreeSet<String>,
    /// That it may run, as long as that holds.
    pub permit: Option<Arc<dyn Permit>>,
}

impl Plugin {
    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the component, in hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The interfaces that it asks for, as in `limosa:plugin/rows@0.1.0`.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// That it may still run.
    ///
    /// # Errors
    /// [`Error::Revoked`].
    pub fn permitted(&self) -> Result<()> {
        let admitted = self.admitted.as_ref();
        let Some(permit) = admitted.and_then(|admitted| admitted.permit.as_ref()) else {
            return Ok(());
        };
        permit.holds().map_err(|reason| Error::Revoked {
            plugin: self.manifest.name.clone(),
            reason,
        })
    }

    /// What it may take at most, as granted to its manifest.
    pub fn limits(&self) -> Limits {
        Limits::grant(&self.manifest.limits)
    }

    /// Binds it to columns of a table; `fields` are all columns of the table as the plugin will be handed them.
    ///
    /// # Errors
    /// [`Error::Binding`], with what does not fit and what would.
    pub fn bind(self: &Arc<Self>, binding: &CheckBinding, fields: &[Field]) -> Result<Bound> {
        Bound::new(self.clone(), binding, fields)
    }

    /// Links what the kind may have; `lookup` only where there is something to look into.
    pub(crate) fn link(&self, with_lookup: bool) -> wasmtime::Result<InstancePre<State>> {
        let mut linker = Linker::new(&self.shared.engine);
        let granted = grants::imports(self.manifest.kind).iter().copied();
        let is_granted = |interface: &str| {
            self.admitted
                .as_ref()
                .is_none_or(|admitted| admitted.interfaces.contains(interface))
        };
        let granted: Vec<&str> = granted
            .filter(|interface| with_lookup || *interface != "lookup")
            .filter(|interface| is_granted(interface))
            .collect();
        state::link(&mut linker, &granted)?;
        linker.instantiate_pre(&self.component)
    }

    /// Really makes an instance, under limits: linking alone misses a record that changed.
    fn try_out(&self) -> Result<()> {
        let mut store = guest::store(
            &self.shared,
            self.limits(),
            Arc::default(),
            |meter, clock| State {
                resources: ResourceTable::new(),
                meter,
                clock,
                settings: Arc::default(),
                findings: Findings::default(),
                lines: Lines::new(&self.manifest.name, false),
                usage: Usage::default(),
                capabilities: Capabilities::default(),
            },
        );
        let attempt = self
            .link(!self.manifest.lookups.is_empty())
            .and_then(|linked| match self.manifest.kind {
                CheckKind::Check => bindings::check::CheckPre::new(linked)?
                    .instantiate(&mut store)
                    .map(drop),
                CheckKind::Transform => bindings::transform::TransformPre::new(linked)?
                    .instantiate(&mut store)
                    .map(drop),
                CheckKind::Probe => bindings::probe::ProbePre::new(linked)?
                    .instantiate(&mut store)
                    .map(drop),
            });
        attempt.map_err(|error| Error::Instantiate {
            plugin: self.manifest.name.clone(),
            reason: describe(&error),
        })
    }
}
