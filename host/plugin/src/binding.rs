//! Fits a binding to a manifest and a table: roles, settings, lookups, codes. Pure, so that every refusal can be tested.

use std::collections::BTreeMap;

use limosa_model::{CheckBinding, ColumnType, Field, LookupTarget, Severity};

use crate::manifest::{Manifest, Role};
use crate::template;

/// A binding that fits.
#[derive(Debug)]
pub(crate) struct Fitted {
    /// Where the granted columns stand in the table, in the order of the roles.
    pub(crate) positions: Vec<usize>,
    /// The columns as the plugin sees them, named by role.
    pub(crate) granted: Vec<Field>,
    /// By role: the names of its columns in the table.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    /// Every setting of the manifest, with its value if it has one.
    pub(crate) settings: BTreeMap<String, Option<String>>,
    /// By the manifest's names.
    pub(crate) lookups: BTreeMap<String, LookupTarget>,
    /// Code, severity and message.
    pub(crate) codes: Vec<(String, Severity, String)>,
}

/// Fits a binding, or says what does not fit and what would.
pub(crate) fn fit(
    manifest: &Manifest,
    binding: &CheckBinding,
    fields: &[Field],
) -> Result<Fitted, String> {
    let filled = fill_roles(&manifest.roles, binding, fields)?;
    let settings = fill_settings(manifest, binding)?;
    let lookups = fill_lookups(manifest, binding)?;
    let mut fitted = Fitted {
        positions: Vec::new(),
        granted: Vec::new(),
        roles: BTreeMap::new(),
        settings,
        lookups,
        codes: Vec::new(),
    };
    for (role, positions) in manifest.roles.iter().zip(filled) {
        for &position in &positions {
            accept(role, &fields[position])?;
            fitted.granted.push(Field {
                name: role.name.clone(),
                ..fields[position].clone()
            });
        }
        let names = positions
            .iter()
            .map(|&position| fields[position].name.clone())
            .collect();
        fitted.roles.insert(role.name.clone(), names);
        fitted.positions.extend(positions);
    }
    for (code, text) in &manifest.codes {
        let message = template::fill(&text.message, |place| {
            message_place(&fitted, binding, manifest, place)
        })?;
        fitted.codes.push((code.clone(), text.severity, message));
    }
    Ok(fitted)
}

/// By role: the columns that a binding gives it, whatever their table holds.
pub(crate) fn roles_of(
    manifest: &Manifest,
    binding: &CheckBinding,
) -> Result<BTreeMap<String, Vec<String>>, String> {
    let fields: Vec<Field> = binding
        .columns
        .iter()
        .map(|(_, column)| Field {
            name: column.clone(),
            column_type: ColumnType::TEXT,
            nullable: true,
        })
        .collect();
    let filled = fill_roles(&manifest.roles, binding, &fields)?;
    let named = manifest.roles.iter().zip(filled).map(|(role, positions)| {
        let columns = positions
            .iter()
            .map(|position| fields[*position].name.clone());
        (role.name.clone(), columns.collect())
    });
    Ok(named.collect())
}

/// By lookup of the manifest: where a binding lets it look.
pub(crate) fn lookups_of(
    manifest: &Manifest,
    binding: &CheckBinding,
) -> Result<BTreeMap<String, LookupTarget>, String> {
    fill_lookups(manifest, binding)
}

