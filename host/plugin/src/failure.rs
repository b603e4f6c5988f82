//! Why a guest was stopped, in words for whoever reads the report.

use std::fmt;
use std::time::Duration;

use limosa_model::TableName;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::Error;
use crate::limits::{HANDLES, HOSTCALL_BYTES, MESSAGE_CHARACTERS};
use crate::visible::is_hidden;

/// Why the host ends a guest; travels through wasmtime as an error and is found again by type.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "it ran for more than {limit:?} in one call (limit `batch_milliseconds` of its manifest, at most 60 seconds)"
    )]
    Deadline { limit: Duration },
    #[error("it ran for more than {limit:?} to start, the most that there is for that")]
    Start { limit: Duration },
    #[error("it ran for more than {limit:?} in all, the most that one session gets")]
    Session { limit: Duration },
    #[error("it asked for more than {} MiB of memory (limit `memory_mib` of its manifest, at most 128)", limit >> 20)]
    Memory { limit: usize },
    #[error("all plugins together asked for more than {} MiB of memory; run fewer checks at once", limit >> 20)]
    Budget { limit: usize },
    #[error("the session was dropped")]
    Stopped,
    /// The guest did what the interface forbids.
    #[error("{0}")]
    Misuse(String),
    /// A capability could not be provided.
    #[error("{0}")]
    Host(String),
}

/// Whether a guest was ended for what it asked for, and may not have: time, memory, stack, handles, or what no plugin gets.
pub(crate) fn is_denial(error: &wasmtime::Error) -> bool {
    match (
        error.downcast_ref::<Refusal>(),
        error.downcast_ref::<Trap>(),
    ) {
        (Some(refusal), _) => refusal.is_denial(),
        (None, Some(trap)) => *trap == Trap::StackOverflow,
        (None, None) => limit_of_wasmtime(error).is_some(),
    }
}

impl Refusal {
    fn is_denial(&self) -> bool {
        match self {
            Self::Start { .. }
            | Self::Deadline { .. }
            | Self::Session { .. }
            | Self::Memory { .. }
            | Self::Misuse(_) => true,
            // Of which the guest knows nothing.
            Self::Budget { .. } | Self::Stopped | Self::Host(_) => false,
        }
    }
}

/// What a guest was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Starting,
    Opening,
    /// Counted from 1.
    Batch(u64),
    Closing,
    Probing,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("on starting"),
            Self::Opening => f.write_str("in `open`"),
            Self::Batch(number) => write!(f, "batch {number}"),
            Self::Closing => f.write_str("in `close`"),
            Self::Probing => f.write_str("in `run`"),
        }
    }
}

/// A guest that cannot go on; kept, so that every later call can say the same.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) plugin: String,
    pub(crate) table: TableName,
    pub(crate) step: Step,
    pub(crate) reason: String,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Stopped {
            plugin: failure.plugin,
            table: failure.table,
            step: failure.step.to_string(),
            reason: failure.reason,
        }
    }
}

/// An error of linking or starting, in plain words.
pub(crate) fn describe(error: &wasmtime::Error) -> String {
    if let Some(reason) = known(error) {
        return reason;
    }
    // A call carries the guest's stack as context; a linking error carries the names.
    if error.is::<WasmBacktrace>() {
        return describe_crossing(error);
    }
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    bounded(&chain.join(": "))
}

/// An error of a call into a guest, in plain words: what nobody here refused was wrong with a value that crossed.
pub(crate) fn describe_call(error: &wasmtime::Error) -> String {
    known(error).unwrap_or_else(|| describe_crossing(error))
}

/// What is told by its type.
fn known(error: &wasmtime::Error) -> Option<String> {
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        tracing::debug!(%backtrace, "a plugin trapped");
    }
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return Some(refusal.to_string());
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return Some(describe_trap(*trap));
    }
    error.downcast_ref::<PoolConcurrencyLimitError>().map(|full| {
        format!(
            "there was no room for one more plugin instance ({full}); run fewer checks or loaders"
        )
    })
}

/// The words of wasmtime for a value that cannot cross. It has no types for them; the two that name a limit of ours are found by
/// their text, which the tests hold.
fn describe_crossing(error: &wasmtime::Error) -> String {
    limit_of_wasmtime(error).unwrap_or_else(|| {
        format!(
            "what it handed over breaks the rules of the interface: {}",
            bounded(&error.root_cause().to_string())
        )
    })
}

fn limit_of_wasmtime(error: &wasmtime::Error) -> Option<String> {
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        let most = HOSTCALL_BYTES >> 20;
        return Some(format!("it handed over more than {most} MiB at once"));
    }
    let too_many = format!("it held more than {HANDLES} handles at once");
    cause
        .contains("store handle limit exceeded")
        .then_some(too_many)
}

fn describe_trap(trap: Trap) -> String {
    match trap {
        Trap::StackOverflow => "it called itself too deeply: its stack of 512 KiB is full".into(),
        Trap::UnreachableCodeReached => {
            "it panicked, or reached a point that its author took for unreachable".into()
        }
        Trap::MemoryOutOfBounds => "it reached outside its own memory".into(),
        Trap::IntegerDivisionByZero => "it divided by zero".into(),
        Trap::CannotLeaveComponent => {
            "it called the host while it was only to make room for a value, or to clean up".into()
        }
        trap => format!("it trapped: {trap}"),
    }
}

/// A guest's text for a report: one line, bounded.
pub(crate) fn bounded(text: &str) -> String {
    let line = text.chars().map(|character| {
        if character.is_control() {
            ' '
        } else if is_hidden(character) {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    });
    let mut shown: String = line.take(MESSAGE_CHARACTERS).collect();
    if text.chars().nth(MESSAGE_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_found_through_context() {
        let error = wasmtime::Error::from(Refusal::Memory { limit: 64 << 20 })
            .context("calling memory.grow");
        assert_eq!(
            describe(&error),
            "it asked for more than 64 MiB of memory (limit `memory_mib` of its manifest, at most 128)"
        );
    }

    #[test]
    fn text_is_one_bounded_line() {
        assert_eq!(bounded("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(bounded("gpj\u{202e}exe"), "gpj\u{fffd}exe");
        assert_eq!(
            bounded(&"x".repeat(9_999)).chars().count(),
            MESSAGE_CHARACTERS + 1
        );
    }
}
