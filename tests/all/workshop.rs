//! The workbench of plugin authors, in four languages: new, build, test, bench, qualify, as a person types them.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use limosa_tests::{Program, Toolbox, WorkingFolder, checkout};

use crate::hostile::component;

fn author<'a>(folder: &WorkingFolder, arguments: impl IntoIterator<Item = &'a str>) -> Program {
    Toolbox::lent(folder.limosa(arguments))
}

/// Every template builds, and its own cases come out as they say.
fn templates(language: &str) -> Result<()> {
    let folder = WorkingFolder::new()?;
    for kind in ["check", "probe", "transform"] {
        let name = format!("my-{kind}");
        let new = [
            "plugin",
            "new",
            &name,
            "--language",
            language,
            "--kind",
            kind,
        ];
        author(&folder, new).run()?.expect_code(0);
        let built = author(&folder, ["plugin", "build", &name])
            .run()?
            .expect_code(0);
        assert!(
            built.stdout.contains(&format!("{name}/{name}.wasm")),
            "{built:?}"
        );
        let tested = author(&folder, ["plugin", "test", &name])
            .run()?
            .expect_code(0);
        assert!(
            tested.stdout.contains("2 of 2 cases as expected"),
            "{tested:?}"
        );
        let readme = fs::read_to_string(folder.path().join(&name).join("README.md"))?;
        assert!(readme.contains(&name) && !readme.contains("{{"), "{readme}");
        if kind != "probe" {
            let qualified = author(&folder, ["plugin", "qualify", &name])
                .run()?
                .expect_code(0);
            assert!(
                qualified
                    .stdout
                    .contains("steady: the same answer run again"),
                "{qualified:?}"
            );
        }
    }
    // The component asks for the host's own interfaces and nothing else.
    let facts = author(
        &folder,
        [
            "plugin",
            "inspect",
            "my-check/my-check.wasm",
            "--format",
            "json",
        ],
    );
    let facts = facts.run()?.expect_code(0).json()?;
    for import in facts["imports"].as_array().context("imports")? {
        let name = import["name"].as_str().context("a name")?;
        assert!(name.starts_with("limosa:plugin/"), "{facts:#}");
    }
    Ok(())
}

#[test]
fn templates_in_rust() -> Result<()> {
    templates("rust")
}

#[test]
fn templates_in_python() -> Result<()> {
    templates("python")
}

#[test]
fn templates_in_javascript() -> Result<()> {
    templates("javascript")
}

#[test]
fn templates_in_c() -> Result<()> {
    templates("c")
}

/// The example that every language has finds what the first-party plugin finds, case by case: their cases are the same files.
fn example(language: &str) -> Result<()> {
    let folder = WorkingFolder::new()?;
    let example = checkout()
        .join("sdk")
        .join(language)
        .join("example/negative-amounts");
    let copied = folder.path().join("negative-amounts");
    copy(&example, &copied)?;
    let first_party = checkout().join("plugins/negative-amounts/cases");
    fs::remove_dir_all(copied.join("cases"))?;
    copy(&first_party, &copied.join("cases"))?;
    let cases = fs::read_dir(&first_party)?.count();
    let tested = author(&folder, ["plugin", "test", "negative-amounts"])
        .run()?
        .expect_code(0);
    assert!(
        tested
            .stdout
            .contains(&format!("{cases} of {cases} cases as expected")),
        "{tested:?}"
    );
    let bench = [
        "plugin",
        "bench",
        "negative-amounts",
        "--rows",
        "100000",
        "--format",
        "json",
    ];
    let measured = author(&folder, bench).run()?.expect_code(0).json()?;
    for figure in [
        "rows_per_second",
        "fuel_per_row",
        "cold_start_seconds",
        "session_start_seconds",
    ] {
        assert!(
            measured[figure].as_f64().is_some_and(|figure| figure > 0.0),
            "{figure}: {measured:#}"
        );
    }
    let peak = measured["usage"]["peak_memory_bytes"]
        .as_u64()
        .context("the peak")?;
    let limit = measured["limits"]["memory_bytes"]
        .as_u64()
        .context("the limit")?;
    assert!((1..=limit).contains(&peak), "{measured:#}");
    Ok(())
}

#[test]
fn example_in_python() -> Result<()> {
    example("python")
}

#[test]
fn example_in_javascript() -> Result<()> {
    example("javascript")
}

