//! Bad input: each gets a code, a message that names the subject and an exit status, and nothing is lost or left behind.

mod data;
mod output;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use limosa_tests::independent::tables;
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Mariadb, Outcome, Postgres, Server, WorkingFolder};
use serde_json::Value;

/// A few rows, each with something for the checks, transforms and types to stumble over.
const ITEMS: &str =
    "CREATE TABLE item (id INTEGER PRIMARY KEY, price REAL NOT NULL, name TEXT, kind_id INTEGER);
    INSERT INTO item VALUES (1, 1.25, 'a', 1), (2, -2.5, NULL, 1), (3, 0.125, 'c', 2);";

/// A source with [`ITEMS`], and a target that is not there yet.
struct Bench {
    folder: WorkingFolder,
    source: String,
    target: String,
}

impl Bench {
    fn new() -> Result<Self> {
        Self::with(ITEMS)
    }

    fn with(statements: &str) -> Result<Self> {
        let folder = WorkingFolder::new()?;
        let source = sqlite_file(&folder.path().join("source.sqlite"), statements)?;
        let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
        Ok(Self {
            folder,
            source,
            target,
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        self.folder
            .limosa(arguments.iter().chain(&["--format", "json"]))
            .limit(Duration::from_secs(60))
            .run()
    }

    /// Migrates from its source to its target.
    fn migrate(&self, more: &[&str]) -> Result<Outcome> {
        self.run(&[&["migrate", &self.source, &self.target, "--yes"], more].concat())
    }

    fn target_file(&self) -> PathBuf {
        self.target.trim_start_matches("sqlite:").into()
    }

    /// A migration with these arguments more is refused, and no target is there afterwards.
    #[track_caller]
    fn refused(&self, more: &[&str], code: &str, named: &[&str]) -> Value {
        let report = refused(self.migrate(more), code, named);
        assert!(
            !self.target_file().exists(),
            "the target was not there before: {report:#}"
        );
        report
    }
}

/// That a run failed with this code, and that its message names these.
#[track_caller]
fn refused(outcome: Result<Outcome>, code: &str, named: &[&str]) -> Value {
    let outcome = outcome.expect("the binary runs").expect_code(1);
    let report = outcome.json().expect("one JSON document");
    let error = &report["errors"][0];
    assert_eq!(error["code"], code, "{report:#}");
    assert!(
        matches!(report["outcome"].as_str(), Some("failed" | "rolled-back")),
        "{report:#}"
    );
    assert!(
        error["remedy"]
            .as_str()
            .is_some_and(|remedy| remedy.len() > 10),
        "{error:#}"
    );
    let message = error["message"].as_str().expect("a message");
    for name in named {
        assert!(message.contains(name), "`{message}` does not name {name}");
    }
    // Said once, not once by each layer that it went through.
    let parts: Vec<&str> = message.split(": ").collect();
    for (place, part) in parts.iter().enumerate() {
        assert!(
            !parts[..place].contains(part),
            "`{message}` says `{part}` twice"
        );
    }
    report
}

fn no_such_file_or_no_file() -> Result<Bench> {
    let bench = Bench::new()?;
    fs::create_dir(bench.folder.path().join("folder"))?;
    bench.folder.write(
        "letter.txt",
        "Dear Sir or Madam, this is no database, however long it may be. ".repeat(100),
    )?;
    Ok(bench)
}

#[test]
fn a_source_that_is_not_there() -> Result<()> {
    let bench = no_such_file_or_no_file()?;
    let run = |source: &str| bench.run(&["migrate", source, &bench.target]);
    refused(
        run("sqlite:nowhere.sqlite"),
        "CONN_001",
        &["nowhere.sqlite"],
    );
    refused(run("sqlite:folder"), "CONN_001", &["folder"]);
    refused(
        run("sqlite:letter.txt"),
        "DATA_003",
        &["letter.txt", "not a database"],
    );
    assert!(!bench.target_file().exists());
    assert!(
        !bench.folder.path().join("nowhere.sqlite").exists(),
        "a source is not created"
    );
    Ok(())
}

#[test]
fn a_target_that_cannot_be_there() -> Result<()> {
    let bench = no_such_file_or_no_file()?;
    let run = |target: &str| bench.run(&["migrate", &bench.source, target]);
    refused(run("sqlite:folder"), "CONN_001", &["folder"]);
    refused(
        run("sqlite:missing/target.sqlite"),
        "CONN_001",
        &["missing"],
    );
    let letter = fs::read(bench.folder.path().join("letter.txt"))?;
    refused(run("sqlite:letter.txt"), "DATA_003", &["letter.txt"]);
    assert!(
        fs::read(bench.folder.path().join("letter.txt"))? == letter,
        "it is not overwritten"
    );
    refused(run("oracle:here"), "PLAN_001", &["oracle"]);
    Ok(())
}

fn a_server_that_refuses<E: Engine>(scheme: &str) -> Result<()> {
    let server = Server::<E>::start()?;
    let bench = Bench::new()?;
    let run = |target: &str| bench.run(&["migrate", &bench.source, target]);
    let wrong = run(&server.url_as("limosa", "Geheim4711", E::FIRST_DATABASE))?;
    assert!(
        !wrong.stdout.contains("Geheim") && !wrong.stderr.contains("Geheim"),
        "{wrong:?}"
    );
    refused(Ok(wrong), "PERM_001", &["limosa", "127.0.0.1"]);
    let unknown = refused(
        run(&server.url("no_such_database")),
        "CONN_001",
        &["no_such_database"],
    );
    assert!(!unknown.to_string().contains(server.password()));
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let closed = format!("{scheme}://limosa:Geheim4711@127.0.0.1:{port}/d");
    refused(run(&closed), "CONN_001", &[&port.to_string()]);
    refused(
        run(&format!(
            "{scheme}://limosa:Geheim4711@no-such-host.invalid/d"
        )),
        "CONN_001",
        &["no-such-host.invalid"],
    );
    Ok(())
}

#[test]
fn a_postgres_server_that_refuses() -> Result<()> {
    a_server_that_refuses::<Postgres>("postgres")
}

#[test]
fn a_mariadb_server_that_refuses() -> Result<()> {
    a_server_that_refuses::<Mariadb>("mysql")
}

/// It listens and says nothing: a tunnel to nowhere, say.
#[test]
fn a_server_that_never_answers() -> Result<()> {
    let bench = Bench::new()?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("postgres://limosa:Geheim4711@{}/d", silent.local_addr()?);
    let outcome = bench.run(&["migrate", &bench.source, &url])?;
    assert!(
        outcome.elapsed < Duration::from_secs(30),
        "{:?}",
        outcome.elapsed
    );
    let code = outcome.json()?["errors"][0]["code"].clone();
    assert!(code == "CONN_001" || code == "TIME_001", "{code}");
    Ok(())
}

#[test]
fn a_target_that_is_not_empty() -> Result<()> {
    let bench = Bench::new()?;
    let file = bench.target_file();
    sqlite_file(
        &file,
        "CREATE TABLE other (x); INSERT INTO other VALUES (1), (2)",
    )?;
    let before = fs::read(&file)?;
    refused(bench.migrate(&[]), "PLAN_002", &["other", "--force"]);
    assert!(fs::read(&file)? == before, "it is as it was");
    // A run that fails takes away what it made, and nothing else.
    let check = ["--force", "--check", "negative-amounts:item.price"];
    assert_eq!(
        refused(bench.migrate(&check), "CHECK_001", &[])["outcome"],
        "rolled-back"
    );
    assert_eq!(tables(&bench.target)?, ["other"]);
    bench.migrate(&["--force"])?.expect_code(0);
    assert_eq!(tables(&bench.target)?, ["item", "other"]);
    assert_eq!(number(&bench.target, "SELECT count(*) FROM other")?, 2);
    // What the plan would create is never touched, whatever was said.
    sqlite_file(&file, "DELETE FROM item WHERE id > 1")?;
    refused(bench.migrate(&["--force"]), "PLAN_002", &["item"]);
    assert_eq!(number(&bench.target, "SELECT count(*) FROM item")?, 1);
    Ok(())
}

#[test]
fn a_damaged_source() -> Result<()> {
    let bench = Bench::with(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO item SELECT i, 'item ' || i FROM n;",
    )?;
    let path = bench.folder.path().join("source.sqlite");
    let mut bytes = fs::read(&path)?;
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 3 * 4096].fill(0xA5);
    fs::write(&path, &bytes)?;
    bench.refused(&[], "DATA_003", &["item", "malformed"]);
    Ok(())
}

#[test]
fn unknown_tables_and_columns() -> Result<()> {
    let bench = Bench::new()?;
    bench.refused(&["--table", "itme"], "PLAN_001", &["itme", "item"]);
    bench.refused(&["--exclude", "itme"], "PLAN_001", &["itme"]);
    bench.refused(
        &["--check", "negative-amounts:itme.price"],
        "PLAN_001",
        &["itme"],
    );
    bench.refused(
        &["--check", "negative-amounts:item.prize"],
        "PLAN_001",
        &["prize", "item"],
    );
    bench.refused(
        &["--check", "orphaned-records:item.kind_id->kind.id"],
        "PLAN_001",
        &["kind"],
    );
    bench.refused(
        &["--transform", "fixed-decimal:item.prize?scale=2"],
        "PLUG_001",
        &["prize"],
    );
    let configure = |text: &str| bench.folder.write("limosa.toml", text);
    configure("[migration]\ntables = ['itme']\n")?;
    bench.refused(&[], "PLAN_001", &["itme"]);
    configure("[migration]\nexclude = ['itme']\n")?;
    bench.refused(&[], "PLAN_001", &["itme"]);
    configure(
        "[[checks]]\nplugin = 'negative-amounts'\ntable = 'item'\ncolumns = { amount = 'prize' }\n",
    )?;
    bench.refused(&[], "PLAN_001", &["prize"]);
    configure(
        "[[checks]]\nplugin = 'negative-amounts'\ntable = 'item'\ncolumns = { amuont = 'price' }\n",
    )?;
    bench.refused(&[], "PLUG_001", &["amuont"]);
    configure(
        "[[checks]]\nplugin = 'negative-amounts'\ntable = 'item'\ncolumns = ['price']\nsettings = { minimun = 5 }\n",
    )?;
    bench.refused(&[], "PLUG_001", &["minimun"]);
    Ok(())
}

#[test]
fn a_configuration_with_a_mistake() -> Result<()> {
    let bench = Bench::new()?;
    let configure = |text: &str| bench.folder.write("limosa.toml", text);
    configure("# Ours.\n[migration]\nbatch_sise = 5\n")?;
    bench.refused(
        &[],
        "CONF_001",
        &["limosa.toml", "line 3", "batch_sise", "batch_size"],
    );
    configure("[migration]\nbatch_size = 'many'\n")?;
    bench.refused(&[], "CONF_001", &["limosa.toml", "line 2"]);
    configure("[migration\n")?;
    bench.refused(&[], "CONF_001", &["limosa.toml", "line 1"]);
    configure("[migration]\non_finding = 'ignore'\n")?;
    bench.refused(&[], "CONF_001", &["ignore", "report"]);
    configure(
        "[source]\nurl = 'sqlite:source.sqlite'\n[target]\nurl = 'postgres://u:${NO_SUCH_VARIABLE}@h/d'\n",
    )?;
    refused(bench.run(&["migrate"]), "CONF_001", &["NO_SUCH_VARIABLE"]);
    fs::remove_file(bench.folder.path().join("limosa.toml"))?;
    bench.refused(&["--config", "other.toml"], "CONF_001", &["other.toml"]);
    refused(bench.run(&["migrate"]), "CONF_001", &["source"]);
    refused(
        bench.run(&["migrate", &bench.source]),
        "CONF_001",
        &["target"],
    );
    Ok(())
}

#[test]
fn wrong_usage_is_64() -> Result<()> {
    let bench = Bench::new()?;
    for arguments in [
        &["migrate", "--no-such-option"][..],
        &["migrat"],
        &["migrate", "a", "b", "c"],
        &["migrate", "--batch-size", "0"],
        &["migrate", "--batch-size", "many"],
        &["migrate", "--check", "negative-amounts"],
        &["migrate", "--on-finding", "ignore"],
        &["migrate", "--format", "xml"],
        &[],
    ] {
        let outcome = bench.folder.limosa(arguments).run()?.expect_code(64);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        assert!(
            outcome.stderr.len() > 30,
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
    for arguments in [["--help"], ["--version"]] {
        assert!(
            !bench
                .folder
                .limosa(arguments)
                .run()?
                .expect_code(0)
                .stdout
                .is_empty()
        );
    }
    Ok(())
}

#[test]
fn what_is_no_plugin() -> Result<()> {
    let bench = Bench::new()?;
    bench.refused(
        &["--check", "negative-amuonts:item.price"],
        "PLUG_003",
        &["negative-amuonts", "negative-amounts"],
    );
    bench.refused(
        &["--check", "./nowhere.wasm:item.price"],
        "CONF_001",
        &["nowhere.wasm"],
    );
    bench.folder.write("letter.wasm", "Dear Sir or Madam")?;
    bench.refused(
        &["--check", "./letter.wasm:item.price"],
        "PLUG_001",
        &["letter.wasm"],
    );
    let whole = crate::hostile::well_behaved()?;
    bench.folder.write("half.wasm", &whole[..whole.len() / 2])?;
    bench.refused(
        &["--check", "./half.wasm:item.price"],
        "PLUG_001",
        &["half.wasm"],
    );
    bench.folder.write("empty.wasm", "")?;
    bench.refused(
        &["--check", "./empty.wasm:item.price"],
        "PLUG_001",
        &["empty.wasm"],
    );
    bench.refused(
        &["--check", "fixed-decimal:item.price?scale=2"],
        "CONF_001",
        &["transform"],
    );
    bench.refused(
        &["--transform", "negative-amounts:item.price"],
        "CONF_001",
        &["negative-amounts"],
    );
    bench.folder.write("whole.wasm", &whole)?;
    bench.refused(
        &["--check", "./whole.wasm:item.price"],
        "PLUG_003",
        &["whole.wasm", "limosa plugin install"],
    );
    bench.folder.install("./whole.wasm", &["item.price"])?;
    let report = bench
        .migrate(&[
            "--check",
            "./whole.wasm:item.price",
            "--on-finding",
            "report",
        ])?
        .expect_code(2)
        .json()?;
    report["checks"][0]["digest"]
        .as_str()
        .context("the digest of the file")?;
    Ok(())
}
