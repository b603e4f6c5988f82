//! Which plugin looks at which columns: bindings, as configuration and command line give them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TableName;

/// What kind of plugin a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckKind {
    /// Inspects batches.
    Check,
    /// Runs named statements.
    Probe,
    /// Rewrites batches.
    Transform,
}

/// A check, probe or transform with the table and columns that it may see.
///
/// Its text form is `PLUGIN:TABLE.[ROLE=]COLUMN[,…][->[LOOKUP=]TABLE.COLUMN[,…]][=>TABLE.KEY[,…]][?SETTING=VALUE[&…]]`;
/// columns without a role fill what the others leave of the manifest's roles, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBinding {
    /// The plugin: a name of those inside the program, or the path of a component file.
    pub plugin: String,
    /// The table.
    pub table: TableName,
    /// The columns, each with the role it fills where the configuration names one.
    pub columns: Vec<(Option<String>, String)>,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// Lookup targets by the manifest's name; one without a name fills the manifest's only one.
    pub lookups: BTreeMap<String, LookupTarget>,
    /// The table of the target that a transform makes, where it does not only give other values to columns of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<MadeTable>,
}

/// A table of the target whose rows a transform makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeTable {
    /// The table; the transform's own, if its rows are replaced.
    pub table: TableName,
    /// The columns that tell its rows apart: its primary key.
    pub key: Vec<String>,
}

/// A transform with the table and columns that it rewrites.
pub type TransformBinding = CheckBinding;

/// Where keys are looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupTarget {
    /// The table.
    pub table: TableName,
    /// Its key columns.
    pub columns: Vec<String>,
}

/// `patients.id`, with further columns after commas.
impl FromStr for LookupTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (table, columns) = columns_of(text)?;
        Ok(Self { table, columns })
    }
}

impl CheckBinding {
    /// Where it looks, without plugin and settings: `TABLE.[ROLE=]COLUMN[,…][->[LOOKUP=]TABLE.COLUMN[,…]]`.
    pub fn place(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(role, column)| match role {
                Some(role) => format!("{role}={column}"),
                None => column.clone(),
            })
            .collect();
        let mut place = self.table.to_string();
        if !columns.is_empty() {
            place += &format!(".{}", columns.join(","));
        }
        for (name, target) in &self.lookups {
            let (table, columns) = (target.table.to_string(), target.columns.join(","));
            place += "->";
            // A table called `a=` would be read as the name of a lookup.
            place += &match (name.as_str(), named(&format!("{table}.{columns}"))) {
                ("", (Some(_), _)) => target.table.in_quotes(),
                ("", (None, _)) => table,
                (name, _) => format!("{name}={table}"),
            };
            place += &format!(".{columns}");
        }
        place
    }
}

/// The text form: also the name of the check in findings and reports.
impl fmt::Display for CheckBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.plugin, self.place())?;
        if let Some(into) = &self.into {
            write!(f, "=>{}.{}", into.table, into.key.join(","))?;
        }
        for (position, (name, value)) in self.settings.iter().enumerate() {
            write!(f, "{}{name}={value}", if position == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl FromStr for CheckBinding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write PLUGIN:TABLE.COLUMN, for example `negative-amounts:transactions.amount` \
             or `orphaned-records:medications.patient_id->patients.id`";
        let (plugin, rest) = text
            .split_once(':')
            .filter(|(plugin, rest)| !plugin.is_empty() && !rest.is_empty())
            .ok_or_else(|| format!("`{text}` is not a check: {FORM}"))?;
        let (place, settings) = rest
            .split_once('?')
            .map_or((rest, ""), |(place, settings)| (place, settings));
        let (place, into) = match place.split_once("=>") {
            None => (place, None),
            Some((place, into)) => {
                let (table, key) = columns_of(into).map_err(|_| {
                    format!("`{into}` names no key: write =>TABLE.KEY, the columns that tell the rows of the new table apart")
                })?;
                (place, Some(MadeTable { table, key }))
            }
        };
        let mut places = place.split("->");
        let (table, columns) = columns_of(places.next().unwrap_or_default())?;
        let mut lookups = BTreeMap::new();
        for target in places {
            let (name, target) = named(target);
            let name = name.unwrap_or_default();
            if lookups.insert(name.clone(), target.parse()?).is_some() {
                return Err(format!("`{text}` gives the lookup `{name}` twice"));
            }
        }
        let mut given = BTreeMap::new();
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| format!("`{setting}` is not a setting: write NAME=VALUE"))?;
            if given.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(format!("`{text}` gives the setting `{name}` twice"));
            }
        }
        Ok(Self {
            plugin: plugin.to_owned(),
            table,
            columns: columns
                .iter()
                .map(|column| {
                    let (role, column) = named(column);
                    (role, column.to_owned())
                })
                .collect(),
            settings: given,
            lookups,
            into,
        })
    }
}

/// `role=column` is a column with its role; anything else is a column, whatever it is called.
fn named(text: &str) -> (Option<String>, &str) {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            })
    };
    match text.split_once('=') {
        Some((name, rest)) if is_name(name) && !rest.is_empty() => (Some(name.to_owned()), rest),
        _ => (None, text),
    }
}

/// `schema.table.a,b` is the table `schema.table` with the columns `a` and `b`.
fn columns_of(text: &str) -> Result<(TableName, Vec<String>), String> {
    let mut columns = text.split(',');
    let first = columns.next().unwrap_or_default();
    let (table, column) = first
        .rsplit_once('.')
        .ok_or_else(|| format!("`{text}` names no column: write TABLE.COLUMN"))?;
    let mut names = vec![column.to_owned()];
    names.extend(columns.map(str::to_owned));
    if table.is_empty() || names.iter().any(String::is_empty) {
        return Err(format!("`{text}` names no column: write TABLE.COLUMN"));
    }
    Ok((table.parse()?, names))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_forms() {
        for text in [
            "negative-amounts:transactions.amount",
            "orphaned-records:medications.patient_id->patients.id",
            "duplicate-records:clinic.patients.name,born",
            "./my.wasm:t.c?minimum=5&other=x",
            "orphaned-records:a.x,y->b.p,q",
            "unify:old.users.id,kept=email=>new.people.origin,id?origin=old",
            "a:t.c->\"i=\".id",
        ] {
            let binding: CheckBinding = text.parse().unwrap();
            assert_eq!(binding.to_string(), text);
        }
        for wrong in [
            "negative-amounts",
            "x:",
            "x:table",
            ":t.c",
            "x:t.c,",
            "x:t.c->p",
            "x:t.c?novalue",
            "x:\"a.b-\">c.d",
            "x:t.c?a=1&a=2",
            "x:t.c->p.q->r.s",
            "x:t.c=>t",
            "x:t.c=>t.",
            "x:t.c=>",
        ] {
            assert!(wrong.parse::<CheckBinding>().is_err(), "{wrong}");
        }
    }

    proptest! {
        /// Of the characters that mean something, in any order, and of any others.
        #[test]
        fn what_is_understood_is_written_and_understood_again(text in "[a-c.,:?&=\"'>\\-]{0,40}|x:t\\.[a-c.,=\"\\-]{1,20}(->[a-c.,=\"\\-]{1,20}){0,3}(\\?[a-c=&]{1,20})?|\\PC{0,40}") {
            if let Ok(binding) = text.parse::<CheckBinding>() {
                let written = binding.to_string();
                prop_assert_eq!(written.parse::<CheckBinding>(), Ok(binding), "{}", written);
            }
        }
    }
}
