//! The plan of a migration: every table and column with the type it has, is carried in and gets.

use serde::Serialize;

use crate::{
    CheckConstraint, ColumnType, Engine, Field, Fit, ForeignKey, Form, Index, NotCarried, OwnType,
    Shape, TableName, Treatment, digest,
};
use std::sync::Arc;

/// What will be done, decided before anything is touched.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The source, without secrets.
    pub source: String,
    /// Its engine.
    pub source_engine: Engine,
    /// The target, without secrets.
    pub target: String,
    /// Its engine.
    pub target_engine: Engine,
    /// Schemas to make before all else.
    pub schemas: Vec<String>,
    /// Types to make before the tables, where the engines are the same.
    pub types: Vec<OwnType>,
    /// The tables, in the order in which they are created.
    pub tables: Vec<TablePlan>,
    /// What the target will not have.
    pub not_carried: Vec<NotCarried>,
}

/// One table of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct TablePlan {
    /// The table in the source.
    pub source: TableName,
    /// The table in the target.
    pub target: TableName,
    /// Its columns in order; generated ones are left out.
    pub columns: Vec<ColumnPlan>,
    /// The columns by which rows are told apart; empty: the table is one chunk.
    pub key: Vec<String>,
    /// The target's primary key.
    pub primary_key: Vec<String>,
    /// Indexes to build after the load.
    pub indexes: Vec<Index>,
    /// Foreign keys to add at the end.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints in the target's SQL, to add at the end.
    pub checks: Vec<CheckConstraint>,
    /// Columns that the target makes itself, in its SQL, each with its place among all columns.
    pub generated: Vec<(usize, String)>,
    /// The next number that the source would give, where it counts those that it gave.
    pub next_number: Option<u64>,
    /// About how many rows.
    pub estimated_rows: u64,
    /// Rows to a chunk.
    pub chunk_rows: u64,
    /// The source's own statement, where the target is SQLite too and takes it as it is.
    pub definition: Option<String>,
    /// The tables that its rows are made of, as they are read, where a transform makes the table; its own columns are
    /// then those that it is given, and none of the source's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_of: Vec<Self>,
}

/// One column of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnPlan {
    /// Its name in the source.
    pub name: String,
    /// Its name in the target.
    pub target_name: String,
    /// Its type in the source, as that writes it.
    pub source_type: String,
    /// The type it is read as.
    pub scanned: ColumnType,
    /// The type that its treatment makes of that; the same, if there is none.
    pub treated: ColumnType,
    /// The type it is carried in: the treated one, unless a transform changes it.
    pub carried: ColumnType,
    /// Its type in the target, as that writes it.
    pub target_type: String,
    /// Why it is carried so.
    pub why: Why,
    /// What the target's column holds apart from its type. If that type is the source's own, it takes also the values that
    /// only this engine has (infinite dates, NaN among decimals, the day zero), which are carried as the engine's own text.
    pub fit: Fit,
    /// What a person said about the column.
    pub treatment: Treatment,
    /// Whether the target keeps its values in the form that they had, or in another that means the same.
    pub form: Form,
    /// Whether nulls are allowed.
    pub nullable: bool,
    /// The default in the target's SQL.
    pub default: Option<String>,
    /// Numbers itself.
    pub identity: bool,
    /// How it does, in the target's SQL, where that is not the usual way.
    pub numbering: Option<String>,
}

/// Why a column is carried in its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// That is what its type means.
    Declared,
    /// Its values are of another than its type says.
    Values,
    /// Its treatment asks for it.
    Treatment,
    /// A transform makes it.
    Transform,
}

impl Why {
    /// In words, beside the column.
    pub fn text(self) -> &'static str {
        match self {
            Self::Declared => "",
            Self::Values => "by its values",
            Self::Treatment => "as asked",
            Self::Transform => "by a transform",
        }
    }
}

impl Plan {
    /// SHA-256 over everything that decides how rows are carried; chunk sizes and estimates do not.
    pub fn digest(&self) -> String {
        let reading = |reading: &TablePlan| {
            let facts = (&reading.source, &reading.columns, &reading.key);
            serde_json::json!(facts)
        };
        let tables: Vec<_> = self
            .tables
            .iter()
            .map(|table| {
                (
                    &table.source,
                    &table.target,
                    &table.columns,
                    &table.key,
                    &table.primary_key,
                    &table.generated,
                    table.made_of.iter().map(reading).collect::<Vec<_>>(),
                )
            })
            .collect();
        let facts = serde_json::json!([self.source, self.target, tables]);
        digest(facts.to_string().as_bytes())
    }
}

impl TablePlan {
    /// Whether a transform makes its rows, so that they are not one for one with those of a table of the source.
    pub fn is_made(&self) -> bool {
        !self.made_of.is_empty()
    }

    /// What is read for it: the table itself, unless it is made of others.
    pub fn readings(&self) -> &[Self] {
        if self.made_of.is_empty() {
            std::slice::from_ref(self)
        } else {
            &self.made_of
        }
    }

    /// Under which name the books keep what came of one of its readings: a table may be read for several others.
    pub fn passage(&self, reading: &Self) -> TableName {
        if reading.source == self.source {
            self.source.clone()
        } else {
            TableName::new(format!("{}=>{}", reading.source, self.source))
        }
    }

    /// The shape of rows as read from the source.
    pub fn scanned_shape(&self) -> Arc<Shape> {
        self.shape(|column| (&column.name, &column.scanned))
    }

    /// The shape of rows after their treatment.
    pub fn treated_shape(&self) -> Arc<Shape> {
        self.shape(|column| (&column.name, &column.treated))
    }

    /// The shape of rows as the target has them.
    pub fn carried_shape(&self) -> Arc<Shape> {
        self.shape(|column| (&column.target_name, &column.carried))
    }

    fn shape<'a>(
        &'a self,
        of: impl Fn(&'a ColumnPlan) -> (&'a String, &'a ColumnType),
    ) -> Arc<Shape> {
        let fields = self.columns.iter().map(|column| {
            let (name, column_type) = of(column);
            Field {
                name: name.clone(),
                column_type: column_type.clone(),
                nullable: column.nullable,
            }
        });
        Shape::new(fields.collect())
    }

    /// The key's columns as the target calls them.
    pub fn target_key(&self) -> Vec<String> {
        self.key_positions()
            .into_iter()
            .map(|position| self.columns[position].target_name.clone())
            .collect()
    }

    /// Where the key's columns stand among the columns.
    pub fn key_positions(&self) -> Vec<usize> {
        self.key
            .iter()
            .filter_map(|name| self.columns.iter().position(|column| &column.name == name))
            .collect()
    }
}
