//! Whether something that was allowed still is: asked before each piece of work, and answered by whoever keeps the reviews.

use std::fmt;

/// A permission that can be taken back at any time.
pub trait Permit: Send + Sync + fmt::Debug {
    /// That it holds now.
    ///
    /// # Errors
    /// Why it does not any more, in a sentence.
    fn holds(&self) -> Result<(), String>;
}
