//! Where each name of a statement comes from. A name that may mean a column of the bound table must be a bound column.

use limosa_model::Engine;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::Bounds;
use super::words::own_quote;

/// The columns of something that the statement itself makes, as far as they have names.
pub(super) type Columns = Vec<Option<String>>;

/// What a WITH made.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) columns: Columns,
}

/// One place that rows come from.
pub(super) struct Item {
    /// What other parts call it.
    pub(super) name: Option<String>,
    /// `None`: it is the bound table.
    pub(super) made: Option<Columns>,
}

/// The places that a part of a statement takes columns from, and those around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) items: &'a [Item],
    pub(super) outer: Option<&'a Self>,
}

impl Bounds {
    /// A column's name, as the engine tells names apart. What is folded here, the engine folds, too.
    pub(super) fn column_name(&self, name: &Ident) -> String {
        match (self.engine, name.quote_style) {
            (Engine::Postgres, Some(_)) => name.value.clone(),
            _ => name.value.to_ascii_lowercase(),
        }
    }

    /// The same of tables. MySQL tells them apart by case or not, as it is set: see [`same`].
    pub(super) fn table_name(&self, name: &Ident) -> String {
        match self.engine {
            Engine::Mysql => name.value.clone(),
            Engine::Sqlite | Engine::Postgres => self.column_name(name),
        }
    }

    /// A name that the statement gives to a place that rows come from.
    pub(super) fn own_name(&self, name: &Ident) -> Result<String, String> {
        if name.quote_style.is_some() {
            return Err(format!(
                "it calls a table {name}; write such a name without quotes, and fill in {{table}} for the bound one"
            ));
        }
        Ok(self.table_name(name))
    }

    /// Whether a name is that of the bound table, as the host fills it in.
    pub(super) fn is_bound_table(&self, name: &[&Ident]) -> bool {
        // SQLite would take a text for a name, too.
        let quote = Some(own_quote(self.engine));
        let filled = |ident: &Ident, name: &str| ident.quote_style == quote && ident.value == name;
        match (name, self.table.schema()) {
            ([name], None) => filled(name, self.table.name()),
            ([schema_name, name], Some(schema)) => {
                filled(schema_name, schema) && filled(name, self.table.name())
            }
            _ => false,
        }
    }

    fn is_bound_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| match self.engine {
            Engine::Postgres => column == name,
            Engine::Sqlite | Engine::Mysql => column.eq_ignore_ascii_case(name),
        })
    }

    /// That a bare name is a bound column, or one that the statement made.
    pub(super) fn column(&self, name: &Ident, scope: Scope<'_>) -> Result<(), String> {
        let wanted = self.column_name(name);
        let mut place = Some(&scope);
        while let Some(scope) = place {
            // Where it is made here and stands in the table besides, the engine refuses it as ambiguous.
            if scope.items.iter().any(|item| item.makes(&wanted)) {
                return Ok(());
            }
            if scope.items.iter().any(|item| item.made.is_none()) {
                return if self.is_bound_column(&wanted) {
                    Ok(())
                } else {
                    Err(not_bound(name))
                };
            }
            place = scope.outer;
        }
        Err(format!(
            "it names `{name}`, which is neither a column of its binding nor made by the statement"
        ))
    }

    /// The same of a name that two places are joined by: it is looked for in both, also in the table.
    pub(super) fn joined(&self, name: &Ident, scope: Scope<'_>) -> Result<(), String> {
        let reads_table = scope.items.iter().any(|item| item.made.is_none());
        if reads_table && !self.is_bound_column(&self.column_name(name)) {
            return Err(not_bound(name));
        }
        self.column(name, scope)
    }

    /// The same of a name with that of its table before it.
    pub(super) fn column_of(&self, names: &[Ident], scope: Scope<'_>) -> Result<(), String> {
        let Some((name, table)) = names.split_last() else {
            return Err("it holds a name without a word".to_owned());
        };
        let whole: Vec<&Ident> = table.iter().collect();
        let wanted = self.column_name(name);
        let item = match table {
            [table] => find(scope, &self.table_name(table))?,
            _ => None,
        };
        match item {
            Some(Item { made: None, .. }) => {}
            Some(item) if item.makes(&wanted) => return Ok(()),
            Some(_) => {
                return Err(format!(
                    "it names `{}`, which the statement does not make; give it a name with AS where it is made",
                    shown(names)
                ));
            }
            None if self.is_bound_table(&whole) => {}
            None => {
                return Err(format!(
                    "it names `{}`, and nothing that it reads is called so",
                    shown(names)
                ));
            }
        }
        if self.is_bound_column(&wanted) {
            Ok(())
        } else {
            Err(not_bound(name))
        }
    }

    /// The columns of a place that the statement made, by its name: what `name.*` stands for.
    pub(super) fn made_by(&self, name: &ObjectName, scope: Scope<'_>) -> Result<Columns, String> {
        let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            return Err(all_columns(&format!("{name}.*")));
        };
        match find(scope, &self.table_name(ident))? {
            Some(Item {
                made: Some(columns),
                ..
            }) => Ok(columns.clone()),
            _ => Err(all_columns(&format!("{name}.*"))),
        }
    }
}

impl Item {
    fn makes(&self, name: &str) -> bool {
        let columns = self.made.iter().flatten();
        columns.flatten().any(|column| column.as_str() == name)
    }
}

/// The words of a name that holds nothing but words.
pub(super) fn idents(name: &ObjectName) -> Option<Vec<&Ident>> {
    name.0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        })
        .collect()
}

/// For a star that would stand for more than the bound columns.
pub(super) fn all_columns(star: &str) -> String {
    format!(
        "it asks for all columns (`{star}`), and a probe gets those of its binding; name them as {{ROLE}}"
    )
}

/// Whether two names of tables are the same to a server, however it is set.
pub(super) fn same(one: &str, other: &str) -> Result<bool, String> {
    if one != other && one.eq_ignore_ascii_case(other) {
        return Err(format!(
            "`{one}` and `{other}` differ only in case, which servers read in different ways; write them alike"
        ));
    }
    Ok(one == other)
}

fn find<'a>(scope: Scope<'a>, name: &str) -> Result<Option<&'a Item>, String> {
    let mut place = Some(scope);
    while let Some(scope) = place {
        for item in scope.items {
            if let Some(called) = &item.name
                && same(called, name)?
            {
                return Ok(Some(item));
            }
        }
        place = scope.outer.copied();
    }
    Ok(None)
}

fn not_bound(name: &Ident) -> String {
    format!(
        "it names `{name}`, which may be a column of the table, and a probe gets those of its binding; name a column as {{ROLE}}, and write out in GROUP BY and HAVING what SELECT called so"
    )
}

fn shown(names: &[Ident]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(".")
}
