//! The terms of a query: columns, constants, operators that change nothing, and functions of the list.

use limosa_model::Engine;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DataType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Interval,
    ObjectName, TimezoneInfo, TypedString, UnaryOperator, Value, WindowFrame, WindowFrameBound,
    WindowType,
};

use super::functions::is_function;
use super::names::{Scope, idents};
use super::queries::{Reader, unknown};

impl Reader<'_> {
    /// That a term names what it may, and does nothing but compute.
    pub(super) fn term(&self, term: &Expr, scope: Scope<'_>) -> Result<(), String> {
        // Down the left side of a sum or a condition, which the parser makes as deep as it is long.
        let mut term = term;
        while let Expr::BinaryOp { left, op, right } = term {
            if !self.takes(op) {
                return Err(operator(op));
            }
            self.term_within(right, scope)?;
            term = left;
        }
        self.term_within(term, scope)
    }

    fn term_within(&self, term: &Expr, scope: Scope<'_>) -> Result<(), String> {
        self.within(|| match term {
            Expr::BinaryOp { .. } => self.term(term, scope),
            term => self.part(term, scope),
        })
    }

    fn part(&self, term: &Expr, scope: Scope<'_>) -> Result<(), String> {
        let within = |terms: &[&Expr]| terms.iter().try_for_each(|term| self.term(term, scope));
        match term {
            Expr::Identifier(name) => self.bounds.column(name, scope),
            Expr::CompoundIdentifier(names) => self.bounds.column_of(names, scope),
            Expr::Value(value) => constant(&value.value),
            Expr::TypedString(TypedString {
                data_type, value, ..
            }) => {
                self.data_type(data_type)?;
                constant(&value.value)
            }
            Expr::Interval(Interval { value, .. }) => self.term(value, scope),
            Expr::Nested(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::Extract { expr: inner, .. }
            | Expr::Ceil {
                expr: inner,
                field: CeilFloorKind::DateTimeField(_),
            }
            | Expr::Floor {
                expr: inner,
                field: CeilFloorKind::DateTimeField(_),
            } => self.term(inner, scope),
            Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::Position {
                expr: left,
                r#in: right,
            }
            | Expr::AtTimeZone {
                timestamp: left,
                time_zone: right,
            } => within(&[left, right]),
            Expr::UnaryOp {
                op: UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not,
                expr,
            } => self.term(expr, scope),
            Expr::UnaryOp { op, .. } => Err(operator(op)),
            Expr::Between {
                expr,
                negated: _,
                low,
                high,
            } => within(&[expr, low, high]),
            Expr::InList {
                expr,
                list,
                negated: _,
            } => {
                self.term(expr, scope)?;
                self.terms(list, scope)
            }
            Expr::Like {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            }
            | Expr::ILike {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            }
            | Expr::SimilarTo {
                negated: _,
                expr,
                pattern,
                escape_char,
            } => {
                within(&[expr, pattern])?;
                self.terms(escape_char.as_deref(), scope)
            }
            // To SQLite it would be a function that somebody has to bring.
            Expr::RLike {
                negated: _,
                expr,
                pattern,
                regexp: _,
            } if self.bounds.engine == Engine::Mysql => within(&[expr, pattern]),
            Expr::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => {
                for CaseWhen { condition, result } in conditions {
                    within(&[condition, result])?;
                }
                self.terms(operand.as_deref(), scope)?;
                self.terms(else_result.as_deref(), scope)
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr,
                data_type,
                format: None,
                ..
            } => {
                self.data_type(data_type)?;
                self.term(expr, scope)
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special: _,
                shorthand: _,
            } => {
                self.term(expr, scope)?;
                self.terms(substring_from.as_deref(), scope)?;
                self.terms(substring_for.as_deref(), scope)
            }
            Expr::Trim {
                trim_where: _,
                trim_what,
                expr,
                trim_characters,
            } => {
                self.term(expr, scope)?;
                self.terms(trim_what.as_deref(), scope)?;
                self.terms(trim_characters.iter().flatten(), scope)
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                within(&[expr, overlay_what, overlay_from])?;
                self.terms(overlay_for.as_deref(), scope)
            }
            Expr::Collate { expr, collation } => {
                self.collation(collation)?;
                self.term(expr, scope)
            }
            Expr::Tuple(terms) => self.terms(terms, scope),
            Expr::Subquery(query)
            | Expr::Exists {
                subquery: query,
                negated: _,
            } => self.query(query, Some(&scope)).map(drop),
            Expr::InSubquery {
                expr,
                subquery,
                negated: _,
            } => {
                self.term(expr, scope)?;
                self.query(subquery, Some(&scope)).map(drop)
            }
            Expr::Function(function) => self.function(function, scope),
            other => Err(format!(
                "it has `{other}`, which a probe does not get; write it with comparisons, CASE and plain functions"
            )),
        }
    }

    fn takes(&self, op: &BinaryOperator) -> bool {
        match op {
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::StringConcat
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::Arrow
            | BinaryOperator::LongArrow => true,
            BinaryOperator::Spaceship | BinaryOperator::Xor | BinaryOperator::MyIntegerDivide => {
                self.bounds.engine == Engine::Mysql
            }
            BinaryOperator::PGRegexMatch
            | BinaryOperator::PGRegexIMatch
            | BinaryOperator::PGRegexNotMatch
            | BinaryOperator::PGRegexNotIMatch => self.bounds.engine == Engine::Postgres,
            _ => false,
        }
    }

    fn function(&self, function: &Function, scope: Scope<'_>) -> Result<(), String> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment: _,
            over,
        } = function;
        if *uses_odbc_syntax || *parameters != FunctionArguments::None {
            return Err(unknown("a function of another engine"));
        }
        self.is_pure(name)?;
        let FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: _,
            args,
            clauses,
        }) = args
        else {
            return Err(format!(
                "it calls `{name}` without arguments in parentheses; write `{name}(…)`"
            ));
        };
        for argument in args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(term)) => self.term(term, scope)?,
                // It counts rows, and reads no column.
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard)
                    if name.to_string().to_ascii_lowercase().ends_with("count") => {}
                other => return Err(unknown(&format!("the argument `{other}`"))),
            }
        }
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(order) => self.ordered(order, scope)?,
                FunctionArgumentClause::Separator(text) => constant(&text.value)?,
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => {}
                other => return Err(unknown(&format!("`{other}`"))),
            }
        }
        self.ordered(within_group, scope)?;
        self.terms(filter.as_deref(), scope)?;
        match over {
            None | Some(WindowType::NamedWindow(_)) => Ok(()),
            Some(WindowType::WindowSpec(window)) => self.window(window, scope),
        }
    }

    /// By its plain name: a quoted one, or one of a schema, may be somebody's own.
    fn is_pure(&self, name: &ObjectName) -> Result<(), String> {
        let engine = self.bounds.engine;
        let words = idents(name).unwrap_or_default();
        let plain = match words.as_slice() {
            [word] => Some(word),
            [schema, word]
                if engine == Engine::Postgres
                    && schema.quote_style.is_none()
                    && schema.value.eq_ignore_ascii_case("pg_catalog") =>
            {
                Some(word)
            }
            _ => None,
        };
        let is_listed = plain.is_some_and(|word| {
            word.quote_style.is_none() && is_function(engine, &word.value.to_ascii_lowercase())
        });
        if is_listed {
            return Ok(());
        }
        Err(format!(
            "it calls `{name}`, which is none of the functions that a probe may call on {engine}: aggregates, windows, and plain ones of text, numbers, dates and JSON, without quotes or schema (listed in plugins.md)"
        ))
    }

    /// Types whose values are made of their text alone, without a look into the catalogue or code of others.
    fn data_type(&self, data_type: &DataType) -> Result<(), String> {
        let is_plain = matches!(
            data_type,
            DataType::Character(_)
                | DataType::Char(_)
                | DataType::CharacterVarying(_)
                | DataType::CharVarying(_)
                | DataType::Varchar(_)
                | DataType::Text
                | DataType::Uuid
                | DataType::Binary(_)
                | DataType::Varbinary(_)
                | DataType::Blob(_)
                | DataType::Bytea
                | DataType::Numeric(_)
                | DataType::Decimal(_)
                | DataType::Dec(_)
                | DataType::Float(_)
                | DataType::Float4
                | DataType::Float8
                | DataType::Real
                | DataType::Double(_)
                | DataType::DoublePrecision
                | DataType::SmallInt(_)
                | DataType::Int(_)
                | DataType::Int2(_)
                | DataType::Int4(_)
                | DataType::Int8(_)
                | DataType::Integer(_)
                | DataType::BigInt(_)
                | DataType::Signed
                | DataType::SignedInteger
                | DataType::Unsigned
                | DataType::UnsignedInteger
                | DataType::Bool
                | DataType::Boolean
                | DataType::Date
                | DataType::Time(
                    _,
                    TimezoneInfo::None | TimezoneInfo::WithTimeZone | TimezoneInfo::WithoutTimeZone
                )
                | DataType::Datetime(_)
                | DataType::Timestamp(..)
                | DataType::Interval { .. }
                | DataType::JSON
                | DataType::JSONB
        );
        if is_plain {
            return Ok(());
        }
        Err(format!(
            "it makes a value of type `{data_type}`, whose reading may look into the catalogue or run code; a probe gets plain types: text, numbers, dates, uuid, bytes, json"
        ))
    }

    /// Collations change how texts are compared, and nothing else: any plain name.
    fn collation(&self, name: &ObjectName) -> Result<(), String> {
        match idents(name).as_deref() {
            Some([_]) => Ok(()),
            _ => Err(unknown("a collation of a schema")),
        }
    }
}

/// What a window begins and ends with: a number of rows, or a constant.
pub(super) fn frame(frame: &WindowFrame) -> Result<(), String> {
    let WindowFrame {
        units: _,
        start_bound,
        end_bound,
    } = frame;
    for bound in std::iter::once(start_bound).chain(end_bound) {
        match bound {
            WindowFrameBound::CurrentRow
            | WindowFrameBound::Preceding(None)
            | WindowFrameBound::Following(None) => {}
            WindowFrameBound::Preceding(Some(term)) | WindowFrameBound::Following(Some(term)) => {
                match term.as_ref() {
                    Expr::Value(value) => constant(&value.value)?,
                    _ => return Err(unknown("a window frame that is not a number of rows")),
                }
            }
        }
    }
    Ok(())
}

fn constant(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(_, false)
        | Value::SingleQuotedString(_)
        | Value::Boolean(_)
        | Value::Null => Ok(()),
        other => Err(unknown(&format!("the constant `{other}`"))),
    }
}

fn operator(op: &impl std::fmt::Display) -> String {
    format!(
        "it has the operator `{op}`; a probe gets comparison, arithmetic, AND, OR, NOT, `||`, `->`, LIKE, and PostgreSQL's `~`"
    )
}
