//! The statements of a probe: a text for all engines or one for each, with places that the host fills with quoted names.

use std::collections::BTreeMap;

use limosa_model::Engine;
use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;
use crate::template;
use crate::visible::is_hidden;

/// A statement that a person reviews.
const LENGTH: usize = 16 << 10;

/// A statement, for all engines or one for each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// For every engine that has none of its own.
    pub any: Option<String>,
    /// For SQLite.
    pub sqlite: Option<String>,
    /// For PostgreSQL.
    pub postgres: Option<String>,
    /// For MySQL and MariaDB.
    pub mysql: Option<String>,
}

impl Statement {
    /// The text for an engine.
    pub fn text(&self, engine: Engine) -> Option<&str> {
        let own = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
            Engine::Mysql => &self.mysql,
        };
        own.as_ref().or(self.any.as_ref()).map(String::as_str)
    }

    /// That a person can read it and the host can fill it; the reason goes on after the statement's name.
    pub(crate) fn check(&self, is_role: impl Fn(&str) -> bool) -> Result<(), String> {
        let texts = [&self.any, &self.sqlite, &self.postgres, &self.mysql];
        if texts.iter().all(|text| text.is_none()) {
            return Err("has no text".to_owned());
        }
        for text in texts.into_iter().flatten() {
            if text.len() > LENGTH {
                return Err(format!("is longer than {LENGTH} bytes"));
            }
            let is_layout = |character| matches!(character, '\n' | '\t');
            if let Some(hidden) = text.chars().find(|character| {
                (character.is_control() || is_hidden(*character)) && !is_layout(*character)
            }) {
                return Err(format!(
                    "holds the character U+{:04X}, which a reader does not see",
                    u32::from(hidden)
                ));
            }
            let fills = |place: &str| {
                let role = place.strip_suffix(":present").unwrap_or(place);
                (place == "table" || is_role(role)).then(String::new)
            };
            template::fill(text, fills).map_err(|reason| format!("cannot be filled: {reason}"))?;
        }
        Ok(())
    }
}

impl Manifest {
    /// The statements as an engine will get them, by name; `None`: there is no text for it. `roles` are the columns of
    /// each role, `quote` writes a name as the engine does, and `table` is already written so.
    ///
    /// # Errors
    /// If a place has no role.
    pub fn filled(
        &self,
        engine: Engine,
        roles: &BTreeMap<String, Vec<String>>,
        quote: &dyn Fn(&str) -> String,
        table: &str,
    ) -> Result<BTreeMap<String, Option<String>>, String> {
        let each = |role: &str, written: &dyn Fn(&str) -> String, between: &str| {
            let columns = roles.get(role)?.iter();
            let written: Vec<String> = columns.map(|column| written(column)).collect();
            Some(written.join(between))
        };
        let fill = |place: &str| match place.strip_suffix(":present") {
            _ if place == "table" => Some(table.to_owned()),
            None => each(place, quote, ", "),
            Some(role) => each(
                role,
                &|column| format!("{} IS NOT NULL", quote(column)),
                " AND ",
            ),
        };
        self.statements
            .iter()
            .map(|(name, statement)| {
                let text = statement.text(engine);
                let text = text.map(|text| template::fill(text, fill)).transpose()?;
                Ok((name.clone(), text))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_the_engine_comes_before_the_common_one() {
        let statement = Statement {
            any: Some("a".into()),
            mysql: Some("m".into()),
            ..Statement::default()
        };
        assert_eq!(
            (
                statement.text(Engine::Sqlite),
                statement.text(Engine::Mysql)
            ),
            (Some("a"), Some("m"))
        );
    }
}
