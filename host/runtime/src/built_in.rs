//! The plugins that the program carries inside.

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The component of this name.
pub(crate) fn built_in(name: &str) -> Option<&'static [u8]> {
    BUILT_IN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, bytes)| *bytes)
}

/// The names of all of them.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}
