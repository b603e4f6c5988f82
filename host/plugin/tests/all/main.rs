//! The plugin runtime against real components. One binary: each further one would link wasmtime again.

mod checks;
mod guests;
mod hostile;
mod loading;
mod probes;
mod transforms;
