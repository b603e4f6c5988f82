//! How an engine writes names, types and definitions: pure functions, one implementation an adapter.

use std::fmt;

use limosa_model::{
    CheckConstraint, Column, ColumnDefault, ColumnType, Engine, Fit, ForeignKey, Index, TableName,
    TablePlan, Value,
};

/// The SQL of one engine.
pub trait Dialect: Send + Sync + fmt::Debug {
    /// Which engine.
    fn engine(&self) -> Engine;

    /// A name in quotes, whatever it holds.
    fn quote(&self, name: &str) -> String;

    /// A placeholder for the value at `position`, counted from 1.
    fn placeholder(&self, position: usize) -> String;

    /// The greatest length of a name: in bytes, unless the engine counts otherwise.
    fn longest_name(&self) -> usize;

    /// Whether a name can be kept as it is.
    fn takes_name(&self, name: &str) -> bool {
        name.len() <= self.longest_name()
    }

    /// Whether names that differ in case alone are the same name.
    fn folds_case(&self) -> bool;

    /// Whether index names must be unique in the whole schema, not only within their table.
    fn index_names_are_global(&self) -> bool;

    /// Whether an index may be over a part of the rows.
    fn has_partial_indexes(&self) -> bool {
        true
    }

    /// Whether a column holds nothing but values of its declared type.
    fn enforces_types(&self) -> bool {
        true
    }

    /// How this engine, as a target, writes a column of another; `key_columns` is the number of columns of the
    /// widest key or index that the column is part of, 0 if it is in none.
    ///
    /// # Errors
    /// Why no type holds the column's values exactly.
    fn native_type(
        &self,
        column: &Column,
        from: Engine,
        key_columns: usize,
    ) -> Result<String, String>;

    /// Whether every server of this engine has a collation of this name.
    fn has_collation(&self, _name: &str) -> bool {
        false
    }

    /// In which form a value of such a column is kept here: `text`, `integer` …
    fn form(&self, column_type: &ColumnType) -> &'static str;

    /// What a column of this type holds apart from its type, for values that another engine may have.
    fn fit(&self, carried: &ColumnType, target_type: &str) -> Fit;

    /// Whether every value that this engine keeps in such a column fits, so that nobody has to look.
    fn surely_fits(&self, column_type: &ColumnType, fit: &Fit) -> bool;

    /// How rows of this engine are read for a target of another: mostly the column's own type.
    fn scanned_type(&self, column: &Column, to: Engine) -> ColumnType;

    /// As what a column is read to see how its values are stored, where one value of its type can be stored in several forms.
    fn stored_type(&self, _scanned: &ColumnType) -> Option<ColumnType> {
        None
    }

    /// The default in this engine's SQL, if its meaning can be kept.
    fn default(
        &self,
        default: &ColumnDefault,
        carried: &ColumnType,
        from: Engine,
    ) -> Option<String>;

    /// Creates the table without what is built after the load.
    fn create_table(&self, table: &TablePlan) -> String;

    /// What is built after the load: the primary key where it is not part of the table from the start, and
    /// each index. Each with a short name, for messages, and the name by which the catalogue knows it.
    fn create_indexes(&self, table: &TablePlan) -> Vec<Definition>;

    /// Adds a foreign key; `None`: it is part of the table from the start. With `unproven`, rows that break it
    /// stay, where the engine can have that; otherwise `None`.
    fn add_foreign_key(
        &self,
        table: &TableName,
        key: &ForeignKey,
        unproven: bool,
    ) -> Option<String>;

    /// Adds a check; `None`: it is part of the table from the start.
    fn add_check(&self, table: &TableName, check: &CheckConstraint) -> Option<String> {
        let name = check.name.as_deref().unwrap_or_default();
        Some(format!(
            "ALTER TABLE {} ADD CONSTRAINT {} CHECK ({})",
            self.table(table),
            self.quote(name),
            check.expression
        ))
    }

    /// Sets what a column that numbers itself will give next: what the source would have, and nothing that is there.
    fn restart_identity(&self, table: &TablePlan) -> Vec<String>;

    /// The most columns of a table.
    fn most_columns(&self) -> usize;

    /// Drops tables that may refer to each other.
    fn drop_tables(&self, tables: &[TableName]) -> Vec<String> {
        if tables.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = tables.iter().map(|name| self.table(name)).collect();
        vec![format!("DROP TABLE IF EXISTS {}", names.join(", "))]
    }

