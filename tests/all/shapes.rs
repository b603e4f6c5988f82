//! Transforms that make other rows than they were given: through a kill and a resumption, and those that do it wrongly.

use std::time::Duration;

use anyhow::Result;
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Mariadb, Outcome, Postgres, Server, WorkingFolder, wait_until};
use rustix::process::Signal;
use serde_json::Value;

use crate::hostile::component;

const ROWS: i64 = 30_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows of one to three parts, in two tables that become one, and beside them what that is to be.
const LISTS: &str = "
    CREATE TABLE list (id INTEGER PRIMARY KEY, words TEXT NOT NULL);
    CREATE TABLE other_list (id INTEGER PRIMARY KEY, words TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
        INSERT INTO list SELECT i, 'a' || i || iif(i % 3, ',b' || i, '') || iif(i % 3 = 2, ',c' || i, '') FROM n;
    INSERT INTO other_list SELECT -id, words FROM list WHERE id % 10 = 0;";
const PARTS: &str = "
    CREATE TABLE part (id BIGINT NOT NULL, words TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (id, position));
    INSERT INTO part SELECT id, 'a' || abs(id), 1 FROM both_lists;
    INSERT INTO part SELECT id, 'b' || abs(id), 2 FROM both_lists WHERE id % 3;
    INSERT INTO part SELECT id, 'c' || abs(id), 3 FROM both_lists WHERE abs(id) % 3 = 2;
    DROP VIEW both_lists;";

fn killed_and_resumed<E: Engine>() -> Result<()> {
    let server = Server::<E>::start()?;
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), LISTS)?;
    let view = "CREATE VIEW both_lists AS SELECT * FROM list UNION ALL SELECT * FROM other_list;";
    let expected = [LISTS, view, PARTS].concat();
    let expected = sqlite_file(&folder.path().join("expected.sqlite"), &expected)?;
    folder.write("limosa.toml", "[migration]\nlease_seconds = 3\n")?;
    let target = server.create_database("parts")?;
    let limosa = |command: &str, more: &[&str]| {
        let common = [
            command,
            &source,
            &target,
            "--format",
            "json",
            "--exclude",
            "list",
            "--exclude",
            "other_list",
            "--transform",
            "split-values:list.words=>part.id,position",
            "--transform",
            "split-values:other_list.words=>part.id,position",
        ];
        folder.limosa(common.iter().chain(more))
    };
    let in_chunks = ["--yes", "--batch-size", "1000"];
    let running = limosa("migrate", &in_chunks).start()?;
    wait_until("some chunks", PATIENCE, || {
        number(&target, "SELECT count(*) FROM limosa_ledger").unwrap_or(0) >= 4
    })?;
    running.signal(Signal::KILL)?;
    assert_eq!(running.wait()?.signal(), Some(9), "it was killed at work");
    let report: Value = limosa("migrate", &in_chunks).run()?.expect_code(0).json()?;
    let table = &report["tables"][0];
    let expected_rows = number(&expected, "SELECT count(*) FROM part")?;
    assert_eq!(table["source_rows"], ROWS + ROWS / 10, "{table:#}");
    for rows in ["made_rows", "target_rows"] {
        assert_eq!(table[rows], expected_rows, "{rows}: {table:#}");
    }
    assert_eq!(table["verified"], true, "{table:#}");
    assert_eq!(tables(&target)?, ["part"]);
    compare(&Side::new(&expected, "part"), &Side::new(&target, "part"))?.expect_equal();
    limosa("diff", &[]).run()?.expect_code(0);
    server.execute("parts", "DELETE FROM part WHERE id = 7 AND position = 2")?;
    limosa("diff", &[]).run()?.expect_code(1);
    Ok(())
}

#[test]
fn killed_and_resumed_on_postgres() -> Result<()> {
    killed_and_resumed::<Postgres>()
}

#[test]
fn killed_and_resumed_on_mariadb() -> Result<()> {
    killed_and_resumed::<Mariadb>()
}

const MANIFEST: &str = "
name = 'guest'
version = '0.1.0'
description = 'A guest of the tests.'
license = 'MIT'
kind = 'transform'
interface = '^0.1.0'
[[roles]]
name = 'amount'
description = 'The amount.'
[codes.bad]
severity = 'error'
message = '{columns} of {table} is bad.'
[limits]
memory_mib = 8
batch_milliseconds = 5000
";

