//! What an engine would hide or show twice: every row is carried once, or its absence is said.

use anyhow::Result;
use limosa_tests::query::{number, sqlite_file};
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

/// Migrates, and sees that it ends with this status.
fn migrate(folder: &WorkingFolder, source: &str, target: &str, code: i32) -> Result<Value> {
    let arguments = ["migrate", source, target, "--yes", "--format", "json"];
    folder.limosa(arguments).run()?.expect_code(code).json()
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
    let report = migrate(&folder, &source, &target, 2)?;
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
    let refused = migrate(&folder, &source, &target, 1)?;
    let message = refused["errors"].to_string();
    assert!(
        message.contains("account") && message.contains("row-level security"),
        "{message}"
    );
    // Its owner sees them all, and is told that the policy stays behind.
    let source = server.url("hidden");
    let report = migrate(&folder, &source, &target, 2)?;
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
    let report = migrate(&folder, &source, &target, 2)?;
    assert_eq!(number(&target, "SELECT count(*) FROM price")?, 2);
    assert_eq!(not_carried(&report, "history"), ["price"]);
    assert_eq!(not_carried(&report, "sequence"), ["counter"]);
    let kept =
        "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%CONSTRAINT \"positive\" CHECK%'";
    assert_eq!(number(&target, kept)?, 1);
    Ok(())
}

/// Values that only one engine has go to another server of that engine, and to no other.
#[test]
fn values_that_only_postgres_has() -> Result<()> {
    let server = PostgresServer::shared()?;
    let source = server.create_database("own_values")?;
    server.execute(
        "own_values",
        "CREATE TABLE own (id int PRIMARY KEY, n numeric, p numeric(9,2), ts timestamp, d date, tz timestamptz, ti time);
         INSERT INTO own VALUES (1, 'NaN', 'NaN', 'infinity', '-infinity', 'infinity', '24:00:00'), (2, '1e131071', 1.98, '4713-01-01 BC', '5874897-12-31', '294276-12-31', '00:00'),
            (3, 2.5, 2.5, '2024-02-29 12:00', '2024-02-29', '2024-02-29 12:00+02', '12:00')",
    )?;
    let target = server.create_database("own_values_moved")?;
    let folder = WorkingFolder::new()?;
    migrate(&folder, &source, &target, 0)?;
    let same = "SELECT count(*) FROM own WHERE (id = 1 AND n = 'NaN' AND p = 'NaN' AND ts = 'infinity' AND d = '-infinity' AND tz = 'infinity' AND ti = '24:00:00')
        OR (id = 2 AND n = '1e131071'::numeric AND p = 1.98 AND ts = '4713-01-01 BC' AND d = '5874897-12-31' AND tz = '294276-12-31 00:00+00' AND ti = '00:00')
        OR (id = 3 AND n = 2.5 AND p = 2.5 AND ts = '2024-02-29 12:00' AND d = '2024-02-29' AND tz = '2024-02-29 10:00+00' AND ti = '12:00')";
    assert_eq!((number(&source, same)?, number(&target, same)?), (3, 3));
    let other = MariadbServer::shared()?.create_database("own_values_of_postgres")?;
    let refused = migrate(&folder, &source, &other, 1)?;
    assert_eq!(refused["errors"][0]["code"], "DATA_001", "{refused:#}");
    Ok(())
}

#[test]
fn values_that_only_mariadb_has() -> Result<()> {
    let server = MariadbServer::shared()?;
    let source = server.create_database("own_values")?;
    server.execute(
        "own_values",
        "SET SESSION sql_mode = ''; CREATE TABLE own (id int PRIMARY KEY, d date, dt datetime(6), ti time(3), y year);
         INSERT INTO own VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '-838:59:59', 0), (2, '2024-00-00', '2024-02-00 01:02:03.5', '100:00:00.125', 2155), (3, '2024-02-29', '2024-02-29 12:00:00', '12:00:00', 1901)",
    )?;
    let target = server.create_database("own_values_moved")?;
    let folder = WorkingFolder::new()?;
    migrate(&folder, &source, &target, 0)?;
    let same = "SELECT count(*) FROM own WHERE (id = 1 AND CONCAT(d, dt, ti, y) = '0000-00-000000-00-00 00:00:00.000000-838:59:59.0000000')
        OR (id = 2 AND CONCAT(d, dt, ti, y) = '2024-00-002024-02-00 01:02:03.500000100:00:00.1252155') OR (id = 3 AND CONCAT(d, dt, ti, y) = '2024-02-292024-02-29 12:00:00.00000012:00:00.0001901')";
    assert_eq!((number(&source, same)?, number(&target, same)?), (3, 3));
    Ok(())
}

