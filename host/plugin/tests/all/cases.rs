//! The cases of the first-party checks and transforms: a folder each, `plugins/<plugin>/cases/<case>/case.toml`.
//!
//! Probes need a database and have their runner in the end-to-end tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use limosa_model::{
    Batch, BatchBuilder, CheckBinding, CheckKind, ColumnType, Field, Lookup, LookupError,
    LookupTarget, Shape, TableName, Value, canonical_number, date_from_text, decimal_from_text,
    wide_from_text,
};
use limosa_plugin::{Grants, Plugin, RowKey};
use serde::Deserialize;

use crate::guests::runtime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    columns: Vec<CaseColumn>,
    rows: Vec<Vec<toml::Value>>,
    #[serde(default)]
    targets: BTreeMap<String, Vec<Vec<String>>>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    verdict: Option<String>,
    #[serde(default)]
    findings: BTreeMap<String, BTreeSet<i64>>,
    counts: Option<BTreeMap<String, u64>>,
    #[serde(default)]
    columns: Vec<CaseColumn>,
    #[serde(default)]
    rows: Vec<Vec<toml::Value>>,
    #[serde(default)]
    refused: BTreeMap<String, BTreeSet<u32>>,
}

#[tokio::test]
async fn first_party_plugins() {
    let mut ran = 0;
    for folder in folders(&root().join("plugins")) {
        let cases = folders(&folder.join("cases"));
        if !folder.join("plugin.toml").exists() {
            continue;
        }
        let plugin = load(&folder.file_name().unwrap().to_string_lossy());
        assert!(!cases.is_empty(), "{} has no cases", folder.display());
        for folder in cases {
            let case: Case =
                toml::from_str(&std::fs::read_to_string(folder.join("case.toml")).unwrap())
                    .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            assert!(!case.description.is_empty());
            match plugin.manifest().kind {
                CheckKind::Check => check(&plugin, &case, &folder).await,
                CheckKind::Transform => transform(&plugin, &case, &folder).await,
                CheckKind::Probe => continue,
            }
            ran += 1;
        }
    }
    assert!(ran > 0);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn load(name: &str) -> Arc<Plugin> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let path = target.join("plugins").join(format!("{name}.wasm"));
    let bytes = std::fs::read(&path);
    let bytes = bytes
        .unwrap_or_else(|error| panic!("{}: {error}; run plugins/build first", path.display()));
    runtime().load(&bytes, name).unwrap()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn binding(plugin: &Plugin, case: &Case) -> (CheckBinding, Vec<Field>) {
    let mut fields = fields(&case.columns);
    let mut columns = Vec::new();
    for (position, (field, column)) in fields.iter_mut().zip(&case.columns).enumerate() {
        if case.columns.len() > 1 {
            field.name = format!("{}{position}", column.name);
        }
        columns.push((Some(column.name.clone()), field.name.clone()));
    }
    let targets = case.targets.iter().map(|(name, rows)| {
        let columns = rows.first().map_or(case.columns.len(), Vec::len);
        let target = LookupTarget {
            table: TableName::new("target"),
            columns: vec!["key".into(); columns],
        };
        (name.clone(), target)
    });
    let binding = CheckBinding {
        plugin: plugin.manifest().name.clone(),
        table: TableName::new("case"),
        columns,
        settings: case.settings.clone(),
        lookups: targets.collect(),
        into: None,
    };
    (binding, fields)
}

async fn check(plugin: &Arc<Plugin>, case: &Case, folder: &Path) {
    let (binding, fields) = binding(plugin, case);
    let bound = plugin
        .bind(&binding, &fields)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let lookups = case.targets.iter().map(|(name, rows)| {
        (
            name.clone(),
            Arc::new(Keys(rows.clone())) as Arc<dyn Lookup>,
        )
    });
    let mut session = bound
        .start(
            &Grants {
                lookups: lookups.collect(),
            },
            RowKey::default(),
        )
        .unwrap();
    // In two batches, so that rows are numbered across them.
    for rows in case.rows.chunks(case.rows.len().div_ceil(2).max(1)) {
        let _ = session.inspect(&batch(&fields, rows)).await;
    }
    let outcome = session.close().await;
    let place = folder.display();
    let reason = outcome.inconclusive.as_deref().unwrap_or_default();
    assert_eq!(
        Some(outcome.verdict().name()),
        case.expect.verdict.as_deref(),
        "{place}: {reason}"
    );
    let found: BTreeMap<String, BTreeSet<i64>> = outcome
        .findings
        .iter()
        .map(|findings| {
            let row = |key: &Value| match key {
                Value::Integer(row) => row - 1,
                other => panic!("{other}"),
            };
            (
                findings.code.clone(),
                findings
                    .rows
                    .iter()
                    .map(|finding| row(&finding.key[0]))
                    .collect(),
            )
        })
        .collect();
    assert_eq!(found, case.expect.findings, "{place}");
    if let Some(counts) = &case.expect.counts {
        let found = outcome
            .findings
            .iter()
            .map(|findings| (findings.code.clone(), findings.count));
        assert_eq!(&found.collect::<BTreeMap<_, _>>(), counts, "{place}");
    }
}

async fn transform(plugin: &Arc<Plugin>, case: &Case, folder: &Path) {
    let place = folder.display();
    let (binding, fields) = binding(plugin, case);
    let bound = plugin
        .bind(&binding, &fields)
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let outputs = bound
        .outputs()
        .await
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let types = |fields: &[Field]| {
        fields
            .iter()
            .map(|field| (field.name.clone(), field.column_type.clone()))
            .collect::<Vec<_>>()
    };
    let expected = self::fields(&case.expect.columns);
    assert_eq!(types(&outputs), types(&expected), "{place}");
    let done = bound
        .transform(&outputs)
        .unwrap()
        .apply(&batch(&fields, &case.rows))
        .await;
    let done = done.unwrap_or_else(|error| panic!("{place}: {error}"));
    let values = |batch: &Batch| {
        (0..batch.len())
            .map(|row| {
                (0..outputs.len())
                    .map(|column| batch.value(row, column))
                    .collect()
            })
            .collect::<Vec<Vec<_>>>()
    };
    assert_eq!(
        values(&done.rows),
        values(&batch(&outputs, &case.expect.rows)),
        "{place}"
    );
    let mut refused: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (row, code) in done.refused {
        refused.entry(code).or_default().insert(row);
    }
    assert_eq!(refused, case.expect.refused, "{place}");
}

struct Keys(Vec<Vec<String>>);

#[async_trait]
impl Lookup for Keys {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        let text = |value: Value| match value {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            other => other.to_string(),
        };
        let columns: Vec<usize> = (0..keys.shape().fields().len()).collect();
        let exists = |row| {
            let values = keys.values(row, &columns);
            values.contains(&Value::Null)
                || self.0.contains(&values.into_iter().map(text).collect())
        };
        Ok((0..keys.len()).map(exists).collect())
    }
}

