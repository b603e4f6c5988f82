//! The README's own check, built as it says there, finds what it says.

use std::fs;

use anyhow::{Context as _, Result};
use limosa_tests::query::sqlite_file;
use limosa_tests::{Toolbox, WorkingFolder, checkout};

/// The next block of this language, and what comes after it.
fn block<'a>(text: &'a str, language: &str) -> Result<(&'a str, &'a str)> {
    let start = text.split_once(&format!("```{language}\n"));
    let (_, rest) = start.with_context(|| format!("no block of {language}"))?;
    rest.split_once("```").context("the end of a block")
}

#[test]
fn a_check_of_your_own() -> Result<()> {
    let readme = fs::read_to_string(checkout().join("README.md"))?;
    let (_, section) = readme
        .split_once("## A check of your own")
        .context("the section")?;
    let (commands, rest) = block(section, "sh")?;
    let (code, rest) = block(rest, "rust")?;
    let (manifest, rest) = block(rest, "toml")?;
    let (build, _) = block(rest, "sh")?;
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 30, "{lines} lines are not under thirty");

    let folder = WorkingFolder::new()?;
    let first = |commands: &str| {
        let command = commands.lines().next().unwrap_or_default();
        let command = command.split('#').next().unwrap_or_default();
        let words: Vec<String> = command.split_whitespace().skip(1).map(Into::into).collect();
        Toolbox::lent(folder.limosa(words)).run()
    };
    first(commands)?.expect_code(0);
    let plugin = folder.path().join("discounts");
    fs::write(plugin.join("src/lib.rs"), code)?;
    fs::write(plugin.join("plugin.toml"), manifest)?;
    first(build)?.expect_code(0);

    let source = sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, discount REAL); INSERT INTO orders VALUES (1, 10.0), (2, 150.0)",
    )?;
    folder.install("./discounts/discounts.wasm", &["orders.discount"])?;
    let check = "discounts:orders.discount";
    let report = folder
        .limosa(["check", &source, "--check", check, "--format", "json"])
        .run()?
        .expect_code(1)
        .json()?;
    let found = &report["checks"][0];
    assert_eq!(
        found["findings"].to_string(),
        r#"{"too-much":1}"#,
        "{report:#}"
    );
    assert_eq!(
        found["samples"][0]["key"].to_string(),
        r#"[{"integer":2}]"#,
        "{report:#}"
    );
    Ok(())
}
