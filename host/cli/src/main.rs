//! `limosa`: migrate, check and compare databases from the command line.

mod arguments;
mod commands;
mod logging;
mod memory;
mod output;
mod progress;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};

/// Wrong usage, as sysexits.h has it; clap's 2 means warnings here.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // The message goes where clap wants it: help to stdout, mistakes to stderr.
            let printed = error.print();
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            return if asked && printed.is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(USAGE)
            };
        }
    };
    let format = arguments.common.format;
    let result = run(arguments);
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => ExitCode::from(output::print_error(&error, format)),
    }
}

fn run(arguments: Arguments) -> anyhow::Result<u8> {
    logging::start(&arguments.common, &arguments.command)?;
    memory::share();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let common = arguments.common;
    let code = runtime.block_on(async {
        match arguments.command {
            Command::Demo(arguments) => commands::demo::run(&arguments, &common).await,
            Command::Generate(arguments) => commands::generate::run(&arguments, &common).await,
            Command::Init(arguments) => commands::init::run(&arguments),
            Command::Plan(arguments) => commands::plan::run(&arguments, &common).await,
            Command::Check(arguments) => commands::check::run(&arguments, &common).await,
            Command::Migrate(arguments) => commands::migrate::run(&arguments, &common).await,
            Command::Validate(arguments) => commands::validate::run(&arguments, &common).await,
            Command::Diff(arguments) => commands::diff::run(&arguments, &common).await,
            Command::Rollback(arguments) => commands::rollback::run(&arguments, &common).await,
            Command::Status => commands::status::run(&common).await,
            Command::History(arguments) => commands::history::run(&arguments, &common).await,
            Command::Report(arguments) => commands::report::run(&arguments, &common),
            Command::Plugin(command) => commands::plugin::run(&command, &common).await,
        }
    });
    // A reader that nobody waits for any more must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
