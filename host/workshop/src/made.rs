//! Made-up rows for the roles of a plugin: the same seed gives the same rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use limosa_model::{Batch, BatchBuilder, ColumnType, Field, Lookup, Shape, Value};
use limosa_plugin::{Manifest, Plugin};

use crate::keys::{AllBut, MadeUpKeys};
use crate::trial::{Found, Trial};
use crate::{Error, Result};

/// One row in so many has a null in a column, and one in twice as many an exception.
const SELDOM: usize = 31;
/// Of the keys that are looked up, one in so many is missing.
const MISSING: u64 = 10;
const WORDS: [&str; 8] = [
    "",
    "Amsel",
    "drossel@example.org",
    "Fink und Star",
    "Übermut 🐦",
    "2026-02-03T04:05:06Z",
    "  blank  ",
    "0012.50",
];

/// Columns for the roles of a plugin, with rows.
#[derive(Clone, Debug)]
pub(crate) struct MadeUp {
    /// The role that each column fills.
    pub(crate) roles: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// How many columns a key has that is looked up: the manifest does not say which of them are its.
    key: usize,
}

impl MadeUp {
    /// So many rows for the roles that the manifest declares, each in the first type that it takes.
    pub(crate) fn of(manifest: &Manifest, rows: usize, seed: u64) -> Self {
        let (mut roles, mut fields) = (Vec::new(), Vec::new());
        for role in &manifest.roles {
            let kind = kind(role.types.first().map_or("text", String::as_str));
            for number in 0..if role.repeated { 2 } else { 1 } {
                roles.push(role.name.clone());
                fields.push(Field {
                    name: format!("{}_{number}", role.name.replace('-', "_")),
                    column_type: kind.clone(),
                    nullable: true,
                });
            }
        }
        let mut random = fastrand::Rng::with_seed(seed);
        let row = |_| {
            let value = |field: &Field| value(&mut random, &field.column_type);
            fields.iter().map(value).collect()
        };
        let rows = (0..rows).map(row).collect();
        Self {
            roles,
            key: fields.len(),
            fields,
            rows,
        }
    }

