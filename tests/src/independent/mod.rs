//! Compares a table in two databases value by value without a line of Limosa's own code, to hold `limosa diff` to account.
//!
//! Both sides are read by plain SELECTs, each row becomes a text by the rules in `canonical.rs`, and the sorted texts are compared:
//! no key is needed, and duplicates count. All rows are in memory at once, which is enough for tests.

mod canonical;
mod mariadb;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result, bail};

use crate::block_on;
use canonical::Kind;

/// Differing rows that are kept for the message.
const SHOWN: usize = 10;

/// A table in a database.
#[derive(Clone, Debug)]
pub struct Side {
    url: String,
    table: String,
    expressions: BTreeMap<String, String>,
    partners: BTreeMap<String, String>,
}

impl Side {
    /// A table, with its schema before a dot if it has one, by the URL that Limosa takes.
    pub fn new(url: &str, table: &str) -> Self {
        Self {
            url: url.into(),
            table: table.into(),
            expressions: BTreeMap::new(),
            partners: BTreeMap::new(),
        }
    }

    /// Pairs a column of this side with one of the other that is called otherwise.
    #[must_use]
    pub fn pairing(mut self, column: &str, other: &str) -> Self {
        self.partners
            .insert(column.to_lowercase(), other.to_lowercase());
        self
    }

    fn partner(&self, column: &str) -> String {
        let folded = column.to_lowercase();
        self.partners.get(&folded).cloned().unwrap_or(folded)
    }

    /// Reads a column by this SQL, where a transform or a rule of ours makes more of it than a copy.
    #[must_use]
    pub fn reading(mut self, column: &str, expression: &str) -> Self {
        self.expressions
            .insert(column.to_lowercase(), expression.into());
        self
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Rows on the left.
    pub source_rows: usize,
    /// Rows on the right.
    pub target_rows: usize,
    /// How many rows have no equal on the right, and how the first of them look.
    pub only_in_source: (usize, Vec<String>),
    /// How many rows have no equal on the left, and how the first of them look.
    pub only_in_target: (usize, Vec<String>),
}

impl Comparison {
    /// Whether both hold the same rows.
    pub fn is_equal(&self) -> bool {
        self.only_in_source.0 == 0 && self.only_in_target.0 == 0
    }

    /// Fails the test, and shows rows that differ, unless both hold the same rows; returns how many.
    #[track_caller]
    pub fn expect_equal(self) -> usize {
        assert!(self.is_equal(), "{self}");
        self.source_rows
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} rows in the source, {} in the target",
            self.source_rows, self.target_rows
        )?;
        for (place, (count, rows)) in [
            ("source", &self.only_in_source),
            ("target", &self.only_in_target),
        ] {
            writeln!(f, "only in the {place}: {count}")?;
            for row in rows {
                writeln!(f, "  {row}")?;
            }
        }
        Ok(())
    }
}

/// Compares two tables; columns pair by name, whatever its case, and an error names those without a partner.
pub fn compare(source: &Side, target: &Side) -> Result<Comparison> {
    block_on(async {
        let left = columns(source).await?;
        let right = columns(target).await?;
        let mut source_columns = Vec::new();
        let mut target_columns = Vec::new();
        let mut rest: BTreeMap<String, Column> = right
            .into_iter()
            .map(|column| (target.partner(&column.name), column))
            .collect();
        for column in left {
            let Some(partner) = rest.remove(&source.partner(&column.name)) else {
                bail!(
                    "{} of the source's {} is not in the target",
                    column.name,
                    source.table
                );
            };
            let kind = Kind::common(column.kind, partner.kind);
            source_columns.push(Column {
                rule: kind,
                ..column
            });
            target_columns.push(Column {
                rule: kind,
                ..partner
            });
        }
        if let Some(name) = rest.keys().next() {
            bail!(
                "{name} of the target's {} is not in the source",
                target.table
            );
        }
        Ok(difference(
            rows(source, &source_columns).await?,
            rows(target, &target_columns).await?,
        ))
    })
}

/// The rows of a table, each as a text by the rules of its own columns, sorted.
pub fn read(side: &Side) -> Result<Vec<String>> {
    block_on(async {
        let columns = columns(side).await?;
        let mut rows = rows(side, &columns).await?;
        rows.sort_unstable();
        Ok(rows)
    })
}

