//! What plugins did in a run, as metrics.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use limosa_tests::WorkingFolder;
use limosa_tests::query::sqlite_file;
use serde_json::Value;

/// The series of a metric in the file, by the value of one label.
fn series(text: &str, name: &str, label: &str) -> Result<BTreeMap<String, f64>> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix(name).filter(|rest| rest.starts_with('{')) else {
            continue;
        };
        let (labels, figure) = rest.rsplit_once("} ").with_context(|| line.to_owned())?;
        // Each stands behind another, or behind the brace.
        let (_, rest) = format!(",{}", &labels[1..])
            .split_once(&format!(",{label}=\""))
            .map(|(before, rest)| (before.to_owned(), rest.to_owned()))
            .with_context(|| line.to_owned())?;
        let (value, _) = rest
            .split_once("\",")
            .or(rest.split_once('"'))
            .with_context(|| line.to_owned())?;
        found.insert(value.to_owned(), figure.parse()?);
    }
    Ok(found)
}

#[test]
fn of_two_checks_of_a_table_with_an_odd_name() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE \"a \"\"b\"\"\n\\c\" (id INTEGER PRIMARY KEY, amount REAL, user_id INTEGER); CREATE TABLE users (id INTEGER PRIMARY KEY);
         INSERT INTO users VALUES (1); INSERT INTO \"a \"\"b\"\"\n\\c\" VALUES (1, 5, 1), (2, -1.5, 1), (3, 2, 7)",
    )?;
    folder.write(
        "limosa.toml",
        r#"
        [[checks]]
        plugin = "negative-amounts"
        table = "a \"b\"\n\\c"
        columns = ["amount"]
        [[checks]]
        plugin = "orphaned-records"
        table = "a \"b\"\n\\c"
        columns = ["user_id"]
        lookups = { target = { table = "users", columns = ["id"] } }
        "#,
    )?;
    let file = folder.path().join("limosa.prom");
    fs::write(&file, "# HELP limosa_run_seconds of the run before")?;
    let check = [
        "check",
        &source,
        "--metrics",
        "limosa.prom",
        "--format",
        "json",
        // It stands in the configuration, too: one check, one series.
        "--check",
        r#"negative-amounts:"a ""b""
\c".amount"#,
    ];
    let report = folder.limosa(check).run()?.expect_code(1).json()?;
    let text = fs::read_to_string(&file)?;
    for line in text.lines() {
        let is_comment = line.starts_with("# HELP limosa_") || line.starts_with("# TYPE limosa_");
        assert!(is_comment || line.starts_with("limosa_"), "{line}");
        assert!(
            is_comment
                || !line.contains("table=")
                || line.contains(r#"table="\"a \"\"b\"\"\n\\c\"""#),
            "{line}"
        );
    }
    assert_eq!(
        report["errors"].as_array().map(Vec::len),
        Some(2),
        "{report:#}"
    );
    let checks = report["checks"].as_array().context("the checks")?;
    assert_eq!(checks.len(), 2, "{report:#}");
    for check in checks {
        let plugin = check["plugin"].as_str().context("its name")?;
        let of = |name: &str| -> Result<f64> {
            let series = series(&text, name, "plugin")?;
            series
                .get(plugin)
                .copied()
                .with_context(|| format!("{name} of {plugin} in {text}"))
        };
        let told = |value: &Value| value.as_f64().with_context(|| format!("{report:#}"));
        let usage = &check["usage"];
        assert_eq!(of("limosa_plugin_rows_total")?, 3.0, "{text}");
        assert_eq!(of("limosa_plugin_findings_total")?, 1.0, "{text}");
        assert_eq!(of("limosa_plugin_denials_total")?, 0.0, "{text}");
        assert_eq!(
            of("limosa_plugin_copied_bytes_total")?,
            told(&usage["bytes"])?
        );
        assert_eq!(
            of("limosa_plugin_instances_total")?,
            told(&usage["sessions"])?
        );
        assert_eq!(
            of("limosa_plugin_call_seconds_count")?,
            told(&usage["calls"])?
        );
        assert_eq!(
            of("limosa_plugin_allowed_memory_bytes")?,
            told(&check["allowed"]["memory_bytes"])?
        );
        assert!(of("limosa_plugin_processor_seconds_total")? > 0.0, "{text}");
        let looked_up = if plugin == "orphaned-records" {
            3.0
        } else {
            0.0
        };
        assert_eq!(
            of("limosa_plugin_looked_up_keys_total")?,
            looked_up,
            "{text}"
        );
    }
    // Each bucket holds those below it, and the last one all.
    let of_one: String = text
        .lines()
        .filter(|line| line.contains("plugin=\"negative-amounts\""))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut buckets: Vec<(f64, f64)> = series(&of_one, "limosa_plugin_call_seconds_bucket", "le")?
        .into_iter()
        .map(|(bound, calls)| Ok((bound.parse()?, calls)))
        .collect::<Result<_>>()?;
    buckets.sort_by(|one, two| one.0.total_cmp(&two.0));
    assert!(
        buckets.len() > 20 && buckets.is_sorted_by(|one, two| one.1 <= two.1),
        "{buckets:?}"
    );
    let calls = series(&of_one, "limosa_plugin_call_seconds_count", "plugin")?["negative-amounts"];
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, calls)));
    assert_eq!(
        series(&text, "limosa_run_seconds", "command")?
            .keys()
            .collect::<Vec<_>>(),
        ["check"]
    );
    Ok(())
}

