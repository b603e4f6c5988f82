//! A plugin bound to columns of a table: what it was granted, ready to be started any number of times.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use limosa_model::{
    Batch, CheckBinding, CheckKind, CheckOutcome, Engine, Field, Lookup, LookupTarget, Query,
    Severity, Shape, TableName, Usage,
};

use crate::binding::{Fitted, fit};
use crate::bindings::{check, probe, transform};
use crate::limits::Limits;
use crate::manifest::Scope;
use crate::plugin::Plugin;
use crate::session::{CheckSession, RowKey};
use crate::state::{Capabilities, State};
use crate::transform::TransformSession;
use crate::{Error, Result};

/// A binding that was checked against manifest and table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bound {
    inner: Arc<Binding>,
}

pub(crate) struct Binding {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) name: String,
    pub(crate) table: TableName,
    /// The granted columns by role, and where they stand in the table.
    pub(crate) granted: Arc<Shape>,
    pub(crate) positions: Vec<usize>,
    /// The names of those columns in the table.
    pub(crate) columns: Vec<String>,
    pub(crate) settings: Arc<BTreeMap<String, Option<String>>>,
    pub(crate) codes: Vec<(String, Severity, String)>,
    pub(crate) limits: Limits,
    pub(crate) program: Program,
    roles: BTreeMap<String, Vec<String>>,
    lookups: BTreeMap<String, LookupTarget>,
    /// What its sessions used that are over.
    used: Mutex<Usage>,
}

impl Binding {
    /// A session is over.
    pub(crate) fn take_in(&self, usage: &Usage) {
        self.used().merge(usage);
    }

    fn used(&self) -> MutexGuard<'_, Usage> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Linked with what was granted, and nothing else.
pub(crate) enum Program {
    Check(check::CheckPre<State>),
    Transform(transform::TransformPre<State>),
    Probe(probe::ProbePre<State>),
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a session is granted beyond its columns.
#[derive(Clone, Default)]
pub struct Grants {
    /// For each of [`Bound::lookup_targets`], by the same name.
    pub lookups: BTreeMap<String, Arc<dyn Lookup>>,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants")
            .field("lookups", &self.lookups.keys())
            .finish()
    }
}

/// A code that a bound plugin may report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundCode<'a> {
    /// The manifest's name.
    pub code: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// What it means, with names filled in.
    pub message: &'a str,
}

impl Bound {
    pub(crate) fn new(
        plugin: Arc<Plugin>,
        binding: &CheckBinding,
        fields: &[Field],
    ) -> Result<Self> {
        let refuse = |reason: String| Error::Binding {
            plugin: plugin.manifest.name.clone(),
            table: binding.table.clone(),
            reason,
        };
        let fitted = fit(&plugin.manifest, binding, fields).map_err(refuse)?;
        let Fitted {
            positions,
            granted,
            roles,
            settings,
            lookups,
            codes,
        } = fitted;
        let program = Program::link(&plugin, !lookups.is_empty())
            .map_err(|error| refuse(crate::failure::describe(&error)))?;
        let inner = Binding {
            name: binding.to_string(),
            table: binding.table.clone(),
            granted: Shape::new(granted),
            columns: positions
                .iter()
                .map(|&position| fields[position].name.clone())
                .collect(),
            positions,
            settings: Arc::new(settings),
            codes,
            limits: plugin.limits(),
            program,
            roles,
            lookups,
            plugin,
            used: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The binding in its text form: the name of the check in findings and reports.
    pub fn check_name(&self) -> &str {
        &self.inner.name
    }

    /// The plugin.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.inner.plugin
    }

    /// The table.
    pub fn table(&self) -> &TableName {
        &self.inner.table
    }

    /// Where the granted columns stand in the table, in the order of the roles.
    pub fn columns(&self) -> &[usize] {
        &self.inner.positions
    }

    /// What its sessions used that are over, of whatever they were for.
    pub fn used(&self) -> Usage {
        self.inner.used().clone()
    }

    /// How the check is fed.
    pub fn scope(&self) -> Scope {
        self.inner.plugin.manifest.scope
    }

    /// What the plugin is.
    pub fn kind(&self) -> CheckKind {
        self.inner.plugin.manifest.kind
    }

    /// Where it looks keys up, by the manifest's names.
    pub fn lookup_targets(&self) -> &BTreeMap<String, LookupTarget> {
        &self.inner.lookups
    }

    /// What it may report.
    pub fn codes(&self) -> impl Iterator<Item = BoundCode<'_>> {
        let codes = self.inner.codes.iter();
        codes.map(|(code, severity, message)| BoundCode {
            code,
            severity: *severity,
            message,
        })
    }

