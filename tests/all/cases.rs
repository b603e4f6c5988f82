//! Every folder under `tests/cases`: a source made by `before.<engine>.sql`, or a file of the shared data, taken to each engine, and what came of it.
//!
//! What came of it is told in full in `expected.<engine>.txt` beside it: exit status, errors, warnings, rows, quarantine. With
//! `LIMOSA_TESTS_UPDATE=1` the files are written anew, to be read before they are kept. A folder's `case.toml` names runs
//! with other arguments, and statements to ask the target afterwards.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use limosa_tests::independent::{Side, read, schema, tables};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{Mariadb, Postgres, Server, WorkingFolder, checkout, shared_data};
use serde::Deserialize;
use serde_json::Value;

const ENGINES: [&str; 3] = ["sqlite", "postgres", "mysql"];
const QUARANTINE: &str = "limosa_quarantine";
/// Of wider tables only the first columns are told one by one.
const MOST_COLUMNS: usize = 20;
/// Longer rows are cut in what is told.
const SHOWN: usize = 200;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// A SQLite file of the shared data to start from, instead of statements. Its rows are others' and are not told.
    file: Option<String>,
    #[serde(default)]
    runs: Vec<Run>,
    /// By engine of the target: statements that answer with a number.
    #[serde(default)]
    after: BTreeMap<String, Vec<String>>,
    /// By engine of the target: statements that it must refuse, of the tables that are there.
    #[serde(default)]
    refused: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    name: String,
    #[serde(default)]
    arguments: Vec<String>,
}

struct Bench {
    folder: WorkingFolder,
    postgres: Server<Postgres>,
    mariadb: Server<Mariadb>,
    databases: usize,
}

impl Bench {
    fn new() -> Result<Self> {
        Ok(Self {
            folder: WorkingFolder::new()?,
            postgres: Server::start()?,
            mariadb: Server::start()?,
            databases: 0,
        })
    }

    /// A database that holds what the statements make.
    fn database(&mut self, engine: &str, statements: &str) -> Result<String> {
        self.databases += 1;
        let name = format!("case_{}", self.databases);
        match engine {
            "postgres" => {
                let url = self.postgres.create_database(&name)?;
                if !statements.is_empty() {
                    self.postgres.execute(&name, statements)?;
                }
                Ok(url)
            }
            "mysql" => {
                let url = self.mariadb.create_database(&name)?;
                if !statements.is_empty() {
                    self.mariadb.execute(&name, statements)?;
                }
                Ok(url)
            }
            _ => {
                let path = self.folder.path().join(format!("{name}.sqlite"));
                if statements.is_empty() {
                    return Ok(format!("sqlite:{}", path.display()));
                }
                sqlite_file(&path, statements)
            }
        }
    }
}

impl Bench {
    /// Runs a statement on a target, past Limosa.
    fn execute(&self, engine: &str, url: &str, sql: &str) -> Result<()> {
        let name = url.rsplit('/').next().unwrap_or_default();
        match engine {
            "postgres" => self.postgres.execute(name, sql),
            "mysql" => self.mariadb.execute(name, sql),
            _ => sqlite_file(Path::new(&url["sqlite:".len()..]), sql).map(drop),
        }
    }
}

/// Everything that came of taking a source to each engine.
fn told(bench: &mut Bench, case: &Case, engine: &str, source: &str) -> Result<String> {
    let plain = Run {
        name: "plain".into(),
        arguments: Vec::new(),
    };
    let runs = if case.runs.is_empty() {
        vec![plain]
    } else {
        case.runs.clone()
    };
    let mut told = String::new();
    for target_engine in ENGINES {
        for run in &runs {
            let target = bench.database(target_engine, "")?;
            let what = format!("{engine} → {target_engine}, {}", run.name);
            tell_run(&mut told, bench, run, (source, &target), &what).context(what)?;
            if case.file.is_none() {
                tell_rows(&mut told, &target)?;
            }
            for sql in case.after.get(target_engine).into_iter().flatten() {
                writeln!(told, "{sql}: {}", number(&target, sql)?)?;
            }
            for sql in case.refused.get(target_engine).into_iter().flatten() {
                let answer = match bench.execute(target_engine, &target, sql) {
                    Ok(()) => "taken".to_owned(),
                    Err(error) => format!("refused: {error}"),
                };
                writeln!(told, "{sql}: {answer}")?;
            }
            told.push('\n');
        }
    }
    Ok(told)
}

