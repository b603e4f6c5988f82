//! The command line: every command and option, with help that teaches.

mod plugin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use plugin::{
    BenchArguments, BuildArguments, GrantArguments, InspectArguments, InstallArguments,
    KeygenArguments, NewArguments, PluginCommand, QualifyArguments, RemoveArguments,
    RevokeArguments, ShowArguments, SignArguments, TestArguments, UpdateArguments,
};

use limosa::{CheckBinding, ColumnTreatment, OnFinding, OnMisfit, ProbeUrls, Settings, TableName};

/// Moves a database to another engine, with sandboxed checks on every row, and says plainly what it did.
#[derive(Debug, Parser)]
#[command(
    name = "limosa",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Databases are named by URLs:
  sqlite:PATH                                a file
  postgres://USER:PASSWORD@HOST/DATABASE     PostgreSQL
  mysql://USER:PASSWORD@HOST/DATABASE        MySQL or MariaDB

Start with:
  limosa demo                                see it at work, in ten seconds
  limosa plan sqlite:app.db postgres://…     see what would happen to your database
  limosa migrate sqlite:app.db postgres://…  make it happen

Exit status: 0 success, 1 failure, 2 success with warnings, 64 wrong usage."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// What is printed: `text` for people, `json` for programs (one document on stdout; everything else goes to stderr).
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Say more: what the program does, step by step, on stderr.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Write a log of JSON lines to this file [default: a migration keeps one in `logs` of the state folder].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// The configuration [default: limosa.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the journal and logs [default: .limosa].
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) state_folder: Option<PathBuf>,
    /// The folder of reports [default: reports in the state folder].
    #[arg(
        long,
        visible_alias = "report-dir",
        global = true,
        value_name = "FOLDER"
    )]
    pub(crate) report_folder: Option<PathBuf>,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a small clinic database with planted defects, migrate it, and show what was found.
    Demo(DemoArguments),
    /// Fill an empty database with made-up tables, to try a migration or a check on.
    Generate(GenerateArguments),
    /// Write a commented limosa.toml.
    Init(InitArguments),
    /// Show what a migration would do: types, keys, definitions, and what cannot be carried.
    Plan(PlanArguments),
    /// Run checks over a database and write nothing.
    #[command(after_help = "\
Checks are written PLUGIN:TABLE.COLUMN[,COLUMN…][->TABLE.COLUMN][?SETTING=VALUE[&…]], for example
  --check 'negative-amounts:transactions.amount'
  --check 'orphaned-records:medications.patient_id->patients.id'
  --check 'value-format:users.email?format=email'
  --check './my-check.wasm:orders.total'")]
    Check(CheckArguments),
    /// Migrate a database: copy every row, check it on its way, compare every value, or undo.
    #[command(after_help = "\
A run that was killed, stopped or cut off goes on where it stopped when the same command is given again. A run
that fails for its data (a check, a value that does not fit, a difference) removes what it created.")]
    Migrate(MigrateArguments),
    /// Compare both databases and run the checks on the target; on the source alone if no target is named.
    Validate(ValidateArguments),
    /// Compare two databases value by value.
    Diff(DiffArguments),
    /// Remove what an unfinished migration created in the target.
    Rollback(RollbackArguments),
    /// Show the migrations that are not over.
    Status,
    /// Show all migrations, or every event of one.
    History(HistoryArguments),
    /// Show an earlier report again, or render it as HTML.
    Report(ReportArguments),
    /// Review and install plugins.
    #[command(subcommand)]
    Plugin(PluginCommand),
}

/// Source and target.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ends {
    /// The database to read: a URL. Taken from the configuration if it is not given.
    pub(crate) source: Option<String>,
    /// The database that is, or was, migrated to: a URL. Taken from the configuration if it is not given.
    pub(crate) target: Option<String>,
}

/// Which tables.
#[derive(Clone, Debug, Args)]
pub(crate) struct Tables {
    /// Only this table; may be given several times.
    #[arg(long = "table", value_name = "TABLE")]
    pub(crate) tables: Vec<TableName>,
    /// Not this table; may be given several times.
    #[arg(long, value_name = "TABLE")]
    pub(crate) exclude: Vec<TableName>,
}

