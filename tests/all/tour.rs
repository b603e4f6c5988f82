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

/// Tables whose values are not of their declared types: to SQLite as they are; to PostgreSQL with the misfits set aside, and
/// from there, all that arrived, through all pairs.
#[test]
fn odd_tables() -> Result<()> {
    let Some(path) = shared_data("pgloader-odd-tables.sqlite") else {
        return Ok(());
    };
    let start = format!("sqlite:{}", path.display());
    Tour::new()?.make(&start, &[S, S, S])?;
    let tour = Tour::new()?;
    let there = tour.postgres.create_database("odd")?;
    let arguments = [
        "migrate",
        &start,
        &there,
        "--yes",
        "--on-misfit",
        "quarantine",
    ];
    tour.folder.limosa(arguments).run()?.expect_code(2);
    tour.postgres
        .execute("odd", "DROP TABLE limosa_quarantine")?;
    tour.make(&there, &[P, P, S, S, M, M, P, M, S, P])
}

/// The table on which other tools corrupt silently, as each server would hold it.
#[test]
fn money_from_postgres() -> Result<()> {
    let tour = Tour::new()?;
    let start = tour.postgres.create_database("money")?;
    tour.postgres.execute(
        "money",
        "CREATE TABLE money (id int PRIMARY KEY, a numeric, b double precision, c numeric(10,2), d boolean, e timestamp, f text UNIQUE);
         INSERT INTO money VALUES
            (1, 1.98, 0.1234567890123, 19.99, true, '2023-11-14 22:13:20', 'x'),
            (2, 2.5, 123456789.123, 0.01, false, '2024-01-01 00:00:00', 'X'),
            (3, -0.000000000000000000000000000001, 5e-324, -99999999.99, NULL, '9999-12-31 23:59:59.999999', ' x '),
            (4, 99999999999999999999999999999999999, 1.7976931348623157e308, 0, true, '1000-01-01 00:00:00', '');",
    )?;
    tour.make(&start, &[P, P, S, S, M, M, P, M, S, P])
}

#[test]
fn money_from_mariadb() -> Result<()> {
    let tour = Tour::new()?;
    let start = tour.mariadb.create_database("money")?;
    tour.mariadb.execute(
        "money",
        "CREATE TABLE money (id int PRIMARY KEY, a decimal(65,30), b double, c decimal(10,2), d tinyint(1), e datetime(6),
            f varchar(20) COLLATE utf8mb4_nopad_bin UNIQUE, g bigint unsigned, h float, i year, j enum('small','large'), k set('a','b'),
            l bit(12), m time(6), n json, o varbinary(9), p char(5), q mediumtext) DEFAULT CHARACTER SET utf8mb4;
         INSERT INTO money VALUES
            (1, 1.98, 0.1234567890123, 19.99, 1, '2023-11-14 22:13:20', 'x', 18446744073709551615, 0.1, 2155, 'large', 'a,b', b'101', '23:59:59.999999', '{\"a\": 1.0}', x'00ff', 'ab', 'é😀'),
            (2, 2.5, 123456789.123, 0.01, 0, '2024-01-01 00:00:00', 'X', 0, 3.4e38, 1901, 'small', '', b'0', '00:00:00', '[]', '', '', ''),
            (3, -99999999999999999999999999999999999.999999999999999999999999999999, 5e-324, -99999999.99, NULL, '1000-01-01 00:00:00.000001', ' x ',
             9223372036854775808, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);",
    )?;
    tour.make(&start, &[M, M, S, S, P, P, M, P, S, M])
}

/// Everything that PostgreSQL can say and the others have to be told somehow.
#[test]
fn nasty_from_postgres() -> Result<()> {
    let tour = Tour::new()?;
    let start = tour.postgres.create_database("nasty")?;
    tour.postgres.execute(
        "nasty",
        "CREATE TABLE \"select\" (\"order\" bigint, \"Group\" smallint, \"a b\" real, \"\"\"q\"\"\" text, PRIMARY KEY (\"order\", \"Group\"));
         INSERT INTO \"select\" VALUES (-9223372036854775808, -32768, '1e-45', 'a''b\"c\\d'), (9223372036854775807, 32767, '3.4028235e38', E'tab\\tline\\nend'), (0, 0, '-0.1', '');
         CREATE TABLE kinds (id uuid PRIMARY KEY, day date, at time(6), stamp timestamp(6), zoned timestamptz, doc json, bin bytea, num numeric(38,19), wide numeric(60,20), flag boolean, word varchar(7));
         INSERT INTO kinds VALUES
            ('00000000-0000-0000-0000-000000000001', '1000-01-01', '23:59:59.999999', '2024-02-29 12:00:00.000001', '2024-06-30 23:59:59.5+02', '{\"b\": 1, \"a\": [1.50, null]}', '\\x0001ff', 9999999999999999999.9999999999999999999, 1234567890123456789012345678901234567890.12345678901234567890, true, 'é😀 x'),
            ('ffffffff-ffff-ffff-ffff-ffffffffffff', '9999-12-31', '00:00:00', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00', 'null', '', -0.0000000000000000001, -0.00000000000000000001, false, ''),
            ('00000000-0000-0000-0000-000000000002', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
         CREATE TABLE keyless (a int, b text); INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL), (2, NULL);
         CREATE TABLE bare (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)",
    )?;
    tour.make(&start, &[P, P, S, S, M, M, P, M, S, P])
}
