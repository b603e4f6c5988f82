//! What is refused before anything runs.

use limosa_model::{CheckBinding, Code};
use limosa_plugin::{Error, Options, Runtime};

use crate::guests::{
    self, MANIFEST, append_section, bare_component, check, component, others_still_work, runtime,
};

/// Loading must fail, with this in the message.
fn refused(bytes: &[u8], expected: &str) {
    let error = runtime().load(bytes, "guest.wasm").unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.code(), Code::Plugin);
}

fn plain() -> Vec<u8> {
    bare_component("check", &check("", "", ""))
}

#[tokio::test]
async fn a_file_that_is_no_plugin() {
    refused(b"", "guest.wasm is not a plugin: it is no WebAssembly file");
    refused(b"#!/bin/sh\necho hello\n", "it is no WebAssembly file");
    refused(
        &wat::parse_str("(module)").unwrap(),
        "it is a bare WebAssembly module",
    );
    refused(&vec![0; (64 << 20) + 1], "it has more than 64 MiB");
    let whole = component("check", &check("", "", ""), MANIFEST);
    for length in [8, 100, whole.len() / 2, whole.len() - 1] {
        let error = runtime().load(&whole[..length], "cut.wasm").unwrap_err();
        assert!(
            matches!(error, Error::NotAPlugin { .. } | Error::Manifest { .. }),
            "{length}: {error}"
        );
    }
    others_still_work().await;
}

#[test]
fn there_is_exactly_one_manifest_and_it_is_the_outermost() {
    refused(&plain(), "there is none");
    let mut doubled = component("check", &check("", "", ""), MANIFEST);
    append_section(&mut doubled, "limosa:manifest", MANIFEST.as_bytes());
    refused(&doubled, "there are 2");
    let mut large = plain();
    append_section(
        &mut large,
        "limosa:manifest",
        format!("{MANIFEST}#{}", "x".repeat(70_000)).as_bytes(),
    );
    refused(&large, "65536 are the most");
    let mut binary = plain();
    append_section(&mut binary, "limosa:manifest", &[0xff]);
    refused(&binary, "not UTF-8");
    let nested = check("", "", "").replacen(
        "(memory",
        "(@custom \"limosa:manifest\" \"name = 'spoof'\") (memory",
        1,
    );
    refused(&bare_component("check", &nested), "there is none");
    let mut unknown = plain();
    append_section(
        &mut unknown,
        "limosa:manifest",
        format!("network = true\n{MANIFEST}").as_bytes(),
    );
    refused(&unknown, "unknown field `network`");
}

#[test]
fn imports_are_only_those_of_the_kind() {
    let foreign = r#"(component (import "wasi:io/poll@0.2.0" (instance)))"#;
    let mut foreign = wat::parse_str(foreign).unwrap();
    append_section(&mut foreign, "limosa:manifest", MANIFEST.as_bytes());
    refused(
        &foreign,
        "imports `wasi:io/poll@0.2.0`: plugins get nothing but interfaces of limosa:plugin",
    );
    let query = r#"(component (import "limosa:plugin/query@0.1.0" (instance)))"#;
    let mut query = wat::parse_str(query).unwrap();
    append_section(&mut query, "limosa:manifest", MANIFEST.as_bytes());
    refused(&query, "gets only rows, settings, log, findings, lookup");
    let newer = r#"(component (import "limosa:plugin/rows@0.1.9" (instance)))"#;
    let mut newer = wat::parse_str(newer).unwrap();
    append_section(&mut newer, "limosa:manifest", MANIFEST.as_bytes());
    refused(&newer, "this program has version 0.1.0");
    let mut empty = wat::parse_str("(component)").unwrap();
    append_section(&mut empty, "limosa:manifest", MANIFEST.as_bytes());
    refused(&empty, "does not export `limosa:plugin/checking@0.1.0`");
    // The interface is right, and what it holds is not.
    let changed = r#"(component (import "limosa:plugin/log@0.1.0" (instance (export "write" (func (param "level" u64)))))
        (component $inner) (instance $i (instantiate $inner)) (export "limosa:plugin/checking@0.1.0" (instance $i)))"#;
    let mut changed = wat::parse_str(changed).unwrap();
    append_section(&mut changed, "limosa:manifest", MANIFEST.as_bytes());
    refused(
        &changed,
        "does not start: component imports instance `limosa:plugin/log@0.1.0`",
    );
}

#[test]
fn a_version_that_is_not_served() {
    let manifest = MANIFEST.replace("^0.1.0", "^0.2.0");
    refused(
        &component("check", &check("", "", ""), &manifest),
        "needs limosa:plugin ^0.2.0, and this program has 0.1.0",
    );
}

#[test]
fn proposals_that_are_off() {
    let mut bytes = wat::parse_str(
        "(component (core module (memory i64 1)) (component $inner) (instance $i (instantiate $inner)) (export \"limosa:plugin/checking@0.1.0\" (instance $i)))",
    )
    .unwrap();
    append_section(&mut bytes, "limosa:manifest", MANIFEST.as_bytes());
    refused(&bytes, "cannot be compiled");
}

#[test]
fn a_binding_that_does_not_fit_is_refused_with_what_would() {
    let plugin = guests::load(&check("", "", ""));
    let binding: CheckBinding = "guest:t.price".parse().unwrap();
    let error = plugin.bind(&binding, &guests::fields()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the plugin `guest` cannot be bound to table t: the table has no column `price`; it has id, amount, secret"
    );
}

#[test]
fn compiled_code_is_kept_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let bytes = component("check", &check("", guests::NEGATIVE, ""), MANIFEST);
    let load = || {
        let runtime = Runtime::new(Options {
            cache_folder: Some(cache.clone()),
            ..Options::default()
        })
        .unwrap();
        runtime.load(&bytes, "guest").unwrap().digest().to_owned()
    };
    let digest = load();
    let files = || {
        std::fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let [kept] = files().try_into().unwrap();
    assert!(
        kept.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with(&digest)
    );
    assert_eq!(load(), digest);
    // Damaged, cut, empty: compiled again, never run.
    let whole = std::fs::read(&kept).unwrap();
    for content in [&whole[..whole.len() - 1], &whole[..10], &[]] {
        std::fs::write(&kept, content).unwrap();
        assert_eq!(load(), digest);
        assert_eq!(std::fs::read(&kept).unwrap().len(), whole.len());
    }
    assert_eq!(files().len(), 1);
}

#[test]
fn a_cache_that_others_may_enter_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("open");
    std::fs::create_dir(&cache).unwrap();
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o755)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&cache, &link).unwrap();
    for place in [cache, link] {
        let error = Runtime::new(Options {
            cache_folder: Some(place),
            ..Options::default()
        })
        .unwrap_err();
        assert!(matches!(error, Error::CacheFolder { .. }), "{error}");
        assert_eq!(error.code(), Code::Configuration);
    }
}
