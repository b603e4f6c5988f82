//! Rows that cannot be carried or should not be, and a disk that is full: what stops, what is undone, what goes on.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Engine, Mariadb, Postgres, Server};
use serde_json::json;

use super::{Bench, refused};

const ITEMS: &str = "CREATE TABLE first (id INTEGER PRIMARY KEY); INSERT INTO first VALUES (1);
    CREATE TABLE item (id INTEGER PRIMARY KEY, day DATE, amount DECIMAL(6, 2), pieces INTEGER, code TEXT UNIQUE);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO item SELECT i, '2024-02-29', i / 100.0, i, 'code ' || i FROM n;";

/// A value that the target has no room for: named by table, column and row, and nothing is left of the rest.
fn a_value_that_does_not_fit<E: Engine>(update: &str, column: &str) -> Result<()> {
    let server = Server::<E>::start()?;
    let mut bench = Bench::with(&format!("{ITEMS} {update} WHERE id = 2468"))?;
    bench.target = server.create_database("moved")?;
    let report = refused(
        bench.migrate(&["--batch-size", "500"]),
        "DATA_001",
        &["item", column],
    );
    assert_eq!(report["outcome"], "rolled-back", "{report:#}");
    let errors = report["errors"].to_string();
    assert!(errors.contains("id = 2468"), "{report:#}");
    assert_eq!(tables(&bench.target)?, Vec::<String>::new());
    // Without that table the rest can be carried.
    bench.migrate(&["--exclude", "item"])?.expect_code(0);
    assert_eq!(tables(&bench.target)?, ["first"]);
    Ok(())
}

#[test]
fn values_of_two_types_for_postgres() -> Result<()> {
    a_value_that_does_not_fit::<Postgres>("UPDATE item SET pieces = x'00ff'", "pieces")
}

#[test]
fn values_of_two_types_for_mariadb() -> Result<()> {
    a_value_that_does_not_fit::<Mariadb>("UPDATE item SET pieces = 'many'", "pieces")
}

/// Met in the fifth chunk, when others are in the target already.
#[test]
fn a_value_that_postgres_cannot_hold() -> Result<()> {
    a_value_that_does_not_fit::<Postgres>("UPDATE item SET code = 'a' || char(0)", "code")
}

#[test]
fn a_value_that_mariadb_would_cut() -> Result<()> {
    a_value_that_does_not_fit::<Mariadb>("UPDATE item SET code = printf('%.*c', 800, 'x')", "code")
}

#[test]
fn a_check_that_fails() -> Result<()> {
    let bench = Bench::new()?;
    let check = ["--check", "negative-amounts:item.price"];
    let report = bench.refused(
        &check,
        "CHECK_001",
        &["negative-amounts:item.price", "1 negative"],
    );
    assert_eq!(report["outcome"], "rolled-back");
    assert_eq!(report["checks"][0]["verdict"], "fail");
    assert_eq!(report["checks"][0]["findings"], json!({ "negative": 1 }));
    assert!(
        report["checks"][0]["samples"][0].to_string().contains('2'),
        "the key of the row: {report:#}"
    );
    // Carried as it is, and said.
    let told = bench
        .migrate(&[&check[..], &["--on-finding", "report"]].concat())?
        .expect_code(2)
        .json()?;
    assert_eq!(
        (&told["outcome"], told["errors"].as_array().map(Vec::len)),
        (&"completed".into(), Some(0))
    );
    assert!(
        told["warnings"].to_string().contains("negative-amounts"),
        "{told:#}"
    );
    compare(
        &Side::new(&bench.source, "item"),
        &Side::new(&bench.target, "item"),
    )?
    .expect_equal();
    Ok(())
}