fn tell_run(
    told: &mut String,
    bench: &Bench,
    run: &Run,
    (source, target): (&str, &str),
    what: &str,
) -> Result<()> {
    let command = |words: &[&str]| {
        let mut arguments: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        arguments.extend(["--format".to_owned(), "json".to_owned()]);
        arguments.extend(run.arguments.clone());
        bench.folder.limosa(arguments).run()
    };
    let outcome = command(&["migrate", source, target, "--yes"])?;
    let report: Value = outcome.json()?;
    writeln!(
        told,
        "== {what}: exit {}",
        outcome.code().context("killed")?
    )?;
    for error in list(&report["errors"]) {
        writeln!(
            told,
            "error {}: {}",
            text(&error["code"]),
            text(&error["message"])
        )?;
    }
    for warning in list(&report["warnings"]) {
        writeln!(told, "warning: {}", text(warning))?;
    }
    for item in list(&report["not_carried"]) {
        let (kind, name) = (text(&item["kind"]), text(&item["name"]));
        writeln!(
            told,
            "not carried: {kind} {name}: {}",
            text(&item["reason"])
        )?;
    }
    if report["outcome"] != "completed" {
        let left = if exists(target) {
            tables(target)?
        } else {
            Vec::new()
        };
        ensure!(left.is_empty(), "{what}: the target holds {left:?}");
        return Ok(());
    }
    for table in list(&report["tables"]) {
        ensure!(table["verified"] == true, "{what}: {table:#}");
        writeln!(
            told,
            "{}: {} rows, {} in quarantine",
            text(&table["table"]),
            table["target_rows"],
            table["quarantined_rows"]
        )?;
        for column in list(&table["columns"]).iter().take(MOST_COLUMNS) {
            let counts: Vec<String> = ["re_encoded", "lossy", "rejected"]
                .iter()
                .filter(|name| column[**name] != 0)
                .map(|name| format!("{} {name}", column[*name]))
                .collect();
            if !counts.is_empty() {
                writeln!(told, "  {}: {}", text(&column["column"]), counts.join(", "))?;
            }
        }
    }
    for line in schema(target)? {
        writeln!(told, "  {line}")?;
    }
    let compared = command(&["diff", source, target])?;
    let code = compared.code().context("killed")?;
    ensure!(
        code == 0,
        "{what}: diff ends with {code}: {:#}",
        compared.json()?
    );
    Ok(())
}

fn tell_rows(told: &mut String, target: &str) -> Result<()> {
    if !exists(target) {
        return Ok(());
    }
    for table in tables(target)? {
        writeln!(told, "in {table}:")?;
        for row in read(&Side::new(target, &table))? {
            let row = if table == QUARANTINE {
                // The name of the migration is made of the place of its source.
                row.split_once(" | ")
                    .map_or("", |(_, rest)| rest)
                    .to_owned()
            } else {
                row
            };
            writeln!(told, "  {}", shortened(&row))?;
        }
    }
    Ok(())
}

/// A SQLite file that an undone migration would have made is gone again.
fn exists(target: &str) -> bool {
    target
        .strip_prefix("sqlite:")
        .is_none_or(|path| Path::new(path).exists())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn shortened(row: &str) -> String {
    let characters = row.chars().count();
    if characters <= SHOWN {
        return row.to_owned();
    }
    let head: String = row.chars().take(SHOWN).collect();
    format!("{head}… ({characters} characters)")
}

/// Runs the cases whose number has this rest, so that two tests share the work.
fn every_case(rest: usize) -> Result<()> {
    let folder = checkout().join("tests/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    cases.sort();
    let mut bench = Bench::new()?;
    let mut problems = Vec::new();
    for case in cases.iter().skip(rest).step_by(2) {
        let name = case.file_name().context("a name")?.to_string_lossy();
        if let Err(problem) = one_case(&mut bench, case) {
            problems.push(format!("{name}: {problem:#}"));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n\n"));
    Ok(())
}

fn one_case(bench: &mut Bench, folder: &Path) -> Result<()> {
    let case: Case = match fs::read_to_string(folder.join("case.toml")) {
        Ok(text) => toml::from_str(&text)?,
        Err(_) => Case::default(),
    };
    let mut found = false;
    for engine in ENGINES {
        let source = match &case.file {
            Some(file) if engine == "sqlite" => {
                let Some(file) = shared_data(file) else {
                    return Ok(());
                };
                format!("sqlite:{}", file.display())
            }
            Some(_) => continue,
            None => match fs::read_to_string(folder.join(format!("before.{engine}.sql"))) {
                Ok(before) => bench.database(engine, &before)?,
                Err(_) => continue,
            },
        };
        found = true;
        let told = told(bench, &case, engine, &source)?;
        let path = folder.join(format!("expected.{engine}.txt"));
        if env::var_os("LIMOSA_TESTS_UPDATE").is_some() {
            fs::write(&path, &told)?;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let differing = expected
            .lines()
            .zip(told.lines())
            .find(|(left, right)| left != right);
        ensure!(
            expected == told,
            "{} says something else, first {differing:?}; LIMOSA_TESTS_UPDATE=1 writes it anew",
            path.display()
        );
    }
    ensure!(found, "there is no before.<engine>.sql");
    Ok(())
}

#[test]
fn every_second_case() -> Result<()> {
    every_case(0)
}

#[test]
fn and_the_others() -> Result<()> {
    every_case(1)
}
