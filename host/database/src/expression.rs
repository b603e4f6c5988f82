//! Conditions of one engine in the SQL of another: only what means the same in both, and nothing that merely looks so.
//!
//! What is let through: columns, constants, comparisons, the logic of three values, addition and multiplication, lists, ranges,
//! and a few functions that agree. What is not: division (whole in some engines, exact in others), patterns and case (they
//! depend on collations), dates that are made, and everything that is not named here.

use limosa_model::{ColumnType, Engine};
use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, UnaryOperator, Value,
};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use crate::Dialect;

/// Nested deeper than this, a condition is not read.
const DEEPEST: usize = 40;

/// How deep the parser of an engine's SQL goes, and which it is.
pub(crate) fn grammar(engine: Engine) -> Box<dyn sqlparser::dialect::Dialect> {
    match engine {
        Engine::Sqlite => Box::new(SQLiteDialect {}),
        Engine::Postgres => Box::new(PostgreSqlDialect {}),
        Engine::Mysql => Box::new(MySqlDialect {}),
    }
}

/// What a column of the source is called in the target, and the type that it has there.
pub type Columns<'a> = dyn Fn(&str) -> Option<(String, ColumnType)> + 'a;

/// A condition of one engine in another's SQL; `None` if it may mean something else there.
pub fn translate(
    sql: &str,
    from: Engine,
    to: &dyn Dialect,
    columns: &Columns<'_>,
) -> Option<String> {
    let grammar = grammar(from);
    let mut parser = Parser::new(grammar.as_ref())
        .with_recursion_limit(DEEPEST)
        .try_with_sql(sql)
        .ok()?;
    let expression = parser.parse_expr().ok()?;
    if parser.peek_token().token != Token::EOF {
        return None;
    }
    let translator = Translator { from, to, columns };
    translator.condition(&expression)
}

struct Translator<'a> {
    from: Engine,
    to: &'a dyn Dialect,
    columns: &'a Columns<'a>,
}

impl Translator<'_> {
    fn condition(&self, expression: &Expr) -> Option<String> {
        Some(match expression {
            Expr::Nested(inner) => self.condition(inner)?,
            Expr::Identifier(name) => self.column(name)?.0,
            Expr::Value(value) => self.constant(&value.value, None)?,
            // A character set before a text: MySQL writes down what it took for granted.
            Expr::Prefixed { prefix, value } if prefix.value.starts_with("_utf8") => {
                self.condition(value)?
            }
            Expr::UnaryOp { op, expr } => {
                let inner = self.condition(expr)?;
                match op {
                    UnaryOperator::Not => format!("(NOT {inner})"),
                    UnaryOperator::Minus => format!("(- {inner})"),
                    UnaryOperator::Plus => inner,
                    _ => return None,
                }
            }
            Expr::BinaryOp { left, op, right } => self.operation(left, op, right)?,
            Expr::IsNull(inner) => format!("({} IS NULL)", self.condition(inner)?),
            Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", self.condition(inner)?),
            Expr::InList {
                expr,
                list,
                negated,
            } => self.list(expr, list, *negated)?,
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let not = if *negated { "NOT " } else { "" };
                let (low, high) = (self.beside(low, expr)?, self.beside(high, expr)?);
                format!("({} {not}BETWEEN {low} AND {high})", self.condition(expr)?)
            }
            // `= ANY (ARRAY['a', 'b'])`, as PostgreSQL writes a list.
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => match bare(right) {
                Expr::Array(array) => self.list(left, &array.elem, false)?,
                _ => return None,
            },
            Expr::Cast { expr, .. } => match bare(expression) {
                inner @ Expr::Value(_) => self.condition(inner)?,
                // A short text is compared as text.
                Expr::Identifier(name)
                    if matches!(self.column(name)?.1, ColumnType::Text { .. }) =>
                {
                    self.condition(expr)?
                }
                _ => return None,
            },
            Expr::Function(function) => self.function(function)?,
            _ => return None,
        })
    }

    /// The column's name in quotes, and its type.
    fn column(&self, name: &Ident) -> Option<(String, ColumnType)> {
        let (name, column_type) = (self.columns)(&name.value)?;
        // There a long decimal is a text, which is more than every number.
        let is_number_as_text = match &column_type {
            ColumnType::Unsigned | ColumnType::Number => true,
            ColumnType::Decimal { precision, .. } => *precision > 15,
            _ => false,
        };
        if self.to.engine() == Engine::Sqlite && is_number_as_text {
            return None;
        }
        Some((self.to.quote(&name), column_type))
    }

    fn operation(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<String> {
        let sign = match op {
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Gt => ">",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::And => "AND",
            BinaryOperator::Or => "OR",
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            // In MySQL, `||` is another word for OR.
            BinaryOperator::StringConcat if self.from != Engine::Mysql => {
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                return Some(match self.to.engine() {
                    Engine::Mysql => format!("CONCAT({left}, {right})"),
                    Engine::Sqlite | Engine::Postgres => format!("({left} || {right})"),
                });
            }
            _ => return None,
        };
        Some(format!(
            "({} {sign} {})",
            self.beside(left, right)?,
            self.beside(right, left)?
        ))
    }

    fn list(&self, left: &Expr, list: &[Expr], negated: bool) -> Option<String> {
        let items = list
            .iter()
            .map(|item| self.beside(item, left))
            .collect::<Option<Vec<_>>>()?;
        let not = if negated { "NOT " } else { "" };
        Some(format!(
            "({} {not}IN ({}))",
            self.condition(left)?,
            items.join(", ")
        ))
    }

    /// One side of a comparison, as the type of the other asks for.
    fn beside(&self, expression: &Expr, other: &Expr) -> Option<String> {
        let other_type = match bare(other) {
            Expr::Identifier(name) => Some(self.column(name)?.1),
            _ => None,
        };
        match bare(expression) {
            Expr::Value(value) => self.constant(&value.value, other_type.as_ref()),
            _ => self.condition(expression),
        }
    }

    fn constant(&self, value: &Value, beside: Option<&ColumnType>) -> Option<String> {
        let truth = |truth: bool| match self.to.engine() {
            Engine::Postgres => if truth { "TRUE" } else { "FALSE" }.to_owned(),
            Engine::Sqlite | Engine::Mysql => i32::from(truth).to_string(),
        };
        match value {
            Value::Number(text, _) if beside == Some(&ColumnType::Boolean) => match text.as_str() {
                "0" => Some(truth(false)),
                "1" => Some(truth(true)),
                _ => None,
            },
            Value::Number(text, _) => {
                let digits = text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.');
                digits.then(|| text.clone())
            }
            Value::SingleQuotedString(text) if !text.contains(['\\', '\0']) => {
                Some(format!("'{}'", text.replace('\'', "''")))
            }
            Value::Boolean(value) => Some(truth(*value)),
            Value::Null => Some("NULL".to_owned()),
            _ => None,
        }
    }

    fn function(&self, function: &Function) -> Option<String> {
        let FunctionArguments::List(list) = &function.args else {
            return None;
        };
        let arguments = list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => {
                    self.condition(expression)
                }
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
        let name = function.name.to_string().to_ascii_lowercase();
        let joined = arguments.join(", ");
        Some(match (name.as_str(), arguments.len()) {
            // Bytes to MySQL, characters to the others.
            ("length", 1) if self.from != Engine::Mysql => match self.to.engine() {
                Engine::Sqlite => format!("length({joined})"),
                Engine::Postgres | Engine::Mysql => format!("char_length({joined})"),
            },
            ("char_length" | "character_length", 1) if self.from != Engine::Sqlite => {
                match self.to.engine() {
                    Engine::Sqlite => format!("length({joined})"),
                    Engine::Postgres | Engine::Mysql => format!("char_length({joined})"),
                }
            }
            ("abs", 1) => format!("abs({joined})"),
            ("coalesce", 2..) | ("ifnull", 2) => format!("coalesce({joined})"),
            ("nullif", 2) => format!("nullif({joined})"),
            _ => return None,
        })
    }
}

