//! `limosa migrate`: the main job.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use limosa::Host;

use super::{attended, conclude, reporting};
use crate::arguments::{Common, MigrateArguments};

pub(crate) async fn run(arguments: &MigrateArguments, common: &Common) -> anyhow::Result<u8> {
    let mut settings = common.settings()?;
    arguments.ends.apply(&mut settings);
    arguments.tables.apply(&mut settings);
    arguments.checks.apply(&mut settings);
    arguments.transforms.apply(&mut settings);
    arguments.values.apply(&mut settings);
    let options = &mut settings.options;
    options.dry_run = arguments.dry_run;
    options.skip_pre_validation = arguments.skip_pre_validation;
    options.skip_post_validation = arguments.skip_post_validation;
    options.no_rollback = arguments.no_rollback;
    options.force = arguments.force;
    options.plan.chunk_rows = arguments.batch_size.or(options.plan.chunk_rows);
    options.retry_attempts = arguments.retry_attempts.unwrap_or(options.retry_attempts);
    // Before the work rather than after hours of it.
    std::fs::create_dir_all(&settings.report_folder).with_context(|| {
        format!(
            "cannot make the report folder {}",
            settings.report_folder.display()
        )
    })?;
    arguments.metrics.apply(&mut settings);
    let host = reporting(settings)?;
    // Only a person at a terminal is asked: a script has said what it wants.
    let attended_by_a_person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if attended_by_a_person && !arguments.yes && !arguments.dry_run && !confirmed(&host).await? {
        return Ok(1);
    }
    let (observer, stop) = attended()?;
    let report = host.migrate(observer, stop).await;
    conclude(&host, &report, common)
}

async fn confirmed(host: &Host) -> anyhow::Result<bool> {
    let plan = host.plan(limosa::Looks::default()).await?.plan;
    let rows: u64 = plan.tables.iter().map(|table| table.estimated_rows).sum();
    anstream::eprint!(
        "Copy about {rows} rows of {} tables\n  from {}\n  to   {}\nGo on? [y/N] ",
        plan.tables.len(),
        plan.source,
        plan.target
    );
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
