//! Plugins that were compiled against earlier versions of the interface, kept as they were: they run on every host of 0.1.

use std::fs;

use anyhow::Result;
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{WorkingFolder, checkout};
use serde_json::json;

const ROWS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
    CREATE TABLE payments (id INTEGER PRIMARY KEY, user_id INTEGER, amount REAL);
    INSERT INTO users VALUES (1, 'a@example.org'), (2, 'b@example.org');
    INSERT INTO payments VALUES (1, 1, 5.25), (2, 1, -1.5), (3, 7, 2.0), (4, 2, 5.25);";

/// A check, a check that looks keys up, and a probe.
const CHECKS: [(&str, &str, &str, u64); 3] = [
    ("negative-amounts", "payments.amount", "negative", 1),
    (
        "orphaned-records",
        "payments.user_id->users.id",
        "orphaned",
        1,
    ),
    ("duplicate-records", "payments.amount", "duplicate", 1),
];

#[test]
fn of_interface_0_1_0() -> Result<()> {
    let fixtures = checkout().join("tests/fixtures/interface-0.1.0");
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), ROWS)?;
    for (name, place, code, found) in CHECKS {
        let plugin = format!("./{name}.wasm");
        fs::copy(fixtures.join(&plugin), folder.path().join(&plugin))?;
        let digest = folder.digest(&plugin)?;
        folder
            .limosa(["plugin", "remove", name])
            .run()?
            .expect_code(0);
        let mut install = vec![
            "plugin", "install", &plugin, "--bind", place, "--sha256", &digest,
        ];
        if name == "duplicate-records" {
            install.extend(["--grant", "query"]);
        }
        folder.limosa(install).run()?.expect_code(0);
        let check = format!("{name}:{place}");
        let checked = folder
            .limosa(["check", &source, "--check", &check, "--format", "json"])
            .run()?;
        let report = checked.expect_code(1).json()?;
        let check = &report["checks"][0];
        assert_eq!(check["findings"], json!({ code: found }), "{report:#}");
        assert_eq!(check["digest"], digest, "{report:#}");
        // What it used is told beside it.
        let usage = &check["usage"];
        assert!(
            usage["sessions"].as_u64() >= Some(1) && usage["calls"].as_u64() >= Some(1),
            "{report:#}"
        );
        assert!(usage["peak_memory_bytes"].as_u64() > Some(0), "{report:#}");
    }
    Ok(())
}

#[test]
fn a_transform_of_interface_0_1_0() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), ROWS)?;
    fs::copy(
        checkout().join("tests/fixtures/interface-0.1.0/fixed-decimal.wasm"),
        folder.path().join("fixed-decimal.wasm"),
    )?;
    // The one inside the program makes room.
    folder
        .limosa(["plugin", "remove", "fixed-decimal"])
        .run()?
        .expect_code(0);
    let file = "./fixed-decimal.wasm";
    let digest = folder.digest(file)?;
    let install = [
        "plugin",
        "install",
        file,
        "--bind",
        "payments.amount",
        "--sha256",
        &digest,
    ];
    folder.limosa(install).run()?.expect_code(0);
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let arguments = [
        "migrate",
        &source,
        &target,
        "--yes",
        "--transform",
        "fixed-decimal:payments.amount?scale=2",
    ];
    folder.limosa(arguments).run()?.expect_code(0);
    // The comparison runs the same plugin over the source again, and finds every value where it should be.
    let compared = [
        "diff",
        &source,
        &target,
        "--transform",
        "fixed-decimal:payments.amount?scale=2",
    ];
    folder.limosa(compared).run()?.expect_code(0);
    let exact = number(
        &target,
        "SELECT count(*) FROM payments WHERE CAST(amount AS TEXT) IN ('5.25', '-1.5', '-1.50', '2', '2.0', '2.00')",
    )?;
    assert_eq!(exact, 4);
    Ok(())
}
