//! Lines for the author while developing: they go nowhere unless the host was told to show them.

use crate::bindings::log;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error = 0,
    /// Something is odd.
    Warning = 1,
    /// Something happened.
    Information = 2,
    /// What the plugin does.
    Debug = 3,
    /// How it does it.
    Trace = 4,
}

/// Writes a line.
pub fn write(level: Level, message: &str) {
    log::write(level as u8, message);
}

/// Says what a panic says before the trap swallows it.
pub(crate) fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        write(Level::Error, &panic.to_string());
    }));
}
