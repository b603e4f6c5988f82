//! The parts of a query: what it selects, from where, and in which order. Every field of the parser's tree is named here, so
//! that a new one stops the build instead of passing by.

use std::cell::Cell;

use sqlparser::ast::{
    Cte, Distinct, Expr, Fetch, GroupByExpr, LimitClause, NamedWindowDefinition, NamedWindowExpr,
    Offset, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort, Query, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier,
    Value, Values, WildcardAdditionalOptions, WindowSpec, With,
};

use super::Bounds;
use super::names::{Columns, Made, Scope, all_columns, same};
use super::places::{distinct_names, renamed};
use super::terms;
use super::words::too_deep;

/// How deep parts may lie within each other, on the stack of any thread. Sums and conditions may be longer.
const DEEPEST: usize = 60;

/// That a whole statement stays within its bounds.
pub(super) fn admit(bounds: &Bounds, query: &Query) -> Result<(), String> {
    let depth = Cell::new(0);
    let reader = Reader {
        bounds,
        made: Vec::new(),
        depth: &depth,
    };
    reader.query(query, None).map(drop)
}

/// Reads queries, with what the WITHs around them made.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub(super) bounds: &'a Bounds,
    /// The latest first.
    pub(super) made: Vec<Made>,
    depth: &'a Cell<usize>,
}

