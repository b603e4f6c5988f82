//! Writing reports: one file for programs, one for people.

use std::path::{Path, PathBuf};

use limosa_model::Report;

use crate::{Error, Result, render_html};

/// Where a report was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// For programs.
    pub json: PathBuf,
    /// For people.
    pub html: PathBuf,
}

/// Writes both files into a folder, named after the command, the migration and the time.
///
/// # Errors
/// If the folder cannot be made or written to.
pub fn write_report(report: &Report, folder: &Path) -> Result<Written> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::file(format!("make the folder {}", folder.display()), error))?;
    let time = report.started.replace([':', '-'], "");
    let name = if report.migration.is_empty() {
        format!("{}-{time}", report.command)
    } else {
        format!("{}-{}-{time}", report.command, report.migration)
    };
    let written = Written {
        json: folder.join(format!("{name}.json")),
        html: folder.join(format!("{name}.html")),
    };
    let json = serde_json::to_string_pretty(report).map_err(|error| Error::Internal {
        message: error.to_string(),
    })?;
    for (path, text) in [(&written.json, json), (&written.html, render_html(report)?)] {
        std::fs::write(path, text)
            .map_err(|error| Error::file(format!("write {}", path.display()), error))?;
    }
    Ok(written)
}
