//! `limosa plugin update` and `grant`: another version, or more places, after somebody looked at them.

use limosa::plugins::{Change, Decision, Update, grant as grant_places, update};

use crate::arguments::{Common, Format, GrantArguments, UpdateArguments};
use crate::output::{BOLD, GREEN, RED, answer, styled};

pub(crate) async fn run(arguments: &UpdateArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    settings.compiler = Some(std::env::current_exe()?);
    let decision = Decision {
        grants: arguments.grants.clone(),
        sha256: arguments.file.sha256.clone(),
        allow_unsteady: arguments.file.allow_unsteady,
        ..arguments.review.decision()
    };
    let decision = arguments.yes.then_some(&decision);
    let shown = |looked: &Update| {
        if common.format == Format::Text {
            print(looked);
        }
    };
    let made = update(&settings, &arguments.plugin, decision, &shown).await?;
    if common.format == Format::Json {
        let told = serde_json::json!({
            "plugin": made.facts.manifest.name, "changes": made.changes, "review": made.review,
        });
        anstream::println!("{}", serde_json::to_string_pretty(&told)?);
    } else if made.review.is_some() {
        anstream::println!("{} is updated", styled(BOLD, &made.facts.manifest.name));
    } else if !made.changes.is_empty() {
        anstream::println!("Nothing is changed yet: --yes puts it in its place.");
    }
    Ok(0)
}

fn print(update: &Update) {
    let manifest = &update.facts.manifest;
    anstream::println!("{} {}", styled(BOLD, &manifest.name), manifest.version);
    if update.changes.is_empty() {
        anstream::println!("It is the one that is installed.");
    }
    for Change {
        what,
        before,
        after,
    } in &update.changes
    {
        anstream::println!("  {what}");
        for line in before.iter().flat_map(|text| text.lines()) {
            anstream::println!("    {}", styled(RED, format!("- {line}")));
        }
        for line in after.iter().flat_map(|text| text.lines()) {
            anstream::println!("    {}", styled(GREEN, format!("+ {line}")));
        }
    }
}

pub(crate) async fn grant(arguments: &GrantArguments, common: &Common) -> anyhow::Result<u8> {
    let decision = Decision {
        bindings: arguments.bindings.clone(),
        ..arguments.review.decision()
    };
    let review = grant_places(&common.settings()?, &arguments.name, &decision).await?;
    let places: Vec<String> = review
        .grants
        .iter()
        .map(limosa::plugins::Grant::described)
        .collect();
    let name = &arguments.name;
    let document = serde_json::json!({ "plugin": name, "review": review });
    let text = format!("{name} sees {}", places.join("; "));
    answer(common.format, &document, &text)?;
    Ok(0)
}
