//! `limosa report`: show an earlier report again, or render it as HTML.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use limosa::{Error, exit_code, read_report, render_html};

use crate::arguments::{Common, ReportArguments};
use crate::output::print_report;

pub(crate) fn run(arguments: &ReportArguments, common: &Common) -> anyhow::Result<u8> {
    let folder = common.settings()?.report_folder;
    let path = find(arguments.report.as_deref(), &folder)?;
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let report = read_report(&text)?;
    if let Some(html) = &arguments.html {
        std::fs::write(html, render_html(&report)?)
            .with_context(|| format!("cannot write {}", html.display()))?;
        anstream::println!("wrote {}", html.display());
        return Ok(0);
    }
    print_report(&report, None, common.format)?;
    Ok(exit_code(&report))
}

/// The file named, or the latest report of the folder whose name starts so.
fn find(name: Option<&str>, folder: &Path) -> anyhow::Result<PathBuf> {
    if let Some(path) = name.map(Path::new).filter(|path| path.is_file()) {
        return Ok(path.to_owned());
    }
    let wanted = name.unwrap_or("");
    let mut found: Vec<(std::time::SystemTime, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the report folder {}", folder.display()))?
    {
        let entry = entry?;
        let path = entry.path();
        let file = path
            .file_name()
            .and_then(|file| file.to_str())
            .unwrap_or_default();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
            && (file.starts_with(wanted) || file.contains(&format!("-{wanted}")))
        {
            found.push((entry.metadata()?.modified()?, path));
        }
    }
    let latest = found.into_iter().max();
    latest.map(|(_, path)| path).ok_or_else(|| {
        Error::configuration(format!(
            "there is no report {wanted} in {}",
            folder.display()
        ))
        .into()
    })
}
