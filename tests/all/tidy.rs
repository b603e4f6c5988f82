//! Holds this checkout to the invariants of DESIGN §2.

use std::collections::BTreeSet;
use std::{env, fs};

use anyhow::Result;
use limosa_model::CODES;
use limosa_tests::checkout;
use limosa_tests::tidy::{self, ERRORS_DOCUMENT};

#[track_caller]
fn expect_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn crates_depend_downwards_only() -> Result<()> {
    expect_none(&tidy::edges(&tidy::members(checkout())?));
    Ok(())
}

#[test]
fn foreign_crates_are_named_only_by_those_that_isolate_them() -> Result<()> {
    expect_none(&tidy::foreign_names(&tidy::members(checkout())?));
    Ok(())
}

#[test]
fn every_crate_is_a_member_with_the_lints() -> Result<()> {
    let members = tidy::members(checkout())?;
    expect_none(&tidy::lints(&members));
    expect_none(&tidy::membership(
        &tidy::crate_folders(checkout())?,
        &members,
    ));
    Ok(())
}

#[test]
fn every_file_opens_with_a_sentence() -> Result<()> {
    let sources = tidy::rust_files(checkout())?;
    assert!(
        sources.len() > 20,
        "the rules saw only {} files",
        sources.len()
    );
    expect_none(&tidy::heads(&sources));
    Ok(())
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "long files are shown to whoever looks, and fail nothing"
)]
fn no_file_is_too_long() -> Result<()> {
    let sources = tidy::rust_files(checkout())?;
    for (path, lines) in tidy::long_files(&sources) {
        eprintln!("{path}: {lines} lines; would two files say it better?");
    }
    expect_none(&tidy::lengths(&sources));
    Ok(())
}

#[test]
fn nothing_is_left_half_done() -> Result<()> {
    expect_none(&tidy::forbidden_text(&tidy::rust_files(checkout())?));
    Ok(())
}

#[test]
fn the_model_is_pure() -> Result<()> {
    expect_none(&tidy::pure_model(&tidy::rust_files(checkout())?));
    Ok(())
}

#[test]
fn the_top_level_shows_the_house() -> Result<()> {
    expect_none(&tidy::top_level(&tidy::top_names(checkout())?));
    Ok(())
}

#[test]
fn the_page_on_error_codes_repeats_the_code() -> Result<()> {
    let texts: BTreeSet<&str> = CODES.iter().map(|code| code.text()).collect();
    assert_eq!(
        texts.len(),
        CODES.len(),
        "a code stands twice in host/model/src/code.rs"
    );
    let path = checkout().join(ERRORS_DOCUMENT);
    let expected = tidy::errors_document(CODES);
    if env::var_os("LIMOSA_TESTS_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap_or(checkout()))?;
        fs::write(&path, &expected)?;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{ERRORS_DOCUMENT} does not repeat host/model/src/code.rs: run `LIMOSA_TESTS_UPDATE=1 cargo test -p limosa-tests tidy`"
    );
    Ok(())
}
