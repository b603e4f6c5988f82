//! What wit-bindgen generates from the WIT package: the only unsafe code, and the only place that sees it.
//!
//! Each world has a module of its own. Their imports are described once per module and dropped from the
//! component where nothing calls them; exports are described by the registration macro alone, in the
//! plugin's own crate. So a plugin carries the export of its one world, however many worlds are here.
#![allow(
    unsafe_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    elided_lifetimes_in_paths,
    clippy::pedantic,
    clippy::use_self,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::allow_attributes_without_reason,
    reason = "generated code, calling the canonical ABI"
)]

/// The world `check-with-lookup`; a check that looks nothing up imports no lookup.
pub mod check {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "check-with-lookup",
        pub_export_macro: true,
        export_macro_name: "export_check",
        default_bindings_module: "limosa_sdk::registration::check",
        generate_all,
    });
}

/// The world `transform`.
pub mod transform {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "transform",
        pub_export_macro: true,
        export_macro_name: "export_transform",
        default_bindings_module: "limosa_sdk::registration::transform",
        with: {
            "limosa:plugin/rows@0.1.0": crate::bindings::check::limosa::plugin::rows,
            "limosa:plugin/settings@0.1.0": crate::bindings::check::limosa::plugin::settings,
            "limosa:plugin/log@0.1.0": crate::bindings::check::limosa::plugin::log,
        },
        generate_all,
    });
}

/// The world `probe`.
pub mod probe {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "probe",
        pub_export_macro: true,
        export_macro_name: "export_probe",
        default_bindings_module: "limosa_sdk::registration::probe",
        with: {
            "limosa:plugin/rows@0.1.0": crate::bindings::check::limosa::plugin::rows,
            "limosa:plugin/settings@0.1.0": crate::bindings::check::limosa::plugin::settings,
            "limosa:plugin/log@0.1.0": crate::bindings::check::limosa::plugin::log,
            "limosa:plugin/findings@0.1.0": crate::bindings::check::limosa::plugin::findings,
        },
        generate_all,
    });
}

pub(crate) use check::limosa::plugin::{findings, log, lookup, rows, settings};
pub(crate) use probe::limosa::plugin::query;
pub(crate) use transform::limosa::plugin::output;
