//! What plugins did in a run, as metrics in Prometheus' text format.
//!
//! A run ends, so nobody can scrape it: the metrics are a file, replaced with each run, that a collector of such files reads
//! (`--collector.textfile` of the node exporter).

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use limosa_model::{Allowed, CheckReport, Report, TransformReport, Usage};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::whole_file::{folder_of, write_whole};
use crate::{Error, Result};

/// The metrics of a run.
///
/// # Errors
/// If they cannot be put into words, which is a mistake of this program.
pub fn render_metrics(report: &Report) -> Result<String> {
    let mut registry = Registry::with_prefix("limosa");
    registry.register_collector(Box::new(Run::of(report)));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| Error::Internal {
        message: error.to_string(),
    })?;
    Ok(text)
}

/// How such a file begins: of another one nothing is lost.
const BEGINNING: &[u8] = b"# HELP limosa_";

/// Writes the metrics of a run in the place of those of the run before.
///
/// # Errors
/// If the file cannot be written, or is no file of metrics.
pub fn write_metrics(report: &Report, file: &Path) -> Result<()> {
    let text = render_metrics(report)?;
    let place = place_of(file)?;
    write_whole(&place, text.as_bytes()).map_err(|error| not_written(file, &error))
}

/// Finds out, before the work rather than after hours of it, that metrics can be written there, and take the place of nothing but metrics.
///
/// # Errors
/// As for writing them.
pub fn check_metrics_file(file: &Path) -> Result<()> {
    let place = place_of(file)?;
    tempfile::tempfile_in(folder_of(&place))
        .map(drop)
        .map_err(|error| not_written(file, &error))
}

/// Where they go: a link stays one.
fn place_of(file: &Path) -> Result<PathBuf> {
    let Ok(place) = fs::canonicalize(file) else {
        return Ok(file.to_owned());
    };
    let mut beginning = Vec::new();
    // No device is opened, and no pipe, which would wait for its other end.
    if place.is_file() {
        File::open(&place)
            .and_then(|file| {
                file.take(BEGINNING.len() as u64)
                    .read_to_end(&mut beginning)
            })
            .map_err(|error| not_written(file, &error))?;
        if beginning.is_empty() || beginning == BEGINNING {
            return Ok(place);
        }
    }
    Err(Error::configuration(format!(
        "--metrics {}: there is something else, which would be lost; name a file that is not there, or one of metrics",
        file.display()
    )))
}

fn not_written(file: &Path, error: &std::io::Error) -> Error {
    let reason = error.kind();
    Error::configuration(format!(
        "--metrics {}: metrics cannot be written there: {reason}",
        file.display()
    ))
}

/// A plugin bound to a table, and what it did.
#[derive(Debug)]
struct Bound {
    /// In the order of [`LABELS`].
    labels: [String; 5],
    usage: Usage,
    allowed: Allowed,
    found: u64,
}

const LABELS: [&str; 5] = ["binding", "plugin", "version", "table", "at"];

impl From<&CheckReport> for Bound {
    fn from(check: &CheckReport) -> Self {
        let labels = [
            &check.check,
            &check.plugin,
            &check.version,
            &check.table.to_string(),
            &check.at,
        ];
        let add = |all: u64, more: &u64| all.saturating_add(*more);
        Self {
            labels: labels.map(Clone::clone),
            usage: check.usage.clone(),
            allowed: check.allowed,
            found: check.findings.values().fold(0, add),
        }
    }
}

impl From<&TransformReport> for Bound {
    fn from(transform: &TransformReport) -> Self {
        let labels = [
            &transform.transform,
            &transform.plugin,
            &transform.version,
            &transform.table.to_string(),
            // Wherever its rows are wanted.
            &String::new(),
        ];
        Self {
            labels: labels.map(Clone::clone),
            usage: transform.usage.clone(),
            allowed: transform.allowed,
            found: 0,
        }
    }
}

/// A name, what it means, and the figure of one plugin.
type Metric = (&'static str, &'static str, fn(&Bound) -> u64);

const COUNTS: [Metric; 8] = [
    (
        "plugin_rows",
        "Rows that were handed to the plugin.",
        |of| of.usage.rows,
    ),
    ("plugin_instances", "Instances that were started.", |of| {
        of.usage.sessions
    }),
    (
        "plugin_denials",
        "What it asked for and did not get; each ended an instance.",
        |of| of.usage.denied,
    ),
    ("plugin_looked_up_keys", "Keys that it looked up.", |of| {
        of.usage.looked_up
    }),
    ("plugin_statements", "Statements that it ran.", |of| {
        of.usage.statements
    }),
    (
        "plugin_statement_rows",
        "Rows that its statements answered with.",
        |of| of.usage.statement_rows,
    ),
    (
        "plugin_log_lines",
        "Lines that it wrote to its log, shown or not.",
        |of| of.usage.log_lines,
    ),
    (
        "plugin_findings",
        "Rows that it found, of all codes, before the baseline.",
        |of| of.found,
    ),
];