/// Where it is told what plugins did.
#[derive(Clone, Debug, Args)]
pub(crate) struct Metrics {
    /// Write what the plugins did to this file, as metrics in Prometheus' text format, when the run is over.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
}

/// Which plugins change what.
#[derive(Clone, Debug, Args)]
pub(crate) struct Transforms {
    /// A transform of a column, written like a check: 'fixed-decimal:transactions.amount?scale=2'. It runs on every row on
    /// its way; a comparison runs it over the source. Where it makes other rows, the table that they are for follows with its
    /// key: 'split-values:articles.tags=>article_tags.id,position'.
    #[arg(long = "transform", value_name = "TRANSFORM")]
    pub(crate) transforms: Vec<CheckBinding>,
}

/// What is said about values.
#[derive(Clone, Debug, Args)]
pub(crate) struct Values {
    /// How a column is carried: 'orders.paid_at?type=timestamp&epoch=ms&on-misfit=quarantine'; may be given several times.
    /// There are type, epoch (days, s, ms, us, julian-day), rounding (exact, half-even), encoding, and on-misfit (stop,
    /// quarantine, null).
    #[arg(long = "column", value_name = "TREATMENT")]
    pub(crate) columns: Vec<ColumnTreatment>,
    /// What becomes of a value that does not fit the target [default: stop].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) on_misfit: Option<MisfitPolicy>,
}

/// What becomes of values that do not fit.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MisfitPolicy {
    /// The run fails before anything is made, and names them.
    Stop,
    /// Their rows go to the table limosa_quarantine of the target, with key, reason and every original value.
    Quarantine,
}

/// Which plugins look at what, and what follows.
#[derive(Clone, Debug, Args)]
pub(crate) struct Checks {
    /// A check on every row; may be given several times.
    #[arg(long = "check", value_name = "CHECK")]
    pub(crate) checks: Vec<CheckBinding>,
    /// What findings of severity error lead to.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) on_finding: Option<FindingPolicy>,
    /// Findings that are known and accepted: a file that --findings wrote. Rows of tables without a key are never accepted:
    /// a number says nothing of the row that has it next time.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the key of every finding, accepted or not, to this file: one line of JSON each.
    #[arg(long, value_name = "FILE")]
    pub(crate) findings: Option<PathBuf>,
    /// Show what plugins write to their log, and their own words where they give up, on stderr. Both may hold values.
    #[arg(long)]
    pub(crate) plugin_log: bool,
}

/// What findings of severity error lead to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FindingPolicy {
    /// The run fails; a migration is undone.
    Stop,
    /// The rows are carried as they are, and the report says so.
    Report,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where the two databases and the report go; what an earlier demonstration left there is replaced.
    #[arg(default_value = "limosa-demo")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// The database to fill: a URL. It must hold no tables.
    pub(crate) database: String,
    /// The same seed makes the same database.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// How many tables.
    #[arg(long, default_value_t = 3, value_name = "TABLES")]
    pub(crate) tables: u64,
    /// How many rows each of them gets.
    #[arg(long, default_value_t = 100, value_name = "ROWS")]
    pub(crate) rows: u64,
    /// Make them of what breaks migrations: odd types, names and values, and such as other engines do not hold.
    #[arg(long)]
    pub(crate) nasty: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The file to write; it must not be there yet.
    #[arg(default_value = "limosa.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Show the statements that make the target, too.
    #[arg(long)]
    pub(crate) ddl: bool,
    /// Show what the values of each column are like: kinds, ranges, lengths, digits, and what texts look like.
    #[arg(long)]
    pub(crate) profile: bool,
    /// Prove that each value would come home in the same bytes, if the target were migrated back, or show those that would not.
    #[arg(long)]
    pub(crate) round_trip: bool,
    #[command(flatten)]
    pub(crate) ends: Ends,
    #[command(flatten)]
    pub(crate) tables: Tables,
    #[command(flatten)]
    pub(crate) transforms: Transforms,
    #[command(flatten)]
    pub(crate) values: Values,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The database to read: a URL. Taken from the configuration if it is not given.
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) tables: Tables,
    #[command(flatten)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) metrics: Metrics,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    #[command(flatten)]
    pub(crate) ends: Ends,
    #[command(flatten)]
    pub(crate) tables: Tables,
    #[command(flatten)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) transforms: Transforms,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) metrics: Metrics,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// Write the statements that would make the target equal to this file, in the target's SQL. Nothing is run.
    #[arg(long, value_name = "FILE")]
    pub(crate) repair: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ends: Ends,
    #[command(flatten)]
    pub(crate) tables: Tables,
    #[command(flatten)]
    pub(crate) transforms: Transforms,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) metrics: Metrics,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArguments {
    #[command(flatten)]
    pub(crate) ends: Ends,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    #[command(flatten)]
    pub(crate) ends: Ends,
    #[command(flatten)]
    pub(crate) tables: Tables,
    #[command(flatten)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) transforms: Transforms,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) metrics: Metrics,
    /// Plan, look at the target, run the checks over the source; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before the first write.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Rows to a chunk, that is to a transaction of the target [default: chosen by the table's size].
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) batch_size: Option<u64>,
    /// How often a chunk is tried again after a failure that may pass [default: 3].
    #[arg(long, value_name = "TIMES")]
    pub(crate) retry_attempts: Option<usize>,
    /// Leave out the probes of the source before anything is written.
    #[arg(long)]
    pub(crate) skip_pre_validation: bool,
    /// Leave out the comparison of every value after the copy.
    #[arg(long)]
    pub(crate) skip_post_validation: bool,
    /// Keep what was created when the migration fails for its data.
    #[arg(long)]
    pub(crate) no_rollback: bool,
    /// Go on although the target holds other tables.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    /// A migration: all its events are shown.
    pub(crate) migration: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The report: a JSON file, or the start of its name in the report folder [default: the latest].
    pub(crate) report: Option<String>,
    /// Write it as HTML to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

