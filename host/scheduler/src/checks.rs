//! Which checks look at which rows: bound once, started for each chunk or table, their findings held against the baseline.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use limosa_database::{Database, lookup, probe as probe_query};
use limosa_model::{
    Batch, Catalogue, CheckKind, CheckOutcome, CheckReport, Code, Field, Key, KeyRange, Observer,
    Plan, Progress, Sample, Shape, TableName, TablePlan,
};
use limosa_plugin::{Bound, CheckSession, Grants, Plugin, RowKey, Scope};
use serde_json::json;

use crate::error::Doing;
use crate::migration::Stop;
use crate::pipeline::read_ahead;
use crate::{Error, Result, unknown_table};

/// Rows a code that a report shows.
pub const SAMPLES: usize = 20;
/// How long a statement of a probe may take.
const STATEMENT: Duration = Duration::from_secs(600);

/// Where a check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// On the source.
    Source,
    /// On the rows as the target will have them, on their way.
    InFlight,
    /// On the target.
    Target,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::InFlight => "in-flight",
            Self::Target => "target",
        })
    }
}

/// A binding with its plugin.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it looks at.
    pub binding: limosa_model::CheckBinding,
    /// What looks.
    pub plugin: Arc<Plugin>,
}

/// Findings that a person has accepted, so that they do not fail a migration again.
#[derive(Clone, Debug, Default)]
pub struct Baseline(BTreeSet<(String, String, Key)>);

impl Baseline {
    /// Reads lines of JSON, each `{"check", "code", "key"}`, as [`Baseline::line`] writes them.
    ///
    /// # Errors
    /// If a line cannot be read; the message names it.
    pub fn parse(text: &str) -> Result<Self> {
        #[derive(serde::Deserialize)]
        struct Line {
            check: String,
            code: String,
            key: Key,
        }
        let mut accepted = BTreeSet::new();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let line: Line = serde_json::from_str(line).map_err(|error| {
                Error::refused(
                    Code::Configuration,
                    format!(
                        "line {} of the baseline cannot be read: {error}",
                        number + 1
                    ),
                )
            })?;
            accepted.insert((line.check, line.code, line.key));
        }
        Ok(Self(accepted))
    }

    /// One finding as a line of a baseline.
    pub fn line(check: &str, code: &str, key: &Key) -> String {
        json!({ "check": check, "code": code, "key": key }).to_string()
    }

    fn apply(&self, outcome: &mut CheckOutcome) {
        if self.0.is_empty() {
            return;
        }
        for findings in &mut outcome.findings {
            let before = findings.rows.len();
            let (check, code) = (outcome.check.clone(), findings.code.clone());
            findings.rows.retain(|row| {
                !self
                    .0
                    .contains(&(check.clone(), code.clone(), row.key.clone()))
            });
            findings.accepted += (before - findings.rows.len()) as u64;
        }
    }
}

/// Where every finding goes, whatever the report shows of them.
#[derive(Clone, Default)]
pub struct FindingLog(Option<Arc<Mutex<dyn Write + Send>>>);

impl FindingLog {
    /// Into a file or whatever else can be written to.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Some(Arc::new(Mutex::new(out))))
    }

    /// Writes the rows of an outcome, one line each. A log that cannot be written to is told about; it stops no migration.
    pub fn write(&self, outcome: &CheckOutcome) {
        let Some(out) = &self.0 else { return };
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        for findings in &outcome.findings {
            for row in &findings.rows {
                if let Err(error) = writeln!(
                    out,
                    "{}",
                    Baseline::line(&outcome.check, &findings.code, &row.key)
                ) {
                    tracing::warn!(%error, "the findings cannot be written");
                    return;
                }
            }
        }
    }
}

impl fmt::Debug for FindingLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FindingLog")
    }
}

/// All checks of a run.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The checks.
    pub all: Vec<Check>,
    /// What was accepted.
    pub baseline: Arc<Baseline>,
}

impl Checks {
    /// The report of each check that has an outcome.
    pub fn reports(&self, outcomes: &BTreeMap<(At, String), CheckOutcome>) -> Vec<CheckReport> {
        outcomes
            .iter()
            .filter_map(|((at, name), outcome)| {
                let check = self
                    .all
                    .iter()
                    .find(|check| check.binding.to_string() == *name)?;
                Some(report(check, *at, outcome))
            })
            .collect()
    }
}

