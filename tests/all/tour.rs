//! Real databases on a tour through all nine pairs of engines, and home again: each hop exact, and the end as the beginning.

use anyhow::{Context as _, Result};
use limosa_tests::independent::{Side, compare, tables};
use limosa_tests::{Mariadb, Postgres, Server, WorkingFolder, shared_data, unzip};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Sqlite,
    Postgres,
    Mariadb,
}

use Place::{Mariadb as M, Postgres as P, Sqlite as S};

/// From each engine to each engine once, and to itself.
const TOUR: [Place; 10] = [S, S, P, P, M, M, S, M, P, S];

struct Tour {
    folder: WorkingFolder,
    postgres: Server<Postgres>,
    mariadb: Server<Mariadb>,
}

impl Tour {
    fn new() -> Result<Self> {
        Ok(Self {
            folder: WorkingFolder::new()?,
            postgres: Server::start()?,
            mariadb: Server::start()?,
        })
    }

    /// An empty database of an engine.
    fn empty(&self, place: Place, number: usize) -> Result<String> {
        let name = format!("stop_{number}");
        match place {
            S => {
                let path = self.folder.path().join(format!("{name}.sqlite"));
                Ok(format!("sqlite:{}", path.display()))
            }
            P => self.postgres.create_database(&name),
            M => self.mariadb.create_database(&name),
        }
    }

    /// Makes the tour from a database that stands at the first stop of the rest of it.
    fn make(&self, start: &str, stops: &[Place]) -> Result<()> {
        let mut here = start.to_owned();
        for (number, place) in stops.iter().enumerate().skip(1) {
            let there = self.empty(*place, number)?;
            let hop = format!("hop {number}, from {:?} to {place:?}", stops[number - 1]);
            self.hop(&here, &there).context(hop.clone())?;
            equal(&here, &there).with_context(|| hop)?;
            here = there;
        }
        equal(start, &here).context("the end and the beginning")
    }

    fn hop(&self, source: &str, target: &str) -> Result<()> {
        let arguments = ["migrate", source, target, "--yes", "--format", "json"];
        let report: Value = self.folder.limosa(arguments).run()?.json()?;
        anyhow::ensure!(report["outcome"] == "completed", "{report:#}");
        for table in report["tables"].as_array().context("tables")? {
            anyhow::ensure!(table["verified"] == true, "{table:#}");
        }
        Ok(())
    }
}

fn equal(left: &str, right: &str) -> Result<()> {
    let names = tables(left)?;
    anyhow::ensure!(
        names == tables(right)?,
        "{names:?} and {:?}",
        tables(right)?
    );
    for table in names {
        compare(&Side::new(left, &table), &Side::new(right, &table))?.expect_equal();
    }
    Ok(())
}

fn from_a_file(name: &str) -> Result<()> {
    let Some(path) = shared_data(name) else {
        return Ok(());
    };
    Tour::new()?.make(&format!("sqlite:{}", path.display()), &TOUR)
}

#[test]
fn chinook() -> Result<()> {
    from_a_file("chinook.sqlite")
}

#[test]
fn employee() -> Result<()> {
    from_a_file("employee.sqlite")
}

#[test]
fn sakila() -> Result<()> {
    let Some(archive) = shared_data("sakila.mysql.zip") else {
        return Ok(());
    };
    let tour = Tour::new()?;
    let start = tour.mariadb.create_database("sakila")?;
    for script in unzip(&archive)? {
        tour.mariadb.load("sakila", &script)?;
    }
    tour.make(&start, &[M, M, S, S, P, P, M, P, S, M])
}
