//! What probes may ask: read at the review and before each time, prepared against a real database, asked by a lesser user, and
//! ended by a revocation between two statements.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use limosa_database::question::families;
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{MariadbServer, PostgresServer, WorkingFolder, checkout};
use serde_json::Value;

const TABLE: &str = "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL, word VARCHAR(20)); INSERT INTO item VALUES (1, 5, 'one'), (2, 6, 'two')";

/// A probe with one role that asks its statement `rows` so many times. `statement` is a table of TOML.
fn probe(statement: &str, times: u32) -> Result<Vec<u8>> {
    let module = format!(
        r#"(module
        (import "limosa:plugin/query@0.1.0" "run" (func $ask (param i32 i32) (result i32)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 2048) "rows")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "limosa:plugin/probing@0.1.0#run") (result i32)
            (local $left i32)
            (local.set $left (i32.const {times}))
            (loop $more
                (call $release (call $ask (i32.const 2048) (i32.const 4)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $more (local.get $left)))
            (i32.const 0)))"#
    );
    let manifest = format!(
        "name = 'asker'\nversion = '1.0.0'\ndescription = 'Asks.'\nlicense = 'MIT'\nkind = 'probe'\ninterface = '^0.1.0'\n\
         [[roles]]\nname = 'value'\ndescription = 'The value.'\ntypes = ['float', 'text']\n[statements.rows]\n{statement}\n"
    );
    crate::hostile::component("probe", &module, &manifest)
}

/// Installs `asker.wasm` of a folder for a place, with more options.
fn install(folder: &WorkingFolder, place: &str, more: &[&str], code: i32) -> Result<Value> {
    let digest = limosa_model::digest(&std::fs::read(folder.path().join("asker.wasm"))?);
    let arguments = [
        "plugin",
        "install",
        "./asker.wasm",
        "--bind",
        place,
        "--grant",
        "query",
        "--sha256",
        &digest,
        "--format",
        "json",
    ];
    let all = arguments.into_iter().chain(more.iter().copied());
    folder.limosa(all).run()?.expect_code(code).json()
}

