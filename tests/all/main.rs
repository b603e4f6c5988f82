//! All end-to-end tests in one binary: each further one would link sqlx and the servers' harness again.

mod asking;
mod cases;
mod conformance;
mod crashes;
mod failures;
mod generated;
mod hostile;
mod independent;
mod migrations;
mod plans;
mod plugins;
mod probes;
mod quarantine;
mod readme;
mod repair;
mod servers;
mod sources;
mod tidy;
mod tour;