impl Reader<'_> {
    /// Reads a part that lies within another, as long as that does not go too deep.
    pub(super) fn within<T>(&self, read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        if self.depth.get() == DEEPEST {
            return Err(too_deep());
        }
        self.depth.set(self.depth.get() + 1);
        let part = read();
        self.depth.set(self.depth.get() - 1);
        part
    }

    /// A query, and the columns that it makes.
    pub(super) fn query(
        &self,
        query: &Query,
        outer: Option<&Scope<'_>>,
    ) -> Result<Columns, String> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if !locks.is_empty() {
            return Err(
                "it locks rows (FOR UPDATE or FOR SHARE), and a probe only reads".to_owned(),
            );
        }
        let is_foreign = for_clause.is_some()
            || settings.is_some()
            || format_clause.is_some()
            || !pipe_operators.is_empty();
        if is_foreign {
            return Err(unknown("a clause of another engine"));
        }
        let mut reader = self.clone();
        if let Some(with) = with {
            reader.with(with, outer)?;
        }
        let columns = reader.body(body, order_by.as_ref(), outer)?;
        limit(limit_clause.as_ref(), fetch.as_ref())?;
        Ok(columns)
    }

    fn with(&mut self, with: &With, outer: Option<&Scope<'_>>) -> Result<(), String> {
        let With {
            with_token: _,
            recursive,
            cte_tables,
        } = with;
        for made in cte_tables {
            let Cte {
                alias,
                query,
                from,
                materialized: _,
                closing_paren_token: _,
            } = made;
            if from.is_some() {
                return Err(unknown("a clause of another engine"));
            }
            let (name, named) = self.alias(alias)?;
            if name.eq_ignore_ascii_case(self.bounds.table.name()) || is_reserved(&name) {
                return Err(format!(
                    "its WITH makes a table called `{name}`, which is there already; give it another name"
                ));
            }
            for other in &self.made {
                same(&other.name, &name)?;
            }
            let columns = if *recursive {
                self.recursive(&name, &named, query, outer)?
            } else {
                self.query(query, outer)?
            };
            // The latest of a name comes first.
            let columns = renamed(named, columns)?;
            self.made.insert(0, Made { name, columns });
        }
        Ok(())
    }

    /// What may read itself, by the columns of its first part.
    fn recursive(
        &self,
        name: &str,
        named: &[String],
        query: &Query,
        outer: Option<&Scope<'_>>,
    ) -> Result<Columns, String> {
        let first = match (&query.with, query.body.as_ref()) {
            (None, SetExpr::SetOperation { left, .. }) => self.body(left, None, outer)?,
            _ => return self.query(query, outer),
        };
        let mut reader = self.clone();
        let made = Made {
            name: name.to_owned(),
            columns: renamed(named.to_vec(), first)?,
        };
        reader.made.insert(0, made);
        reader.query(query, outer)
    }

    fn body(
        &self,
        body: &SetExpr,
        order_by: Option<&OrderBy>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Columns, String> {
        let columns = match body {
            SetExpr::Select(select) => return self.select(select, order_by, outer),
            SetExpr::Query(query) => self.within(|| self.query(query, outer))?,
            SetExpr::SetOperation {
                left,
                op: SetOperator::Union | SetOperator::Except | SetOperator::Intersect,
                set_quantifier: SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None,
                right,
            } => {
                let columns = self.within(|| self.body(left, None, outer))?;
                self.within(|| self.body(right, None, outer))?;
                columns
            }
            SetExpr::SetOperation { .. } => return Err(unknown("a set operation")),
            SetExpr::Values(values) => self.values(values, outer)?,
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                return Err("it writes, and a probe only reads".to_owned());
            }
            SetExpr::Table(_) => return Err(all_columns("TABLE …")),
        };
        for term in order_terms(order_by)? {
            if !self.is_output(&term.expr, &columns) {
                return Err(format!(
                    "it orders by `{}`; a result put together from several is ordered by the names or positions of its columns",
                    term.expr
                ));
            }
        }
        Ok(columns)
    }

    fn values(&self, values: &Values, outer: Option<&Scope<'_>>) -> Result<Columns, String> {
        let Values {
            explicit_row: _,
            value_keyword: _,
            rows,
        } = values;
        let scope = Scope { items: &[], outer };
        for row in rows {
            for term in &row.content {
                self.term(term, scope)?;
            }
        }
        Ok(vec![None; rows.first().map_or(0, |row| row.content.len())])
    }

    fn select(
        &self,
        select: &Select,
        order_by: Option<&OrderBy>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Columns, String> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        if into.is_some() {
            return Err("it writes what it selects (INTO), and a probe only reads".to_owned());
        }
        if !optimizer_hints.is_empty() || select_modifiers.is_some() {
            return Err(
                "it tells the server how to work (hints, SQL_NO_CACHE …); leave that out"
                    .to_owned(),
            );
        }
        let is_foreign = top.is_some()
            || exclude.is_some()
            || !lateral_views.is_empty()
            || prewhere.is_some()
            || !connect_by.is_empty()
            || !(cluster_by.is_empty() && distribute_by.is_empty() && sort_by.is_empty())
            || qualify.is_some()
            || value_table_mode.is_some()
            || *flavor != SelectFlavor::Standard;
        if is_foreign {
            return Err(unknown("a clause of another engine"));
        }
        let (mut items, mut constraints) = (Vec::new(), Vec::new());
        for place in from {
            self.place(place, &mut items, outer, &mut constraints)?;
        }
        distinct_names(&items)?;
        let scope = Scope {
            items: &items,
            outer,
        };
        // Some engines let a join's condition see what was joined so far, others all of FROM: it has to hold for both.
        for (joined, constraint) in constraints {
            let items = &items[joined];
            self.constraint(constraint, Scope { items, outer })?;
            self.constraint(constraint, scope)?;
        }
        if let Some(Distinct::On(terms)) = distinct {
            self.terms(terms, scope)?;
        }
        let columns = self.projection(projection, scope)?;
        self.terms(selection.iter().chain(having), scope)?;
        match group_by {
            GroupByExpr::Expressions(terms, modifiers) if modifiers.is_empty() => {
                self.terms(terms, scope)?;
            }
            _ => return Err(unknown("GROUP BY with a modifier")),
        }
        for NamedWindowDefinition(_, window) in named_window {
            match window {
                NamedWindowExpr::WindowSpec(window) => self.window(window, scope)?,
                NamedWindowExpr::NamedWindow(_) => return Err(unknown("a window of a window")),
            }
        }
        for term in order_terms(order_by)? {
            if !self.is_output(&term.expr, &columns) {
                self.term(&term.expr, scope)?;
            }
        }
        Ok(columns)
    }

    fn projection(&self, items: &[SelectItem], scope: Scope<'_>) -> Result<Columns, String> {
        let mut columns = Vec::new();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(term) => {
                    self.term(term, scope)?;
                    columns.push(match term {
                        Expr::Identifier(name) => Some(self.bounds.column_name(name)),
                        Expr::CompoundIdentifier(names) => {
                            names.last().map(|name| self.bounds.column_name(name))
                        }
                        _ => None,
                    });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.term(expr, scope)?;
                    columns.push(Some(self.bounds.column_name(alias)));
                }
                SelectItem::Wildcard(options) => {
                    plain_star(options)?;
                    for item in scope.items {
                        let made = item.made.as_ref().ok_or_else(|| all_columns("*"))?;
                        columns.extend(made.iter().cloned());
                    }
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    plain_star(options)?;
                    columns.extend(self.bounds.made_by(name, scope)?);
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::ExprWithAliases { .. } => {
                    return Err(unknown("a list of columns of another engine"));
                }
            }
        }
        Ok(columns)
    }

    /// What a function looks over.
    pub(super) fn window(&self, window: &WindowSpec, scope: Scope<'_>) -> Result<(), String> {
        let WindowSpec {
            window_name: _,
            partition_by,
            order_by,
            window_frame,
        } = window;
        self.terms(partition_by, scope)?;
        self.ordered(order_by, scope)?;
        match window_frame {
            Some(frame) => terms::frame(frame),
            None => Ok(()),
        }
    }

    /// An order within a function or a window: by terms.
    pub(super) fn ordered(&self, order: &[OrderByExpr], scope: Scope<'_>) -> Result<(), String> {
        order.iter().try_for_each(|term| {
            plain_order(term)?;
            self.term(&term.expr, scope)
        })
    }

    pub(super) fn terms<'q>(
        &self,
        terms: impl IntoIterator<Item = &'q Expr>,
        scope: Scope<'_>,
    ) -> Result<(), String> {
        terms
            .into_iter()
            .try_for_each(|term| self.term(term, scope))
    }

    /// Whether a term of ORDER BY is a column of the result, by its name alone.
    fn is_output(&self, term: &Expr, columns: &Columns) -> bool {
        match term {
            Expr::Identifier(name) => columns.contains(&Some(self.bounds.column_name(name))),
            Expr::Value(value) => matches!(value.value, Value::Number(..)),
            _ => false,
        }
    }
}

