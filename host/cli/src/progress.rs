//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use limosa::{Observer, Progress, StageOutcome, TableName};

/// How often a plain line is written while a table is at work.
const EVERY: Duration = Duration::from_secs(5);

/// Shows a run to a person.
pub(crate) struct Shown {
    terminal: bool,
    bars: MultiProgress,
    /// Several may be at work at once.
    tables: Mutex<BTreeMap<TableName, Table>>,
}

struct Table {
    bar: ProgressBar,
    work: String,
    rows: u64,
    expected: u64,
    began: Instant,
    told: Instant,
}

impl Shown {
    /// On stderr.
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            terminal,
            bars: MultiProgress::with_draw_target(target),
            tables: Mutex::default(),
        }
    }

    fn say(&self, line: &str) {
        self.bars.suspend(|| anstream::eprintln!("{line}"));
    }

    fn bar(&self, work: &str, rows: u64) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new(rows));
        let style = ProgressStyle::with_template(
            "{msg:32!} {bar:24} {human_pos}/{human_len} rows, {per_sec}, {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.with_message(work.to_owned())
    }
}

impl Observer for Shown {
    fn observe(&self, progress: &Progress) {
        log(progress);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::StageStarted { .. } => {}
            Progress::StageEnded { stage, outcome } => {
                let mark = match outcome {
                    StageOutcome::Completed => "done",
                    StageOutcome::Resumed => "done before",
                    StageOutcome::Skipped => "skipped",
                    StageOutcome::Failed => "failed",
                    StageOutcome::Interrupted => "stopped",
                };
                // Tables whose end was not seen, since they were given up.
                for (_, table) in std::mem::take(&mut *tables) {
                    table.bar.finish_and_clear();
                }
                self.say(&format!("{stage:<24} {mark}"));
            }
            Progress::TableStarted { work, table, rows } => {
                let now = Instant::now();
                let work = format!("{work} {table}");
                let bar = self.bar(&work, *rows);
                let shown = Table {
                    bar,
                    work,
                    rows: 0,
                    expected: *rows,
                    began: now,
                    told: now,
                };
                tables.insert(table.clone(), shown);
            }
            Progress::Rows { table, rows } => {
                let Some(shown) = tables.get_mut(table) else {
                    return;
                };
                shown.rows += rows;
                // An estimate may be too low.
                shown.bar.set_length(shown.expected.max(shown.rows));
                shown.bar.set_position(shown.rows);
                if !self.terminal && shown.told.elapsed() >= EVERY {
                    shown.told = Instant::now();
                    self.say(&line(shown));
                }
            }
            Progress::TableEnded { table } => {
                if let Some(shown) = tables.remove(table) {
                    shown.bar.finish_and_clear();
                }
            }
            Progress::Note { text } => self.say(text),
            _ => {}
        }
    }
}

/// The same for the log, which has rows by chunks already.
fn log(progress: &Progress) {
    match progress {
        Progress::StageStarted { stage } => tracing::info!(%stage, "a stage began"),
        Progress::StageEnded { stage, outcome } => {
            tracing::info!(%stage, ?outcome, "a stage ended")
        }
        Progress::TableStarted { work, table, rows } => {
            tracing::info!(%table, work, rows, "a table began")
        }
        Progress::TableEnded { table } => tracing::info!(%table, "a table ended"),
        Progress::Note { text } => tracing::info!("{text}"),
        _ => {}
    }
}

/// `copy invoice: 1200000 of 4000000 rows, 400000 rows/s, 7 s left`.
fn line(table: &Table) -> String {
    let seconds = table.began.elapsed().as_secs_f64().max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = table.rows as f64 / seconds;
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    let left = table.expected.saturating_sub(table.rows) as f64 / rate.max(1.0);
    format!(
        "{}: {} of {} rows, {rate:.0} rows/s, {left:.0} s left",
        table.work,
        table.rows,
        table.expected.max(table.rows)
    )
}
