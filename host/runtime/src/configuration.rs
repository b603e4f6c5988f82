//! `limosa.toml`: what a person says about a migration, and where nothing is said, what holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use limosa_model::{
    CheckBinding, LookupTarget, MadeTable, OnMisfit, TableName, Treatment, Treatments, place_of,
};
use limosa_scheduler::{OnFinding, Options, PlanOptions};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::interpolation::interpolate;
use crate::plugins::{LockFile, Signer};
use crate::{Error, Result};

/// What `limosa init` writes.
pub const EXAMPLE: &str = include_str!("limosa.example.toml");

/// Everything that a [`Host`](crate::Host) needs to know.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The URL of the source.
    pub source: String,
    /// The URL of the target, where there is one.
    pub target: Option<String>,
    /// The URLs that probes ask by, and nothing else: of a user who may do less. None: the ordinary ones.
    pub probe_urls: ProbeUrls,
    /// What looks at the rows.
    pub checks: Vec<CheckBinding>,
    /// What changes them.
    pub transforms: Vec<CheckBinding>,
    /// How a migration is run.
    pub options: Options,
    /// Findings that are accepted.
    pub baseline: Option<PathBuf>,
    /// Whether what plugins write to their log is shown. It may hold values.
    pub plugin_log: bool,
    /// Where every finding is written.
    pub findings: Option<PathBuf>,
    /// Which plugins may run.
    pub lock: LockFile,
    /// Who may sign plugins.
    pub signers: Vec<Signer>,
    /// The program that compiles plugins apart: the command line itself. None: they are compiled in the process.
    pub compiler: Option<PathBuf>,
    /// The folder of the journal and logs.
    pub state_folder: PathBuf,
    /// The folder of reports.
    pub report_folder: PathBuf,
    /// Where the metrics of the last run stand.
    pub metrics: Option<PathBuf>,
}

/// The URLs that probes ask the source and the target by.
#[derive(Clone, Debug, Default)]
pub struct ProbeUrls {
    /// The source, once more.
    pub source: Option<String>,
    /// The target, once more.
    pub target: Option<String>,
}

impl Settings {
    /// Source and target, and what holds where nothing is said.
    pub fn between(source: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            target: Some(target.into()),
            ..Self::of("")
        }
    }

    /// A source alone: for checks and plans of one database.
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            lock: LockFile::at("limosa.lock"),
            state_folder: ".limosa".into(),
            report_folder: ".limosa/reports".into(),
            ..Self::default()
        }
    }

    /// Reads a configuration file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// If it cannot be read or understood; the message names the line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::file(format!("read {}", path.display()), error))?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Self::parse(&text, folder, &|name| std::env::var(name).ok())
            .map_err(|message| Error::configuration(format!("{}: {message}", path.display())))
    }

    fn parse(
        text: &str,
        folder: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> std::result::Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let filled = |text: &str| interpolate(text, variable);
        let url = |end: &End| filled(&end.url).map(|url| relative_to(&url, folder));
        let probe_url = |end: &Option<End>| {
            let given = end.as_ref().and_then(|end| end.probe_url.as_ref());
            given
                .map(|given| filled(given).map(|url| relative_to(&url, folder)))
                .transpose()
        };
        let defaults = Self::of("");
        let migration = file.migration;
        let on_finding = match migration.on_finding.as_deref() {
            None | Some("stop") => OnFinding::Stop,
            Some("report") => OnFinding::Report,
            Some(other) => {
                return Err(format!(
                    "on_finding = \"{other}\": write \"stop\" or \"report\""
                ));
            }
        };
        let base = Options::default();
        let options = Options {
            plan: PlanOptions {
                include: migration.tables,
                exclude: migration.exclude,
                chunk_rows: migration.batch_size,
                treatments: Treatments {
                    on_misfit: migration.on_misfit.unwrap_or_default(),
                    columns: treatments(file.columns)?,
                },
                ..PlanOptions::default()
            },
            on_finding,
            retry_attempts: migration.retry_attempts.unwrap_or(base.retry_attempts),
            lease: migration
                .lease_seconds
                .map_or(base.lease, Duration::from_secs),
            ..base
        };
        let path = |given: Option<String>| {
            given
                .map(|given| filled(&given).map(|path| folder.join(path)))
                .transpose()
        };
        Ok(Self {
            source: file
                .source
                .as_ref()
                .map(url)
                .transpose()?
                .unwrap_or_default(),
            target: file.target.as_ref().map(url).transpose()?,
            probe_urls: ProbeUrls {
                source: probe_url(&file.source)?,
                target: probe_url(&file.target)?,
            },
            checks: file
                .checks
                .into_iter()
                .map(|check| check.binding(folder, &filled))
                .collect::<std::result::Result<_, _>>()?,
            transforms: file
                .transforms
                .into_iter()
                .map(|check| check.binding(folder, &filled))
                .collect::<std::result::Result<_, _>>()?,
            options,
            baseline: path(migration.baseline)?,
            plugin_log: false,
            findings: path(migration.findings)?,
            lock: LockFile::at(folder.join("limosa.lock")),
            signers: file.plugins.signers,
            compiler: None,
            state_folder: path(migration.state_folder)?
                .unwrap_or_else(|| folder.join(defaults.state_folder)),
            report_folder: path(migration.report_folder)?
                .unwrap_or_else(|| folder.join(defaults.report_folder)),
            metrics: path(migration.metrics)?,
        })
    }
}

