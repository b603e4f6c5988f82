//! What an engine would hide or show twice: every row is carried once, or its absence is said.

use anyhow::Result;
use limosa_tests::query::number;
use limosa_tests::{MariadbServer, PostgresServer, WorkingFolder};
use serde_json::Value;

fn not_carried(report: &Value, kind: &str) -> Vec<String> {
    let items = report["not_carried"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let named = items.iter().filter(|item| item["kind"] == kind);
    named
        .filter_map(|item| item["name"].as_str().map(str::to_owned))
        .collect()
}

/// A parent's rows are its own; those of the tables that inherit from it go with these.
#[test]
fn tables_that_inherit() -> Result<()> {
    let server = PostgresServer::shared()?;
    let source = server.create_database("inherited")?;
    server.execute(
        "inherited",
        "CREATE TABLE base (id int PRIMARY KEY, word text); CREATE TABLE kid (more int) INHERITS (base);
         INSERT INTO base VALUES (1, 'a'); INSERT INTO kid VALUES (1, 'b', 2);
         CREATE TABLE parted (id int, word text) PARTITION BY RANGE (id);
         CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10); INSERT INTO parted VALUES (5, 'c')",
    )?;
    let folder = WorkingFolder::new()?;
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let arguments = ["migrate", &source, &target, "--yes", "--format", "json"];
    let report = folder.limosa(arguments).run()?.expect_code(0).json()?;
    for table in ["base", "kid", "parted"] {
        assert_eq!(
            number(&target, &format!("SELECT count(*) FROM {table}"))?,
            1,
            "{table}"
        );
    }
    assert_eq!(not_carried(&report, "inheritance"), ["kid of base"]);
    assert_eq!(not_carried(&report, "partitioning"), ["parted"]);
    Ok(())
}

/// Somebody who may not see all rows may not move some of them.
#[test]
fn rows_that_a_policy_hides() -> Result<()> {
    let server = PostgresServer::shared()?;
    server.create_database("hidden")?;
    server.execute(
        "hidden",
        "CREATE TABLE account (id int PRIMARY KEY, owner text); INSERT INTO account SELECT i, 'x' FROM generate_series(1, 9) i;
         ALTER TABLE account ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON account USING (id < 4);
         CREATE ROLE clerk LOGIN PASSWORD 'secret'; GRANT SELECT ON account TO clerk",
    )?;
    let folder = WorkingFolder::new()?;
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let source = server.url_as("clerk", "secret", "hidden");
    let arguments = ["migrate", &source, &target, "--yes", "--format", "json"];
    let refused = folder.limosa(arguments).run()?.expect_code(1).json()?;
    let message = refused["errors"].to_string();
    assert!(
        message.contains("account") && message.contains("row-level security"),
        "{message}"
    );
    // Its owner sees them all, and is told that the policy stays behind.
    let source = server.url("hidden");
    let arguments = ["migrate", &source, &target, "--yes", "--format", "json"];
    let report = folder.limosa(arguments).run()?.expect_code(0).json()?;
    assert_eq!(number(&target, "SELECT count(*) FROM account")?, 9);
    assert_eq!(
        not_carried(&report, "row security policy"),
        ["few on account"]
    );
    Ok(())
}

/// MariaDB's catalogue calls a table with a history something else than a table.
#[test]
fn tables_with_a_history() -> Result<()> {
    let server = MariadbServer::shared()?;
    let source = server.create_database("history")?;
    server.execute(
        "history",
        "CREATE TABLE price (id int PRIMARY KEY, amount decimal(9,2), CONSTRAINT positive CHECK (amount > 0)) WITH SYSTEM VERSIONING;
         INSERT INTO price VALUES (1, 1.98), (2, 2.5); UPDATE price SET amount = 3 WHERE id = 2; CREATE SEQUENCE counter",
    )?;
    let folder = WorkingFolder::new()?;
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let arguments = ["migrate", &source, &target, "--yes", "--format", "json"];
    let report = folder.limosa(arguments).run()?.expect_code(0).json()?;
    assert_eq!(number(&target, "SELECT count(*) FROM price")?, 2);
    assert_eq!(not_carried(&report, "history"), ["price"]);
    assert_eq!(not_carried(&report, "sequence"), ["counter"]);
    assert_eq!(not_carried(&report, "check constraint"), ["positive"]);
    Ok(())
}
