//! Names of things, as types of their own, so that a table's name is never taken for a column's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A table, with its schema where the engine has schemas and the table is not in the connection's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TableName {
    schema: Option<String>,
    name: String,
}

impl TableName {
    /// A table of the connection's default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// A table of a named schema.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: Some(schema.into()),
            name: name.into(),
        }
    }

    /// The schema, if it is not the default.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// As it is written, with every part in double quotes.
    pub fn in_quotes(&self) -> String {
        let parts = self.schema.iter().chain([&self.name]);
        parts.map(|part| quoted(part)).collect::<Vec<_>>().join(".")
    }

    /// The name within its schema.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `schema.name`; a part that holds a dot or a quote is written in double quotes.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write_part(f, schema)?;
            f.write_str(".")?;
        }
        write_part(f, &self.name)
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    if part.contains(['.', '"']) || part.is_empty() {
        f.write_str(&quoted(part))
    } else {
        f.write_str(part)
    }
}

fn quoted(part: &str) -> String {
    format!("\"{}\"", part.replace('"', "\"\""))
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = split_name(text)?;
        match (parts.pop(), parts.pop(), parts.pop()) {
            (Some(name), None, None) => Ok(Self { schema: None, name }),
            (Some(name), Some(schema), None) => Ok(Self {
                schema: Some(schema),
                name,
            }),
            _ => Err(format!(
                "`{text}` is not a table: write `table` or `schema.table`"
            )),
        }
    }
}

/// Splits `a.b."c.d"` at the dots that are not within double quotes.
fn split_name(text: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                part.push('"');
            }
            '"' if quoted => {
                quoted = false;
                // Else what is understood would be another name than what stands there.
                if characters.peek().is_some_and(|next| *next != '.') {
                    return Err(format!(
                        "something stands behind the closing quote in `{text}`"
                    ));
                }
            }
            '"' if part.is_empty() => quoted = true,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    if quoted {
        return Err(format!("the quotes in `{text}` are not closed"));
    }
    parts.push(part);
    Ok(parts)
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for TableName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Names one migration in the journal, in both databases and on the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MigrationId(String);

impl MigrationId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_and_quoted_names() {
        let check = |input: &str, schema: Option<&str>, name: &str| {
            let parsed: TableName = input.parse().unwrap();
            assert_eq!((parsed.schema(), parsed.name()), (schema, name), "{input}");
            assert_eq!(parsed.to_string(), input);
        };
        check("invoice", None, "invoice");
        check("sales.invoice", Some("sales"), "invoice");
        check("\"odd.name\"", None, "odd.name");
        check("s.\"quo\"\"te\"", Some("s"), "quo\"te");
        assert!("a.b.c".parse::<TableName>().is_err());
        assert!("\"open".parse::<TableName>().is_err());
        assert!("\"closed\"more".parse::<TableName>().is_err());
    }

    proptest! {
        #[test]
        fn any_name_survives_text(schema in proptest::option::of("[^\u{0}]{1,8}"), name in "[^\u{0}]{1,8}") {
            let table = TableName { schema, name };
            let text = table.to_string();
            prop_assert_eq!(text.parse::<TableName>().unwrap(), table);
        }
    }
}