/// Columns with a role go there; the others fill what is left, in order; a repeated role takes the rest.
fn fill_roles(
    roles: &[Role],
    binding: &CheckBinding,
    fields: &[Field],
) -> Result<Vec<Vec<usize>>, String> {
    let mut filled = vec![Vec::new(); roles.len()];
    let mut rest = Vec::new();
    let mut given = Vec::new();
    for (role, column) in &binding.columns {
        let position = fields.iter().position(|field| &field.name == column);
        let position = position.ok_or_else(|| {
            format!(
                "the table has no column `{column}`; it has {}",
                names(fields)
            )
        })?;
        if given.contains(&position) {
            return Err(format!("the column `{column}` is given twice"));
        }
        given.push(position);
        let Some(role) = role else {
            rest.push(position);
            continue;
        };
        let place = roles.iter().position(|known| &known.name == role);
        let place =
            place.ok_or_else(|| format!("it has no role `{role}`; it has {}", describe(roles)))?;
        if !roles[place].repeated && !filled[place].is_empty() {
            return Err(format!(
                "the role `{role}` takes one column, and two are given"
            ));
        }
        filled[place].push(position);
    }
    let mut rest = rest.into_iter();
    for (role, columns) in roles
        .iter()
        .zip(&mut filled)
        .filter(|(role, _)| !role.repeated)
    {
        if columns.is_empty() {
            let next = rest.next();
            let next = next.ok_or_else(|| {
                format!(
                    "no column is given for the role `{}`; it takes {}",
                    role.name,
                    describe(roles)
                )
            })?;
            columns.push(next);
        }
    }
    match roles.iter().position(|role| role.repeated) {
        Some(place) => {
            filled[place].extend(rest);
            if filled[place].is_empty() {
                return Err(format!(
                    "no column is given for the role `{}`; it takes {}",
                    roles[place].name,
                    describe(roles)
                ));
            }
        }
        None if rest.len() > 0 => {
            return Err(format!(
                "{} columns are given; it takes {}",
                binding.columns.len(),
                describe(roles)
            ));
        }
        None => {}
    }
    Ok(filled)
}

/// That a role takes the type of a column.
pub(crate) fn accept(role: &Role, field: &Field) -> Result<(), String> {
    let family = field.column_type.family();
    if role.types.is_empty() || role.types.iter().any(|accepted| accepted == family) {
        return Ok(());
    }
    let (column, accepted) = (&field.name, role.types.join(", "));
    Err(format!(
        "the role `{}` takes {accepted}, and the column `{column}` holds {}",
        role.name, field.column_type
    ))
}

fn fill_settings(
    manifest: &Manifest,
    binding: &CheckBinding,
) -> Result<BTreeMap<String, Option<String>>, String> {
    if let Some(unknown) = binding
        .settings
        .keys()
        .find(|name| !manifest.settings.contains_key(*name))
    {
        return Err(format!(
            "it has no setting `{unknown}`; it has {}",
            listed(manifest.settings.keys())
        ));
    }
    let mut settings = BTreeMap::new();
    for (name, setting) in &manifest.settings {
        let value = binding
            .settings
            .get(name)
            .cloned()
            .or_else(|| setting.default_text());
        match &value {
            Some(value) => setting
                .accept(value)
                .map_err(|reason| format!("setting `{name}`: {reason}"))?,
            None if !setting.optional => {
                return Err(format!(
                    "the setting `{name}` is missing: {}",
                    setting.description
                ));
            }
            None => {}
        }
        settings.insert(name.clone(), value);
    }
    Ok(settings)
}

fn fill_lookups(
    manifest: &Manifest,
    binding: &CheckBinding,
) -> Result<BTreeMap<String, LookupTarget>, String> {
    let mut lookups = BTreeMap::new();
    for (name, target) in &binding.lookups {
        let only = || match manifest.lookups.keys().collect::<Vec<_>>().as_slice() {
            [only] => Ok((*only).clone()),
            _ => Err(format!(
                "name the lookup that `{}` is for: {}",
                target.table,
                listed(manifest.lookups.keys())
            )),
        };
        let name = if name.is_empty() {
            only()?
        } else {
            name.clone()
        };
        if !manifest.lookups.contains_key(&name) {
            return Err(format!(
                "it has no lookup `{name}`; it has {}",
                listed(manifest.lookups.keys())
            ));
        }
        if target.columns.is_empty() {
            return Err(format!(
                "the lookup `{name}` in {} names no column",
                target.table
            ));
        }
        if lookups.insert(name.clone(), target.clone()).is_some() {
            return Err(format!("the lookup `{name}` is given twice"));
        }
    }
    match manifest
        .lookups
        .iter()
        .find(|(name, _)| !lookups.contains_key(*name))
    {
        Some((name, lookup)) => Err(format!(
            "the lookup `{name}` ({}) is missing: write `->TABLE.COLUMN` after the columns",
            lookup.description
        )),
        None => Ok(lookups),
    }
}

