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
