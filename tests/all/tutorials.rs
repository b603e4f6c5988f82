//! The tutorials of the SDKs, run as they stand there: a check that is new to the reader, from nothing to its first finding.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use limosa_tests::query::sqlite_file;
use limosa_tests::{Toolbox, WorkingFolder, checkout};

/// The commands of the section, as one script.
fn commands(readme: &Path) -> Result<String> {
    let text = fs::read_to_string(readme)?;
    let (_, section) = text
        .split_once("## A check of your own")
        .context("the section")?;
    let (_, block) = section.split_once("```sh\n").context("the commands")?;
    let (script, _) = block
        .split_once("\n```")
        .context("the end of the commands")?;
    Ok(script.to_owned())
}

/// How many commands a reader types: what stands in a here-document, or goes on from the line before, is part of one.
fn count(script: &str) -> usize {
    let (mut commands, mut inside, mut goes_on) = (0, false, false);
    for line in script.lines() {
        if inside {
            inside = line != "EOF";
            continue;
        }
        commands += usize::from(!goes_on);
        inside = line.ends_with("<<'EOF'");
        goes_on = line.ends_with('\\');
    }
    commands
}

fn tutorial(language: &str) -> Result<()> {
    let script = commands(&checkout().join("sdk").join(language).join("README.md"))?;
    assert!(count(&script) < 10, "{} commands", count(&script));
    let folder = WorkingFolder::new()?;
    sqlite_file(
        &folder.path().join("shop.db"),
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, quantity INTEGER); INSERT INTO orders VALUES (1, 6), (2, 5), (3, NULL), (4, 12)",
    )?;
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path());
    Toolbox::lay_out(&mut shell, &folder)?;
    let ran = shell.output()?;
    let (said, complained) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert_eq!(ran.status.code(), Some(1), "{said}\n{complained}");
    for expected in [
        "1 of 1 cases as expected",
        "whole-packs 0.1.0",
        "1 broken-pack: The quantity is no multiple of 6.",
        "id = 2",
    ] {
        assert!(
            said.contains(expected),
            "no {expected}: {said}\n{complained}"
        );
    }
    Ok(())
}

#[test]
fn in_rust() -> Result<()> {
    tutorial("rust")
}

#[test]
fn in_python() -> Result<()> {
    tutorial("python")
}

#[test]
fn in_javascript() -> Result<()> {
    tutorial("javascript")
}

#[test]
fn in_c() -> Result<()> {
    tutorial("c")
}
