//! `limosa generate`: fill an empty database with made-up tables.

use limosa::{Wish, generate};

use crate::arguments::{Common, Format, GenerateArguments};

pub(crate) async fn run(arguments: &GenerateArguments, common: &Common) -> anyhow::Result<u8> {
    let wish = Wish {
        seed: arguments.seed,
        tables: arguments.tables,
        rows: arguments.rows,
        nasty: arguments.nasty,
    };
    let tables = generate(&arguments.database, wish).await?;
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::json!({ "tables": tables }));
    } else {
        anstream::println!(
            "Made {} tables of {} rows: {}",
            tables.len(),
            arguments.rows,
            tables.join(", ")
        );
    }
    Ok(0)
}
