//! How steady a plugin is: the same verdict for every order of rows, size of batches and run; and which corruptions it notices.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use limosa_model::{CheckKind, ColumnType, Lookup, Value};
use limosa_plugin::{FAMILIES, Manifest, Plugin, Scope};
use tokio::time::timeout;

use crate::Result;
use crate::keys::AllBut;
use crate::made::{MadeUp, is_text};
use crate::trial::{Found, Made, Trial};

/// Enough for batches of every size to end within, at the start and at the end of them.
const ROWS: usize = 1_000;
/// Rows that corruptions are tried on.
const CLEAN_ROWS: usize = 200;
const SEED: u64 = 20_260_117;
/// All ways together: a check takes them within milliseconds, an interpreter within a second or two.
const PATIENCE: Duration = Duration::from_secs(60);
/// The sizes of batches beside one of all rows.
const SIZES: [usize; 3] = [1, 7, 256];

/// How a plugin behaved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qualified {
    /// What was tried, in words.
    pub tried: Vec<String>,
    /// With which types, where a role takes several.
    pub types: Vec<String>,
    /// In which of them it said something else than at first.
    pub unsteady: Vec<String>,
    /// Why it could not be tried, if it could not: it did not open on the settings that hold where nothing is said, or is a probe.
    pub not_tried: Option<String>,
    /// What stopped it on made-up rows, if something did: a trap, a limit, its own giving up.
    pub stopped: Option<String>,
    /// For checks: what was planted into clean rows; none, where no made-up row passes.
    pub corruptions: Vec<Corruption>,
}

/// A corruption that was planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// What was done, to which role.
    pub what: String,
    /// Whether the check said something else than before.
    pub noticed: bool,
}

/// Tries a plugin on made-up rows.
///
/// # Errors
/// If it cannot be bound to them.
pub async fn qualify(
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
) -> Result<Qualified> {
    let mut qualified = unsteady(plugin, settings).await?;
    let was_tried = qualified.not_tried.is_none() && qualified.stopped.is_none();
    if plugin.manifest().kind == CheckKind::Check && was_tried {
        qualified.corruptions = corruptions(plugin, settings).await?;
    }
    Ok(qualified)
}

/// Whether a plugin gives the same answer to the same rows, however they come.
///
/// # Errors
/// If it cannot be bound to made-up rows.
pub async fn unsteady(
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
) -> Result<Qualified> {
    unsteady_within(PATIENCE, plugin, settings).await
}

async fn unsteady_within(
    patience: Duration,
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
) -> Result<Qualified> {
    let mut qualified = Qualified::default();
    if plugin.manifest().kind == CheckKind::Probe {
        qualified.not_tried = Some("a probe's rows come from its statements".into());
        return Ok(qualified);
    }
    // A call that is not over by then is given up in its middle, and its guest ended.
    match timeout(patience, every_type(plugin, settings, &mut qualified)).await {
        Ok(outcome) => outcome?,
        Err(_) => {
            qualified.stopped = Some(format!(
                "it was not through with 1,000 rows after {} s, in all orders, batches and types",
                patience.as_secs()
            ));
        }
    }
    Ok(qualified)
}

/// Tries every type that a role takes, all where it names none; of several roles the first types together, the second ones together …
async fn every_type(
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
    qualified: &mut Qualified,
) -> Result<()> {
    let mut manifest = plugin.manifest().clone();
    for role in &mut manifest.roles {
        if role.types.is_empty() {
            role.types = FAMILIES.map(str::to_owned).to_vec();
        }
    }
    let roles = manifest.roles.iter();
    let types = roles.map(|role| role.types.len()).max().unwrap_or_default();
    for number in 0..types.max(1) {
        let mut typed = manifest.clone();
        let mut chosen = Vec::new();
        for role in typed.roles.iter_mut().filter(|role| role.types.len() > 1) {
            let kind = role.types.swap_remove(number % role.types.len());
            chosen.push(format!("{} as {kind}", role.name));
            role.types = vec![kind];
        }
        let chosen = chosen.join(", ");
        let was_tried = every_way(plugin, &typed, settings, &chosen, qualified).await?;
        let is_steady = qualified.stopped.is_none() && qualified.unsteady.is_empty();
        if !is_steady {
            return Ok(());
        }
        let is_told = was_tried && !chosen.is_empty();
        qualified.types.extend(is_told.then_some(chosen));
    }
    Ok(())
}