#[test]
fn example_in_c() -> Result<()> {
    example("c")
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else if path.extension().is_none_or(|extension| extension != "wasm") {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// The cases of the plugins inside the program, by the same runner as everybody's.
#[test]
fn first_party_cases() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let mut ran = 0;
    for entry in fs::read_dir(checkout().join("plugins"))? {
        let plugin = entry?.path();
        if !plugin.join("plugin.toml").exists() {
            continue;
        }
        let name = plugin
            .file_name()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        let copied = folder.path().join(&name);
        copy(&plugin, &copied)?;
        // Built by plugins/build, and newer than its copied sources.
        let built = checkout()
            .join("target/plugins")
            .join(format!("{name}.wasm"));
        fs::copy(built, copied.join(format!("{name}.wasm")))?;
        let tested = folder
            .limosa(["plugin", "test", &name, "--format", "json"])
            .run()?
            .expect_code(0);
        let cases = tested.json()?["cases"].as_array().context("cases")?.len();
        assert!(cases > 0, "{name} has no cases");
        ran += cases;
    }
    assert!(ran >= 40, "{ran} cases");
    Ok(())
}

const CASE: &str = "description = 'Two of three.'
columns = [{ name = 'amount', type = 'decimal(8,2)' }]
rows = 'rows.csv'
expect = { verdict = 'fail', findings = { negative = [0, 2] } }
";

/// What a case expected otherwise is told by code and row; a mistake in a case is told as that.
#[test]
fn a_case_that_fails_and_cases_that_are_none() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let plugin = folder.path().join("negative-amounts");
    copy(&checkout().join("plugins/negative-amounts"), &plugin)?;
    fs::remove_dir_all(plugin.join("cases"))?;
    fs::copy(
        checkout().join("target/plugins/negative-amounts.wasm"),
        plugin.join("negative-amounts.wasm"),
    )?;
    let test = || folder.limosa(["plugin", "test", "negative-amounts"]).run();
    let none = test()?.expect_code(1);
    assert!(none.stderr.contains("has no cases"), "{none:?}");

    let case = plugin.join("cases/mixed");
    fs::create_dir_all(&case)?;
    fs::write(case.join("case.toml"), CASE)?;
    fs::write(case.join("rows.csv"), "amount\n-1.00\n\\N\n-0.01\n")?;
    let passed = test()?.expect_code(0);
    assert!(
        passed.stdout.contains("1 of 1 cases as expected"),
        "{passed:?}"
    );
    fs::write(case.join("rows.csv"), "amount\n-1.00\n-2\n0\n")?;
    let failed = test()?.expect_code(1);
    assert!(
        failed
            .stdout
            .contains("negative: not found, and expected: row 2"),
        "{failed:?}"
    );
    assert!(
        failed
            .stdout
            .contains("negative: found, and not expected: row 1"),
        "{failed:?}"
    );
    for (rows, expected) in [
        (
            "amount\nmuch\n",
            "row 0: `much` is no decimal(8,2) (column amount)",
        ),
        ("sum\n1\n", "names sum, and not the column amount"),
        ("amount\n1\n\n2\n", "line 3 is empty"),
    ] {
        fs::write(case.join("rows.csv"), rows)?;
        let wrong = test()?.expect_code(1);
        assert!(
            wrong.stderr.contains(expected) && wrong.stderr.contains("mixed/case.toml"),
            "{wrong:?}"
        );
    }
    // What expects nothing shows nothing.
    for (expect, expected) in [
        ("expect = {}", "names no verdict"),
        ("expect = { verdict = 'failed' }", "the verdict is none of"),
        (
            "expect = { verdict = 'pass', refused = { x = [1] } }",
            "are expected of transforms",
        ),
    ] {
        let (head, _) = CASE.split_once("expect").context("a case")?;
        fs::write(case.join("case.toml"), format!("{head}{expect}\n"))?;
        fs::write(case.join("rows.csv"), "amount\n1\n")?;
        let wrong = test()?.expect_code(1);
        assert!(wrong.stderr.contains(expected), "{wrong:?}");
    }
    fs::write(
        case.join("case.toml"),
        CASE.replace("rows.csv", "../../../secret.csv"),
    )?;
    let outside = test()?.expect_code(1);
    assert!(
        outside
            .stderr
            .contains("is no name of a file beside the case"),
        "{outside:?}"
    );
    Ok(())
}

#[test]
fn a_project_that_cannot_be_made_or_built() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let check = |arguments: &[&str], expected: &str| -> Result<()> {
        let refused = folder.limosa(arguments).run()?.expect_code(1);
        assert!(refused.stderr.contains(expected), "{refused:?}");
        Ok(())
    };
    check(
        &["plugin", "new", "Upper", "--language", "c"],
        "`Upper` is no name for a plugin",
    )?;
    check(&["plugin", "build", "."], "is no project of a plugin")?;
    folder
        .limosa(["plugin", "new", "mine", "--language", "c"])
        .run()?
        .expect_code(0);
    check(
        &["plugin", "new", "mine", "--language", "c"],
        "is there already",
    )?;
    fs::write(folder.path().join("mine/plugin.toml"), "name = 'mine'\n")?;
    check(&["plugin", "build", "mine"], "mine/plugin.toml: ")?;
    // A language whose tools are not there says what to install.
    folder
        .limosa(["plugin", "new", "snake", "--language", "python"])
        .run()?
        .expect_code(0);
    let bare = folder
        .limosa(["plugin", "build", "snake"])
        .environment("PATH", "/usr/bin:/bin");
    let bare = bare
        .environment("LIMOSA_TOOLS", "/nowhere")
        .run()?
        .expect_code(1);
    assert!(
        bare.stderr.contains("pip install componentize-py=="),
        "{bare:?}"
    );
    Ok(())
}

