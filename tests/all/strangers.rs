//! Files from strangers, at the command line: what they cost, what is said of them, and that nobody else pays.

use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::query::sqlite_file;
use limosa_tests::{Outcome, Program, WorkingFolder};
use serde_json::{Value, json};

use crate::hostile::{MANIFEST, component, guest_with, well_behaved};

/// The message of a command that fails by the rule on reviews or by the plugin itself.
fn message(program: Program, code: &str) -> Result<String> {
    let outcome = program.run()?.expect_code(1).json()?;
    let error = &outcome["errors"][0];
    assert_eq!(error["code"], code, "{outcome:#}");
    Ok(error["message"].as_str().context("a message")?.to_owned())
}

fn install<'a>(file: &'a str, digest: &'a str) -> Vec<&'a str> {
    vec![
        "plugin",
        "install",
        file,
        "--bind",
        "item.amount",
        "--allow-unsteady",
        "--sha256",
        digest,
        "--reason",
        "a test",
        "--format",
        "json",
    ]
}

#[test]
fn a_file_of_two_hundred_megabytes() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let whole = well_behaved()?;
    let path = folder.write("large.wasm", whole)?;
    File::options()
        .write(true)
        .open(path)?
        .set_len(200_000_000)?;
    let inspect = ["plugin", "inspect", "./large.wasm", "--format", "json"];
    let (outcome, memory) = watched(folder.limosa(inspect))?;
    let outcome = outcome.expect_code(1).json()?;
    assert_eq!(
        outcome["errors"][0]["message"],
        "./large.wasm has more than 67108864 bytes, which no plugin has"
    );
    assert!(highest(&memory) < 200, "{memory:?}");
    let digest = "0".repeat(64);
    let words = message(folder.limosa(install("./large.wasm", &digest)), "CONF_001")?;
    assert_eq!(
        words,
        "./large.wasm has more than 67108864 bytes, which no plugin has"
    );
    Ok(())
}

#[test]
fn what_nobody_gets() -> Result<()> {
    let folder = WorkingFolder::new()?;
    for import in [
        "wasi:sockets/tcp@0.2.0",
        "wasi:filesystem/preopens@0.2.0",
        "wasi:cli/environment@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:random/random@0.2.0",
    ] {
        let mut bytes = wat::parse_str(format!(r#"(component (import "{import}" (instance)))"#))?;
        crate::hostile::append_section(&mut bytes, "limosa:manifest", MANIFEST.as_bytes())?;
        let digest = limosa_model::digest(&bytes);
        folder.write("guest.wasm", bytes)?;
        let words = message(folder.limosa(install("./guest.wasm", &digest)), "PLUG_003")?;
        assert_eq!(
            words,
            format!(
                "the plugin `guest` imports `{import}`: plugins get nothing but interfaces of limosa:plugin, no files, network, clock or environment; build it without WASI (this kind may import rows, settings, log, findings, lookup)"
            )
        );
    }
    assert!(!folder.path().join("limosa.lock").exists());
    Ok(())
}

/// Loops within loops, in each of which every one of five hundred variables changes, six hundred times over: some megabytes for which a
/// compiler takes minutes (a tenth of them took 14 s on two cores). The user's own limit stands in for the program's, which a test
/// would wait for too long.
#[test]
fn one_that_takes_minutes_to_compile() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let loops = "(loop (br_if 0 (local.get 0)) ".repeat(60);
    let changes: String = (1..500)
        .map(|local| {
            format!(
                "(local.set {local} (i32.add (local.get {local}) (local.get {})))",
                local - 1
            )
        })
        .collect();
    let function = format!(
        "(func (param i32) (local {}) {loops} {changes} {})",
        "i32 ".repeat(500),
        "(br_if 0 (local.get 7)) )".repeat(60)
    );
    let module = format!(
        r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "limosa:plugin/checking@0.1.0#open") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#inspect") (param i32) (result i32) (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#close") (result i32) (i32.const 0))
        {})"#,
        function.repeat(600)
    );
    let bytes = component("check", &module, MANIFEST)?;
    let digest = limosa_model::digest(&bytes);
    folder.write("slow.wasm", bytes)?;
    let program = folder
        .limosa(install("./slow.wasm", &digest))
        // Of nothing that an earlier run may have compiled.
        .environment(
            "XDG_CACHE_HOME",
            folder.path().join("cache").into_os_string(),
        )
        .processor_seconds(3);
    let words = message(program, "PLUG_003")?;
    assert_eq!(
        words,
        "./slow.wasm cannot be compiled: the compiler needed more than 3 s or 3072 MiB, and was ended"
    );
    assert!(!folder.path().join("limosa.lock").exists());
    // Another one goes in as ever, under the same limit.
    folder.write("guest.wasm", well_behaved()?)?;
    folder.install("./guest.wasm", &["item.amount"])
}