/// Legacy data always fails first: what is known is written down once and accepted from then on, and nothing else is.
#[test]
fn findings_become_a_baseline() -> Result<()> {
    let bench = Bench::new()?;
    let check = ["--check", "negative-amounts:item.price"];
    bench.refused(
        &[&check[..], &["--findings", "known.jsonl"]].concat(),
        "CHECK_001",
        &[],
    );
    let known = [&check[..], &["--baseline", "known.jsonl"]].concat();
    let report = bench.migrate(&known)?.expect_code(0).json()?;
    assert_eq!(
        report["checks"][0]["accepted"],
        json!({ "negative": 1 }),
        "{report:#}"
    );
    std::fs::remove_file(bench.target_file())?;
    sqlite_file(
        &bench.folder.path().join("source.sqlite"),
        "INSERT INTO item VALUES (4, -7, 'd', 1)",
    )?;
    bench.refused(&known, "CHECK_001", &["1 negative"]);
    bench.refused(
        &[&check[..], &["--baseline", "nowhere.jsonl"]].concat(),
        "CONF_001",
        &["nowhere.jsonl"],
    );
    bench.folder.write("letter.jsonl", "Dear Sir or Madam\n")?;
    bench.refused(
        &[&check[..], &["--baseline", "letter.jsonl"]].concat(),
        "CONF_001",
        &["letter.jsonl"],
    );
    Ok(())
}

#[test]
fn a_transform_is_exact_or_refuses() -> Result<()> {
    let bench = Bench::new()?;
    let report = bench.refused(
        &["--transform", "fixed-decimal:item.price?scale=2"],
        "DATA_001",
        &["item", "price", "id = 3", "0.125"],
    );
    assert_eq!(report["outcome"], "rolled-back");
    assert_eq!(
        report["errors"].as_array().map(Vec::len),
        Some(1),
        "only that is wrong: {report:#}"
    );
    let transform = ["--transform", "fixed-decimal:item.price?scale=3"];
    let report = bench.migrate(&transform)?.expect_code(0).json()?;
    assert_eq!(report["tables"][0]["verified"], true, "{report:#}");
    let declared = "SELECT count(*) FROM pragma_table_info('item') WHERE name = 'price' AND type LIKE 'DECIMAL(%,3)'";
    assert_eq!(number(&bench.target, declared)?, 1);
    compare(
        &Side::new(&bench.source, "item"),
        &Side::new(&bench.target, "item"),
    )?
    .expect_equal();
    let diff = [
        "diff",
        &bench.source,
        &bench.target,
        transform[0],
        transform[1],
    ];
    bench.run(&diff)?.expect_code(0);
    // The comparison sees a changed value through the transform.
    sqlite_file(
        &bench.target_file(),
        "UPDATE item SET price = 1.251 WHERE id = 1",
    )?;
    refused(bench.run(&diff), "DATA_002", &["item", "1 rows"]);
    Ok(())
}

/// A small file system in memory, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path, size: &str) -> Result<Self> {
        std::fs::create_dir(path)?;
        mount(
            &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"],
            path,
        )?;
        Ok(Self(path.to_path_buf()))
    }

    fn grow(&self, size: &str) -> Result<()> {
        mount(&["-o", &format!("remount,size={size}")], &self.0)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn mount(options: &[&str], path: &Path) -> Result<()> {
    let output = Command::new("mount").args(options).arg(path).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
fn a_full_disk() -> Result<()> {
    let mut bench = Bench::with(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
            INSERT INTO item SELECT i, printf('%0100d', i) FROM n;",
    )?;
    let folder = bench.folder.path().join("small");
    let disk = match SmallDisk::mount(&folder, "1m") {
        Ok(disk) => disk,
        Err(error) => {
            eprintln!(
                "\n!!! no small disk could be mounted ({error:#}): the test of a full disk is left out; run the tests as root.\n"
            );
            return Ok(());
        }
    };
    bench.target = format!("sqlite:{}", folder.join("target.sqlite").display());
    let report = refused(
        bench.migrate(&["--batch-size", "2000"]),
        "DISK_001",
        &["item"],
    );
    assert_eq!(report["outcome"], "failed", "it can go on: {report:#}");
    let copied = number(&bench.target, "SELECT count(*) FROM limosa_ledger")?;
    assert!(copied > 0, "what fitted stays");
    disk.grow("64m")?;
    let report = bench
        .migrate(&["--batch-size", "2000"])?
        .expect_code(0)
        .json()?;
    assert!(
        report["stages"].to_string().contains("resumed"),
        "{report:#}"
    );
    compare(
        &Side::new(&bench.source, "item"),
        &Side::new(&bench.target, "item"),
    )?
    .expect_equal();
    Ok(())
}
