//! `limosa demo`: a small clinic with planted defects, migrated.

use limosa::{Host, prepare_demo};

use super::{attended, conclude};
use crate::arguments::{Common, DemoArguments, Format};
use crate::output::{BOLD, styled};

pub(crate) async fn run(arguments: &DemoArguments, common: &Common) -> anyhow::Result<u8> {
    let settings = prepare_demo(&arguments.folder).await?;
    let checks: Vec<String> = settings
        .checks
        .iter()
        .map(|check| format!("    --check '{check}' \\\n"))
        .collect();
    if common.format == Format::Text {
        anstream::println!(
            "A clinic with a ledger was made in {}. Its rows have defects, as real ones do.\nThis is what runs now:\n\n{}",
            settings.source,
            styled(
                BOLD,
                format!(
                    "  limosa migrate {} {} \\\n{}    --on-finding report",
                    settings.source,
                    settings.target.as_deref().unwrap_or(""),
                    checks.concat()
                )
            )
        );
    }
    let host = Host::new(settings)?;
    let (observer, stop) = attended()?;
    let report = host.migrate(observer, stop).await;
    let code = conclude(&host, &report, common)?;
    // The defects are what the demonstration is about.
    Ok(if code == 2 { 0 } else { code })
}