fn message(report: &Value) -> &str {
    report["errors"][0]["message"].as_str().unwrap_or_default()
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{text}` does not say {part}");
    }
}

/// Each is refused before anything of it runs, by the review that looks at it and by the install.
#[test]
fn a_hostile_statement_is_not_installed() -> Result<()> {
    for (statement, engine, reason) in [
        ("any = 'DELETE FROM {table}'", "sqlite", "may only SELECT"),
        ("any = 'SELECT 1; DELETE FROM {table}'", "sqlite", "`;`"),
        ("postgres = 'SELECT pg_sleep(60)'", "postgres", "`pg_sleep`"),
        (
            "postgres = \"SELECT pg_read_file('/etc/passwd')\"",
            "postgres",
            "`pg_read_file`",
        ),
        (
            "postgres = \"SELECT \\\"pg_read_file\\\"('/etc/passwd')\"",
            "postgres",
            "pg_read_file",
        ),
        (
            "postgres = 'WITH gone AS (DELETE FROM {table} RETURNING {value}) SELECT 1'",
            "postgres",
            "writes",
        ),
        (
            "postgres = 'SELECT {value} INTO stolen FROM {table}'",
            "postgres",
            "INTO",
        ),
        (
            "postgres = \"SELECT 'pg_authid'::regclass\"",
            "postgres",
            "type",
        ),
        (
            "postgres = 'SELECT {value} FROM {table} FOR UPDATE'",
            "postgres",
            "locks",
        ),
        (
            "mysql = 'SELECT 1 /*!50000 , SLEEP(60) */'",
            "mysql",
            "comment",
        ),
        ("mysql = 'SELECT 1 /*M! , SLEEP(60) */'", "mysql", "comment"),
        (
            "mysql = \"SELECT LOAD_FILE('/etc/passwd')\"",
            "mysql",
            "`LOAD_FILE`",
        ),
        (
            "mysql = \"SELECT {value} FROM {table} INTO OUTFILE '/tmp/x'\"",
            "mysql",
            "refused",
        ),
        (
            "sqlite = \"SELECT load_extension('x')\"",
            "sqlite",
            "`load_extension`",
        ),
        (
            "sqlite = \"SELECT name FROM pragma_table_info('item')\"",
            "sqlite",
            "pragma_table_info",
        ),
        ("any = 'SELECT * FROM {table}'", "sqlite", "all columns"),
        ("any = 'SELECT secret FROM {table}'", "sqlite", "`secret`"),
        ("any = 'SELECT 1 AS n FROM users'", "sqlite", "`users`"),
    ] {
        let folder = WorkingFolder::new()?;
        folder.write("asker.wasm", probe(statement, 1)?)?;
        let inspect = ["plugin", "inspect", "asker.wasm", "--format", "json"];
        let facts = folder.limosa(inspect).run()?.expect_code(1).json()?;
        let problem = facts["problems"][0].as_str().context(statement)?;
        says(problem, &["`asker`", "`rows`", engine, reason]);
        let report = install(&folder, "item.amount", &[], 1)?;
        assert_eq!(report["errors"][0]["code"], "PLUG_003", "{report:#}");
        says(message(&report), &["`asker`", "`rows`", engine, reason]);
        assert!(!folder.path().join("limosa.lock").exists());
    }
    Ok(())
}

#[test]
fn an_update_to_a_hostile_statement_is_refused() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), TABLE)?;
    folder.write(
        "asker.wasm",
        probe("any = 'SELECT {value} FROM {table}'", 1)?,
    )?;
    install(&folder, "item.amount", &["--against", &source], 0)?;
    let hostile = probe("any = 'SELECT {value} FROM {table} WHERE random() > 0'", 1)?;
    folder.write("asker.wasm", &hostile)?;
    let digest = limosa_model::digest(&hostile);
    let update = [
        "plugin",
        "update",
        "./asker.wasm",
        "--yes",
        "--sha256",
        &digest,
        "--format",
        "json",
    ];
    let report = folder.limosa(update).run()?.expect_code(1).json()?;
    assert_eq!(report["errors"][0]["code"], "PLUG_003", "{report:#}");
    says(message(&report), &["`random`", "`rows`"]);
    // The one that is installed runs on.
    let check = ["check", &source, "--check", "asker:item.amount"];
    folder.limosa(check).run()?.expect_code(0);
    Ok(())
}

/// What the statements alone do not show: a missing table or column, a type, a function that the server does not have.
fn against(url: &str, own_function: (&str, &str)) -> Result<()> {
    let folder = WorkingFolder::new()?;
    let install = |statement: &str, place: &str, code: i32| -> Result<Value> {
        folder.write("asker.wasm", probe(statement, 1)?)?;
        install(&folder, place, &["--against", url], code)
    };
    let plain = "any = 'SELECT {value} FROM {table} WHERE {value:present}'";
    for (statement, place, parts) in [
        (
            plain,
            "nothing.amount",
            &["no table nothing", "there are item"][..],
        ),
        (plain, "item.price", &["no column `price`", "amount"]),
        (plain, "item.id", &["`value` takes float, text", "`id`"]),
        (
            own_function.0,
            "item.amount",
            &["does not understand the statement `rows`", own_function.1],
        ),
    ] {
        let report = install(statement, place, 1)?;
        assert_eq!(report["errors"][0]["code"], "PLUG_003", "{report:#}");
        says(message(&report), parts);
        assert!(!report.to_string().contains("secret"), "{report:#}");
    }
    assert!(!folder.path().join("limosa.lock").exists());
    install(plain, "item.amount", 0)?;
    // One more place is held against it, too.
    let grant = |place: &str, code: i32| -> Result<Value> {
        let arguments = [
            "plugin",
            "grant",
            "asker",
            "--bind",
            place,
            "--against",
            url,
            "--format",
            "json",
        ];
        let outcome = folder.limosa(arguments).run()?.expect_code(code);
        Ok(outcome.json().unwrap_or_default())
    };
    says(message(&grant("item.price", 1)?), &["no column `price`"]);
    grant("item.word", 0)?;
    Ok(())
}

#[test]
fn what_a_plugin_looks_up_is_held_against_the_database() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), TABLE)?;
    // The one inside the program makes room.
    let remove = ["plugin", "remove", "orphaned-records"];
    folder.limosa(remove).run()?.expect_code(0);
    let fixture = checkout().join("tests/fixtures/interface-0.1.0/orphaned-records.wasm");
    std::fs::copy(&fixture, folder.path().join("orphaned-records.wasm"))?;
    let digest = limosa_model::digest(&std::fs::read(&fixture)?);
    let install = |place: &str, code: i32| -> Result<Value> {
        let file = "./orphaned-records.wasm";
        let arguments = ["plugin", "install", file, "--sha256", &digest];
        let asked = ["--bind", place, "--against", &source, "--format", "json"];
        let outcome = folder.limosa(arguments.into_iter().chain(asked)).run()?;
        outcome.expect_code(code).json()
    };
    for (place, parts) in [
        ("item.id->items.id", ["no table items", "there are item"]),
        (
            "item.id->item.price",
            ["no column `price`", "it has id, amount, word"],
        ),
    ] {
        let report = install(place, 1)?;
        assert_eq!(report["errors"][0]["code"], "PLUG_003", "{report:#}");
        says(message(&report), &parts);
    }
    install("item.id->item.id", 0)?;
    Ok(())
}

#[test]
fn an_install_is_held_against_sqlite() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(&folder.path().join("source.sqlite"), TABLE)?;
    against(
        &source,
        (
            "any = 'SELECT LENGTH({value}, 1) AS n FROM {table}'",
            "LENGTH",
        ),
    )
}

#[test]
fn an_install_is_held_against_postgres() -> Result<()> {
    let server = PostgresServer::shared()?;
    let url = server.create_database("held_against")?;
    server.execute("held_against", TABLE)?;
    against(
        &url,
        (
            "any = 'SELECT LOWER({value}) AS n FROM {table}'",
            "lower(real) does not exist",
        ),
    )
}

#[test]
fn an_install_is_held_against_mariadb() -> Result<()> {
    let server = MariadbServer::shared()?;
    let url = server.create_database("held_against")?;
    server.execute("held_against", TABLE)?;
    against(
        &url,
        (
            "any = 'SELECT ABS({value}, 1) AS n FROM {table}'",
            "parameter count",
        ),
    )
}

/// The documentation has the list that holds.
#[test]
fn the_functions_are_documented() -> Result<()> {
    let page = std::fs::read_to_string(checkout().join("host/cli/docs/plugins.md"))?;
    for [all, sqlite, postgres, mysql] in families() {
        let names = |(_, functions): (&str, &[&str])| {
            let names: Vec<String> = functions.iter().map(|name| format!("`{name}`")).collect();
            names.join(" ")
        };
        let row = format!(
            "| {} | {} | {} | {} | {} |",
            all.0,
            names(all),
            names(sqlite),
            names(postgres),
            names(mysql)
        );
        assert!(
            page.lines().any(|line| line == row),
            "plugins.md lacks\n{row}"
        );
    }
    Ok(())
}

/// The same address with another user.
fn by(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let place = rest.split_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{user}@{place}")
}

/// `reader` may read `item` and nothing else, `blind` may not even do that.
fn lesser(url: &str, other: &str) -> Result<()> {
    let folder = WorkingFolder::new()?;
    folder.write(
        "asker.wasm",
        probe("any = 'SELECT {value} FROM {table}'", 1)?,
    )?;
    install(&folder, "item.amount", &[], 0)?;
    folder.write(
        "limosa.toml",
        "checks = ['asker:item.amount']\n[source]\nurl = '${ORDINARY}'\nprobe_url = '${LESSER}'\n",
    )?;
    let run = |lesser: &str, code: i32| -> Result<Value> {
        let outcome = folder
            .limosa(["check", "--format", "json"])
            .environment("ORDINARY", url)
            .environment("LESSER", lesser)
            .run()?
            .expect_code(code);
        let report = outcome.json()?;
        for secret in ["hidden-1", "hidden-2", "hidden-3"] {
            assert!(!report.to_string().contains(secret), "{report:#}");
            assert!(
                !format!("{outcome:?}").contains(&format!(":{secret}@")),
                "{outcome:?}"
            );
        }
        Ok(report)
    };
    let report = run(&by(url, "reader:hidden-1"), 0)?;
    assert_eq!(report["checks"][0]["verdict"], "pass", "{report:#}");
    let report = run(&by(url, "blind:hidden-2"), 1)?;
    assert_eq!(report["checks"][0]["verdict"], "inconclusive", "{report:#}");
    says(
        message(&report),
        &[
            "asker:item.amount is inconclusive",
            "the statement `rows` failed",
            "denied",
            "item",
        ],
    );
    let report = run(&by(url, "reader:hidden-3"), 1)?;
    says(&report.to_string(), &["[source] probe_url"]);
    let report = run(&by(other, "reader:hidden-1"), 1)?;
    says(
        message(&report),
        &["[source] probe_url must lead to the same database"],
    );
    let file = sqlite_file(&folder.path().join("other.sqlite"), TABLE)?;
    let report = run(&file, 1)?;
    says(message(&report), &["it is of sqlite"]);
    // A source on the command line has no lesser user: the ordinary one asks.
    folder
        .limosa(["check", url])
        .environment("ORDINARY", "sqlite:nothing.sqlite")
        .environment("LESSER", &file)
        .run()?
        .expect_code(0);
    Ok(())
}

#[test]
fn a_lesser_user_asks_postgres() -> Result<()> {
    let server = PostgresServer::shared()?;
    let url = server.create_database("lesser")?;
    let other = server.create_database("lesser_other")?;
    server.execute(
        "lesser",
        &format!(
            "{TABLE}; CREATE ROLE reader LOGIN PASSWORD 'hidden-1'; CREATE ROLE blind LOGIN PASSWORD 'hidden-2'; GRANT SELECT ON item TO reader"
        ),
    )?;
    lesser(&url, &other)
}

#[test]
fn a_lesser_user_asks_mariadb() -> Result<()> {
    let server = MariadbServer::shared()?;
    let url = server.create_database("lesser")?;
    let other = server.create_database("lesser_other")?;
    server.execute(
        "lesser",
        &format!(
            "{TABLE}; CREATE TABLE lesser.other (id INTEGER); CREATE TABLE lesser_other.item (id INTEGER);
             CREATE USER reader IDENTIFIED BY 'hidden-1'; GRANT SELECT ON lesser.item TO reader; GRANT SELECT ON lesser_other.item TO reader;
             CREATE USER blind IDENTIFIED BY 'hidden-2'; GRANT SELECT ON lesser.other TO blind"
        ),
    )?;
    lesser(&url, &other)
}

/// A probe that would ask for a quarter of an hour is ended where its next statement would begin.
#[test]
fn a_revocation_holds_from_the_next_statement() -> Result<()> {
    let server = PostgresServer::shared()?;
    let url = server.create_database("revoked_probe")?;
    server.execute("revoked_probe", TABLE)?;
    let folder = WorkingFolder::new()?;
    let slow = "any = 'WITH RECURSIVE slow (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM slow WHERE i < 700000) SELECT COUNT(*) AS n FROM slow'";
    folder.write("asker.wasm", probe(slow, 2_000)?)?;
    install(&folder, "item.amount", &["--against", &url], 0)?;
    let check = [
        "check",
        &url,
        "--check",
        "asker:item.amount",
        "--format",
        "json",
    ];
    let running = folder.limosa(check).start()?;
    let asking = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'revoked_probe' AND query LIKE 'WITH RECURSIVE slow%'";
    let begun = Instant::now();
    while number(&url, asking)? == 0 && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let revoke = ["plugin", "revoke", "asker", "--reason", "it asks too much"];
    folder.limosa(revoke).run()?.expect_code(0);
    let revoked = Instant::now();
    let report = running.wait()?.expect_code(1).json()?;
    assert!(
        revoked.elapsed() < Duration::from_secs(20),
        "{:?}",
        revoked.elapsed()
    );
    assert_eq!(report["errors"][0]["code"], "PLUG_003", "{report:#}");
    says(message(&report), &["asker", "revoked", "it asks too much"]);
    Ok(())
}
