//! All end-to-end tests in one binary: each further one would link sqlx and the servers' harness again.

mod cases;
mod conformance;
mod crashes;
mod failures;
mod generated;
mod hostile;
mod independent;
mod migrations;
mod plans;
mod probes;
mod quarantine;
mod readme;
mod servers;
mod sources;
mod tidy;
mod tour;