/// By the commands that the SDK's own page gives.
#[test]
fn the_tests_of_the_sdk_in_c() -> Result<()> {
    let page = fs::read_to_string(checkout().join("sdk/c/README.md"))?;
    let commands: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("clang -I sdk/c/include sdk/c/tests/"))
        .collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    let folder = WorkingFolder::new()?;
    for command in commands {
        let command = command.replace("sdk/c", &checkout().join("sdk/c").display().to_string());
        let ran = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .output()?;
        assert!(ran.status.success(), "{command}: {ran:?}");
    }
    Ok(())
}

/// Reports its second batch, whatever is in it: an answer that depends on how the rows come.
const UNSTEADY: &str = r#"(module
    (import "limosa:plugin/rows@0.1.0" "[method]batch.first-row" (func $first_row (param i32) (result i64)))
    (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
    (import "limosa:plugin/findings@0.1.0" "report" (func $report (param i32 i32 i32 i32)))
    (memory (export "memory") 2)
    (data (i32.const 1024) "bad")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
    (func (export "limosa:plugin/checking@0.1.0#open") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "limosa:plugin/checking@0.1.0#inspect") (param $batch i32) (result i32)
        (if (i64.gt_u (call $first_row (local.get $batch)) (i64.const 0)) (then
            (i64.store (i32.const 2048) (call $first_row (local.get $batch)))
            (call $report (i32.const 1024) (i32.const 3) (i32.const 2048) (i32.const 1))))
        (call $release (local.get $batch)) (i32.const 0))
    (func (export "limosa:plugin/checking@0.1.0#close") (result i32) (i32.const 0)))"#;

const MANIFEST: &str = "
name = 'unsteady'
version = '0.1.0'
description = 'Reports the first row of every batch but the first.'
license = 'MIT'
kind = 'check'
interface = '^0.1.0'
[[roles]]
name = 'amount'
description = 'The amount.'
[codes.bad]
severity = 'error'
message = '{columns} of {table} is bad.'
";

#[test]
fn a_check_that_differs_is_not_installed() -> Result<()> {
    let folder = WorkingFolder::new()?;
    folder.write("unsteady.wasm", component("check", UNSTEADY, MANIFEST)?)?;
    let qualified = folder
        .limosa(["plugin", "qualify", "unsteady.wasm"])
        .run()?
        .expect_code(1);
    assert!(
        qualified
            .stdout
            .contains("in batches of 7, with amount as boolean: bad in row 7, and not at first"),
        "{qualified:?}"
    );
    let digest = folder.digest("unsteady.wasm")?;
    let install = [
        "plugin",
        "install",
        "./unsteady.wasm",
        "--bind",
        "t.a",
        "--sha256",
        &digest,
    ];
    let refused = folder.limosa(install).run()?.expect_code(1);
    assert!(
        refused
            .stderr
            .contains("gives different answers to the same rows"),
        "{refused:?}"
    );
    assert!(!folder.path().join("limosa.lock").exists());
    folder
        .limosa(install.iter().chain(&["--allow-unsteady"]))
        .run()?
        .expect_code(0);
    let shown = folder
        .limosa(["plugin", "show", "unsteady"])
        .run()?
        .expect_code(0);
    assert!(
        shown.stdout.contains("unsteady 0.1.0") && shown.stdout.contains(&digest),
        "{shown:?}"
    );
    Ok(())
}

