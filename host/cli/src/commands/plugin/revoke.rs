//! `limosa plugin revoke` and `remove`: a plugin may not run any more.

use limosa::plugins::{remove as remove_plugin, revoke};

use serde_json::json;

use crate::arguments::{Common, RemoveArguments, RevokeArguments};
use crate::output::answer;

pub(crate) fn run(arguments: &RevokeArguments, common: &Common) -> anyhow::Result<u8> {
    let settings = common.settings()?;
    let (by, moment) = (limosa::asker(), limosa::now());
    revoke(&settings, &arguments.name, &by, &moment, &arguments.reason)?;
    let name = &arguments.name;
    let document = json!({ "plugin": name, "revoked": { "by": by, "at": moment, "reason": arguments.reason } });
    let text = format!("{name} is revoked: it runs no more, from the next batch on");
    answer(common.format, &document, &text)?;
    Ok(0)
}

pub(crate) fn remove(arguments: &RemoveArguments, common: &Common) -> anyhow::Result<u8> {
    let name = &arguments.name;
    remove_plugin(&common.settings()?, name)?;
    let document = json!({ "plugin": name, "removed": true });
    answer(common.format, &document, &format!("{name} is removed"))?;
    Ok(0)
}