/// What a hand or a clipboard brings along unseen would make the lock file one that nobody can read: it is refused before it is written.
#[test]
fn a_reason_that_could_not_be_read_again() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let bytes = well_behaved()?;
    let digest = limosa_model::digest(&bytes);
    folder.write("guest.wasm", bytes)?;
    let mut arguments = install("./guest.wasm", &digest);
    arguments.extend(["--reviewer", "ada\u{200b}"]);
    let words = message(folder.limosa(arguments), "PLUG_003")?;
    assert!(
        words.ends_with(
            "limosa.lock, which could not be understood afterwards: the review of guest: it holds characters that a reader does not see"
        ),
        "{words}"
    );
    assert!(!folder.path().join("limosa.lock").exists());
    folder.install("./guest.wasm", &["item.amount"])
}

/// A table of so many rows, every thousandth of them below zero.
fn items(folder: &WorkingFolder, rows: u32) -> Result<()> {
    let statements = format!(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO item SELECT i, iif(i % 1000, i, -i) FROM n;"
    );
    sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
    Ok(())
}

fn check(folder: &WorkingFolder) -> Program {
    folder.limosa([
        "check",
        "sqlite:source.sqlite",
        "--format",
        "json",
        "--check",
        "negative-amounts:item.amount",
        "--check",
        "guest:item.amount",
    ])
}

fn of<'a>(report: &'a Value, plugin: &str) -> Result<&'a Value> {
    let checks = report["checks"].as_array().context("checks")?;
    let found = checks.iter().find(|check| check["plugin"] == plugin);
    found.with_context(|| format!("no {plugin} in {report:#}"))
}

/// One that fails on the first rows costs the others none of theirs: their verdicts are those of a run without it.
#[test]
fn the_others_have_their_say() -> Result<()> {
    let folder = WorkingFolder::new()?;
    items(&folder, 50_000)?;
    folder.write("guest.wasm", guest_with("unreachable", MANIFEST)?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let report = check(&folder).run()?.expect_code(1).json()?;
    let guest = of(&report, "guest")?;
    assert_eq!(guest["verdict"], "inconclusive", "{guest:#}");
    assert_eq!(
        guest["reason"],
        "the plugin `guest` stopped on table item, batch 1: it panicked, or reached a point that its author took for unreachable"
    );
    let beside = of(&report, "negative-amounts")?;
    assert_eq!(beside["rows"], 50_000, "{beside:#}");
    assert_eq!(beside["findings"], json!({ "negative": 50 }), "{beside:#}");
    Ok(())
}

/// Runs it and looks at what it has in memory meanwhile, in MiB.
fn watched(program: Program) -> Result<(Outcome, Vec<u64>)> {
    let mut running = program.start()?;
    let status = format!("/proc/{}/status", running.process_id());
    let mut memory = Vec::new();
    while !running.has_ended()? {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.map(|line| line.trim().trim_end_matches(" kB").parse::<u64>());
        memory.extend(resident.transpose()?.map(|kibibytes| kibibytes >> 10));
        thread::sleep(Duration::from_millis(2));
    }
    Ok((running.wait()?, memory))
}

fn highest(memory: &[u64]) -> u64 {
    memory.iter().copied().max().unwrap_or_default()
}

/// A guest that really writes 100 MiB and then fails: the run has them for that moment, and not while the others go on.
#[test]
fn memory_goes_back_while_the_run_goes_on() -> Result<()> {
    let folder = WorkingFolder::new()?;
    items(&folder, 400_000)?;
    folder.write("guest.wasm", guest_with("", MANIFEST)?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let (outcome, without) = watched(check(&folder))?;
    outcome.expect_code(1);
    let bomb = "(drop (memory.grow (i32.const 1600))) (memory.fill (i32.const 196608) (i32.const 1) (i32.const 104857600)) unreachable";
    let manifest = MANIFEST
        .replace("memory_mib = 8", "memory_mib = 128")
        .replace("batch_milliseconds = 500", "batch_milliseconds = 10000");
    folder.write("guest.wasm", guest_with(bomb, &manifest)?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let (outcome, with) = watched(check(&folder))?;
    let report = outcome.expect_code(1).json()?;
    assert_eq!(of(&report, "guest")?["verdict"], "inconclusive");
    assert_eq!(
        of(&report, "negative-amounts")?["findings"],
        json!({ "negative": 400 })
    );
    let usual = highest(&without);
    assert!(highest(&with) < usual + 100 + 64, "{usual}: {with:?}");
    let peak = with.iter().position(|&now| now == highest(&with));
    let afterwards = with[peak.unwrap_or_default()..].iter().copied().min();
    assert!(afterwards < Some(usual + 32), "{usual}: {with:?}");
    Ok(())
}
