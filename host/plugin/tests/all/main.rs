//! The plugin runtime against real components. One binary: each further one would link wasmtime again.

mod checks;
mod crossing;
mod damaged;
mod floods;
mod guests;
mod handed_back;
mod hostile;
mod house;
mod isolation;
mod lies;
mod loading;
mod probes;
mod readers;
mod transforms;
