//! `limosa history`: all migrations, or every event of one.

use limosa::{Error, Host, Record};

use super::status::{as_json, ends, last, phase};
use crate::arguments::{Common, Format, HistoryArguments};
use crate::output::table;

pub(crate) async fn run(arguments: &HistoryArguments, common: &Common) -> anyhow::Result<u8> {
    let host = Host::new(common.settings()?)?;
    let records = host.migrations().await?;
    match &arguments.migration {
        None => all(&records, common.format),
        Some(name) => {
            let record = records
                .iter()
                .find(|record| record.migration.as_str().starts_with(name.as_str()));
            let record = record.ok_or_else(|| {
                Error::configuration(format!(
                    "the journal knows no migration {name}; `limosa history` lists those it knows"
                ))
            })?;
            one(record, common.format)
        }
    }
}

fn all(records: &[Record], format: Format) -> anyhow::Result<u8> {
    if format == Format::Json {
        let list: Vec<_> = records.iter().map(as_json).collect();
        anstream::println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(0);
    }
    let mut shown = table(
        &["migration", "stands", "last event", "source", "target"],
        &[],
    );
    for record in records {
        let (source, target) = ends(record);
        shown.add_row([
            record.migration.to_string(),
            phase(&record.state.phase),
            last(record),
            source,
            target,
        ]);
    }
    anstream::println!("{shown}");
    Ok(0)
}

fn one(record: &Record, format: Format) -> anyhow::Result<u8> {
    if format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&record.events)?);
        return Ok(0);
    }
    let mut shown = table(&["#", "at", "event", "by"], &[0]);
    for event in &record.events {
        let body = serde_json::to_value(&event.kind)?;
        let detail: Vec<String> = body
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| match value.as_str() {
                Some(text) if name == "event" => text.to_owned(),
                Some(text) => format!("{name} {text}"),
                None => format!("{name} {value}"),
            })
            .collect();
        shown.add_row([
            event.sequence.to_string(),
            event.at.clone(),
            detail.join(", "),
            event.by.clone(),
        ]);
    }
    anstream::println!("{shown}");
    Ok(0)
}