fn report(check: &Check, at: At, outcome: &CheckOutcome) -> CheckReport {
    let manifest = check.plugin.manifest();
    let by_code = |count: fn(&limosa_model::CodeFindings) -> u64| {
        outcome
            .findings
            .iter()
            .map(|findings| (findings.code.clone(), count(findings)))
            .collect::<BTreeMap<_, _>>()
    };
    CheckReport {
        check: outcome.check.clone(),
        plugin: manifest.name.clone(),
        version: manifest.version.to_string(),
        digest: check.plugin.digest().to_owned(),
        table: check.binding.table.clone(),
        at: at.to_string(),
        verdict: outcome.verdict(),
        rows: outcome.rows,
        findings: by_code(|findings| findings.count),
        accepted: by_code(|findings| findings.accepted),
        messages: outcome
            .findings
            .iter()
            .map(|findings| (findings.code.clone(), findings.message.clone()))
            .collect(),
        samples: outcome
            .findings
            .iter()
            .flat_map(|findings| {
                let rows = findings.rows.iter().take(SAMPLES);
                rows.map(|row| Sample {
                    code: findings.code.clone(),
                    row: row.clone(),
                })
            })
            .collect(),
        reason: outcome.inconclusive.clone(),
    }
}

/// Checks bound to the rows of one side, by table.
pub(crate) struct Inspectors {
    by_table: BTreeMap<TableName, Vec<Inspector>>,
    baseline: Arc<Baseline>,
}

struct Inspector {
    bound: Bound,
    grants: Grants,
    key: RowKey,
}

impl Inspectors {
    /// Binds the checks that `wanted` picks to rows of a shape that `fields` gives for a table, with lookups into `database`.
    ///
    /// # Errors
    /// If a table or column is unknown, or a binding does not fit its plugin.
    pub(crate) fn bind(
        checks: &Checks,
        plan: &Plan,
        catalogue: &Catalogue,
        database: &Arc<dyn Database>,
        fields: impl Fn(&TablePlan) -> Vec<Field>,
        wanted: impl Fn(&Bound) -> bool,
    ) -> Result<Self> {
        let mut by_table: BTreeMap<TableName, Vec<Inspector>> = BTreeMap::new();
        for check in &checks.all {
            let table = table_of(check, plan, catalogue)?;
            let fields = fields(table);
            let bound = check.plugin.bind(&check.binding, &fields)?;
            if bound.kind() != CheckKind::Check || !wanted(&bound) {
                continue;
            }
            let mut grants = Grants::default();
            for (name, target) in bound.lookup_targets() {
                let parent = catalogue.table(&target.table).ok_or_else(|| {
                    unknown_table(&target.table, catalogue, &database.endpoint().to_string())
                })?;
                for column in &target.columns {
                    if parent.column(column).is_none() {
                        return Err(unknown_column(&target.table, column, check));
                    }
                }
                // Read as the type of the column that refers to them, so that equal keys are equal values.
                let types = bound
                    .columns()
                    .iter()
                    .map(|&position| fields[position].column_type.clone())
                    .collect();
                grants.lookups.insert(
                    name.clone(),
                    lookup(
                        database.clone(),
                        target.table.clone(),
                        target.columns.clone(),
                        types,
                    ),
                );
            }
            let columns = table
                .key
                .iter()
                .filter_map(|name| fields.iter().position(|field| &field.name == name))
                .collect();
            let key = RowKey {
                columns,
                names: table.key.clone(),
            };
            by_table
                .entry(table.source.clone())
                .or_default()
                .push(Inspector { bound, grants, key });
        }
        Ok(Self {
            by_table,
            baseline: checks.baseline.clone(),
        })
    }

    /// The names of the checks of a table.
    pub(crate) fn names(&self, table: &TableName) -> Vec<String> {
        self.of(table)
            .iter()
            .map(|inspector| inspector.bound.check_name().to_owned())
            .collect()
    }

    fn of(&self, table: &TableName) -> &[Inspector] {
        self.by_table.get(table).map_or(&[], Vec::as_slice)
    }

    /// Starts all checks of a table, each with an instance of its own.
    pub(crate) fn start(&self, table: &TableName) -> Result<Inspection> {
        let sessions = self
            .of(table)
            .iter()
            .map(|inspector| {
                Ok(inspector
                    .bound
                    .start(&inspector.grants, inspector.key.clone())?)
            })
            .collect::<Result<_>>()?;
        Ok(Inspection {
            sessions,
            baseline: self.baseline.clone(),
        })
    }
}

/// Checks at work on the rows of one chunk or table.
pub(crate) struct Inspection {
    sessions: Vec<CheckSession>,
    baseline: Arc<Baseline>,
}

impl Inspection {
    /// Shows a batch to all of them at once. `false`: one of them cannot go on.
    pub(crate) async fn inspect(&mut self, batch: &Batch) -> bool {
        let looks = self
            .sessions
            .iter_mut()
            .map(|session| session.inspect(batch));
        // What went wrong is in the outcome.
        futures_util::future::join_all(looks)
            .await
            .iter()
            .all(std::result::Result::is_ok)
    }

    /// Ends them.
    pub(crate) async fn close(self) -> Vec<CheckOutcome> {
        let mut outcomes = Vec::with_capacity(self.sessions.len());
        for session in self.sessions {
            let mut outcome = session.close().await;
            self.baseline.apply(&mut outcome);
            outcomes.push(outcome);
        }
        outcomes
    }
}

