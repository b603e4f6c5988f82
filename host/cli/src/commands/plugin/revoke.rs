//! `limosa plugin revoke` and `remove`: a plugin may not run any more.

use limosa::plugins::{remove as remove_plugin, revoke};

use crate::arguments::{Common, RemoveArguments, RevokeArguments};

pub(crate) fn run(arguments: &RevokeArguments, common: &Common) -> anyhow::Result<u8> {
    let settings = common.settings()?;
    let (by, moment) = (limosa::asker(), limosa::now());
    revoke(&settings, &arguments.name, &by, &moment, &arguments.reason)?;
    anstream::println!(
        "{} is revoked: it runs no more, from the next batch on",
        arguments.name
    );
    Ok(0)
}

pub(crate) fn remove(arguments: &RemoveArguments, common: &Common) -> anyhow::Result<u8> {
    remove_plugin(&common.settings()?, &arguments.name)?;
    anstream::println!("{} is removed", arguments.name);
    Ok(0)
}