fn fields(columns: &[CaseColumn]) -> Vec<Field> {
    let field = |column: &CaseColumn| Field {
        name: column.name.clone(),
        column_type: column_type(&column.kind),
        nullable: true,
    };
    columns.iter().map(field).collect()
}

fn column_type(text: &str) -> ColumnType {
    match text {
        "boolean" => ColumnType::Boolean,
        "integer" => ColumnType::Integer { bytes: 8 },
        "float" => ColumnType::Float { bytes: 8 },
        "decimal" => ColumnType::Number,
        "text" => ColumnType::TEXT,
        "bytes" => ColumnType::BYTES,
        "date" => ColumnType::Date,
        "uuid" => ColumnType::Uuid,
        _ => {
            let inner = text
                .strip_prefix("decimal(")
                .and_then(|text| text.strip_suffix(')'));
            let (precision, scale) = inner
                .and_then(|text| text.split_once(','))
                .unwrap_or_else(|| panic!("type {text}"));
            ColumnType::Decimal {
                precision: precision.parse().unwrap(),
                scale: scale.trim().parse().unwrap(),
            }
        }
    }
}

fn batch(fields: &[Field], rows: &[Vec<toml::Value>]) -> Batch {
    let mut builder = BatchBuilder::new(Shape::new(fields.to_vec()));
    for row in rows {
        assert_eq!(row.len(), fields.len());
        for (column, (value, field)) in row.iter().zip(fields).enumerate() {
            put(&mut builder, column, &field.column_type, value);
        }
        builder.end_row();
    }
    builder.finish().unwrap()
}

fn put(builder: &mut BatchBuilder, column: usize, column_type: &ColumnType, value: &toml::Value) {
    use toml::Value as Toml;
    match (column_type, value) {
        (_, Toml::Table(mark)) if mark.contains_key("null") => builder.null(column),
        (_, Toml::Table(mark)) if mark.contains_key("exception") => {
            builder.misfit(column, Value::Text("does not fit".into()))
        }
        (_, Toml::Integer(number)) => builder.integer(column, *number),
        (_, Toml::Boolean(truth)) => builder.integer(column, i64::from(*truth)),
        (_, Toml::Float(number)) => builder.float(column, *number),
        (ColumnType::Decimal { precision, scale }, Toml::String(text)) if *precision <= 38 => {
            builder.decimal(column, decimal_from_text(text, *precision, *scale).unwrap());
        }
        (ColumnType::Decimal { precision, scale }, Toml::String(text)) => {
            builder.wide_decimal(column, wide_from_text(text, *precision, *scale).unwrap());
        }
        (ColumnType::Number, Toml::String(text)) => {
            builder.text(column, &canonical_number(text).unwrap())
        }
        (ColumnType::Date, Toml::String(text)) => {
            builder.integer(column, i64::from(date_from_text(text).unwrap()))
        }
        (ColumnType::Bytes { .. }, Toml::String(text)) => {
            let digit =
                |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            builder.bytes(
                column,
                &text.as_bytes().chunks(2).map(digit).collect::<Vec<_>>(),
            );
        }
        (_, Toml::String(text)) => builder.text(column, text),
        (_, other) => panic!("{other} in a case"),
    }
}