    /// A session of a check, with an instance of its own. Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Binding`] if the plugin is no check, or a lookup target is not granted.
    pub fn start(&self, grants: &Grants, key: RowKey) -> Result<CheckSession> {
        self.expect(CheckKind::Check)?;
        let mut capabilities = Capabilities::default();
        for (name, target) in &self.inner.lookups {
            let Some(lookup) = grants.lookups.get(name) else {
                return Err(self.refuse(format!(
                    "the lookup `{name}` in {} was not granted",
                    target.table
                )));
            };
            capabilities
                .lookups
                .insert(name.clone(), (target.columns.len(), lookup.clone()));
        }
        Ok(CheckSession::new(self.inner.clone(), capabilities, key))
    }

    /// The columns that a transform makes of the granted ones. Asked once, at planning.
    ///
    /// # Errors
    /// [`Error::Binding`] if the plugin is no transform; [`Error::Stopped`] if it cannot say.
    pub async fn outputs(&self) -> Result<Vec<Field>> {
        self.expect(CheckKind::Transform)?;
        TransformSession::new(self.inner.clone(), None)
            .outputs()
            .await
    }

    /// A session of a transform that makes these columns, as [`Bound::outputs`] said.
    ///
    /// # Errors
    /// [`Error::Binding`] if the plugin is no transform.
    pub fn transform(&self, outputs: &[Field]) -> Result<TransformSession> {
        self.expect(CheckKind::Transform)?;
        Ok(TransformSession::new(
            self.inner.clone(),
            Some(Shape::new(outputs.to_vec())),
        ))
    }

    /// Runs a probe; `quote` writes an identifier as the engine does, `table` is already written so.
    ///
    /// The statements are filled here and now: the future borrows nothing.
    pub fn probe(
        &self,
        query: Arc<dyn Query>,
        engine: Engine,
        quote: &dyn Fn(&str) -> String,
        table: &str,
    ) -> impl Future<Output = CheckOutcome> + Send + use<> {
        let statements = self
            .expect(CheckKind::Probe)
            .and_then(|()| self.statements(engine, quote, table));
        let binding = self.inner.clone();
        async move {
            match statements {
                Ok(statements) => {
                    let capabilities = Capabilities {
                        statements,
                        query: Some(query),
                        asks: Some(binding.plugin.clone()),
                        ..Capabilities::default()
                    };
                    crate::probe::run(binding, capabilities).await
                }
                Err(error) => CheckOutcome::inconclusive(&*binding.name, error.to_string()),
            }
        }
    }

    /// The statements of a probe as an engine will get them: for a person to review.
    ///
    /// # Errors
    /// [`Error::Binding`] if a statement has no text for this engine.
    pub fn statements(
        &self,
        engine: Engine,
        quote: &dyn Fn(&str) -> String,
        table: &str,
    ) -> Result<BTreeMap<String, String>> {
        let manifest = &self.inner.plugin.manifest;
        let statements = manifest
            .filled(engine, &self.inner.roles, quote, table)
            .map_err(|reason| self.refuse(reason))?;
        statements
            .into_iter()
            .map(|(name, text)| match text {
                Some(text) => Ok((name, text)),
                None => {
                    Err(self.refuse(format!("its statement `{name}` has no text for {engine:?}")))
                }
            })
            .collect()
    }

    /// The names of the granted columns in the table, in the order of the roles.
    pub fn column_names(&self) -> &[String] {
        &self.inner.columns
    }

    fn expect(&self, kind: CheckKind) -> Result<()> {
        if self.kind() == kind {
            return Ok(());
        }
        Err(self.refuse(
            format!("it is a {:?}, and was used as a {kind:?}", self.kind()).to_lowercase(),
        ))
    }

    fn refuse(&self, reason: String) -> Error {
        Error::Binding {
            plugin: self.inner.plugin.manifest.name.clone(),
            table: self.inner.table.clone(),
            reason,
        }
    }
}

impl Program {
    fn link(plugin: &Plugin, with_lookup: bool) -> wasmtime::Result<Self> {
        let linked = plugin.link(with_lookup)?;
        Ok(match plugin.manifest.kind {
            CheckKind::Check => Self::Check(check::CheckPre::new(linked)?),
            CheckKind::Transform => Self::Transform(transform::TransformPre::new(linked)?),
            CheckKind::Probe => Self::Probe(probe::ProbePre::new(linked)?),
        })
    }
}

impl Binding {
    /// The granted columns of a batch, named by role, and nothing else.
    pub(crate) fn project(&self, batch: &Batch) -> std::result::Result<Batch, String> {
        let fields = batch.shape().fields();
        for (&position, column) in self.positions.iter().zip(&self.columns) {
            if fields
                .get(position)
                .is_none_or(|field| &field.name != column)
            {
                return Err(format!(
                    "the host handed in a batch without `{column}` as column {position}"
                ));
            }
        }
        batch
            .project(&self.granted, &self.positions)
            .map_err(|error| error.to_string())
    }
}
