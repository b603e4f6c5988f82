//! `limosa plugin install`: a plugin that was reviewed may run.

use limosa::plugins::{Decision, install};

use crate::arguments::{Common, Format, InstallArguments};
use crate::output::{BOLD, list, styled};

pub(crate) async fn run(arguments: &InstallArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    settings.compiler = Some(std::env::current_exe()?);
    let decision = Decision {
        bindings: arguments.bindings.clone(),
        grants: arguments.grants.clone(),
        sha256: arguments.file.sha256.clone(),
        allow_unsteady: arguments.file.allow_unsteady,
        ..arguments.review.decision()
    };
    let (facts, review) = install(&settings, &arguments.plugin, &decision).await?;
    let name = &facts.manifest.name;
    if common.format == Format::Json {
        let entry = serde_json::json!({ "plugin": name, "review": review });
        anstream::println!("{}", serde_json::to_string_pretty(&entry)?);
        return Ok(0);
    }
    let lock = settings.lock.path().display();
    anstream::println!(
        "{} {} is installed ({lock})",
        styled(BOLD, name),
        review.version
    );
    let places = review
        .grants
        .iter()
        .map(|grant| ("sees", grant.described()));
    let interfaces: Vec<&str> = review.interfaces.iter().map(String::as_str).collect();
    let by = match &review.signer {
        Some(signer) => format!("{}, signed by {signer}", review.reviewer),
        None if review.file.is_none() => format!("{}, as part of the program", review.reviewer),
        None => format!("{}, by its digest", review.reviewer),
    };
    let steadiness = review.steadiness.clone().unwrap_or_default();
    let rest = [
        ("gets", interfaces.join(", ")),
        ("reviewed by", by),
        ("steadiness", steadiness),
    ];
    let rows = places
        .chain(rest)
        .map(|(name, text)| (name.to_owned(), text));
    anstream::println!("{}", list(rows));
    Ok(0)
}
