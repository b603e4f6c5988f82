//! Why no plugin was made.

/// Why no plugin was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The module cannot become a component.
    #[error(
        "The file is no WebAssembly module that can become a plugin: {reason}. \
         Was it built for wasm32-unknown-unknown, with one of the SDK's registration macros?"
    )]
    Component {
        /// What `wit-component` says.
        reason: String,
    },
    /// The component is not valid.
    #[error("The component is not valid WebAssembly.")]
    Invalid {
        /// What is wrong, and where.
        source: wasmparser::BinaryReaderError,
    },
    /// The manifest is too long.
    #[error(
        "The manifest has {bytes} bytes; at most {} are allowed.",
        crate::MAX_MANIFEST_BYTES
    )]
    ManifestTooLong {
        /// Its length.
        bytes: usize,
    },
    /// There is a manifest inside already.
    #[error(
        "The component carries a manifest already: package the module or component that your compiler made."
    )]
    ManifestPresent,
}
