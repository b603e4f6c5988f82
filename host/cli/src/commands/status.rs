//! `limosa status`: the migrations that are not over.

use limosa::{Host, Phase, Record};
use serde_json::json;

use crate::arguments::{Common, Format};
use crate::output::table;

pub(crate) async fn run(common: &Common) -> anyhow::Result<u8> {
    let host = Host::new(common.settings()?)?;
    let open: Vec<Record> = host
        .migrations()
        .await?
        .into_iter()
        .filter(|record| !record.state.is_over())
        .collect();
    if common.format == Format::Json {
        let list: Vec<_> = open.iter().map(as_json).collect();
        anstream::println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(0);
    }
    if open.is_empty() {
        anstream::println!("no migration is under way; `limosa history` shows those that are over");
        return Ok(0);
    }
    let mut shown = table(&["migration", "stands", "since", "source", "target"], &[]);
    for record in &open {
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
    for record in &open {
        if let Some(reason) = &record.state.reason {
            anstream::println!("{}: {reason}", record.migration);
        }
    }
    Ok(0)
}

/// A record as programs read it.
pub(super) fn as_json(record: &Record) -> serde_json::Value {
    let (source, target) = ends(record);
    json!({
        "migration": record.migration,
        "source": source,
        "target": target,
        "phase": phase(&record.state.phase),
        "completed": record.state.completed,
        "last": last(record),
        "reason": record.state.reason,
    })
}

/// Where a migration stands, in words.
pub(super) fn phase(phase: &Phase) -> String {
    match phase {
        Phase::New => "not begun".into(),
        Phase::Ready => "between stages".into(),
        Phase::Running(stage) => format!("in {stage}"),
        Phase::Stopped(stage) => format!("stopped in {stage}"),
        Phase::RollingBack => "rolling back".into(),
        Phase::RolledBack => "rolled back".into(),
        Phase::Completed => "completed".into(),
    }
}

/// Source and target, as the first event has them.
pub(super) fn ends(record: &Record) -> (String, String) {
    match record.events.first().map(|event| &event.kind) {
        Some(limosa::EventKind::Started { source, target }) => (source.clone(), target.clone()),
        _ => (String::new(), String::new()),
    }
}

/// When the last event was written.
pub(super) fn last(record: &Record) -> String {
    record
        .events
        .last()
        .map(|event| event.at.clone())
        .unwrap_or_default()
}
