//! All end-to-end tests in one binary: each further one would link sqlx and the servers' harness again.

mod addresses;
mod asking;
mod cases;
mod conformance;
mod crashes;
mod failures;
mod fixtures;
mod generated;
mod hostile;
mod independent;
mod metrics;
mod migrations;
mod plans;
mod plugins;
mod probes;
mod quarantine;
mod readme;
mod repair;
mod servers;
mod shapes;
mod sources;
mod strangers;
mod tidy;
mod tour;
mod tutorials;
mod workshop;
