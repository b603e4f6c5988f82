//! `limosa init`: write a commented configuration.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;
use limosa::Error;

use crate::arguments::InitArguments;

pub(crate) fn run(arguments: &InitArguments) -> anyhow::Result<u8> {
    let file = &arguments.file;
    // A configuration that is there already is never overwritten.
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let mut out = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message = format!(
                "{} is there already: edit it, or name another file",
                file.display()
            );
            return Err(Error::configuration(message).into());
        }
        opened => opened.with_context(|| format!("cannot write {}", file.display()))?,
    };
    out.write_all(limosa::EXAMPLE.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))?;
    anstream::println!(
        "wrote {}: name your databases and checks in it, then run `limosa plan`",
        file.display()
    );
    Ok(0)
}