/// Reads its column as floats, whatever it was said to take.
fn reader(types: &str) -> Result<Vec<u8>> {
    let read = r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.floats" (func $floats (param i32 i32 i32)))"#;
    let module = UNSTEADY.replacen("(module", read, 1).replacen(
        "(if (i64.gt_u (call $first_row (local.get $batch)) (i64.const 0)) (then",
        "(call $floats (local.get $batch) (i32.const 0) (i32.const 16))
         (if (i64.eq (call $first_row (local.get $batch)) (i64.const -1)) (then",
        1,
    );
    let manifest = MANIFEST
        .replace("name = 'unsteady'", "name = 'reader'")
        .replace(
            "description = 'The amount.'",
            &format!("description = 'The amount.'\ntypes = {types}"),
        );
    component("check", &module, &manifest)
}

/// What the first type shows is not what another does: each that a role takes is tried, and a plugin that stops is not installed.
#[test]
fn a_check_that_stops_on_a_type_that_it_takes_is_not_installed() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let install = |name: &str, digest: &str, more: &[&str]| {
        let install = [
            "plugin", "install", name, "--bind", "t.a", "--sha256", digest,
        ];
        folder.limosa(install.iter().chain(more)).run()
    };
    for (types, refused) in [
        ("['float', 'integer']", Some("with amount as integer")),
        ("[]", Some("with amount as boolean")),
        ("['float']", None),
    ] {
        folder.write("reader.wasm", reader(types)?)?;
        let qualify = folder.limosa(["plugin", "qualify", "reader.wasm", "--format", "json"]);
        let qualified = qualify
            .run()?
            .expect_code(refused.is_some().into())
            .json()?;
        assert_eq!(qualified["steady"], refused.is_none(), "{qualified:#}");
        let digest = folder.digest("reader.wasm")?;
        let Some(with) = refused else {
            install("./reader.wasm", &digest, &[])?.expect_code(0);
            break;
        };
        let outcome = install("./reader.wasm", &digest, &[])?.expect_code(1);
        let words = "reader stops on rows that are made up for it";
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        for said in [&outcome.stderr, &qualified["stopped"].to_string()] {
            assert!(
                said.contains(with) && said.contains("by `floats`"),
                "{said}"
            );
        }
        assert!(!folder.path().join("limosa.lock").exists());
    }
    Ok(())
}

/// What opened on one type and not on another was tried in part, and both are told.
#[test]
fn a_type_on_which_a_check_does_not_open() -> Result<()> {
    let folder = WorkingFolder::new()?;
    // `open` gets the column's type as a text of its list: 5 letters are `float`.
    let gives_up = r#"(param i32 i32 i32 i32) (result i32)
        (if (i32.eq (i32.load (i32.add (local.get 2) (i32.const 12))) (i32.const 5)) (then
            (i32.store (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4100) (i32.const 1024)) (i32.store (i32.const 4104) (i32.const 3))))
        (i32.const 4096))
    (func (export "limosa:plugin/checking@0.1.0#inspect")"#;
    let steady = UNSTEADY
        .replace("(i64.const 0)) (then", "(i64.const -1)) (then")
        .replace("(i64.gt_u (call", "(i64.eq (call");
    // Each text at a place of its own.
    let steady = steady.replacen(
        r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))"#,
        r#"(global $heap (mut i32) (i32.const 65536))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $heap)
            (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get 3)) (i32.const 15)) (i32.const -16))))"#,
        1,
    );
    let module = steady.replacen(
        "(param i32 i32 i32 i32) (result i32) (i32.const 0))\n    (func (export \"limosa:plugin/checking@0.1.0#inspect\")",
        gives_up,
        1,
    );
    assert_ne!(module, steady);
    let manifest = MANIFEST.replace(
        "description = 'The amount.'",
        "description = 'The amount.'\ntypes = ['integer', 'float']",
    );
    folder.write("picky.wasm", component("check", &module, &manifest)?)?;
    let qualify = folder.limosa(["plugin", "qualify", "picky.wasm", "--format", "json"]);
    let qualified = qualify.run()?.expect_code(2).json()?;
    assert_eq!(
        qualified["types"],
        serde_json::json!(["amount as integer"]),
        "{qualified:#}"
    );
    let not_tried = qualified["not_tried"].as_str().unwrap_or_default();
    assert!(not_tried.contains("with amount as float"), "{qualified:#}");
    let digest = folder.digest("picky.wasm")?;
    let install = [
        "plugin",
        "install",
        "./picky.wasm",
        "--bind",
        "t.a",
        "--sha256",
        &digest,
        "--format",
        "json",
    ];
    let installed = folder.limosa(install).run()?.expect_code(0).json()?;
    let steadiness = installed["review"]["steadiness"]
        .as_str()
        .unwrap_or_default();
    assert!(
        steadiness.starts_with("the same answer") && steadiness.contains("in part not tried"),
        "{installed:#}"
    );
    Ok(())
}

/// What each first-party check is for is noticed when it is planted.
#[test]
fn planted_corruptions_are_noticed() -> Result<()> {
    let folder = WorkingFolder::new()?;
    for (plugin, corruption) in [
        ("negative-amounts", "negative: amount"),
        (
            "orphaned-records",
            "orphan: a key that target does not have",
        ),
        ("required-values", "null: value"),
        ("money-precision", "rounding error: amount"),
    ] {
        let qualified = folder
            .limosa(["plugin", "qualify", plugin, "--format", "json"])
            .run()?;
        let report = qualified.expect_code(0).json()?;
        assert_eq!(report["noticed"][corruption], true, "{plugin}: {report:#}");
    }
    Ok(())
}
