//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use limosa::{Observer, Progress, StageOutcome};

/// How often a plain line is written while a table is at work.
const EVERY: Duration = Duration::from_secs(5);

/// Shows a run to a person.
pub(crate) struct Shown {
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    bar: Option<ProgressBar>,
    work: String,
    rows: u64,
    expected: u64,
    began: Instant,
    told: Instant,
}

impl Shown {
    /// On stderr.
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            bar: None,
            work: String::new(),
            rows: 0,
            expected: 0,
            began: now,
            told: now,
        };
        Self {
            terminal: std::io::stderr().is_terminal(),
            state: Mutex::new(state),
        }
    }

    fn say(&self, state: &State, line: &str) {
        match &state.bar {
            Some(bar) if self.terminal => bar.suspend(|| anstream::eprintln!("{line}")),
            _ => anstream::eprintln!("{line}"),
        }
    }
}

impl Observer for Shown {
    fn observe(&self, progress: &Progress) {
        log(progress);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
                self.say(&state, &format!("{stage:<24} {mark}"));
            }
            Progress::TableStarted { work, table, rows } => {
                state.work = format!("{work} {table}");
                state.rows = 0;
                state.expected = *rows;
                state.began = Instant::now();
                state.told = state.began;
                if self.terminal {
                    let style = ProgressStyle::with_template(
                        "{msg:32!} {bar:24} {human_pos}/{human_len} rows, {per_sec}, {eta} left",
                    );
                    let bar = ProgressBar::new(*rows).with_message(state.work.clone());
                    if let Ok(style) = style {
                        bar.set_style(style);
                    }
                    state.bar = Some(bar);
                }
            }
            Progress::Rows { rows, .. } => {
                state.rows += rows;
                if let Some(bar) = &state.bar {
                    // An estimate may be too low.
                    bar.set_length(state.expected.max(state.rows));
                    bar.set_position(state.rows);
                } else if state.told.elapsed() >= EVERY {
                    state.told = Instant::now();
                    self.say(&state, &line(&state));
                }
            }
            Progress::TableEnded { .. } => {
                if let Some(bar) = state.bar.take() {
                    bar.finish_and_clear();
                }
            }
            Progress::Note { text } => self.say(&state, text),
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
fn line(state: &State) -> String {
    let seconds = state.began.elapsed().as_secs_f64().max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = state.rows as f64 / seconds;
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    let left = state.expected.saturating_sub(state.rows) as f64 / rate.max(1.0);
    format!(
        "{}: {} of {} rows, {rate:.0} rows/s, {left:.0} s left",
        state.work,
        state.rows,
        state.expected.max(state.rows)
    )
}
