//! What is planned from what the source really holds.

use anyhow::{Context as _, Result};
use limosa_tests::query::sqlite_file;
use limosa_tests::{PostgresServer, WorkingFolder};

/// SQLite types each value by itself: a declared type stands if every value has it, and else a plainer one that all have.
#[test]
fn types_follow_the_values() -> Result<()> {
    let all = |declared: &str, values: [&str; 2], expected: &str, code: i32| -> Result<()> {
        let folder = WorkingFolder::new()?;
        let statements = format!(
            "CREATE TABLE t (held {declared}); INSERT INTO t VALUES ({}), ({});",
            values[0], values[1]
        );
        let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
        let target = PostgresServer::shared()?.url("postgres");
        let planned = folder
            .limosa(["plan", &source, &target, "--format", "json"])
            .run()?
            .expect_code(code)
            .json()?;
        let column = &planned["tables"][0]["columns"][0];
        let found = column["target_type"].as_str().context("target_type")?;
        assert_eq!(found, expected, "{declared} with {values:?}");
        Ok(())
    };
    let check = |declared, values, expected| all(declared, values, expected, 0);
    check("BOOLEAN", ["1", "0"], "boolean")?;
    check("BOOLEAN", ["'true'", "'false'"], "text")?;
    check("DATE", ["'2024-02-29'", "NULL"], "date")?;
    check("DATE", ["1700000000", "5"], "bigint")?;
    // No one type holds both: that is told as what stops a migration.
    all("DATE", ["'2024-01-01'", "7"], "date", 1)?;
    check("", ["'x'", "'y'"], "text")?;
    check("DECIMAL(5,2)", ["1.25", "9.75"], "numeric(5,2)")?;
    // Money stays decimal.
    check("DECIMAL(5,2)", ["1.25", "1.255"], "numeric")?;
    check("DECIMAL(5,2)", ["1.25", "9e999"], "double precision")?;
    check("INTEGER", ["1", "2.5"], "numeric")?;
    check("INTEGER", ["'a'", "'b'"], "text")?;
    check("TEXT", ["x'00ff'", "x'01'"], "bytea")
}

/// What values are like is shown as they are stored, and what would not come home in the same bytes is named with its row.
#[test]
fn values_are_profiled_and_brought_home() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let statements = "CREATE TABLE t (id INTEGER PRIMARY KEY, amount NUMERIC, at DATETIME, sent INTEGER, note TEXT);
        INSERT INTO t VALUES (1, 1.25, '2024-01-01 10:00:00', 1700000000000, 'ñ'), (2, 7, '2024-01-01T10:00:00', 1700000000001, NULL);";
    let source = sqlite_file(&folder.path().join("source.sqlite"), statements)?;
    let postgres = PostgresServer::shared()?.url("postgres");
    let plan = |target: &str, code: i32| -> Result<serde_json::Value> {
        let options = ["--profile", "--round-trip", "--format", "json"];
        let arguments = ["plan", &source, target].into_iter().chain(options);
        folder.limosa(arguments).run()?.expect_code(code).json()
    };
    let planned = plan(&postgres, 2)?;
    let profile = |position: usize| planned["profile"][position].clone();
    assert_eq!(
        profile(1)["kinds"],
        serde_json::json!({"float": 1, "integer": 1})
    );
    assert_eq!(profile(1)["digits"], serde_json::json!([1, 2]));
    assert_eq!(profile(2)["forms"], serde_json::json!({"timestamp": 2}));
    assert_eq!(
        profile(3)["forms"],
        serde_json::json!({"milliseconds since 1970": 2})
    );
    assert_eq!(profile(4)["nulls"], 1);
    assert_eq!(profile(4)["most_bytes"], 2);
    let home = planned["round_trip"].as_array().context("round_trip")?;
    let others: Vec<_> = home.iter().map(|column| column["other"].clone()).collect();
    assert_eq!(others, [0, 0, 1, 0, 0]);
    let example = home[2]["example"].as_str().context("example")?;
    assert_eq!(
        example,
        "'2024-01-01T10:00:00' comes home as '2024-01-01 10:00:00' (row id = 2)"
    );
    // One SQLite file keeps for another what it does not understand.
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let planned = plan(&target, 0)?;
    assert_eq!(planned["round_trip"][2]["same"], 2);
    // A treatment makes another value of it, and that is told.
    let text = folder
        .limosa([
            "plan",
            &source,
            &postgres,
            "--round-trip",
            "--column",
            "t.sent?type=timestamp&epoch=ms",
        ])
        .run()?
        .expect_code(2);
    assert!(
        text.stdout.contains("2 of 2 of t.sent, for example 1700000000000 comes home as '2023-11-14 22:13:20' (row id = 1)"),
        "{}",
        text.stdout
    );
    Ok(())
}
