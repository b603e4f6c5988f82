//! `limosa plugin test`, `bench` and `qualify`: a plugin tried out by its author, before anybody reviews it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use limosa::workshop::{self, Bench, Language, component_of, is_stale};
use serde_json::json;

use super::project::{at_work, built};
use crate::arguments::{BenchArguments, Common, Format, QualifyArguments, TestArguments};
use crate::output::{BOLD, GREEN, RED, list, styled};

pub(crate) async fn test(arguments: &TestArguments, common: &Common) -> anyhow::Result<u8> {
    let component = component(&arguments.folder)?;
    let bytes = compiled_apart(&component)?;
    let results = workshop::cases(&limosa::plugins::sandbox()?, &bytes, &arguments.folder)
        .await
        .map_err(at_work)?;
    if results.is_empty() {
        let cases = arguments.folder.join("cases");
        let message = format!(
            "{} has no cases: a case is a folder below it with a case.toml, as in the plugins that `limosa plugin new` makes",
            cases.display()
        );
        return Err(limosa::Error::configuration(message).into());
    }
    let failed = results
        .iter()
        .filter(|result| !result.problems.is_empty())
        .count();
    if common.format == Format::Json {
        let cases: Vec<_> = results
            .iter()
            .map(|result| json!({ "case": result.name, "description": result.description, "problems": result.problems }))
            .collect();
        let report = json!({ "component": component, "cases": cases, "failed": failed });
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        for result in &results {
            let (style, verdict) = if result.problems.is_empty() {
                (GREEN, "ok")
            } else {
                (RED, "failed")
            };
            anstream::println!(
                "{:<8} {}  {}",
                styled(style, verdict),
                styled(BOLD, &result.name),
                result.description
            );
            for problem in &result.problems {
                anstream::println!("         {problem}");
            }
        }
        anstream::println!(
            "{} of {} cases as expected",
            results.len() - failed,
            results.len()
        );
    }
    Ok(u8::from(failed > 0))
}

pub(crate) async fn bench(arguments: &BenchArguments, common: &Common) -> anyhow::Result<u8> {
    let (component, bytes) = chosen(&arguments.plugin)?;
    let asked = Bench {
        rows: arguments.rows,
        types: pairs("--type", "ROLE=TYPE", &arguments.types)?,
        settings: settings(&arguments.settings)?,
    };
    let measured = workshop::bench(&bytes, &component.display().to_string(), &asked)
        .await
        .map_err(at_work)?;
    let (usage, allowed) = (&measured.usage, measured.limits.allowed());
    let session_start = u64::try_from(measured.session_start.as_nanos()).unwrap_or(u64::MAX);
    let memory = share(usage.peak_memory_bytes, allowed.memory_bytes);
    let longest_batch = share(usage.longest_call_nanoseconds, allowed.call_nanoseconds);
    let start = share(session_start, allowed.start_nanoseconds);
    if common.format == Format::Json {
        let report = json!({
            "rows": measured.rows, "seconds": measured.took.as_secs_f64(), "rows_per_second": measured.rows_per_second(),
            "times_native": measured.times_native, "fuel_per_row": measured.fuel_per_row, "usage": usage, "limits": allowed,
            "cold_start_seconds": measured.cold_start.as_secs_f64(), "warm_start_seconds": measured.warm_start.as_secs_f64(),
            "session_start_seconds": measured.session_start.as_secs_f64(),
            "shares": { "memory": memory, "longest_batch": longest_batch, "session_start": start },
        });
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(0);
    }
    let longest = Duration::from_nanos(usage.longest_call_nanoseconds);
    let rows = [
        (
            "throughput",
            format!(
                "{} rows a second ({} rows in {:.3?})",
                million(measured.rows_per_second()),
                measured.rows,
                measured.took
            ),
        ),
        (
            "native loop",
            measured.times_native.map_or_else(
                || "the first column is no number".into(),
                |times| format!("{times:.1} times as long as one over the first column"),
            ),
        ),
        (
            "fuel",
            format!(
                "{:.1} instructions of WebAssembly a row",
                measured.fuel_per_row
            ),
        ),
        (
            "memory",
            format!(
                "{:.1} MiB at most, {}",
                mebibytes(usage.peak_memory_bytes),
                of_its_limit(memory)
            ),
        ),
        (
            "longest batch",
            format!("{longest:.3?}, {}", of_its_limit(longest_batch)),
        ),
        (
            "cold start",
            format!(
                "{:.3?}: read, checked, compiled, started",
                measured.cold_start
            ),
        ),
        (
            "warm start",
            format!(
                "{:.3?}: with the compiled form at hand",
                measured.warm_start
            ),
        ),
        (
            "session",
            format!(
                "{:.3?}: an instance, opened, {}",
                measured.session_start,
                of_its_limit(start)
            ),
        ),
    ];
    anstream::println!("{}", styled(BOLD, component.display()));
    anstream::println!("{}", list(rows.map(|(name, text)| (name.to_owned(), text))));
    Ok(0)
}