/// Tries one way after the other, and says of each what came of it; `chosen` names the types of the roles. `false`: it did not open on them.
async fn every_way(
    plugin: &Arc<Plugin>,
    manifest: &Manifest,
    settings: &BTreeMap<String, String>,
    chosen: &str,
    qualified: &mut Qualified,
) -> Result<bool> {
    let with_types = |text: String| match chosen {
        "" => text,
        chosen => format!("{text}, with {chosen}"),
    };
    let mut rows = MadeUp::of(manifest, ROWS, SEED);
    rows.settle_key(plugin, settings).await?;
    let trial = rows.trial(plugin, settings)?;
    // One that does not open wants a setting, say, and has seen no row.
    if let Err(reason) = answer(&trial, &rows, &[], ROWS).await {
        qualified.not_tried.get_or_insert(with_types(reason));
        return Ok(false);
    }
    let first = match answer(&trial, &rows, &in_order(), ROWS).await {
        Ok(answer) => answer,
        Err(reason) => {
            qualified.stopped = Some(with_types(reason));
            return Ok(true);
        }
    };
    let mut ways = vec![("run again".to_owned(), in_order(), ROWS)];
    for size in SIZES {
        ways.push((format!("in batches of {size}"), in_order(), size));
    }
    // A check of scope `table` is promised the order of the keys.
    if manifest.kind == CheckKind::Transform || manifest.scope == Scope::Row {
        let mut shuffled = in_order();
        fastrand::Rng::with_seed(SEED).shuffle(&mut shuffled);
        let reversed = in_order().into_iter().rev().collect();
        ways.push(("in the opposite order".into(), reversed, 256));
        ways.push(("in a shuffled order".into(), shuffled, 100));
    }
    for (way, order, size) in ways {
        let again = answer(&trial, &rows, &order, size).await;
        if again.as_ref() != Ok(&first) {
            let how = match again {
                Ok(again) => again.differs_from(&first),
                Err(reason) => reason,
            };
            let way = with_types(way.clone());
            qualified.unsteady.push(format!("{way}: {how}"));
        }
        if !qualified.tried.contains(&way) {
            qualified.tried.push(way);
        }
    }
    Ok(true)
}

/// What a plugin says of rows, by their places before they were put into any order.
#[derive(Debug, PartialEq)]
struct Answer {
    found: BTreeMap<String, BTreeSet<u64>>,
    counts: BTreeMap<String, u64>,
    /// For transforms: the rows that each became.
    made: BTreeMap<u64, Vec<Vec<Value>>>,
}

impl Answer {
    fn differs_from(&self, first: &Self) -> String {
        for (code, rows) in &self.found {
            let before = first.found.get(code);
            let other = rows
                .iter()
                .find(|row| before.is_none_or(|before| !before.contains(row)));
            if let Some(row) = other {
                return format!("{code} in row {row}, and not at first");
            }
        }
        for (code, rows) in &first.found {
            let again = self.found.get(code);
            let other = rows
                .iter()
                .find(|row| again.is_none_or(|again| !again.contains(row)));
            if let Some(row) = other {
                return format!("{code} in row {row} at first, and not this time");
            }
        }
        if self.counts != first.counts {
            return "another number of findings than at first".into();
        }
        let other = self
            .made
            .iter()
            .find(|(row, values)| first.made.get(row) != Some(values));
        match other {
            Some((row, _)) => format!("row {row} became something else than at first"),
            None => "fewer rows than at first".into(),
        }
    }
}

