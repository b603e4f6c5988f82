//! The places in FROM: the bound table, what the statement made itself, and nothing else.

use std::ops::Range;

use sqlparser::ast::{
    Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableWithJoins,
};

use super::names::{Columns, Item, Made, Scope, idents, same};
use super::queries::{Reader, unknown};

/// What a join is on, with the items that it joins.
pub(super) type Constraints<'q> = Vec<(Range<usize>, &'q JoinConstraint)>;

impl Reader<'_> {
    /// A place in FROM with what is joined to it; `constraints` gets what each join is on, with the items that it joins.
    pub(super) fn place<'q>(
        &self,
        place: &'q TableWithJoins,
        items: &mut Vec<Item>,
        outer: Option<&Scope<'_>>,
        constraints: &mut Constraints<'q>,
    ) -> Result<(), String> {
        let TableWithJoins { relation, joins } = place;
        let first = items.len();
        self.factor(relation, items, outer, constraints)?;
        for join in joins {
            let Join {
                relation,
                global,
                join_operator,
            } = join;
            if *global {
                return Err(unknown("a join of another engine"));
            }
            self.factor(relation, items, outer, constraints)?;
            if let Some(constraint) = constraint_of(join_operator)? {
                constraints.push((first..items.len(), constraint));
            }
        }
        Ok(())
    }

    fn factor<'q>(
        &self,
        factor: &'q TableFactor,
        items: &mut Vec<Item>,
        outer: Option<&Scope<'_>>,
        constraints: &mut Constraints<'q>,
    ) -> Result<(), String> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } => {
                if !(with_hints.is_empty() && index_hints.is_empty() && partitions.is_empty()) {
                    return Err(
                        "it tells the server how to read the table (an index, a partition); leave that out"
                            .to_owned(),
                    );
                }
                items.push(self.table(name, alias.as_ref())?);
                Ok(())
            }
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            } => Err(makes_rows(&name.to_string())),
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias,
                sample: None,
            } => {
                let columns = self.query(subquery, outer)?;
                let (name, named) = match alias {
                    Some(alias) => self.alias(alias).map(|(name, named)| (Some(name), named))?,
                    None => (None, Vec::new()),
                };
                items.push(Item {
                    name,
                    made: Some(renamed(named, columns)?),
                });
                Ok(())
            }
            TableFactor::Derived { lateral: true, .. } => Err(
                "it has LATERAL, which runs a query for each row of another; write the inner query where its value is needed"
                    .to_owned(),
            ),
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.place(table_with_joins, items, outer, constraints),
            TableFactor::Function { name, .. } => Err(makes_rows(&name.to_string())),
            TableFactor::TableFunction { expr, .. } => Err(makes_rows(&expr.to_string())),
            _ => Err(unknown("a place in FROM that is neither table nor query")),
        }
    }

    /// A table by its name: one that a WITH made, or the bound one.
    fn table(&self, name: &ObjectName, alias: Option<&TableAlias>) -> Result<Item, String> {
        let refused = || {
            format!(
                "it reads `{name}`, and a probe reads the table of its binding; name that as {{table}}"
            )
        };
        let words = idents(name).ok_or_else(refused)?;
        let own = |ident: &Ident| self.bounds.table_name(ident);
        let made = match words.as_slice() {
            [word] if word.quote_style.is_none() => self.made(&own(word))?,
            _ => None,
        };
        let renames = match alias {
            Some(alias) => Some(self.alias(alias)?),
            None => None,
        };
        if let Some(made) = made {
            let (name, named) = renames.unwrap_or_else(|| (made.name.clone(), Vec::new()));
            return Ok(Item {
                name: Some(name),
                made: Some(renamed(named, made.columns.clone())?),
            });
        }
        if !self.bounds.is_bound_table(&words) {
            return Err(refused());
        }
        match renames {
            Some((_, named)) if !named.is_empty() => Err(
                "it gives other names to the columns of the table; give them with AS, one by one"
                    .to_owned(),
            ),
            Some((name, _)) => Ok(Item {
                name: Some(name),
                made: None,
            }),
            None => Ok(Item {
                name: words.last().map(|word| own(word)),
                made: None,
            }),
        }
    }

    fn made(&self, name: &str) -> Result<Option<&Made>, String> {
        for made in &self.made {
            if same(&made.name, name)? {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    /// The name that something gets, and those of its columns.
    pub(super) fn alias(&self, alias: &TableAlias) -> Result<(String, Vec<String>), String> {
        let TableAlias {
            explicit: _,
            name,
            columns,
            at,
        } = alias;
        if at.is_some() || columns.iter().any(|column| column.data_type.is_some()) {
            return Err(unknown("a name with types"));
        }
        let columns = columns
            .iter()
            .map(|column| self.bounds.column_name(&column.name));
        Ok((self.bounds.own_name(name)?, columns.collect()))
    }

    pub(super) fn constraint(
        &self,
        constraint: &JoinConstraint,
        scope: Scope<'_>,
    ) -> Result<(), String> {
        match constraint {
            JoinConstraint::On(term) => self.term(term, scope),
            JoinConstraint::Using(names) => {
                for name in names {
                    match idents(name).as_deref() {
                        Some([name]) => self.bounds.joined(name, scope)?,
                        _ => return Err(unknown("USING")),
                    }
                }
                Ok(())
            }
            JoinConstraint::Natural => Err(
                "it joins by all columns of the same name (NATURAL); say by which, with ON"
                    .to_owned(),
            ),
            JoinConstraint::None => Ok(()),
        }
    }
}

fn makes_rows(name: &str) -> String {
    format!(
        "it takes rows from the function `{name}`; a probe reads the table of its binding, {{table}}"
    )
}

/// Two places of one name: some engines take the first, some both.
pub(super) fn distinct_names(items: &[Item]) -> Result<(), String> {
    for (at, item) in items.iter().enumerate() {
        let Some(name) = &item.name else { continue };
        let is_same = |other: &&Item| {
            let other = other.name.as_ref();
            other.is_some_and(|other| other.eq_ignore_ascii_case(name))
        };
        if items[..at].iter().any(|other| is_same(&other)) {
            return Err(format!(
                "two places in FROM are called `{name}`; give each a name of its own with AS"
            ));
        }
    }
    Ok(())
}

/// Columns with the names that something else gives them, as far as it does.
pub(super) fn renamed(named: Vec<String>, columns: Columns) -> Result<Columns, String> {
    if named.len() > columns.len() {
        return Err(format!(
            "it names {} columns where there are {}",
            named.len(),
            columns.len()
        ));
    }
    let rest = columns.into_iter().skip(named.len());
    let named: Vec<Option<String>> = named.into_iter().map(Some).collect();
    Ok(named.into_iter().chain(rest).collect())
}

fn constraint_of(operator: &JoinOperator) -> Result<Option<&JoinConstraint>, String> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => Ok(Some(constraint)),
        _ => Err(unknown("a join of another engine")),
    }
}