fn message_place(
    fitted: &Fitted,
    binding: &CheckBinding,
    manifest: &Manifest,
    place: &str,
) -> Option<String> {
    match place.split_once('.') {
        Some(("setting", name)) => fitted
            .settings
            .get(name)
            .map(|value| value.clone().unwrap_or_default()),
        Some(("lookup", name)) => fitted
            .lookups
            .get(name)
            .map(|target| format!("{}.{}", target.table, target.columns.join(", "))),
        Some(_) => None,
        None if place == "table" => Some(binding.table.to_string()),
        None if place == "columns" => {
            let columns = manifest
                .roles
                .iter()
                .filter_map(|role| fitted.roles.get(&role.name));
            Some(columns.flatten().cloned().collect::<Vec<_>>().join(", "))
        }
        None => fitted.roles.get(place).map(|columns| columns.join(", ")),
    }
}

fn describe(roles: &[Role]) -> String {
    let describe = |role: &Role| {
        let types = if role.types.is_empty() {
            "any type".to_owned()
        } else {
            role.types.join(" or ")
        };
        format!(
            "{}{} ({types})",
            role.name,
            if role.repeated { "…" } else { "" }
        )
    };
    if roles.is_empty() {
        "no columns".into()
    } else {
        roles.iter().map(describe).collect::<Vec<_>>().join(", ")
    }
}

fn names(fields: &[Field]) -> String {
    listed(fields.iter().map(|field| &field.name))
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use limosa_model::ColumnType;

    use super::*;

    const MANIFEST: &str = "
        name = 'x'\nversion = '1.0.0'\ndescription = 'd'\nlicense = 'MIT'\ninterface = '0.1'\nkind = 'check'
        [[roles]]\nname = 'amount'\ndescription = 'd'\ntypes = ['integer', 'decimal']
        [[roles]]\nname = 'others'\ndescription = 'd'\nrepeated = true
        [settings.minimum]\ndescription = 'The least.'\ntype = 'number'\ndefault = 0
        [settings.note]\ndescription = 'd'\ntype = 'text'\noptional = true
        [lookups.parent]\ndescription = 'The parent.'
        [codes.low]\nseverity = 'error'\nmessage = '{amount} of {table} ({columns}) under {setting.minimum}, see {lookup.parent}'";

    fn fields() -> Vec<Field> {
        let field = |name: &str, column_type| Field {
            name: name.into(),
            column_type,
            nullable: true,
        };
        vec![
            field("id", ColumnType::Integer { bytes: 8 }),
            field("total", ColumnType::Integer { bytes: 8 }),
            field("name", ColumnType::TEXT),
        ]
    }

    fn fit_text(binding: &str) -> Result<Fitted, String> {
        fit(
            &Manifest::parse(MANIFEST).unwrap(),
            &binding.parse().unwrap(),
            &fields(),
        )
    }

    #[test]
    fn columns_fill_roles_in_order_and_the_rest_is_repeated() {
        let fitted = fit_text("x:t.total,name,id->p.id").unwrap();
        assert_eq!(fitted.positions, [1, 2, 0]);
        let names: Vec<&str> = fitted
            .granted
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        assert_eq!(names, ["amount", "others", "others"]);
        assert_eq!(
            fitted.codes[0].2,
            "total of t (total, name, id) under 0, see p.id"
        );
        assert_eq!(fitted.settings["note"], None);
        assert!(fitted.lookups.contains_key("parent"));
    }

    #[test]
    fn a_named_role_comes_first() {
        let mut binding: CheckBinding = "x:t.name,id->p.id".parse().unwrap();
        binding.columns[1].0 = Some("amount".into());
        let fitted = fit(&Manifest::parse(MANIFEST).unwrap(), &binding, &fields()).unwrap();
        assert_eq!(fitted.positions, [0, 2]);
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_would() {
        let check = |binding: &str, expected: &str| {
            let reason = fit_text(binding).unwrap_err();
            assert!(reason.contains(expected), "{binding}: {reason}");
        };
        check(
            "x:t.price->p.id",
            "no column `price`; it has id, total, name",
        );
        check(
            "x:t.name,id->p.id",
            "`amount` takes integer, decimal, and the column `name` holds text",
        );
        check(
            "x:t.total->p.id",
            "no column is given for the role `others`",
        );
        check("x:t.total,total->p.id", "given twice");
        check(
            "x:t.total,id",
            "the lookup `parent` (The parent.) is missing",
        );
        check(
            "x:t.total,id->p.id?least=5",
            "no setting `least`; it has minimum, note",
        );
        check(
            "x:t.total,id->p.id?minimum=five",
            "setting `minimum`: it takes a number",
        );
    }
}