    /// Drops types that may be made of each other; only one engine has such.
    fn drop_types(&self, types: &[TableName]) -> Vec<String> {
        if types.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = types.iter().map(|name| self.table(name)).collect();
        vec![format!("DROP TYPE IF EXISTS {}", names.join(", "))]
    }

    /// Creates a schema; only one engine has such.
    fn create_schema(&self, schema: &str) -> String {
        format!("CREATE SCHEMA {}", self.quote(schema))
    }

    /// Whether tables stand in schemas.
    fn has_schemas(&self) -> bool {
        false
    }

    /// Drops schemas with nothing left in them; only one engine has such.
    fn drop_schemas(&self, schemas: &[String]) -> Vec<String> {
        if schemas.is_empty() {
            return Vec::new();
        }
        vec![format!("DROP SCHEMA IF EXISTS {}", self.list(schemas))]
    }

    /// Refreshes statistics.
    fn analyze(&self, table: &TableName) -> String;

    /// Milliseconds since 1970 by the server's clock.
    fn now_in_milliseconds(&self) -> &'static str;

    /// The suffix by which a `SELECT` keeps others from changing its rows until the transaction ends.
    fn share_lock(&self) -> &'static str;

    /// A query with one bound name: any row if such a table exists.
    fn table_exists(&self) -> &'static str;

    /// The type of a text without bounds.
    fn text_type(&self) -> &'static str;

    /// The type of a table's name in the books, where names that differ in a byte are different names.
    fn name_type(&self) -> String {
        "VARCHAR(200)".to_owned()
    }

    /// A table's name in quotes.
    fn table(&self, name: &TableName) -> String {
        match name.schema() {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(name.name())),
            None => self.quote(name.name()),
        }
    }

    /// Names in quotes, separated by commas.
    fn list(&self, names: &[String]) -> String {
        names
            .iter()
            .map(|name| self.quote(name))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Writes `?` as this engine's placeholders. For statements of our own, which hold no question mark in a literal.
    fn bind(&self, sql: &str) -> String {
        let mut parts = sql.split('?');
        let mut bound = parts.next().unwrap_or_default().to_owned();
        for (position, part) in parts.enumerate() {
            bound.push_str(&self.placeholder(position + 1));
            bound.push_str(part);
        }
        bound
    }

    /// The tables of the books with their names; the lease comes last: where it exists, the others do.
    fn create_books(&self) -> Vec<(&'static str, String)> {
        let (text, name) = (self.text_type(), self.name_type());
        vec![
            ("limosa_ledger", format!(
                "CREATE TABLE limosa_ledger (source_table {name} NOT NULL, range_digest CHAR(64) NOT NULL, key_range {text} NOT NULL, \
                 ordinal BIGINT NOT NULL, epoch BIGINT NOT NULL, row_count BIGINT NOT NULL, notes {text} NOT NULL, PRIMARY KEY (source_table, range_digest))"
            )),
            ("limosa_object", format!("CREATE TABLE limosa_object (name {name} NOT NULL PRIMARY KEY, kind VARCHAR(10) NOT NULL)")),
            ("limosa_lease", "CREATE TABLE limosa_lease (id INTEGER NOT NULL PRIMARY KEY, migration VARCHAR(64) NOT NULL, epoch BIGINT NOT NULL, host VARCHAR(255) NOT NULL, \
             boot VARCHAR(64) NOT NULL, process BIGINT NOT NULL, renewed BIGINT NOT NULL, released INTEGER NOT NULL, terms VARCHAR(64) DEFAULT '' NOT NULL)"
                .to_owned()),
        ]
    }
}

/// The days and moments of the years 0 to 9999, which have a text of four digits for the year.
pub(crate) const FOUR_DIGIT_DAYS: (i32, i32) = (-719_528, 2_932_896);
pub(crate) const FOUR_DIGIT_MOMENTS: (i64, i64) = (
    FOUR_DIGIT_DAYS.0 as i64 * MICROSECONDS_PER_DAY,
    (FOUR_DIGIT_DAYS.1 as i64 + 1) * MICROSECONDS_PER_DAY - 1,
);
const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// The numbers in the parentheses of a type: `decimal(12,2)`, `varchar(40)`.
pub(crate) fn bounds_of(target_type: &str) -> Vec<usize> {
    let inner = target_type
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let numbers = inner.map_or("", |(inner, _)| inner).split(',');
    numbers
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

/// A definition to run after the load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// By which name the catalogue knows it; empty for a primary key.
    pub name: String,
    /// The statement.
    pub sql: String,
}

