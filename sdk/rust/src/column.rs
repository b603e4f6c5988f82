//! What a plugin knows of the columns it was given.

use crate::bindings::rows;
use crate::{Error, Result};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// 0 or 1; read as integers.
    Boolean,
    /// Whole numbers; read as integers.
    Integer,
    /// Binary floats; read as floats.
    Float,
    /// Decimals; of at most 38 digits read as decimals, wider and unbounded ones as text.
    Decimal,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Days since 1970-01-01; read as integers.
    Date,
    /// Microseconds since midnight; read as integers.
    Time,
    /// Microseconds since 1970-01-01; read as integers.
    Timestamp,
    /// UUIDs in canonical text.
    Uuid,
    /// JSON text.
    Json,
    /// A type that this SDK does not know; read as text.
    Other,
}

/// One column of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The role of the manifest that it was bound to; for the output of a transform the column's name.
    pub role: String,
    /// The name of its type: `integer`, `decimal`, `text` …
    pub type_name: String,
    /// Whether nulls are expected.
    pub nullable: bool,
    /// What the type needs beyond its name: `precision` and `scale` of a decimal, `zone` of a timestamp.
    pub attributes: Vec<(String, String)>,
}

impl Column {
    /// A decimal column of so many digits in all, and so many after the point.
    pub fn decimal(role: &str, precision: u8, scale: u8, nullable: bool) -> Self {
        Self {
            role: role.to_owned(),
            type_name: "decimal".to_owned(),
            nullable,
            attributes: vec![
                ("precision".to_owned(), precision.to_string()),
                ("scale".to_owned(), scale.to_string()),
            ],
        }
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        match self.type_name.as_str() {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "float" => Kind::Float,
            "decimal" => Kind::Decimal,
            "text" => Kind::Text,
            "bytes" => Kind::Bytes,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "timestamp" => Kind::Timestamp,
            "uuid" => Kind::Uuid,
            "json" => Kind::Json,
            _ => Kind::Other,
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    /// The most digits of a decimal; `None` where the type has no bound.
    pub fn precision(&self) -> Option<u32> {
        self.attribute("precision")?.parse().ok()
    }

    /// The digits after the point of a decimal; below zero where it counts tens, hundreds …
    pub fn scale(&self) -> Option<i32> {
        self.attribute("scale")?.parse().ok()
    }

    /// Whether its values are read by `decimals`.
    pub fn is_fixed_point(&self) -> bool {
        self.kind() == Kind::Decimal
            && self.scale().is_some()
            && self.precision().is_some_and(|digits| digits <= 38)
    }
}

impl From<rows::Column> for Column {
    fn from(column: rows::Column) -> Self {
        Self {
            role: column.name,
            type_name: column.type_,
            nullable: column.nullable,
            attributes: column.attributes,
        }
    }
}

impl From<Column> for rows::Column {
    fn from(column: Column) -> Self {
        Self {
            name: column.role,
            type_: column.type_name,
            nullable: column.nullable,
            attributes: column.attributes,
        }
    }
}

/// The table that a plugin was bound to, as far as it may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
}

impl Table {
    /// Puts a table together; a component gets its table from the host.
    pub fn new(name: String, columns: Vec<Column>) -> Self {
        Self { name, columns }
    }

    /// Its name, for the plugin's own use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns, in the order of the manifest's roles.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The index of the first column of a role.
    pub fn column(&self, role: &str) -> Result<u16> {
        self.role(role).next().ok_or_else(|| Error::MissingRole {
            role: role.to_owned(),
        })
    }

    /// The indices of all columns of a role.
    pub fn role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = u16> + 'a {
        (0..)
            .zip(&self.columns)
            .filter(move |(_, column)| column.role == role)
            .map(|(index, _)| index)
    }
}
