//! Makes rows of unified users and sessions of those of a legacy system: one id for a user everywhere, all else untouched.

mod identity;
mod sha1;

use identity::Identity;
use limosa_sdk::{
    Batch, Column, Kind, Output, Result, Row, Settings, Table, Texts, Transform, Values, View,
};

const USER: u16 = 0;

/// The transform.
#[derive(Debug)]
pub struct UnifyAccounts {
    part: Part,
    identity: Identity,
    /// How many columns go along.
    kept: u16,
}

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `id`, `origin`, `legacy_id`, and what goes along.
    Users,
    /// `user_id`, `origin`, and what goes along.
    Sessions,
}

impl Part {
    /// The columns that are made.
    fn made(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Users => &[("id", "uuid"), ("origin", "text"), ("legacy_id", "text")],
            Self::Sessions => &[("user_id", "uuid"), ("origin", "text")],
        }
    }
}

impl Transform for UnifyAccounts {
    fn open(table: &Table, settings: &Settings) -> Result<(Self, Vec<Column>)> {
        let part = match settings.text("part")?.as_str() {
            "users" => Part::Users,
            _ => Part::Sessions,
        };
        let identity = Identity::new(&settings.text("origin")?, &settings.text("ids")?)?;
        let kept: Vec<&Column> = table.columns()[usize::from(USER) + 1..].iter().collect();
        let names = names(settings.get("columns").as_deref(), kept.len())?;
        let made = part.made().iter().map(|(name, type_name)| Column {
            role: (*name).to_owned(),
            type_name: (*type_name).to_owned(),
            nullable: false,
            attributes: Vec::new(),
        });
        let along = kept.iter().zip(&names).map(|(column, name)| Column {
            role: name.clone().unwrap_or_else(|| column.role.clone()),
            ..(*column).clone()
        });
        let outputs = made.chain(along).collect();
        let kept = u16::try_from(kept.len()).map_err(|error| error.to_string())?;
        Ok((
            Self {
                part,
                identity,
                kept,
            },
            outputs,
        ))
    }

    fn apply(&self, batch: &Batch<'_>, output: &mut Output<'_>) -> Result<()> {
        let column = &batch.table().columns()[usize::from(USER)];
        let users = match column.kind() {
            Kind::Integer => self.users(&batch.integers(USER)?, |id| Some(id.to_string())),
            _ => self.users(&batch.texts(USER)?, |id| {
                Some(id.to_owned()).filter(|id| !id.is_empty())
            }),
        };
        let texts = |of: fn(&User) -> &str| {
            users
                .rows
                .iter()
                .map(|user| Some(of(user)))
                .collect::<Texts>()
        };
        output.texts(0, &texts(|user| &user.id));
        let origin = self.identity.origin();
        output.texts(
            1,
            &users.rows.iter().map(|_| Some(origin)).collect::<Texts>(),
        );
        if self.part == Part::Users {
            output.texts(2, &texts(|user| &user.legacy));
        }
        let made = u16::try_from(self.part.made().len()).unwrap_or(u16::MAX);
        for kept in 0..self.kept {
            // Its values stay in the host: a password hash is never seen here.
            output.keep(made + kept, USER + 1 + kept);
        }
        for (code, row) in users.refused {
            output.refuse(code, row);
        }
        Ok(())
    }
}

limosa_sdk::transform!(UnifyAccounts);

/// A user's id there and here.
#[derive(Debug, PartialEq, Eq)]
struct User {
    legacy: String,
    id: String,
}

/// What became of a column of ids.
#[derive(Debug)]
struct Users {
    rows: Vec<User>,
    refused: Vec<(&'static str, Row)>,
}

impl UnifyAccounts {
    fn users<V: Values>(
        &self,
        column: &View<V>,
        text: impl for<'v> Fn(V::Value<'v>) -> Option<String>,
    ) -> Users {
        let mut refused = Vec::new();
        let mut rows = Vec::with_capacity(column.len());
        for (row, value) in column.iter() {
            let Some(legacy) = value.and_then(&text) else {
                let is_exception = column.is_exception(row.index());
                refused.push((
                    if is_exception {
                        "unreadable"
                    } else {
                        "no-user"
                    },
                    row,
                ));
                continue;
            };
            match self.identity.of(&legacy) {
                Some(id) => rows.push(User { legacy, id }),
                None => refused.push(("not-a-uuid", row)),
            }
        }
        Users { rows, refused }
    }
}

/// The names of the columns that go along, where they get others.
fn names(setting: Option<&str>, count: usize) -> Result<Vec<Option<String>>> {
    let Some(setting) = setting else {
        return Ok(vec![None; count]);
    };
    let names: Vec<Option<String>> = setting
        .split(',')
        .map(|name| Some(name.trim().to_owned()))
        .collect();
    if names.len() != count {
        let given = names.len();
        return Err(format!("`columns` gives {given} names, and {count} columns go along").into());
    }
    // A role's name would stand for the column that is bound to it.
    let reserved = ["user", "kept", ""].map(|name| Some(name.to_owned()));
    match names.iter().find(|name| reserved.contains(name)) {
        Some(name) => {
            let name = name.clone().unwrap_or_default();
            Err(format!("`columns` cannot call a column `{name}`").into())
        }
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limosa_sdk::Integers;

    #[test]
    fn every_row_has_a_user_or_is_refused() {
        let transform = UnifyAccounts {
            part: Part::Users,
            identity: Identity::new("shop", "derive").unwrap(),
            kept: 0,
        };
        let ids = Integers::from_iter([Some(42), None, Some(0)]).with_exception(2);
        let users = transform.users(&ids, |id| Some(id.to_string()));
        assert_eq!(users.rows.len(), 1);
        assert_eq!(users.rows[0].legacy, "42");
        let refused: Vec<_> = users
            .refused
            .iter()
            .map(|(code, row)| (*code, row.index()))
            .collect();
        assert_eq!(refused, [("no-user", 1), ("unreadable", 2)]);
    }

    #[test]
    fn names_of_what_goes_along() {
        assert_eq!(names(None, 2).unwrap(), [None, None]);
        assert_eq!(
            names(Some("a, b"), 2).unwrap(),
            [Some("a".into()), Some("b".into())]
        );
        assert!(names(Some("a"), 2).is_err());
        assert!(names(Some("a,user"), 2).is_err());
        assert!(names(Some("a,"), 2).is_err());
    }
}