/// What a part is called that is nothing of a plain SELECT.
pub(super) fn unknown(what: &str) -> String {
    format!("it has {what}, which no probe gets; write it as a plain SELECT")
}

/// Names that stand for an engine's own tables somewhere.
fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pg_", "sqlite_", "information_schema", "pragma_"]
        .iter()
        .any(|start| name.starts_with(start))
}

fn plain_star(options: &WildcardAdditionalOptions) -> Result<(), String> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let is_plain = opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none();
    if is_plain {
        Ok(())
    } else {
        Err(unknown("a star with exceptions"))
    }
}

fn order_terms(order_by: Option<&OrderBy>) -> Result<&[OrderByExpr], String> {
    match order_by {
        None => Ok(&[]),
        Some(OrderBy {
            kind: OrderByKind::Expressions(terms),
            interpolate: None,
        }) => {
            terms.iter().try_for_each(plain_order)?;
            Ok(terms)
        }
        Some(_) => Err(unknown("ORDER BY of another engine")),
    }
}

fn plain_order(term: &OrderByExpr) -> Result<(), String> {
    let OrderByExpr {
        expr: _,
        options: OrderByOptions {
            sort,
            nulls_first: _,
        },
        with_fill,
    } = term;
    match sort {
        None | Some(OrderBySort::Asc | OrderBySort::Desc) if with_fill.is_none() => Ok(()),
        _ => Err(unknown("ORDER BY with an operator")),
    }
}

/// Limits are numbers: nothing is asked to find them.
fn limit(clause: Option<&LimitClause>, fetch: Option<&Fetch>) -> Result<(), String> {
    let numbers: Vec<&Expr> = match clause {
        None => Vec::new(),
        Some(LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        }) => {
            let offset = offset.iter().map(|Offset { value, rows: _ }| value);
            limit.iter().chain(offset).chain(limit_by).collect()
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => vec![offset, limit],
    };
    let fetched = fetch.and_then(|Fetch { quantity, .. }| quantity.as_ref());
    for number in numbers.into_iter().chain(fetched) {
        let is_number =
            matches!(number, Expr::Value(value) if matches!(value.value, Value::Number(..)));
        if !is_number {
            return Err(format!("its limit is `{number}`; write a number"));
        }
    }
    Ok(())
}