/// `CREATE [UNIQUE] INDEX …`, alike on all engines.
pub(crate) fn create_index(dialect: &dyn Dialect, table: &TablePlan, index: &Index) -> Definition {
    if let Some(definition) = &index.definition {
        return Definition {
            name: index.name.clone(),
            sql: definition.clone(),
        };
    }
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            format!(
                "{}{}",
                dialect.quote(&column.name),
                if column.descending { " DESC" } else { "" }
            )
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let predicate = index
        .predicate
        .as_ref()
        .map(|predicate| format!(" WHERE {predicate}"))
        .unwrap_or_default();
    Definition {
        name: index.name.clone(),
        sql: format!(
            "CREATE {unique}INDEX {} ON {} ({}){predicate}",
            dialect.quote(&index.name),
            dialect.table(&table.target),
            columns.join(", ")
        ),
    }
}

/// Puts the columns that the target makes itself to their places among the others.
pub(crate) fn insert_generated(parts: &mut Vec<String>, table: &TablePlan) {
    for (place, definition) in &table.generated {
        parts.insert((*place).min(parts.len()), definition.clone());
    }
}

/// `CONSTRAINT … FOREIGN KEY …`, alike on all engines.
pub(crate) fn foreign_key(dialect: &dyn Dialect, key: &ForeignKey) -> String {
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
        dialect.quote(&key.name),
        dialect.list(&key.columns),
        dialect.table(&key.parent),
        dialect.list(&key.parent_columns),
        key.on_delete.sql(),
        key.on_update.sql()
    )
}

/// A constant as a literal of standard SQL, if it can be one on every engine.
pub(crate) fn literal(value: &Value, carried: &ColumnType) -> Option<String> {
    let is_text = matches!(carried, ColumnType::Text { .. });
    let is_number = matches!(
        carried,
        ColumnType::Integer { .. }
            | ColumnType::Unsigned
            | ColumnType::Float { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Number
    );
    match value {
        Value::Null => Some("NULL".to_owned()),
        Value::Integer(number) if is_number => Some(number.to_string()),
        Value::Integer(number) if is_text => Some(format!("'{number}'")),
        Value::Integer(number @ 0..=1) if *carried == ColumnType::Boolean => {
            Some(if *number == 1 { "TRUE" } else { "FALSE" }.to_owned())
        }
        Value::Boolean(truth) if *carried == ColumnType::Boolean => {
            Some(if *truth { "TRUE" } else { "FALSE" }.to_owned())
        }
        Value::Float(number) if is_number && number.is_finite() => Some(format!("{number:?}")),
        Value::Text(text) if is_number => limosa_model::canonical_number(text),
        // Only what is a value of the type: SQLite takes DEFAULT '0' for a date.
        Value::Text(text) if *carried == ColumnType::Date => {
            limosa_model::date_from_text(text).map(|_| format!("'{text}'"))
        }
        Value::Text(text) if *carried == ColumnType::Time => {
            limosa_model::time_from_text(text).map(|_| format!("'{text}'"))
        }
        Value::Text(text) if matches!(carried, ColumnType::Timestamp { .. }) => {
            limosa_model::timestamp_from_text(text).map(|_| format!("'{text}'"))
        }
        Value::Text(text)
            if matches!(carried, ColumnType::Json { .. })
                && limosa_model::is_json(text)
                && !text.contains('\\') =>
        {
            Some(format!("'{}'", text.replace('\'', "''")))
        }
        Value::Text(text) if *carried == ColumnType::Uuid => {
            limosa_model::is_canonical_uuid(text).then(|| format!("'{text}'"))
        }
        // A backslash means different things to different engines and settings.
        Value::Text(text) if is_text && !text.contains(['\\', '\0']) => {
            Some(format!("'{}'", text.replace('\'', "''")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_constants_of_their_column() {
        let check = |value, carried, expected: Option<&str>| {
            assert_eq!(literal(&value, &carried).as_deref(), expected)
        };
        check(
            Value::Text("it's".into()),
            ColumnType::TEXT,
            Some("'it''s'"),
        );
        check(Value::Text("a\\b".into()), ColumnType::TEXT, None);
        check(Value::Text("0.50".into()), ColumnType::Number, Some("0.5"));
        check(Value::Integer(1), ColumnType::Boolean, Some("TRUE"));
        check(Value::Integer(2), ColumnType::Boolean, None);
        check(Value::Null, ColumnType::Date, Some("NULL"));
    }
}
