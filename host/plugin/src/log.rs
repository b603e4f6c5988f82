//! The interface `log`: lines for a plugin's author, to nowhere unless switched on.

use crate::bindings::log::Host;
use crate::failure::bounded;
use crate::state::State;

/// Lines of one session that are shown; the rest is dropped with a note.
pub(crate) const LINES: u32 = 1_000;

/// Where a session's lines go.
#[derive(Debug)]
pub(crate) struct Lines {
    plugin: String,
    left: u32,
}

impl Lines {
    pub(crate) fn new(plugin: &str, shown: bool) -> Self {
        Self {
            plugin: plugin.to_owned(),
            left: if shown { LINES } else { 0 },
        }
    }

    /// Whether the user wants to see what the plugin says, values and all.
    pub(crate) fn shown(&self) -> bool {
        self.left > 0
    }
}

impl Host for State {
    fn write(&mut self, level: u8, message: String) -> wasmtime::Result<()> {
        self.usage.log_lines += 1;
        let lines = &mut self.lines;
        if lines.left == 0 {
            return Ok(());
        }
        lines.left -= 1;
        let (plugin, message) = (lines.plugin.as_str(), bounded(&message));
        match level {
            0 => tracing::error!(target: "limosa::plugin", plugin, "{message}"),
            1 => tracing::warn!(target: "limosa::plugin", plugin, "{message}"),
            2 => tracing::info!(target: "limosa::plugin", plugin, "{message}"),
            3 => tracing::debug!(target: "limosa::plugin", plugin, "{message}"),
            _ => tracing::trace!(target: "limosa::plugin", plugin, "{message}"),
        }
        if lines.left == 0 {
            tracing::warn!(target: "limosa::plugin", plugin, "{LINES} lines were shown; this session says no more");
        }
        Ok(())
    }
}
