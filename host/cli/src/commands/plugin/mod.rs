//! `limosa plugin`: one file for each of its commands.

mod inspect;
mod install;
mod keys;
mod list;
mod revoke;
mod update;
mod verify;

use limosa::plugins::compile;

use crate::arguments::{Common, PluginCommand};

pub(crate) async fn run(command: &PluginCommand, common: &Common) -> anyhow::Result<u8> {
    match command {
        PluginCommand::Inspect(arguments) => inspect::run(arguments, common),
        PluginCommand::Install(arguments) => install::run(arguments, common).await,
        PluginCommand::Update(arguments) => update::run(arguments, common).await,
        PluginCommand::Grant(arguments) => update::grant(arguments, common).await,
        PluginCommand::Keygen(arguments) => keys::generate(arguments),
        PluginCommand::Sign(arguments) => keys::sign(arguments),
        PluginCommand::List => list::run(common),
        PluginCommand::Verify => verify::run(common),
        PluginCommand::Revoke(arguments) => revoke::run(arguments, common),
        PluginCommand::Remove(arguments) => revoke::remove(arguments, common),
        PluginCommand::Compile(arguments) => {
            compile(&arguments.origin)?;
            Ok(0)
        }
    }
}
