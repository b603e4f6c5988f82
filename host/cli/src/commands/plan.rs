//! `limosa plan`: show what a migration would do.

use std::collections::BTreeMap;

use limosa::{ColumnProfile, Homecoming, Host, Looks, OnMisfit, Preview, ProfiledColumn, Value};

use crate::arguments::{Common, Format, PlanArguments};
use crate::output::{BOLD, RED, YELLOW, styled, table};

pub(crate) async fn run(arguments: &PlanArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    let looks = Looks {
        profile: arguments.profile,
        round_trip: arguments.round_trip,
    };
    let preview = Host::new(settings)?.plan(looks).await?;
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&preview)?);
    } else {
        print(&preview, arguments.ddl);
    }
    // What would stop the migration is a failure; what would be set aside or nulled, or not come home, is to be known.
    let stops = |of: OnMisfit| preview.misfits.iter().any(|found| found.on_misfit == of);
    Ok(if stops(OnMisfit::Stop) || !preview.collisions.is_empty() {
        1
    } else if preview.misfits.is_empty() && returns(&preview) {
        0
    } else {
        2
    })
}

/// Every value would come home in the same bytes, as far as anybody asked.
fn returns(preview: &Preview) -> bool {
    let columns = preview.round_trip.iter().flatten();
    columns
        .into_iter()
        .all(|column| column.other == 0 && !column.transformed)
}

fn print(preview: &Preview, ddl: bool) {
    let plan = &preview.plan;
    anstream::println!("{} → {}", plan.source, plan.target);
    for planned in &plan.tables {
        let key = if planned.key.is_empty() {
            "no usable key: copied in one piece".to_owned()
        } else {
            format!("key {}", planned.key.join(", "))
        };
        anstream::println!(
            "\n{} about {} rows, {key}, {} rows to a chunk",
            styled(BOLD, &planned.source),
            planned.estimated_rows,
            planned.chunk_rows
        );
        if planned.is_made() {
            let of: Vec<String> = planned
                .made_of
                .iter()
                .map(|reading| reading.source.to_string())
                .collect();
            anstream::println!("  made by a transform of {}", of.join(", "));
        }
        let mut columns = table(
            &["  column", "source type", "carried as", "target type", ""],
            &[],
        );
        for column in &planned.columns {
            let mut notes = vec![column.why.text().to_owned()];
            if !column.nullable {
                notes.push("not null".to_owned());
            }
            if column.identity {
                notes.push("numbers itself".to_owned());
            }
            if let Some(default) = &column.default {
                notes.push(format!("default {default}"));
            }
            notes.retain(|note| !note.is_empty());
            columns.add_row([
                format!("  {}", column.name),
                column.source_type.clone(),
                column.carried.to_string(),
                column.target_type.clone(),
                notes.join(", "),
            ]);
        }
        anstream::println!("{columns}");
        if let Some(profile) = &preview.profile {
            let of_table = profile
                .iter()
                .filter(|column| column.table == planned.source);
            print_profile(of_table);
        }
    }
    if !plan.not_carried.is_empty() {
        anstream::println!("\n{}", styled(BOLD, "Not carried"));
        for item in &plan.not_carried {
            anstream::println!("  {} {}: {}", item.kind, item.name, item.reason);
        }
    }
    if preview.misfits.is_empty() && preview.collisions.is_empty() {
        anstream::println!("\nEvery value fits.");
    } else {
        anstream::println!("\n{}", styled(BOLD, "Values that do not fit"));
    }
    for found in &preview.misfits {
        let fate = match found.on_misfit {
            OnMisfit::Stop => styled(RED, "stop the migration"),
            OnMisfit::Quarantine => styled(YELLOW, "go to quarantine with their rows"),
            OnMisfit::Null => styled(YELLOW, "become null"),
        };
        anstream::println!(
            "  {} of {}.{} {fate}, for example {}",
            found.count,
            found.table,
            found.column,
            found.example
        );
    }
    for found in &preview.collisions {
        anstream::println!(
            "  {} rows of {} {}: another row has the same {} there, for example {}",
            found.count,
            found.table,
            styled(RED, "stop the migration"),
            found.key.join(", "),
            found.example
        );
    }
    if let Some(columns) = &preview.round_trip {
        print_round_trip(columns, returns(preview));
    }
    if ddl {
        anstream::println!("\n{}", styled(BOLD, "Statements"));
        for definition in &preview.definitions {
            anstream::println!("{definition};");
        }
    }
}

fn print_profile<'a>(columns: impl Iterator<Item = &'a ProfiledColumn>) {
    let mut shown = table(&["  column", "holds", "range", "length", "looks like"], &[]);
    for column in columns {
        let profile = &column.profile;
        let all = profile.kinds.values().sum();
        let nulls = (profile.nulls > 0).then(|| format!("null ({})", profile.nulls));
        let ranges = profile.ranges.values();
        let ranges = ranges.map(|(least, most)| format!("{} … {}", bare(least), bare(most)));
        let nul = (profile.with_nul > 0).then(|| format!("with NUL ({})", profile.with_nul));
        shown.add_row([
            format!("  {}", column.column),
            joined(counted(&profile.kinds, all).chain(nulls)),
            joined(ranges),
            length(profile),
            joined(counted(&profile.forms, all).chain(nul)),
        ]);
    }
    anstream::println!("\n{shown}");
}

/// With their numbers, unless it is all of them.
fn counted(counts: &BTreeMap<&str, u64>, all: u64) -> impl Iterator<Item = String> {
    counts.iter().map(move |(name, count)| {
        if *count == all {
            (*name).to_owned()
        } else {
            format!("{name} ({count})")
        }
    })
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// Numbers and dates without quotes.
fn bare(value: &Value) -> String {
    value.to_string().trim_matches('\'').to_owned()
}

fn length(profile: &ColumnProfile) -> String {
    let characters = profile.characters.map(|(least, most)| {
        let bytes = profile.most_bytes;
        let in_bytes = if bytes > most {
            format!(" ({bytes} bytes)")
        } else {
            String::new()
        };
        format!("{least} … {most} characters{in_bytes}")
    });
    let bytes = (profile.characters.is_none() && profile.most_bytes > 0)
        .then(|| format!("{} bytes at most", profile.most_bytes));
    let digits = profile
        .digits
        .map(|(before, after)| format!("{before} digits before the point, {after} after"));
    joined(characters.into_iter().chain(bytes).chain(digits))
}

fn print_round_trip(columns: &[Homecoming], all_return: bool) {
    if all_return {
        anstream::println!("\nEvery value would come home in the same bytes.");
        return;
    }
    anstream::println!(
        "\n{}",
        styled(BOLD, "Values that would come home otherwise")
    );
    for column in columns {
        let place = format!("{}.{}", column.table, column.column);
        if column.transformed {
            anstream::println!(
                "  {place}: a transform makes its values, and nothing makes them back"
            );
        } else if let Some(example) = &column.example {
            let all = column.same + column.other;
            anstream::println!(
                "  {} of {all} of {place}, for example {example}",
                column.other
            );
        }
    }
}