async fn answer(
    trial: &Trial,
    rows: &MadeUp,
    order: &[usize],
    size: usize,
) -> Result<Answer, String> {
    let told = |error: crate::Error| match std::error::Error::source(&error) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    };
    let batches = rows.batches(order, size).map_err(told)?;
    let place = |row: u64| {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        order.get(row).copied().unwrap_or(row) as u64
    };
    if trial.bound.kind() == CheckKind::Transform {
        let Made { rows, refused } = trial.transform(&batches).await.map_err(told)?;
        let mut made: BTreeMap<u64, Vec<Vec<Value>>> = BTreeMap::new();
        for (row, values) in rows {
            made.entry(place(row)).or_default().push(values);
        }
        let found = refused.into_iter().map(|(code, rows)| {
            (
                code,
                rows.into_iter().map(|row| place(row.into())).collect(),
            )
        });
        return Ok(Answer {
            found: found.collect(),
            counts: BTreeMap::new(),
            made,
        });
    }
    let outcome = trial.check(&batches).await.map_err(told)?;
    if let Some(reason) = outcome.inconclusive {
        return Err(reason);
    }
    let Found { rows, counts, .. } = Found::of(&outcome);
    let found = rows
        .into_iter()
        .map(|(code, rows)| (code, rows.into_iter().map(place).collect()));
    Ok(Answer {
        found: found.collect(),
        counts,
        made: BTreeMap::new(),
    })
}

fn in_order() -> Vec<usize> {
    (0..ROWS).collect()
}

/// Plants one corruption after the other into rows that the check passes.
async fn corruptions(
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
) -> Result<Vec<Corruption>> {
    let Some(clean) = clean(plugin, settings).await? else {
        return Ok(Vec::new());
    };
    let all_exist: Arc<dyn Lookup> = Arc::new(AllBut(Vec::new()));
    let at_first = counts(&clean, plugin, settings, &all_exist).await?;
    let middle = clean.rows.len() / 2;
    let mut tried = Vec::new();
    for (what, row) in planted(&clean, middle) {
        let mut corrupt = clean.clone();
        match row {
            Some(row) => corrupt.rows[middle] = row,
            None => corrupt.rows.push(clean.rows[middle].clone()),
        }
        let noticed = counts(&corrupt, plugin, settings, &all_exist).await? != at_first;
        tried.push(Corruption { what, noticed });
    }
    for name in plugin.manifest().lookups.keys() {
        let lookup: Arc<dyn Lookup> = Arc::new(AllBut(clean.rows[middle].clone()));
        let noticed = counts(&clean, plugin, settings, &lookup).await? != at_first;
        tried.push(Corruption {
            what: format!("orphan: a key that {name} does not have"),
            noticed,
        });
    }
    Ok(tried)
}

/// Made-up rows of which the check finds none; `None`: it finds every kind of them.
async fn clean(
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
) -> Result<Option<MadeUp>> {
    let mut rows = MadeUp::of(plugin.manifest(), 20 * CLEAN_ROWS, SEED);
    // A row with a hole shows no corruption of the value that it lacks.
    let whole = |row: &Vec<Value>| {
        let mut values = row.iter().zip(&rows.fields);
        values.all(|(value, field)| match value {
            Value::Null => false,
            Value::Text(_) => is_text(&field.column_type),
            _ => true,
        })
    };
    let kept: Vec<Vec<Value>> = rows.rows.iter().filter(|row| whole(row)).cloned().collect();
    rows.rows = kept;
    rows.settle_key(plugin, settings).await?;
    rows.keep_passing(plugin, settings).await?;
    rows.rows.truncate(CLEAN_ROWS);
    let every: Arc<dyn Lookup> = Arc::new(AllBut(Vec::new()));
    let passes = counts(&rows, plugin, settings, &every).await?.verdict == "pass";
    Ok((passes && !rows.rows.is_empty()).then_some(rows))
}