/// Names that the target would cut, or take for one another, get others: alike in every run, recorded, and no two alike.
#[test]
fn names_that_the_target_cannot_keep() -> Result<()> {
    let long = "a_name_that_goes_on_and_on_and_on_until_it_passes_what_the_server_keeps";
    let folder = WorkingFolder::new()?;
    let statements = format!(
        "CREATE TABLE {long}_1 (id INTEGER PRIMARY KEY, {long}_a INTEGER UNIQUE, {long}_b TEXT);
         CREATE TABLE {long}_2 (id INTEGER PRIMARY KEY, {long}_a INTEGER REFERENCES {long}_1 ({long}_a));
         INSERT INTO {long}_1 VALUES (1, 10, 'x'), (2, 20, 'y'); INSERT INTO {long}_2 VALUES (1, 10)"
    );
    let source = sqlite_file(&folder.path().join("source.sqlite"), &statements)?;
    let check = format!("negative-amounts:{long}_1.{long}_a");
    let orphans = format!("orphaned-records:{long}_2.{long}_a->{long}_1.{long}_a");
    for target in [
        PostgresServer::shared()?.create_database("long_names")?,
        MariadbServer::shared()?.create_database("long_names")?,
    ] {
        let ends = [&source[..], &target, "--format", "json"];
        let checks = ["--yes", "--check", &check, "--check", &orphans];
        let migrate = [&["migrate"], &ends[..], &checks].concat();
        let report = folder.limosa(&migrate).run()?.expect_code(0).json()?;
        assert_eq!(not_carried(&report, "name").len(), 5, "{report:#}");
        folder
            .limosa([&["diff"], &ends[..]].concat())
            .run()?
            .expect_code(0);
        let names = limosa_tests::independent::tables(&target)?;
        assert!(names.len() == 2 && names[0] != names[1], "{names:?}");
    }
    Ok(())
}

#[test]
fn names_that_differ_in_case_alone() -> Result<()> {
    let server = PostgresServer::shared()?;
    let source = server.create_database("case_alone")?;
    server.execute(
        "case_alone",
        r#"CREATE TABLE "Item" ("Id" int PRIMARY KEY, "id" int UNIQUE, "ID" text); INSERT INTO "Item" VALUES (1, 2, 'three');
           CREATE TABLE "item" (id int PRIMARY KEY REFERENCES "Item" ("id")); INSERT INTO "item" VALUES (2)"#,
    )?;
    let folder = WorkingFolder::new()?;
    let file = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    for target in [
        file,
        MariadbServer::shared()?.create_database("case_alone")?,
    ] {
        let ends = [&source[..], &target, "--format", "json"];
        let report = migrate(&folder, &source, &target, 0)?;
        let renamed = not_carried(&report, "name");
        assert_eq!(renamed, ["item", "Item.ID", "Item.id"], "{report:#}");
        folder
            .limosa([&["diff"], &ends[..]].concat())
            .run()?
            .expect_code(0);
    }
    Ok(())
}

/// A number is one key whatever zeros stand at its end.
#[test]
fn numbers_of_any_scale_are_found() -> Result<()> {
    let server = PostgresServer::shared()?;
    let source = server.create_database("scales")?;
    server.execute(
        "scales",
        "CREATE TABLE p (n numeric PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, n numeric REFERENCES p);
         INSERT INTO p VALUES (1.0), (2); INSERT INTO c VALUES (1, 1.00), (2, 2.000), (3, 1)",
    )?;
    let folder = WorkingFolder::new()?;
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let check = "orphaned-records:c.n->p.n";
    let migrated = folder.limosa(["migrate", &source, &target, "--yes", "--check", check]);
    migrated.run()?.expect_code(0);
    Ok(())
}

/// A table that may not be read stops nobody who does not want it; a schema that is the target's own is not made anew.
#[test]
fn schemas_of_others_and_of_the_target() -> Result<()> {
    let server = PostgresServer::shared()?;
    server.create_database("with_secrets")?;
    server.execute(
        "with_secrets",
        "CREATE SCHEMA hidden; CREATE TABLE hidden.secret (id int PRIMARY KEY); CREATE SCHEMA app; CREATE TABLE app.orders (id int PRIMARY KEY);
         INSERT INTO app.orders VALUES (1); CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (2), (3);
         CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA hidden, app TO reader; GRANT SELECT ON app.orders, orders TO reader",
    )?;
    let reader = server.url_as("reader", "r", "with_secrets");
    let target = server.create_database("with_own_schema")?;
    server.execute("with_own_schema", "CREATE SCHEMA app")?;
    let target = format!("{target}?options=-csearch_path%3Dapp");
    let folder = WorkingFolder::new()?;
    let run = |more: &[&str]| {
        let arguments = ["migrate", &reader, &target, "--yes"];
        folder
            .limosa(arguments.into_iter().chain(more.iter().copied()))
            .run()
    };
    let refused = run(&[])?.expect_code(1);
    assert!(refused.stdout.contains("hidden.secret"), "{refused:?}");
    folder
        .limosa(["rollback", &reader, &target])
        .run()?
        .expect_code(0);
    run(&["--exclude", "hidden.secret"])?.expect_code(0);
    // Both tables are called orders and stand in one schema now: the second gets another name, which the plan says.
    assert_eq!(number(&target, "SELECT count(*) FROM app.orders")?, 2);
    let tables =
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'app' AND tablename LIKE 'orders%'";
    assert_eq!(number(&target, tables)?, 2);
    Ok(())
}