/// A transform that makes `each` rows of one, but leaves out so many at the end, with this whole number as the amount; there `$i` is
/// the row that is made and `$n` the number of rows in the batch.
fn guest(each: u32, left_out: u32, amount: &str) -> Result<Vec<u8>> {
    let module = format!(
        r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.length" (func $length (param i32) (result i32)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (import "limosa:plugin/output@0.1.0" "[resource-drop]builder" (func $release_builder (param i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.integers" (func $integers (param i32 i32 i32 i32 i32 i32 i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.origins" (func $origins (param i32 i32 i32)))
        (memory (export "memory") 8)
        (data (i32.const 1200) "amount")
        (data (i32.const 1216) "integer")
        (global $heap (mut i32) (i32.const 65536))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
        (func (export "limosa:plugin/transforming@0.1.0#open") (param i32 i32 i32 i32) (result i32)
            (i32.store (i32.const 2000) (i32.const 1200)) (i32.store (i32.const 2004) (i32.const 6))
            (i32.store (i32.const 2008) (i32.const 1216)) (i32.store (i32.const 2012) (i32.const 7))
            (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 2000)) (i32.store (i32.const 8) (i32.const 1))
            (i32.const 0))
        (func (export "limosa:plugin/transforming@0.1.0#apply") (param $batch i32) (param $builder i32) (result i32)
            (local $n i32) (local $i i32) (local $count i32)
            (local.set $n (call $length (local.get $batch)))
            (local.set $count (i32.sub (i32.mul (local.get $n) (i32.const {each})) (i32.const {left_out})))
            (block $done (loop $next
                (br_if $done (i32.ge_s (local.get $i) (local.get $count)))
                (i32.store (i32.add (i32.const 131072) (i32.shl (local.get $i) (i32.const 2)))
                    (i32.div_u (local.get $i) (i32.const {each})))
                (i64.store (i32.add (i32.const 262144) (i32.shl (local.get $i) (i32.const 3)))
                    (i64.extend_i32_u {amount}))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))
            (call $origins (local.get $builder) (i32.const 131072) (local.get $count))
            (call $integers (local.get $builder) (i32.const 0) (i32.const 262144) (local.get $count) (i32.const 0) (i32.const 0) (i32.const 0))
            (call $release (local.get $batch)) (call $release_builder (local.get $builder))
            (i32.const 64)))"#
    );
    component("transform", &module, MANIFEST)
}

/// Takes a table of 20,000 rows through such a transform.
fn migrate(transform: &[u8], binding: &str) -> Result<(WorkingFolder, Outcome)> {
    let folder = WorkingFolder::new()?;
    let statements = "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO item SELECT i, i FROM n;";
    sqlite_file(&folder.path().join("source.sqlite"), statements)?;
    folder.write("guest.wasm", transform)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let transform = format!("./guest.wasm:{binding}");
    let outcome = folder
        .limosa([
            "migrate",
            "sqlite:source.sqlite",
            "sqlite:target.sqlite",
            "--yes",
            "--format",
            "json",
            "--transform",
            &transform,
        ])
        .limit(PATIENCE)
        .run()?;
    Ok((folder, outcome))
}

/// Nothing is left of such a migration, and it says why.
fn refused(transform: &[u8], binding: &str, code: &str, parts: &[&str]) -> Result<()> {
    let (folder, outcome) = migrate(transform, binding)?;
    let report = outcome.expect_code(1).json()?;
    let error = &report["errors"][0];
    assert_eq!(error["code"], code, "{report:#}");
    let message = error["message"].to_string();
    for part in parts {
        assert!(message.contains(part), "{message} does not say {part}");
    }
    assert!(!folder.path().join("target.sqlite").exists(), "{report:#}");
    Ok(())
}

/// The place of a row among those of its origin.
const PLACE: &str = "(i32.rem_u (local.get $i) (i32.const 2))";
const ALIKE: &str = "(i32.const 1)";

#[test]
fn two_rows_of_one() -> Result<()> {
    let (_, outcome) = migrate(&guest(2, 0, PLACE)?, "item.amount=>item.id,amount")?;
    let report = outcome.expect_code(2).json()?;
    // The number of a row is not its whole key any more, and the engine cannot give it.
    let lost = &report["not_carried"];
    assert_eq!(
        (&lost[0]["kind"], &lost[0]["name"], &lost[1]),
        (&"numbering".into(), &"item.id".into(), &Value::Null),
        "{lost:#}"
    );
    let table = &report["tables"][0];
    assert_eq!(
        (
            &table["source_rows"],
            &table["made_rows"],
            &table["target_rows"]
        ),
        (&20_000.into(), &40_000.into(), &40_000.into()),
        "{table:#}"
    );
    assert_eq!(table["verified"], true, "{table:#}");
    Ok(())
}

#[test]
fn a_row_that_is_dropped() -> Result<()> {
    let last = guest(2, 2, PLACE)?;
    let parts = ["neither refused row", "nor made a row of it"];
    refused(&last, "item.amount=>item.id,amount", "PLUG_002", &parts)
}

