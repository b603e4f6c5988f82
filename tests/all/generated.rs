//! Made-up nasty databases through all pairs of engines and back: every value arrives, or its row is in the quarantine.
//!
//! `LIMOSA_TESTS_SEEDS=1000..4000` takes others than the usual seeds.

use std::collections::BTreeMap;
use std::env;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};
use limosa_tests::independent::{Side, compare};
use limosa_tests::query::number;
use limosa_tests::{Mariadb, Postgres, Server, WorkingFolder};
use serde_json::Value;

const ENGINES: [&str; 3] = ["sqlite", "postgres", "mysql"];
/// Seven for each pair of engines.
const SEEDS: Range<u64> = 0..63;

struct Bench {
    folder: WorkingFolder,
    postgres: Server<Postgres>,
    mariadb: Server<Mariadb>,
}

impl Bench {
    fn empty(&self, engine: &str, name: &str) -> Result<String> {
        match engine {
            "postgres" => self.postgres.create_database(name),
            "mysql" => self.mariadb.create_database(name),
            _ => {
                let path = self.folder.path().join(format!("{name}.sqlite"));
                Ok(format!("sqlite:{}", path.display()))
            }
        }
    }

    fn limosa(&self, arguments: &[&str], expected: &[i32]) -> Result<Value> {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        let outcome = self.folder.limosa(all).run()?;
        let code = outcome.code().context("killed")?;
        let answer = outcome.json().unwrap_or_default();
        ensure!(
            expected.contains(&code),
            "{arguments:?} ended with {code}: {:#}",
            answer["errors"]
        );
        Ok(answer)
    }

    /// Migrates what fits, and holds the target against the source; answers with how many rows did not fit.
    fn hop(&self, source: &str, target: &str) -> Result<u64> {
        let aside = ["--on-misfit", "quarantine"];
        let plan = self.limosa(&["plan", source, target, aside[0], aside[1]], &[0, 2])?;
        let report = self.limosa(
            &["migrate", source, target, "--yes", aside[0], aside[1]],
            &[0, 2],
        )?;
        let reported: BTreeMap<&str, &Value> = list(&report["tables"])
            .iter()
            .map(|table| (text(&table["table"]), table))
            .collect();
        let mut set_aside = 0;
        for planned in list(&plan["tables"]) {
            let table = reported
                .get(text(&planned["source"]))
                .context("a table that was not reported")?;
            let name = &unquoted(&planned["source"]);
            ensure!(table["verified"] == true, "{table:#}");
            let mut there = Side::new(target, &unquoted(&planned["target"]));
            for column in list(&planned["columns"]) {
                there = there.pairing(text(&column["target_name"]), text(&column["name"]));
            }
            let found = compare(&Side::new(source, name), &there)
                .with_context(|| format!("comparing {name}"))?;
            let quarantined = table["quarantined_rows"].as_u64().context("a count")?;
            // Only what was set aside is missing, and nothing that is there is another.
            ensure!(
                found.only_in_target.0 == 0 && found.only_in_source.0 as u64 == quarantined,
                "table {name}, {quarantined} rows set aside: {found}"
            );
            set_aside += quarantined;
        }
        if set_aside > 0 {
            let kept = number(target, "SELECT count(*) FROM limosa_quarantine")?;
            ensure!(
                u64::try_from(kept)? == set_aside,
                "{kept} of {set_aside} rows are in the quarantine"
            );
        }
        Ok(set_aside)
    }

    fn seed(&self, seed: u64) -> Result<u64> {
        let [from, to] = pair(seed);
        let source = self.empty(from, &format!("s{seed}"))?;
        let words = seed.to_string();
        self.limosa(
            &[
                "generate", &source, "--seed", &words, "--rows", "40", "--nasty",
            ],
            &[0],
        )
        .context("generating")?;
        let target = self.empty(to, &format!("t{seed}"))?;
        let set_aside = self.hop(&source, &target)?;
        let home = self.empty(from, &format!("h{seed}"))?;
        // What the target holds came from the source's engine, so all of it fits there.
        let lost = self.hop(&target, &home).context("the way back")?;
        ensure!(lost == 0, "{lost} rows do not fit on the way back");
        Ok(set_aside)
    }
}

fn pair(seed: u64) -> [&'static str; 2] {
    let index = usize::try_from(seed % 9).unwrap_or(0);
    [ENGINES[index / 3], ENGINES[index % 3]]
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The name of a table as it is; odd ones are told in quotes.
fn unquoted(value: &Value) -> String {
    let name = text(value);
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

fn seeds() -> Result<Range<u64>> {
    let Ok(text) = env::var("LIMOSA_TESTS_SEEDS") else {
        return Ok(SEEDS);
    };
    let (first, end) = text
        .split_once("..")
        .context("LIMOSA_TESTS_SEEDS: write 1000..4000")?;
    Ok(first.parse()?..end.parse()?)
}

#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
fn all_of(engine: &str) -> Result<()> {
    let bench = Bench {
        folder: WorkingFolder::new()?,
        postgres: Server::start()?,
        mariadb: Server::start()?,
    };
    let (mut problems, mut tried, mut set_aside) = (Vec::new(), 0, 0);
    for seed in seeds()?.filter(|seed| pair(*seed)[0] == engine) {
        tried += 1;
        match bench.seed(seed) {
            Ok(rows) => set_aside += rows,
            Err(problem) => {
                let [from, to] = pair(seed);
                problems.push(format!("seed {seed}, {from} to {to}: {problem:#}"));
            }
        }
    }
    eprintln!("{tried} databases from {engine}; {set_aside} rows were set aside");
    ensure!(
        problems.is_empty(),
        "{} of {tried}:\n{}",
        problems.len(),
        problems.join("\n\n")
    );
    Ok(())
}

#[test]
fn from_sqlite() -> Result<()> {
    all_of("sqlite")
}

#[test]
fn from_postgres() -> Result<()> {
    all_of("postgres")
}

#[test]
fn from_mysql() -> Result<()> {
    all_of("mysql")
}
