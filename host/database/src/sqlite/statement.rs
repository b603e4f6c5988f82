//! What only the statements say by which a table and its indexes were made: checks, and the conditions of partial indexes.

use limosa_model::{CheckConstraint, Engine};
use sqlparser::ast::{ColumnOption, Statement, TableConstraint};
use sqlparser::parser::Parser;

use crate::expression::grammar;

/// The checks of a table; `None` if its statement is not understood.
pub(super) fn checks_of(definition: &str) -> Option<Vec<CheckConstraint>> {
    let Statement::CreateTable(table) = parse(definition)? else {
        return None;
    };
    let named = |name: Option<String>, expression: String| CheckConstraint { name, expression };
    let mut checks = Vec::new();
    for column in &table.columns {
        for option in &column.options {
            if let ColumnOption::Check(check) = &option.option {
                let name = option.name.as_ref().or(check.name.as_ref());
                checks.push(named(
                    name.map(|name| name.value.clone()),
                    check.expr.to_string(),
                ));
            }
        }
    }
    for constraint in &table.constraints {
        if let TableConstraint::Check(check) = constraint {
            let name = check.name.as_ref().map(|name| name.value.clone());
            checks.push(named(name, check.expr.to_string()));
        }
    }
    Some(checks)
}

/// The condition of a partial index, if its statement is understood.
pub(super) fn predicate_of(definition: &str) -> Option<String> {
    match parse(definition)? {
        Statement::CreateIndex(index) => Some(index.predicate?.to_string()),
        _ => None,
    }
}

fn parse(definition: &str) -> Option<Statement> {
    let mut statements = Parser::parse_sql(grammar(Engine::Sqlite).as_ref(), definition).ok()?;
    let statement = statements.pop()?;
    statements.is_empty().then_some(statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_and_conditions() {
        let checks = checks_of(
            "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY AUTOINCREMENT, price DECIMAL(10,2) CHECK (price > 0), a TEXT COLLATE NOCASE, \
             CONSTRAINT named CHECK (length(a) < 5), UNIQUE (a))",
        )
        .unwrap();
        let shown: Vec<(Option<&str>, &str)> = checks
            .iter()
            .map(|check| (check.name.as_deref(), check.expression.as_str()))
            .collect();
        assert_eq!(
            shown,
            [(None, "price > 0"), (Some("named"), "length(a) < 5")]
        );
        assert_eq!(
            predicate_of("CREATE UNIQUE INDEX i ON t (a) WHERE gone IS NULL").as_deref(),
            Some("gone IS NULL")
        );
        assert_eq!(checks_of("CREATE TABLE t (a b c d e !)"), None);
    }
}