/// By table and column, which a file names as one: `[columns."orders.paid_at"]`.
fn treatments(
    columns: BTreeMap<String, Treatment>,
) -> std::result::Result<BTreeMap<(TableName, String), Treatment>, String> {
    columns
        .into_iter()
        .map(|(place, treatment)| Ok((place_of(&place)?, treatment)))
        .collect()
}

/// For all columns at once: a null is no way out where one does not look at the column.
fn for_all<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<OnMisfit>, D::Error> {
    match OnMisfit::deserialize(deserializer)? {
        OnMisfit::Null => Err(D::Error::custom(
            "on_misfit = \"null\" can be said of a column, not of all; write \"stop\" or \"quarantine\"",
        )),
        other => Ok(Some(other)),
    }
}

/// A SQLite path is relative to the folder of the file that names it.
fn relative_to(url: &str, folder: &Path) -> String {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.starts_with('/') && folder != Path::new(".") => {
            format!("sqlite:{}", folder.join(path).display())
        }
        _ => url.to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Option<End>,
    target: Option<End>,
    #[serde(default)]
    migration: MigrationSection,
    #[serde(default)]
    columns: BTreeMap<String, Treatment>,
    #[serde(default)]
    checks: Vec<Check>,
    #[serde(default)]
    transforms: Vec<Check>,
    #[serde(default)]
    plugins: PluginsSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginsSection {
    #[serde(default)]
    signers: Vec<Signer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    url: String,
    probe_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MigrationSection {
    #[serde(default)]
    tables: Vec<TableName>,
    #[serde(default)]
    exclude: Vec<TableName>,
    batch_size: Option<u64>,
    on_finding: Option<String>,
    #[serde(default, deserialize_with = "for_all")]
    on_misfit: Option<OnMisfit>,
    baseline: Option<String>,
    findings: Option<String>,
    state_folder: Option<String>,
    report_folder: Option<String>,
    metrics: Option<String>,
    retry_attempts: Option<usize>,
    lease_seconds: Option<u64>,
}

/// A check in its text form, or spelled out.
#[derive(Deserialize)]
#[serde(untagged)]
enum Check {
    Text(String),
    Table(CheckTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckTable {
    plugin: String,
    table: TableName,
    columns: Columns,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
    #[serde(default)]
    lookups: BTreeMap<String, LookupTarget>,
    into: Option<MadeTable>,
}

/// Columns in the order of the manifest's roles, or by role.
#[derive(Deserialize)]
#[serde(untagged)]
enum Columns {
    InOrder(Vec<String>),
    ByRole(BTreeMap<String, OneOrMore>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Check {
    fn binding(
        self,
        folder: &Path,
        filled: &dyn Fn(&str) -> std::result::Result<String, String>,
    ) -> std::result::Result<CheckBinding, String> {
        let mut binding = match self {
            Self::Text(text) => filled(&text)?.parse::<CheckBinding>()?,
            Self::Table(table) => table.binding(filled)?,
        };
        if is_path(&binding.plugin) {
            binding.plugin = folder.join(&binding.plugin).display().to_string();
        }
        Ok(binding)
    }
}

impl CheckTable {
    fn binding(
        self,
        filled: &dyn Fn(&str) -> std::result::Result<String, String>,
    ) -> std::result::Result<CheckBinding, String> {
        let columns = match self.columns {
            Columns::InOrder(columns) => columns.into_iter().map(|column| (None, column)).collect(),
            Columns::ByRole(roles) => roles
                .into_iter()
                .flat_map(|(role, columns)| {
                    let columns = match columns {
                        OneOrMore::One(column) => vec![column],
                        OneOrMore::More(columns) => columns,
                    };
                    columns
                        .into_iter()
                        .map(move |column| (Some(role.clone()), column))
                })
                .collect(),
        };
        let settings = self
            .settings
            .into_iter()
            .map(|(name, value)| {
                let text = match value {
                    toml::Value::String(text) => filled(&text)?,
                    other => other.to_string(),
                };
                Ok((name, text))
            })
            .collect::<std::result::Result<_, String>>()?;
        Ok(CheckBinding {
            plugin: self.plugin,
            table: self.table,
            columns,
            settings,
            lookups: self.lookups,
            into: self.into,
        })
    }
}

/// Whether a plugin is named by the path of its file rather than by the name of one inside the program.
pub(crate) fn is_path(plugin: &str) -> bool {
    plugin.contains(['/', '\\'])
        || Path::new(plugin)
            .extension()
            .is_some_and(|extension| extension == "wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> std::result::Result<Settings, String> {
        Settings::parse(text, Path::new("conf"), &|name| {
            (name == "URL").then(|| "postgres://u:p@h/d".to_owned())
        })
    }

    #[test]
    fn the_example_is_a_configuration() {
        let settings = parse(EXAMPLE).unwrap();
        assert!(settings.source.starts_with("sqlite:"), "{settings:?}");
        assert!(!settings.checks.is_empty());
    }

    #[test]
    fn both_forms_of_a_check() {
        let settings = parse(
            "[target]\nurl = '${URL}'\n[[checks]]\nplugin = 'negative-amounts'\ntable = 't'\ncolumns = { amount = 'a' }\nsettings = { minimum = 5 }\n",
        )
        .unwrap();
        assert_eq!(settings.target.as_deref(), Some("postgres://u:p@h/d"));
        assert_eq!(
            settings.checks[0].to_string(),
            "negative-amounts:t.amount=a?minimum=5"
        );
        let settings = parse("checks = ['./own.wasm:t.a']").unwrap();
        assert_eq!(settings.checks[0].plugin, "conf/./own.wasm");
    }

    #[test]
    fn treatments_of_columns() {
        let settings = parse(
            "[migration]\non_misfit = 'quarantine'\n[columns.'orders.paid_at']\ntype = 'timestamp'\nepoch = 'ms'\non_misfit = 'null'\n",
        )
        .unwrap();
        let treatments = settings.options.plan.treatments;
        let said = treatments.of(&TableName::new("orders"), "paid_at");
        assert_eq!(said.on_misfit, Some(OnMisfit::Null));
        assert_eq!(said.epoch, Some(limosa_model::Epoch::Milliseconds));
        let other = treatments.of(&TableName::new("orders"), "id");
        assert_eq!(other.on_misfit, Some(OnMisfit::Quarantine));
        for (text, part) in [
            (
                "[migration]\non_misfit = 'null'\n",
                "can be said of a column",
            ),
            ("[columns.'orders.paid_at']\ntype = 'money'\n", "money"),
            ("[columns.'orders.paid_at']\ncolor = 'red'\n", "color"),
            ("[columns.orders]\ntype = 'text'\n", "names no column"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_its_name() {
        let message = parse("[migration]\nbatchsize = 5\n").unwrap_err();
        assert!(
            message.contains("batchsize") && message.contains("line 2"),
            "{message}"
        );
        let message = parse("[source]\nurl = '${NOT_SET}'\n").unwrap_err();
        assert!(message.contains("NOT_SET"), "{message}");
    }
}
