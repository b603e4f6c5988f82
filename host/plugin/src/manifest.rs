//! What a plugin says of itself: `plugin.toml`, read from inside the component.

use std::collections::BTreeMap;

use limosa_model::{CheckKind, Severity};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::statement::Statement;
use crate::template;
use crate::visible::{is_hidden, mistake, visible};

/// A name is part of a command line, of file names and of reports.
const NAME_LENGTH: usize = 64;
/// A line in a list of plugins.
const TEXT_LENGTH: usize = 1_000;
/// Roles, settings, lookups, codes, statements: more of any is no plugin but a programme.
const ENTRIES: usize = 64;
/// The type families that a role may name.
pub const FAMILIES: [&str; 11] = [
    "boolean",
    "integer",
    "float",
    "decimal",
    "text",
    "bytes",
    "date",
    "time",
    "timestamp",
    "uuid",
    "json",
];

/// The manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name: lower case letters, digits and hyphens.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it is for, in a sentence.
    pub description: String,
    /// An SPDX expression.
    #[serde(alias = "licence")]
    pub license: String,
    /// What it is.
    pub kind: CheckKind,
    /// How a check is fed.
    #[serde(default)]
    pub scope: Scope,
    /// The versions of `limosa:plugin` that it works with.
    pub interface: VersionReq,
    /// The columns that it wants, in order.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// What can be set.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// Where it looks keys up.
    #[serde(default)]
    pub lookups: BTreeMap<String, LookupRole>,
    /// What it can find.
    #[serde(default)]
    pub codes: BTreeMap<String, CodeText>,
    /// What it asks a database; probes only.
    #[serde(default)]
    pub statements: BTreeMap<String, Statement>,
    /// What it needs beyond the usual.
    #[serde(default)]
    pub limits: Asked,
}

/// How a check is fed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A fresh instance for each chunk, in any order, while rows are on their way.
    #[default]
    Row,
    /// One pass over the whole table in key order.
    Table,
}

/// A place for a column, or for several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What the plugin calls it.
    pub name: String,
    /// What belongs there.
    pub description: String,
    /// Families of types that it takes; empty: any.
    #[serde(default)]
    pub types: Vec<String>,
    /// Takes all columns that no other role takes, at least one.
    #[serde(default)]
    pub repeated: bool,
}

/// Something that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it does.
    pub description: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: SettingKind,
    /// Its value where none is given.
    #[serde(default)]
    pub default: Option<toml::Value>,
    /// May be left out although it has no default.
    #[serde(default)]
    pub optional: bool,
    /// The values of a choice.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// Any text.
    Text,
    /// A finite number.
    Number,
    /// A whole number of 64 bits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of the choices.
    Choice,
}

/// A place for a table to look keys up in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupRole {
    /// What belongs there.
    pub description: String,
}

/// Something that can be found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeText {
    /// How bad it is.
    pub severity: Severity,
    /// What it means; `{table}`, `{columns}`, `{setting.NAME}`, `{lookup.NAME}` and roles are filled in.
    pub message: String,
}

/// What a plugin asks for; the host grants as much as it has.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Linear memory.
    pub memory_mib: Option<u64>,
    /// Time for one batch.
    pub batch_milliseconds: Option<u64>,
}