/// Without parentheses and without casts to text, which PostgreSQL writes around constants.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => bare(inner),
        Expr::Cast {
            expr, data_type, ..
        } if is_plain(data_type) => bare(expr),
        other => other,
    }
}

fn is_plain(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Text
            | DataType::Varchar(_)
            | DataType::CharacterVarying(_)
            | DataType::Numeric(_)
            | DataType::DoublePrecision
            | DataType::BigInt(_)
            | DataType::Integer(_)
            | DataType::Array(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::MysqlDialect;
    use crate::postgres::PostgresDialect;
    use crate::sqlite::SqliteDialect;

    fn columns(name: &str) -> Option<(String, ColumnType)> {
        let column_type = match name {
            "active" => ColumnType::Boolean,
            "price" | "old price" => ColumnType::Decimal {
                precision: 10,
                scale: 2,
            },
            "wide" => ColumnType::Number,
            "state" => ColumnType::TEXT,
            _ => return None,
        };
        Some((name.to_owned(), column_type))
    }

    fn check(sql: &str, from: Engine, to: &dyn Dialect, expected: Option<&str>) {
        let found = translate(sql, from, to, &columns);
        assert_eq!(found.as_deref(), expected, "{sql}");
    }

    #[test]
    fn what_means_the_same() {
        let mysql = MysqlDialect { mariadb: true };
        check(
            "price > 0 AND price < \"old price\"",
            Engine::Sqlite,
            &PostgresDialect,
            Some(r#"(("price" > 0) AND ("price" < "old price"))"#),
        );
        check(
            "active IN (0, 1)",
            Engine::Sqlite,
            &PostgresDialect,
            Some(r#"("active" IN (FALSE, TRUE))"#),
        );
        check(
            "((state)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))",
            Engine::Postgres,
            &mysql,
            Some("(`state` IN ('a', 'it''s'))"),
        );
        check(
            "`state` in (_utf8mb4'a',_utf8mb4'b') and char_length(`state`) <= 5",
            Engine::Mysql,
            &SqliteDialect,
            Some(r#"(("state" IN ('a', 'b')) AND (length("state") <= 5))"#),
        );
        check(
            "(price >= (0)::numeric)",
            Engine::Postgres,
            &SqliteDialect,
            Some(r#"("price" >= 0)"#),
        );
        check(
            "price BETWEEN 1 AND 5 OR state IS NOT NULL",
            Engine::Sqlite,
            &mysql,
            Some("((`price` BETWEEN 1 AND 5) OR (`state` IS NOT NULL))"),
        );
        check(
            "NOT active",
            Engine::Postgres,
            &mysql,
            Some("(NOT `active`)"),
        );
    }

    #[test]
    fn what_may_not() {
        for sql in [
            "price / 2 > 1",
            "state LIKE 'a%'",
            "state GLOB 'a*'",
            "lower(state) = 'a'",
            "unknown > 1",
            "state = \"a\"",
            "date('now') > state",
            "price > 1; DROP TABLE t",
            "price > (SELECT 1)",
            "state COLLATE NOCASE = 'a'",
        ] {
            check(sql, Engine::Sqlite, &PostgresDialect, None);
        }
        check("wide > 1", Engine::Postgres, &SqliteDialect, None);
        check("a || b", Engine::Mysql, &PostgresDialect, None);
        check("length(state) < 5", Engine::Mysql, &PostgresDialect, None);
        let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
        check(&deep, Engine::Sqlite, &PostgresDialect, None);
    }
}
