//! `limosa plan`: show what a migration would do.

use limosa::{Host, OnMisfit, Preview};

use crate::arguments::{Common, Format, PlanArguments};
use crate::output::{BOLD, RED, YELLOW, styled, table};

pub(crate) async fn run(arguments: &PlanArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    let preview = Host::new(settings)?.plan().await?;
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&preview)?);
    } else {
        print(&preview, arguments.ddl);
    }
    // What would stop the migration is a failure; what would be set aside or nulled is to be known.
    let stops = |of: OnMisfit| preview.misfits.iter().any(|found| found.on_misfit == of);
    Ok(if stops(OnMisfit::Stop) {
        1
    } else if preview.misfits.is_empty() {
        0
    } else {
        2
    })
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
    }
    if !plan.not_carried.is_empty() {
        anstream::println!("\n{}", styled(BOLD, "Not carried"));
        for item in &plan.not_carried {
            anstream::println!("  {} {}: {}", item.kind, item.name, item.reason);
        }
    }
    if preview.misfits.is_empty() {
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
    if ddl {
        anstream::println!("\n{}", styled(BOLD, "Statements"));
        for definition in &preview.definitions {
            anstream::println!("{definition};");
        }
    }
}