async fn counts(
    rows: &MadeUp,
    plugin: &Arc<Plugin>,
    settings: &BTreeMap<String, String>,
    lookup: &Arc<dyn Lookup>,
) -> Result<Found> {
    let trial = rows.trial_with(plugin, settings, lookup.clone())?;
    let order: Vec<usize> = (0..rows.rows.len()).collect();
    Ok(Found::of(&trial.check(&rows.batches(&order, 100)?).await?))
}

/// What can be done to a row, and what it is then; `None`: it is there twice.
fn planted(clean: &MadeUp, place: usize) -> Vec<(String, Option<Vec<Value>>)> {
    let row = &clean.rows[place];
    let mut planted = Vec::new();
    for (column, (role, field)) in clean.roles.iter().zip(&clean.fields).enumerate() {
        let mut with = |what: &str, value: Value| {
            let mut row = row.clone();
            row[column] = value;
            planted.push((format!("{what}: {role}"), Some(row)));
        };
        match (&field.column_type, &row[column]) {
            (ColumnType::Integer { .. } | ColumnType::Decimal { .. }, Value::Integer(number)) => {
                with("negative", Value::Integer(-number.abs() - 1));
            }
            (ColumnType::Float { .. }, Value::Float(number)) => {
                with("negative", Value::Float(-number.abs() - 1.0));
                with("rounding error", Value::Float(number + 1e-9));
            }
            (ColumnType::Timestamp { .. }, Value::Integer(number)) => {
                with(
                    "time zone shift by two hours",
                    Value::Integer(number + 7_200_000_000),
                );
            }
            (_, Value::Text(text)) => {
                let half = text.chars().count() / 2;
                with("truncation", Value::Text(text.chars().take(half).collect()));
            }
            (_, Value::Bytes(bytes)) => with(
                "truncation",
                Value::Bytes(bytes[..bytes.len() / 2].to_vec()),
            ),
            _ => {}
        }
        with("null", Value::Null);
        let alike = (column + 1..clean.fields.len())
            .find(|other| clean.fields[*other].column_type == field.column_type);
        if let Some(other) = alike {
            let mut swapped = row.clone();
            swapped.swap(column, other);
            planted.push((
                format!("swapped columns: {role} and {}", clean.roles[other]),
                Some(swapped),
            ));
        }
    }
    planted.push(("duplicate: the row twice".into(), None));
    planted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planted_into_a_row() {
        let manifest = |types: &str| {
            let role = |name: &str| {
                format!("[[roles]]\nname = '{name}'\ndescription = 'd'\ntypes = ['{types}']\n")
            };
            let text = format!(
                "name = 'some-check'\nversion = '1.0.0'\ndescription = 'd'\nlicense = 'MIT'\nkind = 'check'\ninterface = '^0.1.0'\n{}{}[codes.bad]\nseverity = 'error'\nmessage = 'm'\n",
                role("one"),
                role("other")
            );
            Manifest::parse(&text).unwrap()
        };
        let check = |types: &str, expected: &[&str]| {
            let mut rows = MadeUp::of(&manifest(types), 200, SEED);
            rows.rows.retain(|row| !row.contains(&Value::Null));
            let planted = planted(&rows, 0);
            let what: BTreeSet<&str> = planted.iter().map(|(what, _)| what.as_str()).collect();
            for expected in expected {
                assert!(
                    what.contains(expected),
                    "{types}: no {expected} in {what:?}"
                );
            }
            // Each is another row than before, or the same one more.
            assert!(
                planted
                    .iter()
                    .all(|(_, row)| row.as_ref() != Some(&rows.rows[0]))
            );
        };
        let always = [
            "null: one",
            "null: other",
            "swapped columns: one and other",
            "duplicate: the row twice",
        ];
        for (types, more) in [
            ("integer", "negative: one"),
            ("decimal", "negative: other"),
            ("float", "rounding error: one"),
            ("timestamp", "time zone shift by two hours: other"),
            ("text", "truncation: one"),
            ("bytes", "truncation: other"),
        ] {
            check(types, &[&always[..], &[more]].concat());
        }
    }
}
