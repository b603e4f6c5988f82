//! `limosa plugin inspect`: what a plugin says of itself and asks for.

use limosa::plugins::{Facts, Interface, Origins, Setting, inspect};

use crate::arguments::{Common, Format, InspectArguments};
use crate::output::{BOLD, RED, list, styled};

pub(crate) fn run(arguments: &InspectArguments, common: &Common) -> anyhow::Result<u8> {
    let (facts, signature) = inspect(&common.settings()?, &arguments.plugin)?;
    if common.format == Format::Json {
        let mut shown = serde_json::to_value(&facts)?;
        shown["signature"] = signature.described().into();
        anstream::println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        print(&facts);
        let signature = [("signature".to_owned(), signature.described())];
        anstream::println!("\n{}", list(signature));
    }
    Ok(u8::from(!facts.problems.is_empty()))
}

pub(super) fn print(facts: &Facts) {
    let manifest = &facts.manifest;
    anstream::println!(
        "{} {}  {}",
        styled(BOLD, &manifest.name),
        manifest.version,
        manifest.description
    );
    let kind = serde_json::to_value(manifest.kind).unwrap_or_default();
    let scope = serde_json::to_value(manifest.scope).unwrap_or_default();
    let about = [
        ("kind", format!("{}, scope {}", plain(&kind), plain(&scope))),
        ("licence", manifest.license.clone()),
        ("interface", format!("limosa:plugin {}", manifest.interface)),
        ("sha256", facts.digest.clone()),
        ("size", format!("{} bytes", facts.bytes)),
        (
            "limits",
            format!(
                "{} MiB of memory, {} ms a batch",
                facts.memory_bytes >> 20,
                facts.batch_milliseconds
            ),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    anstream::println!("{}", list(about));
    section("Asks for", interfaces(&facts.imports));
    section("Offers", interfaces(&facts.exports));
    section(
        "Columns",
        manifest.roles.iter().map(|role| {
            let types = if role.types.is_empty() {
                "any type".to_owned()
            } else {
                role.types.join(", ")
            };
            let more = if role.repeated {
                ", any number of them"
            } else {
                ""
            };
            (
                role.name.clone(),
                format!("{types}{more}: {}", role.description),
            )
        }),
    );
    section(
        "Looks up",
        manifest
            .lookups
            .iter()
            .map(|(name, lookup)| (name.clone(), lookup.description.clone())),
    );
    section(
        "Settings",
        manifest
            .settings
            .iter()
            .map(|(name, setting)| (name.clone(), setting_text(setting))),
    );
    section(
        "Reports",
        manifest.codes.iter().map(|(code, text)| {
            let severity = serde_json::to_value(text.severity).unwrap_or_default();
            (
                code.clone(),
                format!("{}: {}", plain(&severity), text.message),
            )
        }),
    );
    for (name, statement) in &manifest.statements {
        for (engine, sql) in [
            ("any engine", &statement.any),
            ("sqlite", &statement.sqlite),
            ("postgres", &statement.postgres),
            ("mysql", &statement.mysql),
        ] {
            if let Some(sql) = sql {
                anstream::println!(
                    "\n{}\n{}",
                    styled(BOLD, format!("Statement {name}, {engine}")),
                    shown(sql)
                );
            }
        }
    }
    section(
        "Made of, as the file says",
        made_of(&facts.origins).into_iter(),
    );
    if !facts.problems.is_empty() {
        anstream::println!("\n{}", styled(RED, "This program would not run it"));
        for problem in &facts.problems {
            anstream::println!("  {problem}");
        }
    }
}

fn interfaces(interfaces: &[Interface]) -> impl Iterator<Item = (String, String)> {
    let row = |interface: &Interface| (interface.name.clone(), interface.meaning.clone());
    interfaces.iter().map(row)
}

/// Nobody but its author vouches for these.
fn made_of(origins: &Origins) -> Vec<(String, String)> {
    let texts = origins.texts.clone().into_iter();
    let producers = origins.producers.iter().map(|producer| {
        let with_version = format!("{} {}", producer.name, producer.version);
        (producer.field.clone(), with_version)
    });
    let dependencies = match (origins.dependencies.len(), origins.is_cut) {
        (0, false) => "the file does not say".to_owned(),
        (0, true) => "what the file says cannot be read".to_owned(),
        (_, is_cut) => {
            let each = origins.dependencies.iter().map(|dependency| {
                let from = match dependency.source.as_str() {
                    "crates.io" => String::new(),
                    other => format!(" ({other})"),
                };
                format!("{} {}{from}", dependency.name, dependency.version)
            });
            let more = if is_cut {
                ", and more that is not shown here"
            } else {
                ""
            };
            each.collect::<Vec<_>>().join(", ") + more
        }
    };
    let dependencies = ("dependencies".to_owned(), dependencies);
    texts.chain(producers).chain([dependencies]).collect()
}

fn section(title: &str, rows: impl Iterator<Item = (String, String)>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        anstream::println!("\n{}\n{}", styled(BOLD, title), list(rows));
    }
}

fn plain(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What it does, what it takes, and what holds where nothing is said.
fn setting_text(setting: &Setting) -> String {
    let kind = serde_json::to_value(setting.kind).unwrap_or_default();
    let choices = match setting.choices.as_slice() {
        [] => plain(&kind).to_owned(),
        choices => format!("one of {}", choices.join(", ")),
    };
    let default = setting
        .default_text()
        .map(|text| format!(", default {text}"));
    format!(
        "{choices}{}: {}",
        default.unwrap_or_default(),
        setting.description
    )
}

/// Behind a mark, so that no line of it is taken for one of ours.
fn shown(sql: &str) -> String {
    let lines = sql.trim_end().lines();
    lines
        .map(|line| format!("  | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
