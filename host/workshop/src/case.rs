//! A case of a plugin: rows, and what should come of them. A folder `cases/<name>` with a `case.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use limosa_model::{Batch, CheckKind, Field};
use serde::Deserialize;

use crate::cells::{Cell, Column, batch, cells_of_csv, cells_of_json, cells_of_toml, fields};
use crate::{Error, Result};

/// A file of rows, or a case, is read whole: larger ones belong into a benchmark.
const MOST_BYTES: u64 = 64 << 20;

/// A case as it was read.
#[derive(Debug)]
pub(crate) struct Case {
    /// The name of its folder.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) written: Written,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) expected_rows: Vec<Vec<Cell>>,
}

/// A case as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) columns: Vec<Column>,
    rows: Rows,
    /// Keys that exist, by the name of the lookup.
    #[serde(default)]
    pub(crate) targets: BTreeMap<String, Vec<Vec<String>>>,
    pub(crate) expect: Expected,
}

/// In place, or the name of a file beside the case: `.csv`, with `\N` for a null, or `.json`, a list of lists.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Rows {
    Here(Vec<Vec<toml::Value>>),
    File(String),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Here(Vec::new())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// `pass`, `warning`, `fail` or `inconclusive`; for checks and probes.
    pub(crate) verdict: Option<String>,
    /// For checks: the rows, counted from 0, by code.
    pub(crate) findings: Option<BTreeMap<String, BTreeSet<u64>>>,
    /// How many were found by code, rows or not.
    pub(crate) counts: Option<BTreeMap<String, u64>>,
    /// For transforms: the columns that come out.
    #[serde(default)]
    pub(crate) columns: Vec<Column>,
    /// For transforms: the rows that come out.
    #[serde(default)]
    rows: Rows,
    /// For transforms: the rows, counted from 0, by the code that they are refused under.
    #[serde(default)]
    pub(crate) refused: BTreeMap<String, BTreeSet<u32>>,
}

impl Case {
    /// Reads the case in a folder.
    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("case.toml");
        let wrong = |reason: String| Error::Case {
            case: path.clone(),
            reason,
        };
        let text = read_text(&path)?;
        let mut written: Written = toml::from_str(&text)
            .map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        if written.description.trim().is_empty() {
            return Err(wrong("its description says nothing".into()));
        }
        let rows = std::mem::take(&mut written.rows);
        let rows = cells(folder, rows, &written.columns)
            .map_err(|error| wrong(format!("rows: {error}")))?;
        let expected_rows = std::mem::take(&mut written.expect.rows);
        let expected_rows = cells(folder, expected_rows, &written.expect.columns)
            .map_err(|error| wrong(format!("expect.rows: {error}")))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            path,
            written,
            rows,
            expected_rows,
        })
    }

    /// The cases of a project, by name.
    pub(crate) fn all(project: &Path) -> Result<Vec<Self>> {
        let folder = project.join("cases");
        let mut folders = Vec::new();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file("read", folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(Error::file("read", &folder))?.path();
            folders.extend(path.is_dir().then_some(path));
        }
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// The columns as a table has them: those of one role get names of their own where there are several.
    pub(crate) fn fields(&self) -> Result<Vec<Field>> {
        let columns = &self.written.columns;
        let mut fields = fields(columns).map_err(|reason| self.wrong(reason))?;
        if columns.len() > 1 {
            for (position, field) in fields.iter_mut().enumerate() {
                field.name = format!("{}{position}", field.name);
            }
        }
        Ok(fields)
    }

    /// The rows as batches of at most so many.
    pub(crate) fn batches(&self, fields: &[Field], at_once: usize) -> Result<Vec<Batch>> {
        let rows = self.rows.chunks(at_once.max(1));
        rows.map(|rows| batch(fields, rows).map_err(|reason| self.wrong(reason)))
            .collect()
    }

    /// That it expects what a plugin of this kind comes to: a case that expects nothing shows nothing.
    pub(crate) fn suits(&self, kind: CheckKind) -> Result<()> {
        let expect = &self.written.expect;
        let of_rows = !expect.columns.is_empty()
            || !self.expected_rows.is_empty()
            || !expect.refused.is_empty();
        let of_findings = expect.findings.is_some() || expect.counts.is_some();
        let wrong = match kind {
            CheckKind::Transform if expect.verdict.is_some() || of_findings => {
                "a transform has no verdict and no findings: `expect` holds `columns`, `rows` and `refused`"
            }
            CheckKind::Transform if expect.columns.is_empty() => {
                "`expect` names no columns that come out"
            }
            CheckKind::Check | CheckKind::Probe if of_rows => {
                "`columns`, `rows` and `refused` are expected of transforms"
            }
            CheckKind::Probe if expect.findings.is_some() => {
                "a probe is expected to find `counts`: its rows are those of its statements"
            }
            CheckKind::Check | CheckKind::Probe => match expect.verdict.as_deref() {
                Some("pass" | "warning" | "fail" | "inconclusive") => return Ok(()),
                Some(_) => "the verdict is none of pass, warning, fail, inconclusive",
                None => "`expect` names no verdict: pass, warning, fail or inconclusive",
            },
            CheckKind::Transform => return Ok(()),
        };
        Err(self.wrong(wrong))
    }

    pub(crate) fn wrong(&self, reason: impl Into<String>) -> Error {
        Error::Case {
            case: self.path.clone(),
            reason: reason.into(),
        }
    }
}

fn cells(folder: &Path, rows: Rows, columns: &[Column]) -> Result<Vec<Vec<Cell>>, String> {
    let file = match rows {
        Rows::Here(rows) => return cells_of_toml(rows),
        Rows::File(file) => file,
    };
    let path = folder.join(&file);
    if Path::new(&file).components().count() != 1 || file.starts_with('.') {
        return Err(format!("`{file}` is no name of a file beside the case"));
    }
    let text = read_text(&path).map_err(|error| chain(&error))?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => cells_of_csv(&text, columns),
        Some("json") => cells_of_json(&text),
        _ => Err(format!("`{file}` is neither a .csv nor a .json file")),
    }
}

fn chain(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn read_text(path: &Path) -> Result<String> {
    let size = fs::metadata(path).map_err(Error::file("read", path))?.len();
    if size > MOST_BYTES {
        return Err(Error::Case {
            case: path.to_owned(),
            reason: format!("it has {size} bytes, and a case may have {MOST_BYTES}"),
        });
    }
    fs::read_to_string(path).map_err(Error::file("read", path))
}
