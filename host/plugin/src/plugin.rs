//! The runtime of a process, and the plugins that it loaded.

use std::path::PathBuf;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind, Field, digest};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};

use crate::bound::Bound;
use crate::cache::Cache;
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
    cache: Option<Cache>,
}

impl Runtime {
    /// Starts the engine, its clock and the plugin threads.
    ///
    /// # Errors
    /// [`Error::CacheFolder`] if others could write what is run from there; [`Error::Start`].
    pub fn new(options: Options) -> Result<Self> {
        let shared = Shared {
            engine: crate::engine::engine()?,
            threads: Arc::new(Threads::new(options.threads.max(1))?),
            budget: Budget::new(options.memory),
            log: options.log,
            cache: options.cache_folder.map(Cache::open).transpose()?,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Reads, checks, compiles and tries out a plugin; `origin` names it in errors: a path, or a name.
    ///
    /// Takes as long as the compiler (24 ms for a small Rust plugin, seconds for an interpreter), and blocks.
    ///
    /// # Errors
    /// What is wrong with the file, its manifest, its imports or its start.
    pub fn load(&self, bytes: &[u8], origin: &str) -> Result<Arc<Plugin>> {
        let reading = component::read(bytes, origin)?;
        let digest = digest(bytes);
        let component = match &self.shared.cache {
            Some(cache) => cache.compile(&self.shared.engine, bytes, &digest),
            None => Component::from_binary(&self.shared.engine, bytes),
        };
        let compile = |error: wasmtime::Error| Error::Compile {
            plugin: reading.manifest.name.clone(),
            source: error.into(),
        };
        let plugin = Plugin {
            component: component.map_err(compile)?,
            manifest: reading.manifest,
            imports: reading.imports,
            digest,
            shared: self.shared.clone(),
        };
        plugin.try_out()?;
        Ok(Arc::new(plugin))
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
        let granted: Vec<&str> = granted
            .filter(|interface| with_lookup || *interface != "lookup")
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
