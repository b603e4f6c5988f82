//! All end-to-end tests in one binary: each further one would link sqlx and the servers' harness again.

mod independent;
mod servers;
mod tidy;
