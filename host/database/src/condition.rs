//! The conditions by which rows are read: a range of keys, a few keys, and from which number to which a column goes.

use limosa_model::{Key, KeyRange, Value};

use crate::Dialect;

/// Writes a value into a statement: a placeholder whose value is noted, or a literal of the column's type.
pub(crate) type Bind<'a> = dyn FnMut(usize, &Value) -> String + 'a;

/// Notes values as they are bound, for statements with placeholders.
pub(crate) fn placeholders<'a>(
    dialect: &'a dyn Dialect,
    values: &'a mut Vec<Value>,
) -> impl FnMut(usize, &Value) -> String + 'a {
    move |_, value| {
        values.push(value.clone());
        dialect.placeholder(values.len())
    }
}

/// The condition of a range over key columns as ` WHERE …`; empty for the whole table. `bind` is given the
/// key column's position and the value.
///
/// Written out rather than as a comparison of rows, because MySQL does not use an index for those; the leading column
/// stands alone first, so that every planner sees a range to start from.
pub(crate) fn where_range(
    dialect: &dyn Dialect,
    key: &[String],
    range: &KeyRange,
    bind: &mut Bind<'_>,
) -> String {
    let mut conditions = Vec::new();
    for (bound, strict, leading) in [(&range.after, ">", ">="), (&range.through, "<", "<=")] {
        let Some(bound) = bound else { continue };
        let mut term = |column: usize, operator: &str| {
            format!(
                "{} {operator} {}",
                dialect.quote(&key[column]),
                bind(column, &bound[column])
            )
        };
        // After is exclusive, through is inclusive.
        let closing = if strict == ">" { ">" } else { "<=" };
        let last = key.len() - 1;
        if last == 0 {
            conditions.push(term(0, closing));
            continue;
        }
        let start = term(0, leading);
        let alternatives: Vec<String> = (0..key.len())
            .map(|depth| {
                let mut parts: Vec<String> = (0..depth).map(|column| term(column, "=")).collect();
                parts.push(term(depth, if depth == last { closing } else { strict }));
                format!("({})", parts.join(" AND "))
            })
            .collect();
        conditions.push(format!("{start} AND ({})", alternatives.join(" OR ")));
    }
    if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    }
}

/// The condition that picks rows by their keys, as ` WHERE …`.
pub(crate) fn where_keys(
    dialect: &dyn Dialect,
    key: &[String],
    keys: &[Key],
    bind: &mut Bind<'_>,
) -> String {
    let alternatives: Vec<String> = match key {
        [only] => {
            let list: Vec<String> = keys.iter().map(|values| bind(0, &values[0])).collect();
            vec![format!("{} IN ({})", dialect.quote(only), list.join(", "))]
        }
        _ => keys
            .iter()
            .map(|values| {
                let parts: Vec<String> = key
                    .iter()
                    .zip(values)
                    .enumerate()
                    .map(|(column, (name, value))| {
                        format!("{} = {}", dialect.quote(name), bind(column, value))
                    })
                    .collect();
                format!("({})", parts.join(" AND "))
            })
            .collect(),
    };
    format!(" WHERE {}", alternatives.join(" OR "))
}

/// The smallest and the greatest value of a column, both names in quotes. Two questions: SQLite answers each from the index, both at once from all rows.
pub(crate) fn extent(table: &str, column: &str) -> String {
    format!("SELECT (SELECT min({column}) FROM {table}), (SELECT max({column}) FROM {table})")
}

/// The answer to [`extent`].
pub(crate) fn extent_of(rows: &[Vec<Value>]) -> Option<(i64, i64)> {
    match rows.first()?.as_slice() {
        [Value::Integer(smallest), Value::Integer(greatest)] => Some((*smallest, *greatest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::PostgresDialect;

    #[test]
    fn ranges_are_written_out() {
        let check = |key: &[&str],
                     after: Option<Vec<i64>>,
                     through: Option<Vec<i64>>,
                     expected: &str,
                     bound: usize| {
            let key: Vec<String> = key.iter().map(|&name| name.to_owned()).collect();
            let values = |numbers: Option<Vec<i64>>| {
                numbers.map(|numbers| numbers.into_iter().map(Value::Integer).collect())
            };
            let range = KeyRange {
                after: values(after),
                through: values(through),
            };
            let mut values = Vec::new();
            let sql = where_range(
                &PostgresDialect,
                &key,
                &range,
                &mut placeholders(&PostgresDialect, &mut values),
            );
            assert_eq!((sql.as_str(), values.len()), (expected, bound));
        };
        check(&["a"], None, None, "", 0);
        check(
            &["a"],
            Some(vec![1]),
            Some(vec![5]),
            r#" WHERE "a" > $1 AND "a" <= $2"#,
            2,
        );
        check(
            &["a", "b"],
            Some(vec![1, 2]),
            None,
            r#" WHERE "a" >= $1 AND (("a" > $2) OR ("a" = $3 AND "b" > $4))"#,
            4,
        );
        check(
            &["a", "b"],
            None,
            Some(vec![1, 2]),
            r#" WHERE "a" <= $1 AND (("a" < $2) OR ("a" = $3 AND "b" <= $4))"#,
            4,
        );
    }
}
