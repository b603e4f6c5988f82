//! A manifest from anybody: read without a panic, and what is understood is written and understood again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limosa_plugin::Manifest;

fuzz_target!(|text: &str| {
    if let Ok(manifest) = Manifest::parse(text) {
        let written = toml::to_string(&manifest).expect("a manifest can be written");
        let again = Manifest::parse(&written).expect("what was written can be read");
        assert_eq!(toml::to_string(&again).ok(), Some(written));
    }
});
