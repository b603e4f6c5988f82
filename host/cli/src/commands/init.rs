//! `limosa init`: write a commented configuration.

use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::Context as _;

use crate::arguments::InitArguments;

pub(crate) fn run(arguments: &InitArguments) -> anyhow::Result<u8> {
    let file = &arguments.file;
    // A configuration that is there already is never overwritten.
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    out.write_all(limosa::EXAMPLE.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))?;
    anstream::println!(
        "wrote {}: name your databases and checks in it, then run `limosa plan`",
        file.display()
    );
    Ok(0)
}
