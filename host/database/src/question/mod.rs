//! What a probe may ask: one query that reads the columns bound to it and calls pure functions, told before a server sees it.
//!
//! A statement is taken only if every part of it is known here: what a parser of another release reads, what a server reads
//! otherwise than the parser, and whatever is new is refused. Three steps: its words (no comments, no other quotes, no second
//! statement), its parts (a query and nothing that writes, locks or makes rows by itself), and its names, each followed to the
//! place that it comes from.

mod functions;
mod names;
mod places;
mod queries;
mod terms;
#[cfg(test)]
mod tests;
mod words;

use limosa_model::{Engine, TableName};
use sqlparser::ast::Statement;
use sqlparser::parser::{Parser, ParserError};

use crate::Dialect;
use crate::expression::grammar;
use crate::mysql::MysqlDialect;
use crate::postgres::PostgresDialect;
use crate::sqlite::SqliteDialect;

pub use functions::{families, functions};

/// How deep the parser goes. A statement that people review is a good deal flatter.
const DEEPEST: usize = 40;

/// What the statements of a probe may name, as one engine calls it.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Whose SQL it is.
    pub engine: Engine,
    /// The bound table.
    pub table: TableName,
    /// The bound columns.
    pub columns: Vec<String>,
}

impl Bounds {
    /// That a statement, filled with quoted names, is a question within these bounds.
    ///
    /// # Errors
    /// What it is or does instead, and what would do, in a sentence that begins with `it`.
    pub fn admit(&self, sql: &str) -> Result<(), String> {
        let tokens = words::read(sql, self.engine)?;
        let grammar = grammar(self.engine);
        let mut parser = Parser::new(grammar.as_ref())
            .with_recursion_limit(DEEPEST)
            .with_tokens(tokens);
        let statements = parser.parse_statements().map_err(|error| match error {
            ParserError::RecursionLimitExceeded => words::too_deep(),
            ParserError::TokenizerError(reason) | ParserError::ParserError(reason) => format!(
                "it is no query that this program understands ({reason}); write a plain SELECT"
            ),
        })?;
        match statements.as_slice() {
            [Statement::Query(query)] => queries::admit(self, query),
            [_] => Err("it is no query: a probe may only SELECT".to_owned()),
            _ => Err("it is not one statement: a probe asks one question at a time".to_owned()),
        }
    }
}

/// How an engine writes names: what places in a statement are filled with where there is no connection.
pub fn quoting(engine: Engine) -> &'static dyn Dialect {
    match engine {
        Engine::Sqlite => &SqliteDialect,
        Engine::Postgres => &PostgresDialect,
        Engine::Mysql => &MysqlDialect { mariadb: false },
    }
}