impl Common {
    /// The settings of the configuration file, or what holds without one.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let default = PathBuf::from("limosa.toml");
        let mut settings = match &self.config {
            Some(path) => Settings::read(path)?,
            None if default.exists() => Settings::read(&default)?,
            None => Settings::of(""),
        };
        if let Some(folder) = &self.state_folder {
            settings.state_folder.clone_from(folder);
            settings.report_folder = folder.join("reports");
        }
        if let Some(folder) = &self.report_folder {
            settings.report_folder.clone_from(folder);
        }
        Ok(settings)
    }
}

impl Ends {
    /// What is said on the command line goes before what the configuration says.
    pub(crate) fn apply(&self, settings: &mut Settings) {
        if let Some(source) = &self.source {
            settings.source.clone_from(source);
            // A target of the configuration belongs to its own source.
            settings.target.clone_from(&self.target);
            // So do the users of probes.
            settings.probe_urls = ProbeUrls::default();
        }
    }
}

impl Tables {
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings
            .options
            .plan
            .include
            .extend(self.tables.iter().cloned());
        settings
            .options
            .plan
            .exclude
            .extend(self.exclude.iter().cloned());
    }
}

impl Metrics {
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.metrics = self.metrics.clone().or(settings.metrics.take());
    }
}

impl Transforms {
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.transforms.extend(self.transforms.iter().cloned());
    }
}

impl Values {
    pub(crate) fn apply(&self, settings: &mut Settings) {
        let treatments = &mut settings.options.plan.treatments;
        match self.on_misfit {
            Some(MisfitPolicy::Stop) => treatments.on_misfit = OnMisfit::Stop,
            Some(MisfitPolicy::Quarantine) => treatments.on_misfit = OnMisfit::Quarantine,
            None => {}
        }
        for said in &self.columns {
            let place = (said.table.clone(), said.column.clone());
            treatments.columns.insert(place, said.treatment.clone());
        }
    }
}

impl Checks {
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.checks.extend(self.checks.iter().cloned());
        match self.on_finding {
            Some(FindingPolicy::Stop) => settings.options.on_finding = OnFinding::Stop,
            Some(FindingPolicy::Report) => settings.options.on_finding = OnFinding::Report,
            None => {}
        }
        settings.baseline = self.baseline.clone().or(settings.baseline.take());
        settings.findings = self.findings.clone().or(settings.findings.take());
        settings.plugin_log |= self.plugin_log;
    }
}