    /// Finds out how many columns the plugin looks up together, if it does.
    pub(crate) async fn settle_key(
        &mut self,
        plugin: &Arc<Plugin>,
        settings: &BTreeMap<String, String>,
    ) -> Result<()> {
        if plugin.manifest().lookups.is_empty() {
            return Ok(());
        }
        for key in 1..=self.fields.len() {
            self.key = key;
            let trial = self.trial(plugin, settings)?;
            let batches = self.batches(&[0, 1, 2], 3)?;
            if trial.check(&batches).await?.inconclusive.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The plugin bound to these columns, with lookups that know most keys.
    pub(crate) fn trial(
        &self,
        plugin: &Arc<Plugin>,
        settings: &BTreeMap<String, String>,
    ) -> Result<Trial> {
        self.trial_with(plugin, settings, Arc::new(MadeUpKeys { one_in: MISSING }))
    }

    /// The plugin bound to these columns, with what answers all its lookups.
    pub(crate) fn trial_with(
        &self,
        plugin: &Arc<Plugin>,
        settings: &BTreeMap<String, String>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Trial> {
        let lookups = plugin.manifest().lookups.keys();
        let lookups = lookups.map(|name| (name.clone(), (self.key, lookup.clone())));
        Trial::new(
            plugin,
            &self.roles,
            &self.fields,
            settings.clone(),
            lookups.collect(),
        )
    }

    /// Leaves those rows that a check finds nothing in; all of them, if it finds something in every one.
    pub(crate) async fn keep_passing(
        &mut self,
        plugin: &Arc<Plugin>,
        settings: &BTreeMap<String, String>,
    ) -> Result<()> {
        let trial = self.trial_with(plugin, settings, Arc::new(AllBut(Vec::new())))?;
        let order: Vec<usize> = (0..self.rows.len()).collect();
        let outcome = trial.check(&self.batches(&order, 1_000)?).await?;
        let found: BTreeSet<u64> = Found::of(&outcome).rows.into_values().flatten().collect();
        if found.len() < self.rows.len() {
            let mut row = 0;
            self.rows.retain(|_| {
                row += 1;
                !found.contains(&(row - 1))
            });
        }
        Ok(())
    }

    /// Those rows, in that order, in batches of at most so many.
    pub(crate) fn batches(&self, order: &[usize], at_once: usize) -> Result<Vec<Batch>> {
        let shape = Shape::new(self.fields.clone());
        let mut batches = Vec::new();
        for rows in order.chunks(at_once.max(1)) {
            let mut builder = BatchBuilder::new(shape.clone());
            for row in rows {
                for (column, value) in self.rows[*row].iter().enumerate() {
                    put(
                        &mut builder,
                        column,
                        &self.fields[column].column_type,
                        value,
                    );
                }
                builder.end_row();
            }
            let batch = builder.finish();
            batches.push(batch.map_err(|error| Error::project(error.to_string()))?);
        }
        Ok(batches)
    }
}

/// The type that a family of the manifest is tried with.
fn kind(family: &str) -> ColumnType {
    match family {
        "boolean" => ColumnType::Boolean,
        "integer" => ColumnType::Integer { bytes: 8 },
        "float" => ColumnType::Float { bytes: 8 },
        "decimal" => ColumnType::Decimal {
            precision: 12,
            scale: 2,
        },
        "bytes" => ColumnType::BYTES,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        "timestamp" => ColumnType::Timestamp { zoned: true },
        "uuid" => ColumnType::Uuid,
        "json" => ColumnType::Json { parsed: false },
        _ => ColumnType::TEXT,
    }
}

/// A value of that type; now and then a null, and what stands for an exception: a text in a column that is none.
fn value(random: &mut fastrand::Rng, kind: &ColumnType) -> Value {
    match random.usize(..2 * SELDOM) {
        0 | 1 => return Value::Null,
        2 if !is_text(kind) => return Value::Text("does not fit".into()),
        _ => {}
    }
    match kind {
        ColumnType::Boolean => Value::Integer(random.i64(0..=1)),
        ColumnType::Float { .. } => Value::Float(
            f64::from(random.i32(-2_000..20_000))
                / *random.choice([100.0, 1.0, 3.0].iter()).unwrap_or(&1.0),
        ),
        ColumnType::Date => Value::Integer(random.i64(-10_000..30_000)),
        ColumnType::Time => Value::Integer(random.i64(0..86_400_000_000)),
        ColumnType::Timestamp { .. } => Value::Integer(random.i64(0..2_000_000_000_000_000)),
        ColumnType::Bytes { .. } => {
            Value::Bytes((0..random.usize(..20)).map(|_| random.u8(..)).collect())
        }
        ColumnType::Uuid => {
            let digits = format!("{:032x}", random.u128(..));
            Value::Text(format!(
                "{}-{}-{}-{}-{}",
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..]
            ))
        }
        ColumnType::Json { .. } => Value::Text(format!("{{\"n\": {}}}", random.i32(..))),
        ColumnType::Integer { .. } | ColumnType::Decimal { .. } => {
            Value::Integer(random.i64(-100..5_000))
        }
        _ => {
            let word = WORDS[random.usize(..WORDS.len())];
            Value::Text(format!("{word}{}", " x".repeat(random.usize(..4))))
        }
    }
}

pub(crate) fn is_text(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Text { .. } | ColumnType::Uuid | ColumnType::Json { .. }
    )
}

/// Puts a value in; what is not of the column's type is an exception.
fn put(builder: &mut BatchBuilder, column: usize, kind: &ColumnType, value: &Value) {
    match value {
        Value::Null => builder.null(column),
        Value::Integer(number) if matches!(kind, ColumnType::Decimal { .. }) => {
            builder.decimal(column, i128::from(*number));
        }
        Value::Integer(number) => builder.integer(column, *number),
        Value::Float(number) => builder.float(column, *number),
        Value::Bytes(bytes) => builder.bytes(column, bytes),
        Value::Text(text) if is_text(kind) => builder.text(column, text),
        other => builder.misfit(column, other.clone()),
    }
}