impl Manifest {
    /// Reads and checks the text of a `plugin.toml`.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| mistake(&error))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        check_name("a plugin", &self.name)?;
        check_text("description", &self.description)?;
        check_text("license", &self.license)?;
        let (lookups, statements) = (self.lookups.len(), self.statements.len());
        for (what, count) in [
            ("roles", self.roles.len()),
            ("settings", self.settings.len()),
            ("lookups", lookups),
            ("codes", self.codes.len()),
            ("statements", statements),
        ] {
            if count > ENTRIES {
                return Err(format!("it has {count} {what}, and {ENTRIES} are the most"));
            }
        }
        if self.kind != CheckKind::Check && (self.scope != Scope::Row || lookups > 0) {
            return Err("only a check has a scope or lookups".into());
        }
        if (self.kind == CheckKind::Probe) != (statements > 0) {
            return Err("a probe has statements, and nothing else has".into());
        }
        self.check_roles()?;
        for (name, setting) in &self.settings {
            check_name("a setting", name)?;
            check_text(name, &setting.description)?;
            setting
                .check()
                .map_err(|reason| format!("setting `{name}`: {reason}"))?;
        }
        for (name, lookup) in &self.lookups {
            check_name("a lookup", name)?;
            check_text(name, &lookup.description)?;
        }
        for (name, code) in &self.codes {
            check_name("a code", name)?;
            check_text(name, &code.message)?;
            template::fill(&code.message, |place| {
                self.fills_message(place).then(String::new)
            })?;
        }
        for (name, statement) in &self.statements {
            check_name("a statement", name)?;
            statement
                .check(|role| self.role(role).is_some())
                .map_err(|reason| format!("statement `{name}` {reason}"))?;
        }
        Ok(())
    }

    fn check_roles(&self) -> Result<(), String> {
        for (position, role) in self.roles.iter().enumerate() {
            check_name("a role", &role.name)?;
            check_text(&role.name, &role.description)?;
            if let Some(family) = role
                .types
                .iter()
                .find(|family| !FAMILIES.contains(&family.as_str()))
            {
                return Err(format!(
                    "role `{}`: `{family}` is none of {}",
                    role.name,
                    FAMILIES.join(", ")
                ));
            }
            let reserved = ["table", "columns"].contains(&role.name.as_str());
            if reserved
                || self.roles[..position]
                    .iter()
                    .any(|earlier| earlier.name == role.name)
            {
                return Err(format!("the role name `{}` is taken", role.name));
            }
        }
        if self.roles.iter().filter(|role| role.repeated).count() > 1 {
            return Err(
                "two roles are repeated, and only one can take the remaining columns".into(),
            );
        }
        Ok(())
    }

    fn fills_message(&self, place: &str) -> bool {
        match place.split_once('.') {
            Some(("setting", name)) => self.settings.contains_key(name),
            Some(("lookup", name)) => self.lookups.contains_key(name),
            Some(_) => false,
            None => ["table", "columns"].contains(&place) || self.role(place).is_some(),
        }
    }

    fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }
}

impl Setting {
    /// The default as text.
    pub fn default_text(&self) -> Option<String> {
        Some(match self.default.as_ref()? {
            toml::Value::String(text) => text.clone(),
            value => value.to_string(),
        })
    }

    /// Whether the value is one that this setting takes; if not, what it takes.
    pub(crate) fn accept(&self, value: &str) -> Result<(), String> {
        let expected = match self.kind {
            SettingKind::Text if value.len() <= TEXT_LENGTH => return Ok(()),
            SettingKind::Text => format!("text of at most {TEXT_LENGTH} bytes"),
            SettingKind::Number if value.parse().is_ok_and(f64::is_finite) => return Ok(()),
            SettingKind::Number => "a number".into(),
            SettingKind::Integer if value.parse::<i64>().is_ok() => return Ok(()),
            SettingKind::Integer => "a whole number".into(),
            SettingKind::Boolean if value == "true" || value == "false" => return Ok(()),
            SettingKind::Boolean => "true or false".into(),
            SettingKind::Choice if self.choices.iter().any(|choice| choice == value) => {
                return Ok(());
            }
            SettingKind::Choice => format!("one of {}", self.choices.join(", ")),
        };
        Err(format!(
            "it takes {expected}, and `{}` is none",
            crate::failure::bounded(value)
        ))
    }

    fn check(&self) -> Result<(), String> {
        if (self.kind == SettingKind::Choice) == self.choices.is_empty() {
            return Err("a choice has choices, and nothing else has".into());
        }
        if self.choices.len() > ENTRIES
            || self.choices.iter().any(|choice| choice.len() > NAME_LENGTH)
        {
            return Err(format!(
                "at most {ENTRIES} choices of at most {NAME_LENGTH} bytes"
            ));
        }
        let texts = self.default_text().into_iter().chain(self.choices.clone());
        if texts.into_iter().any(|text| visible(&text) != text) {
            return Err(
                "its default or a choice holds characters that a reader does not see".into(),
            );
        }
        match &self.default {
            Some(toml::Value::Array(_) | toml::Value::Table(_) | toml::Value::Datetime(_)) => {
                Err("its default is no plain value".into())
            }
            Some(_) if self.optional => {
                Err("a setting with a default is never left out: drop `optional`".into())
            }
            _ => self
                .default_text()
                .map_or(Ok(()), |value| self.accept(&value)),
        }
    }
}