/// What a database says of its own schema, a line at a time, without Limosa's quarantine.
pub fn schema(url: &str) -> Result<Vec<String>> {
    let statements = block_on(async {
        match Server::of(url)? {
            Server::Sqlite => sqlite::schema(url).await,
            Server::Postgres => postgres::schema(url).await,
            Server::Mariadb => mariadb::schema(url).await,
        }
    })?;
    let kept = statements
        .into_iter()
        .filter(|statement| !statement.contains("limosa_quarantine"));
    Ok(kept
        .flat_map(|statement| statement.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect())
}

/// The tables of a database, sorted, without those of the system.
pub fn tables(url: &str) -> Result<Vec<String>> {
    block_on(async {
        match Server::of(url)? {
            Server::Sqlite => sqlite::tables(url).await,
            Server::Postgres => postgres::tables(url).await,
            Server::Mariadb => mariadb::tables(url).await,
        }
    })
}

/// A column of one side: how it is read, and how its values are compared.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: Kind,
    rule: Kind,
}

impl Column {
    fn new(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            rule: kind,
        }
    }
}

enum Server {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Server {
    fn of(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            Some("mysql" | "mariadb") => Ok(Self::Mariadb),
            _ => bail!("no comparison for the URL {url}"),
        }
    }
}

async fn columns(side: &Side) -> Result<Vec<Column>> {
    let columns = match Server::of(&side.url)? {
        Server::Sqlite => sqlite::columns(&side.url, &side.table).await,
        Server::Postgres => postgres::columns(&side.url, &side.table).await,
        Server::Mariadb => mariadb::columns(&side.url, &side.table).await,
    };
    let columns = columns.with_context(|| format!("the columns of {}", side.table))?;
    if columns.is_empty() {
        bail!("there is no table {}", side.table);
    }
    Ok(columns)
}

async fn rows(side: &Side, columns: &[Column]) -> Result<Vec<String>> {
    let expression = |column: &Column, quoted: String| {
        side.expressions
            .get(&column.name.to_lowercase())
            .cloned()
            .unwrap_or(quoted)
    };
    let rows = match Server::of(&side.url)? {
        Server::Sqlite => sqlite::rows(&side.url, &side.table, columns, expression).await,
        Server::Postgres => postgres::rows(&side.url, &side.table, columns, expression).await,
        Server::Mariadb => mariadb::rows(&side.url, &side.table, columns, expression).await,
    };
    rows.with_context(|| format!("the rows of {}", side.table))
}

/// The rows of each side without an equal on the other, as multisets.
fn difference(mut source: Vec<String>, mut target: Vec<String>) -> Comparison {
    let mut found = Comparison {
        source_rows: source.len(),
        target_rows: target.len(),
        ..Comparison::default()
    };
    source.sort_unstable();
    target.sort_unstable();
    let keep = |place: &mut (usize, Vec<String>), row: String| {
        place.0 += 1;
        if place.1.len() < SHOWN {
            place.1.push(row);
        }
    };
    let (mut source, mut target) = (source.into_iter().peekable(), target.into_iter().peekable());
    loop {
        match (source.peek(), target.peek()) {
            (None, None) => return found,
            (Some(left), Some(right)) if left == right => {
                source.next();
                target.next();
            }
            (Some(left), right) if right.is_none_or(|right| left < right) => {
                source
                    .next()
                    .into_iter()
                    .for_each(|row| keep(&mut found.only_in_source, row));
            }
            _ => target
                .next()
                .into_iter()
                .for_each(|row| keep(&mut found.only_in_target, row)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_and_strangers_count() {
        let rows = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        assert!(difference(rows("bca"), rows("abc")).is_equal());
        let found = difference(rows("aabd"), rows("abbc"));
        assert_eq!(found.only_in_source, (2, rows("ad")));
        assert_eq!(found.only_in_target, (2, rows("bc")));
        assert_eq!(
            difference(rows(""), rows("a")).only_in_target,
            (1, rows("a"))
        );
        assert_eq!(
            difference(rows("a"), rows("")).only_in_source,
            (1, rows("a"))
        );
    }
}
