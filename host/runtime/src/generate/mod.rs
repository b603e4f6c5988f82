//! Made-up databases, alike for the same seed: to try a migration, a check or a rule on more than one is given.
//!
//! A nasty one is made of what breaks migrations: types of one engine alone, values at the ends of their range and beyond
//! what others hold, texts that look like something else, names that others cut, fold or reserve.

mod kinds;
mod literals;
mod names;
mod tables;

use fastrand::Rng;
use limosa_database::{Role, open};
use limosa_model::Engine;

use crate::{Error, Result};

/// Rows in one statement.
const ROWS_AT_ONCE: u64 = 50;

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The same seed makes the same database, for one version of the program.
    pub seed: u64,
    /// Tables.
    pub tables: u64,
    /// Rows of each table.
    pub rows: u64,
    /// Of what breaks migrations.
    pub nasty: bool,
}

/// Fills an empty database; answers with the names of the tables.
///
/// # Errors
/// If the database cannot be reached, or holds tables already.
pub async fn generate(url: &str, wish: Wish) -> Result<Vec<String>> {
    let database = open(url, Role::Target).await.map_err(failed)?;
    let there = database.catalogue().await.map_err(failed)?;
    if let Some(table) = there.tables.first() {
        return Err(Error::configuration(format!(
            "{} is not empty: it has table {}; name a new database",
            database.endpoint(),
            table.name
        )));
    }
    let engine = database.dialect().engine();
    let mut random = Rng::with_seed(wish.seed);
    let made = tables::tables(database.dialect(), wish, &mut random);
    let mut session = database.session().await.map_err(failed)?;
    let (begin, end) = match engine {
        Engine::Sqlite => ("BEGIN", "COMMIT"),
        // What a strict server refuses, a lax one has let into many databases.
        Engine::Mysql => (
            "SET SESSION sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_BACKSLASH_ESCAPES'",
            "COMMIT",
        ),
        Engine::Postgres => ("SELECT 1", "SELECT 1"),
    };
    session.execute(begin, &[]).await.map_err(failed)?;
    let mut run = async |sql: String| session.execute(&sql, &[]).await.map_err(failed);
    for table in &made {
        for definition in &table.definitions {
            run(definition.clone()).await?;
        }
        let mut number = 0;
        while number < wish.rows {
            let until = (number + ROWS_AT_ONCE).min(wish.rows);
            run(table.insert(number..until, &mut random)).await?;
            number = until;
        }
        for index in &table.indexes {
            run(index.clone()).await?;
        }
    }
    run(end.to_owned()).await?;
    Ok(made.into_iter().map(|table| table.name).collect())
}

fn failed(source: limosa_database::Error) -> Error {
    Error::Run {
        doing: "generating a database".into(),
        source: limosa_scheduler::Error::Database {
            doing: "writing its tables".into(),
            source: Box::new(source),
        },
    }
}