#[test]
fn a_key_that_is_doubled() -> Result<()> {
    let parts = ["item", "20000 rows have the same key (id, amount)"];
    refused(
        &guest(2, 0, ALIKE)?,
        "item.amount=>item.id,amount",
        "DATA_001",
        &parts,
    )
}

#[test]
fn keys_that_collide() -> Result<()> {
    let parts = ["made", "19999 rows have the same key (amount)"];
    refused(
        &guest(1, 0, ALIKE)?,
        "item.amount=>made.amount",
        "DATA_001",
        &parts,
    )
}

#[test]
fn more_rows_than_the_binding_allows() -> Result<()> {
    let parts = ["rows for", "=>item.KEY"];
    refused(&guest(2, 0, PLACE)?, "item.amount", "PLUG_001", &parts)
}

/// One that looks at more than the row is found out by the comparison, which gives it other batches.
#[test]
fn values_that_depend_on_the_batch() -> Result<()> {
    refused(
        &guest(1, 0, "(local.get $n)")?,
        "item.amount",
        "DATA_002",
        &["item", "differs"],
    )
}

#[test]
fn a_check_that_makes_a_table() -> Result<()> {
    let folder = WorkingFolder::new()?;
    sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL)",
    )?;
    let check = [
        "check",
        "sqlite:source.sqlite",
        "--check",
        "negative-amounts:item.amount=>made.id",
    ];
    let outcome = folder
        .limosa(check.iter().chain(&["--format", "json"]))
        .run()?;
    let report = outcome.expect_code(1).json()?;
    assert_eq!(report["errors"][0]["code"], "CONF_001", "{report:#}");
    Ok(())
}

const LEGACY: &str = "
    CREATE TABLE legacy_users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, password_hash VARCHAR(200) NOT NULL);
    INSERT INTO legacy_users VALUES (1, 'ada', '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'), (2, 'grace', ' $1$é ');
    CREATE TABLE legacy_sessions (token VARCHAR(40) NOT NULL PRIMARY KEY, user_id INTEGER NOT NULL);
    INSERT INTO legacy_sessions VALUES ('t-1', 1), ('t-2', 2), ('t-3', 1);";

/// Unified tables beside the legacy ones, in their own database: those are as they were, before and after an undo.
fn within_one_database(folder: &WorkingFolder, url: &str) -> Result<()> {
    let legacy = ["legacy_sessions", "legacy_users"];
    let copy = sqlite_file(&folder.path().join("copy.sqlite"), LEGACY)?;
    let as_they_were = || -> Result<()> {
        for table in legacy {
            compare(&Side::new(&copy, table), &Side::new(url, table))?.expect_equal();
        }
        Ok(())
    };
    let migration = |more: &[&str]| {
        let common = [
            "migrate",
            url,
            url,
            "--yes",
            "--force",
            "--format",
            "json",
            "--exclude",
            "legacy_users",
            "--exclude",
            "legacy_sessions",
            "--transform",
            "unify-accounts:legacy_users.id,name,password_hash=>users.id?part=users&origin=shop",
            "--transform",
            "unify-accounts:legacy_sessions.user_id,token=>sessions.token?part=sessions&origin=shop",
        ];
        folder.limosa(common.iter().chain(more))
    };
    // What a check finds undoes it.
    let check = [
        "--check",
        "value-format:users.password_hash?format=password-hash",
    ];
    let report = migration(&check).run()?.expect_code(1).json()?;
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    assert_eq!(tables(url)?, legacy);
    as_they_were()?;
    let report = migration(&[]).run()?.expect_code(0).json()?;
    assert_eq!(report["outcome"], "completed", "{report:#}");
    assert_eq!(
        tables(url)?,
        ["legacy_sessions", "legacy_users", "sessions", "users"]
    );
    as_they_were()?;
    let same_hash = "SELECT count(*) FROM users u JOIN legacy_users l ON l.name = u.name AND l.password_hash = u.password_hash";
    assert_eq!(number(url, same_hash)?, 2);
    let same_user = "SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id JOIN legacy_sessions l ON l.token = s.token \
        JOIN legacy_users o ON o.id = l.user_id AND o.name = u.name";
    assert_eq!(number(url, same_user)?, 3);
    Ok(())
}

#[test]
fn within_one_file() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let url = sqlite_file(&folder.path().join("accounts.sqlite"), LEGACY)?;
    within_one_database(&folder, &url)
}

#[test]
fn within_one_server() -> Result<()> {
    let server = Server::<Postgres>::start()?;
    let url = server.create_database("accounts")?;
    server.execute("accounts", LEGACY)?;
    within_one_database(&WorkingFolder::new()?, &url)
}