/// Whether a plugin, a role, a code … may be called so.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    let starts = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    if starts && name.len() <= NAME_LENGTH && name.bytes().all(fits) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name for {what}: a lower case letter, then letters, digits, hyphens and underscores, {NAME_LENGTH} in all",
        crate::failure::bounded(name)
    ))
}

fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.len() > TEXT_LENGTH
        || text.trim().is_empty()
        || text
            .chars()
            .any(|character| character.is_control() || is_hidden(character))
    {
        return Err(format!(
            "the text of `{what}` must be one line of 1 to {TEXT_LENGTH} bytes"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "name = 'x'\nversion = '1.0.0'\ndescription = 'd'\nlicense = 'MIT'\ninterface = '0.1'\n";

    fn check(rest: &str, expected: &str) {
        let said = match Manifest::parse(&format!("{HEAD}{rest}")) {
            Ok(_) => "accepted".to_owned(),
            Err(reason) => reason,
        };
        assert!(said.contains(expected), "{rest}\nsaid {said}");
    }

    #[test]
    fn what_a_reader_does_not_see_is_refused() {
        let refused = |text: &str, expected: &str| {
            let reason = Manifest::parse(text).unwrap_err();
            assert!(reason.contains(expected), "{reason}");
        };
        refused(
            &format!(
                "{}kind = 'check'\n",
                HEAD.replace("'d'", "\"safe\u{202e}elif\"")
            ),
            "must be one line",
        );
        refused(
            &format!("{HEAD}kind = 'probe'\n[statements.a]\nany = \"SELECT 1 \u{200b}\"\n"),
            "U+200B",
        );
        refused(
            &format!("{HEAD}kind = 'probe'\n[statements.a]\nany = \"SELECT 1 \\u001b[2K\"\n"),
            "U+001B",
        );
    }

    #[test]
    fn what_is_accepted_and_what_is_not() {
        check("kind = 'check'", "accepted");
        check(
            "kind = 'check'\nscope = 'table'\n[lookups.parent]\ndescription = 'd'",
            "accepted",
        );
        check(
            "kind = 'probe'\n[statements.s]\nany = 'select 1 from {table}'",
            "accepted",
        );
        check("kind = 'wizard'", "unknown variant `wizard`");
        check("kind = 'check'\nsurprise = 1", "unknown field `surprise`");
        check("kind = 'probe'", "a probe has statements");
        check(
            "kind = 'probe'\n[statements.s]\nany = 'select {who}'",
            "{who}",
        );
        check("kind = 'probe'\n[statements.s]", "no text");
        check(
            "kind = 'transform'\nscope = 'table'",
            "only a check has a scope",
        );
        check(
            "kind = 'check'\n[codes.c]\nseverity = 'error'\nmessage = '{setting.m}'",
            "{setting.m}",
        );
        check(
            "kind = 'check'\n[codes.\"A B\"]\nseverity = 'error'\nmessage = 'm'",
            "no name for a code",
        );
        check(
            "kind = 'check'\n[settings.s]\ndescription = 'd'\ntype = 'number'\ndefault = 'x'",
            "takes a number",
        );
        check(
            "kind = 'check'\n[settings.s]\ndescription = 'd'\ntype = 'number'\ndefault = 0",
            "accepted",
        );
        check(
            "kind = 'check'\n[settings.s]\ndescription = 'd'\ntype = 'choice'",
            "a choice has choices",
        );
        check(
            "kind = 'check'\n[[roles]]\nname = 'a'\ndescription = 'd'\ntypes = ['money']",
            "`money` is none of",
        );
        check(
            "kind = 'check'\n[[roles]]\nname = 'table'\ndescription = 'd'",
            "is taken",
        );
    }
}