/// In nanoseconds.
const TIMES: [Metric; 2] = [
    ("plugin_processor", "Processor time that it took.", |of| {
        of.usage.processor_nanoseconds
    }),
    (
        "plugin_waiting",
        "Time that it waited for lookups and statements.",
        |of| of.usage.waited_nanoseconds,
    ),
];

const BYTES: [Metric; 2] = [
    (
        "plugin_peak_memory",
        "The most memory that one instance held.",
        |of| of.usage.peak_memory_bytes,
    ),
    (
        "plugin_allowed_memory",
        "The most memory that one instance may hold.",
        |of| of.allowed.memory_bytes,
    ),
];

/// Of the time of a call: 67 seconds, where the most that a manifest may ask for is 60.
const LONGEST: u32 = 26;

/// A run that is over.
#[derive(Debug)]
struct Run {
    command: String,
    migration: String,
    outcome: &'static str,
    seconds: f64,
    plugins: Vec<Bound>,
}

impl Run {
    fn of(report: &Report) -> Self {
        let checks = report.checks.iter().map(Bound::from);
        let transforms = report.transforms.iter().map(Bound::from);
        Self {
            command: report.command.clone(),
            migration: report.migration.clone(),
            outcome: report.outcome.name(),
            seconds: report.seconds,
            plugins: checks.chain(transforms).collect(),
        }
    }

    /// One series for each plugin and table.
    fn series(
        &self,
        mut family: MetricEncoder<'_>,
        encode: impl Fn(&mut MetricEncoder<'_>, &Bound) -> fmt::Result,
    ) -> fmt::Result {
        for plugin in &self.plugins {
            let named = LABELS
                .into_iter()
                .zip(plugin.labels.iter().map(String::as_str));
            let labels: Vec<(&str, &str)> = named.filter(|(_, value)| !value.is_empty()).collect();
            encode(&mut family.encode_family(&labels)?, plugin)?;
        }
        Ok(())
    }
}

impl Collector for Run {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (seconds, bytes) = (Some(&Unit::Seconds), Some(&Unit::Bytes));
        let counter = MetricType::Counter;
        let labels = [
            ("command", self.command.as_str()),
            ("migration", &self.migration),
            ("outcome", self.outcome),
        ];
        encoder
            .encode_descriptor(
                "run",
                "How long the run took, and how it ended.",
                seconds,
                MetricType::Gauge,
            )?
            .encode_family(&labels)?
            .encode_gauge(&self.seconds)?;
        for (name, help, figure) in COUNTS {
            self.series(
                encoder.encode_descriptor(name, help, None, counter)?,
                |metric, of| metric.encode_counter::<NoLabelSet, _, f64>(&figure(of), None),
            )?;
        }
        let help = "Bytes of columns that were copied to the plugin.";
        self.series(
            encoder.encode_descriptor("plugin_copied", help, bytes, counter)?,
            |metric, of| metric.encode_counter::<NoLabelSet, _, f64>(&of.usage.bytes, None),
        )?;
        for (name, help, figure) in TIMES {
            self.series(
                encoder.encode_descriptor(name, help, seconds, counter)?,
                |metric, of| {
                    metric.encode_counter::<NoLabelSet, _, f64>(&in_seconds(figure(of)), None)
                },
            )?;
        }
        for (name, help, figure) in BYTES {
            self.series(
                encoder.encode_descriptor(name, help, bytes, MetricType::Gauge)?,
                |metric, of| metric.encode_gauge(&figure(of)),
            )?;
        }
        let help =
            "Calls into the plugin, by their time; waiting for lookups and statements not counted.";
        self.series(
            encoder.encode_descriptor("plugin_call", help, seconds, MetricType::Histogram)?,
            |metric, of| {
                let sum = in_seconds(of.usage.guest_nanoseconds);
                metric.encode_histogram::<NoLabelSet>(
                    sum,
                    of.usage.calls,
                    &buckets(&of.usage),
                    None,
                )
            },
        )
    }
}

/// Each holds the calls of fewer microseconds than this power of two, and more than the one before. Of all plugins they are the same, so
/// that a quantile can be asked for over several.
fn buckets(usage: &Usage) -> Vec<(f64, u64)> {
    let calls = |digits: u32| {
        usage
            .calls_by_time
            .get(&digits)
            .copied()
            .unwrap_or_default()
    };
    let longer = usage
        .calls_by_time
        .range(LONGEST + 1..)
        .map(|(_, calls)| calls)
        .sum();
    let bounded = (0..=LONGEST).map(|digits| (f64::from(digits).exp2() / 1e6, calls(digits)));
    bounded.chain([(f64::INFINITY, longer)]).collect()
}

fn in_seconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64()
}