fn table_of<'a>(check: &Check, plan: &'a Plan, catalogue: &Catalogue) -> Result<&'a TablePlan> {
    let name = &check.binding.table;
    let Some(table) = plan.tables.iter().find(|table| &table.source == name) else {
        if catalogue.table(name).is_some() {
            let message = format!(
                "the check {} looks at table {name}, which is left out of the migration",
                check.binding
            );
            return Err(Error::refused(Code::Plan, message));
        }
        return Err(unknown_table(name, catalogue, &plan.source));
    };
    for (_, column) in &check.binding.columns {
        if !table.columns.iter().any(|known| &known.name == column) {
            return Err(unknown_column(name, column, check));
        }
    }
    Ok(table)
}

fn unknown_column(table: &TableName, column: &str, check: &Check) -> Error {
    Error::refused(
        Code::Plan,
        format!(
            "there is no column {column} in table {table}, which the check {} names",
            check.binding
        ),
    )
}

/// Runs the probes.
pub(crate) async fn probe(
    database: &Arc<dyn Database>,
    checks: &Checks,
    plan: &Plan,
    catalogue: &Catalogue,
    at: At,
) -> Result<Vec<CheckOutcome>> {
    let mut outcomes = Vec::new();
    for check in &checks.all {
        let table = table_of(check, plan, catalogue)?;
        let bound = check.plugin.bind(&check.binding, &fields(table, at))?;
        if bound.kind() != CheckKind::Probe {
            continue;
        }
        let dialect = database.dialect();
        let name = dialect.table(if at == At::Target {
            &table.target
        } else {
            &table.source
        });
        let query = probe_query(database.clone(), STATEMENT);
        let mut outcome = bound
            .probe(query, dialect.engine(), &|name| dialect.quote(name), &name)
            .await;
        checks.baseline.apply(&mut outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// The columns of a table as one side has them.
fn fields(table: &TablePlan, at: At) -> Vec<Field> {
    let shape = if at == At::Source {
        table.scanned_shape()
    } else {
        table.carried_shape()
    };
    shape.fields().to_vec()
}

/// What `inspect` looks at: the whole of one database, apart from a migration.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The database.
    pub database: &'a Arc<dyn Database>,
    /// What is in it: for lookups.
    pub catalogue: &'a Catalogue,
    /// The tables.
    pub plan: &'a Plan,
    /// Which side it is.
    pub at: At,
}

/// Runs the checks over whole tables, each table scanned once for all of its checks: probes too if `probes`, and of the
/// checks those that `wanted` picks by their scope.
///
/// # Errors
/// If a binding does not fit or the database cannot be read.
pub async fn inspect(
    subject: &Subject<'_>,
    checks: &Checks,
    wanted: &(dyn Fn(Scope) -> bool + Sync),
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Vec<CheckOutcome>> {
    let Subject {
        database,
        catalogue,
        plan,
        at,
    } = *subject;
    let mut outcomes = probe(database, checks, plan, catalogue, at).await?;
    let inspectors = Inspectors::bind(
        checks,
        plan,
        catalogue,
        database,
        |table| fields(table, at),
        |bound| wanted(bound.scope()),
    )?;
    for table in &plan.tables {
        if inspectors.of(&table.source).is_empty() {
            continue;
        }
        outcomes.extend(inspect_table(subject, &inspectors, table, observer, stop).await?);
    }
    Ok(outcomes)
}

async fn inspect_table(
    subject: &Subject<'_>,
    inspectors: &Inspectors,
    table: &TablePlan,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Vec<CheckOutcome>> {
    observer.observe(&Progress::TableStarted {
        work: "check",
        table: table.source.clone(),
        rows: table.estimated_rows,
    });
    let (name, shape): (&TableName, Arc<Shape>) = match subject.at {
        At::Target => (&table.target, table.carried_shape()),
        At::Source | At::InFlight => (&table.source, table.scanned_shape()),
    };
    let mut inspection = inspectors.start(&table.source)?;
    let mut batches = read_ahead(
        subject.database.clone(),
        name.clone(),
        shape,
        table.key.clone(),
        KeyRange::ALL,
    );
    while let Some(batch) = batches.recv().await {
        if stop.is_requested() {
            return Err(Error::refused(
                Code::Interrupted,
                format!("stopped while checking table {name}"),
            ));
        }
        let batch = batch.doing(|| format!("checking table {name}"))?;
        if !inspection.inspect(&batch).await {
            break;
        }
        observer.observe(&Progress::Rows {
            table: table.source.clone(),
            rows: batch.len() as u64,
        });
    }
    observer.observe(&Progress::TableEnded {
        table: table.source.clone(),
    });
    Ok(inspection.close().await)
}
