//! What a database holds besides rows: tables, columns, keys, indexes, and what is there but cannot be carried.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ColumnType, TableName, Value};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl Engine {
    /// The name in URLs, manifests and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Everything found in one database.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Base tables, ordered by name; Limosa's own are left out.
    pub tables: Vec<Table>,
    /// The schemas that are there besides the connection's own.
    pub schemas: Vec<String>,
    /// Types that the schema defines for itself, in the order in which they can be made.
    pub types: Vec<OwnType>,
    /// Views, triggers, routines and the like, each with advice.
    pub not_carried: Vec<NotCarried>,
}

impl Catalogue {
    /// The table of this name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.iter().find(|table| &table.name == name)
    }
}

/// A type that a schema defines for itself: an enumeration, a domain. It is named as a table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnType {
    /// Its name.
    pub name: TableName,
    /// The statement that makes it, in the engine's own SQL.
    pub definition: String,
}

/// A base table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Columns of the primary key, in the key's order; empty if there is none.
    pub primary_key: Vec<String>,
    /// All indexes but the primary key's.
    pub indexes: Vec<Index>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints, in the engine's own SQL.
    pub checks: Vec<CheckConstraint>,
    /// The number that the table will give to its next row, where the engine counts those that it gave: it may be beyond
    /// the greatest that is still there.
    pub next_number: Option<u64>,
    /// About how many rows of a source; exact after a census of SQLite, which keeps no count of its own, and 0 before.
    pub estimated_rows: u64,
    /// The statement that made it, where the engine keeps that (SQLite).
    pub definition: Option<String>,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns by which rows can be told apart and walked in order: the primary key, or else the
    /// narrowest unique index, with no column that may be null and no float.
    pub fn key(&self) -> Option<Vec<String>> {
        let usable = |columns: &[String]| {
            !columns.is_empty()
                && columns.iter().all(|name| {
                    self.column(name).is_some_and(|column| {
                        !column.nullable
                            && !matches!(
                                column.column_type,
                                ColumnType::Float { .. }
                                    | ColumnType::Native { .. }
                                    | ColumnType::Json { .. }
                            )
                    })
                })
        };
        if usable(&self.primary_key) {
            return Some(self.primary_key.clone());
        }
        self.indexes
            .iter()
            .filter(|index| index.unique && index.predicate.is_none() && !index.columns.is_empty())
            .map(|index| {
                index
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect::<Vec<_>>()
            })
            .filter(|columns| usable(columns))
            .min_by_key(Vec::len)
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type as the engine writes it.
    pub declared: String,
    /// What that means.
    pub column_type: ColumnType,
    /// The values that are there say so, and not the type as it is written.
    pub by_values: bool,
    /// Whether nulls are allowed.
    pub nullable: bool,
    /// The default, where there is one, by its meaning.
    pub default: Option<ColumnDefault>,
    /// The same as this engine writes it behind the word.
    pub default_sql: Option<String>,
    /// Numbers itself (`AUTO_INCREMENT`, identity, serial, `INTEGER PRIMARY KEY`).
    pub identity: bool,
    /// How it numbers itself, in the engine's own SQL, where that is not the usual way.
    pub numbering: Option<String>,
    /// How a generated column comes to its values.
    pub generated: Option<Generated>,
    /// How its texts are compared, where the column says so.
    pub collation: Option<Collation>,
    /// The only values that the type takes, where it lists them.
    pub enumeration: Vec<String>,
    /// What it is set to with each change of the row (MySQL's `ON UPDATE CURRENT_TIMESTAMP`).
    pub touched: Option<String>,
}

/// The default of a column, by meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnDefault {
    /// A constant.
    Literal(Value),
    /// The time of the insert.
    Now(Clock),
    /// The day of the insert.
    Today(Clock),
    /// The time of day of the insert.
    TimeOfDay(Clock),
    /// The time of the insert, in whole seconds since 1970.
    UnixTime,
    /// The time of the insert, in days since noon of 4714-11-24 BC.
    JulianDay,
    /// A new UUID.
    NewUuid,
    /// Anything else, in the engine's own SQL.
    Expression(String),
}

/// How texts are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collation {
    /// Its name, as the engine writes it.
    pub name: String,
    /// Texts that differ in a byte are never the same.
    pub exact: bool,
}

/// How a generated column comes to its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// By what, in the engine's own SQL.
    pub expression: String,
    /// The values are kept, rather than made when they are read.
    pub stored: bool,
}

/// Whose clock a default reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// In UTC, wherever whoever asks may be.
    Utc,
    /// In the time zone of whoever asks.
    Session,
}

/// An index other than the primary key's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns in order; empty where it is over more than columns.
    pub columns: Vec<IndexColumn>,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// The condition of a partial index, in the engine's own SQL.
    pub predicate: Option<String>,
    /// It comes with the table's definition, as a constraint, and has no statement of its own.
    pub inline: bool,
    /// The statement that makes it, in the engine's own SQL, where its columns do not say it all.
    pub definition: Option<String>,
}

/// A column within an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexColumn {
    /// The column.
    pub name: String,
    /// Whether it is sorted downwards.
    pub descending: bool,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name; made up from table and columns where the engine has none.
    pub name: String,
    /// The referring columns.
    pub columns: Vec<String>,
    /// The table referred to.
    pub parent: TableName,
    /// The columns referred to.
    pub parent_columns: Vec<String>,
    /// When a referred row is deleted.
    pub on_delete: ReferentialAction,
    /// When a referred key changes.
    pub on_update: ReferentialAction,
}

/// What a foreign key does when its parent changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferentialAction {
    /// Refuses, at the end of the statement or transaction.
    NoAction,
    /// Refuses at once.
    Restrict,
    /// Follows.
    Cascade,
    /// Nulls the reference.
    SetNull,
    /// Sets the reference to its default.
    SetDefault,
}

impl ReferentialAction {
    /// As SQL writes it, on every engine.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }

    /// From SQL as every engine's catalogue writes it.
    pub fn from_sql(text: &str) -> Option<Self> {
        [
            Self::NoAction,
            Self::Restrict,
            Self::Cascade,
            Self::SetNull,
            Self::SetDefault,
        ]
        .into_iter()
        .find(|action| action.sql().eq_ignore_ascii_case(text))
    }
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckConstraint {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its condition in the engine's own SQL, without the word.
    pub expression: String,
}

/// Something of the source that the target will not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCarried {
    /// What it is: `view`, `trigger`, `default`, `index` …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Why, and what to do about it.
    pub reason: String,
}

impl NotCarried {
    /// Whether it is no lack of the target, only good to know: another name, or texts that are told apart by more.
    pub fn is_remark(&self) -> bool {
        ["name", "text comparison"].contains(&self.kind.as_str())
    }
}
