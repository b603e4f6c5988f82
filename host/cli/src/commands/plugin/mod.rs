//! `limosa plugin`: one file for each of its commands.

mod inspect;
mod install;
mod keys;
mod list;
mod project;
mod revoke;
mod show;
mod try_out;
mod update;
mod verify;

use limosa::plugins::compile;

use crate::arguments::{Common, PluginCommand};

pub(crate) async fn run(command: &PluginCommand, common: &Common) -> anyhow::Result<u8> {
    match command {
        PluginCommand::New(arguments) => project::new(arguments, common),
        PluginCommand::Build(arguments) => project::build(arguments, common),
        PluginCommand::Test(arguments) => try_out::test(arguments, common).await,
        PluginCommand::Bench(arguments) => try_out::bench(arguments, common).await,
        PluginCommand::Qualify(arguments) => try_out::qualify(arguments, common).await,
        PluginCommand::Inspect(arguments) => inspect::run(arguments, common),
        PluginCommand::Install(arguments) => install::run(arguments, common).await,
        PluginCommand::Update(arguments) => update::run(arguments, common).await,
        PluginCommand::Grant(arguments) => update::grant(arguments, common).await,
        PluginCommand::Keygen(arguments) => keys::generate(arguments, common),
        PluginCommand::Sign(arguments) => keys::sign(arguments, common),
        PluginCommand::List => list::run(common),
        PluginCommand::Show(arguments) => show::run(arguments, common),
        PluginCommand::Verify => verify::run(common),
        PluginCommand::Revoke(arguments) => revoke::run(arguments, common),
        PluginCommand::Remove(arguments) => revoke::remove(arguments, common),
        PluginCommand::Compile(arguments) => {
            // Whoever started it tells what it says, with a code and a remedy of its own.
            let compiled = compile(&arguments.origin);
            if let Err(error) = &compiled {
                anstream::eprintln!("{}", error.report().message);
            }
            Ok(u8::from(compiled.is_err()))
        }
    }
}
