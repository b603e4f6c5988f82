//! `limosa plan`: show what a migration would do.

use limosa::{Host, Plan};

use crate::arguments::{Common, Format, PlanArguments};
use crate::output::{BOLD, styled, table};

pub(crate) async fn run(arguments: &PlanArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    let host = Host::new(settings)?;
    let plan = host.plan().await?;
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&plan)?);
        return Ok(0);
    }
    print(&plan);
    Ok(0)
}

fn print(plan: &Plan) {
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
            let mut notes = Vec::new();
            if !column.nullable {
                notes.push("not null".to_owned());
            }
            if column.identity {
                notes.push("numbers itself".to_owned());
            }
            if let Some(default) = &column.default {
                notes.push(format!("default {default}"));
            }
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
}
