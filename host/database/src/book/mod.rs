//! The books of a migration inside its target: who holds it (lease), what is copied (ledger), what was created;
//! and, outliving it, the quarantine of rows that did not fit.
//!
//! Progress of data lives with the data: a chunk's ledger row commits with its rows. The lease carries an epoch
//! that only grows; whoever loads under an older one is refused.

mod books;
mod created;
mod lease;
mod ledger;
mod quarantine;
mod takeover;

pub(crate) use books::is_own;
pub use books::{BOOKS, Book, QUARANTINE};
pub use lease::Lease;
pub(crate) use lease::session_name;
pub use ledger::Entry;
pub(crate) use ledger::{Opening, close_chunk, open_chunk};
pub use takeover::{Acquired, Holder};
