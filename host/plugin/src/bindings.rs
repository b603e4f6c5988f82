//! What wasmtime generates from the WIT package; nothing of it leaves the crate.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::use_self,
    reason = "generated code"
)]

/// The interfaces that the host implements: one `Host` trait each.
pub(crate) mod host {
    wasmtime::component::bindgen!({
        inline: "
            package limosa:host;
            world host {
                import limosa:plugin/rows@0.1.0;
                import limosa:plugin/output@0.1.0;
                import limosa:plugin/findings@0.1.0;
                import limosa:plugin/settings@0.1.0;
                import limosa:plugin/log@0.1.0;
                import limosa:plugin/lookup@0.1.0;
                import limosa:plugin/query@0.1.0;
            }
        ",
        path: "../../wit",
        world: "limosa:host/host",
        imports: { default: trappable },
        with: {
            "limosa:plugin/rows.batch": crate::rows::View,
            "limosa:plugin/output.builder": crate::output::Builder,
        },
    });
}

pub(crate) use host::limosa::plugin::{findings, log, lookup, output, query, rows, settings};

/// What a check exports.
pub(crate) mod check {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "check",
        with: { "limosa:plugin": crate::bindings::host::limosa::plugin },
    });
}

/// What a transform exports.
pub(crate) mod transform {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "transform",
        with: { "limosa:plugin": crate::bindings::host::limosa::plugin },
    });
}

/// What a probe exports.
pub(crate) mod probe {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "probe",
        with: { "limosa:plugin": crate::bindings::host::limosa::plugin },
    });
}
