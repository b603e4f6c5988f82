//! Plugins that mean harm, in whole migrations: the run fails closed within the plugin's limits, and says who and why.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::query::sqlite_file;
use limosa_tests::{Outcome, WorkingFolder, checkout};
use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What the manifest of these guests allows; what runs for ever is stopped a good deal earlier than a run's own limit.
pub(crate) const MANIFEST: &str = "
name = 'guest'
version = '0.1.0'
description = 'A guest of the tests.'
license = 'MIT'
kind = 'check'
interface = '^0.1.0'
[[roles]]
name = 'amount'
description = 'The amount.'
[codes.bad]
severity = 'error'
message = '{columns} of {table} is bad.'
[limits]
memory_mib = 8
batch_milliseconds = 500
";

/// A check whose `inspect` does this, in WebAssembly's text; `$batch` is what it was handed.
fn guest(inspect: &str) -> Result<Vec<u8>> {
    guest_with(inspect, MANIFEST)
}

/// The same with another manifest.
pub(crate) fn guest_with(inspect: &str, manifest: &str) -> Result<Vec<u8>> {
    let module = format!(
        r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.first-row" (func $first_row (param i32) (result i64)))
        (import "limosa:plugin/rows@0.1.0" "[method]batch.floats" (func $floats (param i32 i32 i32)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (import "limosa:plugin/findings@0.1.0" "report" (func $report (param i32 i32 i32 i32)))
        (memory (export "memory") 3)
        (global $heap (mut i32) (i32.const 65536))
        (data (i32.const 1024) "bad")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
        (func (export "limosa:plugin/checking@0.1.0#open") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#inspect") (param $batch i32) (result i32)
            {inspect}
            (call $release (local.get $batch)) (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#close") (result i32) (i32.const 0)))"#
    );
    component("check", &module, manifest)
}

/// A component of a world, of a module in WebAssembly's text.
pub(crate) fn component(world: &str, module: &str, manifest: &str) -> Result<Vec<u8>> {
    let mut module = wat::parse_str(module)?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(checkout().join("wit"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let mut bytes = ComponentEncoder::default()
        .module(&module)?
        .validate(true)
        .encode()?;
    append_section(&mut bytes, "limosa:manifest", manifest.as_bytes())?;
    Ok(bytes)
}

/// Appends a custom section: a zero, the length, the name with its length, the content.
pub(crate) fn append_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) -> Result<()> {
    let leb = |number: usize| -> Result<Vec<u8>> {
        let mut rest = u32::try_from(number)?;
        let mut bytes = Vec::new();
        while rest > 0x7f {
            bytes.push(u8::try_from(rest & 0x7f)? | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest)?);
        Ok(bytes)
    };
    let content = [&leb(name.len())?, name.as_bytes(), data].concat();
    bytes.push(0);
    bytes.extend(leb(content.len())?);
    bytes.extend(content);
    Ok(())
}

/// A guest that finds the first row of every batch and means no harm.
pub(crate) fn well_behaved() -> Result<Vec<u8>> {
    guest(
        "(i64.store (i32.const 32) (call $first_row (local.get $batch)))
        (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))",
    )
}

/// Migrates under this guest and, beside it, under a check of ours.
fn migrate(folder: &WorkingFolder, more: &[&str]) -> Result<Outcome> {
    let statements = "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL NOT NULL);
        CREATE TABLE other (id INTEGER PRIMARY KEY, amount REAL NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO item SELECT i, iif(i % 1000, i, -i) FROM n;
        INSERT INTO other SELECT id, amount FROM item;";
    if !folder.path().join("source.sqlite").exists() {
        sqlite_file(&folder.path().join("source.sqlite"), statements)?;
    }
    let common = [
        "migrate",
        "sqlite:source.sqlite",
        "sqlite:target.sqlite",
        "--yes",
        "--format",
        "json",
        "--batch-size",
        "5000",
        "--on-finding",
        "report",
        "--check",
        "negative-amounts:item.amount",
        "--check",
        "./guest.wasm:item.amount",
    ];
    folder
        .limosa(common.iter().chain(more))
        .limit(Duration::from_secs(60))
        .run()
}

fn check<'a>(report: &'a Value, plugin: &str) -> Result<&'a Value> {
    let checks = report["checks"].as_array().context("checks")?;
    let check = checks.iter().find(|check| {
        check["check"]
            .as_str()
            .is_some_and(|name| name.contains(plugin))
    });
    check.with_context(|| format!("no {plugin} in {checks:#?}"))
}

/// The guest is stopped for this reason; the run ends by it, nothing is left, and the check beside it has its say.
fn fails_closed(inspect: &str, reason: &str) -> Result<()> {
    let folder = WorkingFolder::new()?;
    folder.write("guest.wasm", guest(inspect)?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let outcome = migrate(&folder, &[])?.expect_code(1);
    assert!(
        outcome.elapsed < Duration::from_secs(20),
        "{:?}",
        outcome.elapsed
    );
    let report = outcome.json()?;
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    let error = &report["errors"][0];
    assert_eq!(error["code"], "PLUG_002", "{report:#}");
    let message = error["message"].as_str().context("message")?;
    for name in ["guest.wasm", "item", reason] {
        assert!(message.contains(name), "`{message}` does not name {name}");
    }
    let guest = check(&report, "guest.wasm")?;
    assert_eq!(guest["verdict"], "inconclusive", "{guest:#}");
    assert!(
        guest["reason"]
            .as_str()
            .is_some_and(|text| text.contains(reason)),
        "{guest:#}"
    );
    // A limit that was met counts as a denial, a trap of its own does not.
    let is_denied = guest["usage"]["denied"].as_u64() > Some(0);
    assert_eq!(is_denied, reason != "panicked", "{guest:#}");
    let beside = check(&report, "negative-amounts")?;
    let is_told = beside["verdict"] == "pass" || beside["verdict"] == "fail";
    assert!(is_told && beside["reason"].is_null(), "{report:#}");
    assert!(!Path::new(&folder.path().join("target.sqlite")).exists());
    // The same run without the guest: nothing of it stays behind.
    folder.write("guest.wasm", well_behaved()?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let report = migrate(&folder, &[])?.expect_code(2).json()?;
    assert_eq!(
        check(&report, "negative-amounts")?["findings"],
        json!({ "negative": 20 }),
        "{report:#}"
    );
    assert!(
        check(&report, "guest.wasm")?["findings"]["bad"].as_u64() >= Some(4),
        "{report:#}"
    );
    Ok(())
}

#[test]
fn an_endless_loop() -> Result<()> {
    fails_closed("(loop $forever (br $forever))", "batch_milliseconds")
}

#[test]
fn a_memory_bomb() -> Result<()> {
    fails_closed(
        "(loop $more (drop (memory.grow (i32.const 16))) (br $more))",
        "memory_mib",
    )
}

#[test]
fn a_flood_of_findings() -> Result<()> {
    let flood = "(loop $more (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1)) (br $more))";
    fails_closed(flood, "reported more than 65536 times")
}

#[test]
fn a_trap() -> Result<()> {
    fails_closed("unreachable", "panicked")
}

/// It is reviewed like any other, gives the same answers to the same rows, and is let in; then it meets the value that it waits for.
#[test]
fn one_that_behaves_in_review() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let wait = "(local $i i32)
        (global.set $heap (i32.const 65536))
        (call $floats (local.get $batch) (i32.const 0) (i32.const 16))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $i) (i32.load (i32.const 20))))
            (if (f64.eq (f64.load (i32.add (i32.load (i32.const 16)) (i32.shl (local.get $i) (i32.const 3)))) (f64.const 19999.25))
                (then unreachable))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))";
    let manifest = MANIFEST.replace(
        "description = 'The amount.'",
        "description = 'The amount.'\ntypes = ['float']",
    );
    folder.write("guest.wasm", guest_with(wait, &manifest)?)?;
    let digest = folder.digest("./guest.wasm")?;
    let install = [
        "plugin",
        "install",
        "./guest.wasm",
        "--bind",
        "item.amount",
        "--sha256",
        &digest,
        "--format",
        "json",
    ];
    let installed = folder.limosa(install).run()?.expect_code(0).json()?;
    assert_eq!(
        installed["review"]["steadiness"], "the same answer to the same rows, however they came",
        "{installed:#}"
    );
    let report = migrate(&folder, &[])?.expect_code(2).json()?;
    assert_eq!(check(&report, "guest")?["verdict"], "pass", "{report:#}");
    for file in ["source.sqlite", "target.sqlite"] {
        std::fs::remove_file(folder.path().join(file))?;
    }
    sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL NOT NULL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO item SELECT i, iif(i = 15000, 19999.25, i) FROM n;",
    )?;
    std::fs::remove_dir_all(folder.path().join(".limosa"))?;
    let report = migrate(&folder, &[])?.expect_code(1).json()?;
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    let guest = check(&report, "guest")?;
    assert_eq!(guest["verdict"], "inconclusive", "{report:#}");
    assert!(
        guest["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("panicked")),
        "{report:#}"
    );
    // What it asked for was never more than it may have.
    assert_eq!(guest["usage"]["denied"], 0, "{report:#}");
    Ok(())
}

/// In the middle, when chunks of it are in the target already.
#[test]
fn a_trap_in_a_later_chunk() -> Result<()> {
    let inspect = "(global.set $heap (i32.const 65536))
        (call $floats (local.get $batch) (i32.const 0) (i32.const 16))
        (if (f64.gt (f64.load (i32.load (i32.const 16))) (f64.const 10000)) (then unreachable))";
    fails_closed(inspect, "panicked")
}