/// Said before the run: nothing of what is there is lost, and nothing is copied.
#[test]
fn they_take_the_place_of_nothing_else() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let path = folder.path().join("source.sqlite");
    let source = sqlite_file(
        &path,
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL); INSERT INTO item VALUES (1, 5)",
    )?;
    folder.write("notes.txt", "mine")?;
    std::os::unix::fs::symlink("notes.txt", folder.path().join("link.prom"))?;
    let before = fs::read(&path)?;
    for file in [
        "source.sqlite",
        "notes.txt",
        "link.prom",
        ".",
        "/dev/null",
        "nowhere/limosa.prom",
    ] {
        let migrate = [
            "migrate",
            &source,
            "sqlite:target.sqlite",
            "--yes",
            "--metrics",
            file,
            "--format",
            "json",
        ];
        let refused = folder.limosa(migrate).run()?.expect_code(1).json()?;
        let error = &refused["errors"][0];
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            message.contains(&format!("--metrics {file}:")),
            "{refused:#}"
        );
        assert_eq!(error["code"], "CONF_001", "{refused:#}");
        assert!(!folder.path().join("target.sqlite").exists(), "{file}");
    }
    assert_eq!(fs::read(&path)?, before);
    assert_eq!(fs::read(folder.path().join("notes.txt"))?, b"mine");
    // A link to metrics stays one.
    fs::write(folder.path().join("notes.txt"), "# HELP limosa_run_seconds")?;
    let check = [
        "check",
        &source,
        "--check",
        "negative-amounts:item.amount",
        "--metrics",
        "link.prom",
    ];
    folder.limosa(check).run()?.expect_code(0);
    assert!(fs::symlink_metadata(folder.path().join("link.prom"))?.is_symlink());
    assert!(
        fs::read_to_string(folder.path().join("notes.txt"))?.contains("limosa_plugin_rows_total{")
    );
    Ok(())
}

/// A transform has no verdict: what it used stands beside the checks.
#[test]
fn of_a_transform() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL); INSERT INTO item VALUES (1, 5.25), (2, 1.5)",
    )?;
    let target = format!("sqlite:{}", folder.path().join("target.sqlite").display());
    let by = "fixed-decimal:item.amount?scale=2";
    // It stands in the configuration, too, and runs once all the same.
    folder.write("limosa.toml", format!("transforms = ['{by}']"))?;
    let migrate = ["migrate", &source, &target, "--yes", "--transform", by];
    let diff = ["diff", &source, &target, "--transform", by];
    for arguments in [&migrate[..], &diff[..]] {
        let more = ["--metrics", "limosa.prom", "--format", "json"];
        let report = folder
            .limosa(arguments.iter().chain(&more))
            .run()?
            .expect_code(0)
            .json()?;
        let transform = &report["transforms"][0];
        assert_eq!(transform["transform"], by, "{report:#}");
        assert_eq!(transform["plugin"], "fixed-decimal", "{report:#}");
        assert_eq!(
            transform["digest"].as_str().map(str::len),
            Some(64),
            "{report:#}"
        );
        let rows = transform["usage"]["rows"].as_f64().context("its rows")?;
        assert!(
            rows >= 2.0 && transform["usage"]["denied"] == 0,
            "{report:#}"
        );
        let text = fs::read_to_string(folder.path().join("limosa.prom"))?;
        let series = series(&text, "limosa_plugin_rows_total", "binding")?;
        assert_eq!(series, BTreeMap::from([(by.to_owned(), rows)]), "{text}");
        assert_eq!(
            text.matches("limosa_plugin_rows_total{").count(),
            1,
            "{text}"
        );
    }
    Ok(())
}

/// Each would read the column as it was, and the values of one be lost.
#[test]
fn two_transforms_of_one_column_are_refused() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL); INSERT INTO item VALUES (1, 5.25)",
    )?;
    let migrate = [
        "migrate",
        &source,
        "sqlite:target.sqlite",
        "--yes",
        "--format",
        "json",
        "--transform",
        "fixed-decimal:item.amount?scale=2",
        "--transform",
        "fixed-decimal:item.amount?scale=4",
    ];
    let refused = folder.limosa(migrate).run()?.expect_code(1).json()?;
    let message = refused["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("both give the column item.amount"),
        "{refused:#}"
    );
    Ok(())
}