pub(crate) async fn qualify(arguments: &QualifyArguments, common: &Common) -> anyhow::Result<u8> {
    let (component, bytes) = chosen(&arguments.plugin)?;
    let plugin = limosa::plugins::sandbox()?.load(&bytes, &component.display().to_string())?;
    let qualified = workshop::qualify(&plugin, &settings(&arguments.settings)?)
        .await
        .map_err(at_work)?;
    let is_refused = !qualified.unsteady.is_empty() || qualified.stopped.is_some();
    let is_steady = !is_refused && qualified.not_tried.is_none();
    // What could not be tried was not found wanting either.
    let code = match (is_refused, is_steady) {
        (true, _) => 1,
        (false, true) => 0,
        (false, false) => 2,
    };
    if common.format == Format::Json {
        let corruptions: BTreeMap<&str, bool> = qualified
            .corruptions
            .iter()
            .map(|planted| (planted.what.as_str(), planted.noticed))
            .collect();
        let report = json!({
            "steady": is_steady, "tried": qualified.tried, "types": qualified.types, "unsteady": qualified.unsteady, "not_tried": qualified.not_tried,
            "stopped": qualified.stopped,
            "noticed": corruptions,
        });
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(code);
    }
    anstream::println!("{}", styled(BOLD, component.display()));
    if let Some(reason) = &qualified.stopped {
        anstream::println!("  {}: {reason}", styled(RED, "stopped"));
    }
    match &qualified.not_tried {
        Some(reason) => anstream::println!("  not tried: {reason}"),
        None if qualified.stopped.is_some() => {}
        None if is_steady => {
            anstream::println!(
                "  {}: the same answer {}",
                styled(GREEN, "steady"),
                qualified.tried.join(", ")
            );
            for types in &qualified.types {
                anstream::println!("    with {types}");
            }
        }
        None => anstream::println!(
            "  {}: another answer to the same rows",
            styled(RED, "unsteady")
        ),
    }
    for way in &qualified.unsteady {
        anstream::println!("    {way}");
    }
    if qualified.corruptions.is_empty() && is_steady {
        anstream::println!("  nothing was planted: no made-up row passes, or it is no check");
    }
    if !qualified.corruptions.is_empty() {
        anstream::println!("\n{}", styled(BOLD, "Planted into clean rows"));
        let rows = qualified.corruptions.iter().map(|planted| {
            let noticed = if planted.noticed {
                "noticed"
            } else {
                "not noticed"
            };
            (planted.what.clone(), noticed.to_owned())
        });
        anstream::println!("{}", list(rows));
    }
    Ok(code)
}

/// The component of a project, built anew where it is not what its sources would become.
fn component(folder: &Path) -> anyhow::Result<PathBuf> {
    Language::of_project(folder).map_err(at_work)?;
    if is_stale(folder, &limosa::cache_folder()?).map_err(at_work)? {
        built(folder)?;
    }
    Ok(component_of(folder).map_err(at_work)?)
}

/// A file, a plugin inside the program, or the component of a project.
fn chosen(plugin: &Path) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let is_project = plugin.is_dir();
    if !is_project && let Some(bytes) = plugin.to_str().and_then(limosa::plugins::carried) {
        return Ok((plugin.to_owned(), bytes.to_vec()));
    }
    let file = if is_project {
        component(plugin)?
    } else {
        plugin.to_owned()
    };
    let bytes = compiled_apart(&file)?;
    Ok((file, bytes))
}

/// Nobody reviewed it yet: what it takes to compile it is found out by another process.
fn compiled_apart(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = limosa::plugins::read(file)?;
    let program = std::env::current_exe()?;
    limosa::plugins::compile_apart(&program, &file.display().to_string(), &bytes)?;
    Ok(bytes)
}

fn settings(given: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    pairs("--set", "NAME=VALUE", given)
}

fn pairs(option: &str, form: &str, given: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            limosa::Error::configuration(format!("{option} {text}: write {form}"))
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(pair).collect()
}

fn million(rows: f64) -> String {
    format!("{:.1} million", rows / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// From 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn of_its_limit(share: f64) -> String {
    format!("{:.1} % of its limit", 100.0 * share)
}
