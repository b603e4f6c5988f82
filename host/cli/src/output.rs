//! What a person sees at the end of a command, and what a program reads.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Table};
use limosa::{Code, ErrorReport, Fidelity, Outcome, Report, Verdict, Written};

use crate::arguments::Format;

/// Samples that the terminal shows of a check; the report has more.
const SAMPLES: usize = 3;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();

/// A text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A table without lines, numbers to the right.
pub(crate) fn table(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(header.iter().map(|name| Cell::new(name.to_uppercase())));
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Names and what belongs to them, indented, without a header.
pub(crate) fn list(rows: impl IntoIterator<Item = (String, String)>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, text) in rows {
        table.add_row([format!("  {name}"), text]);
    }
    table
}

/// Prints a report in the form asked for.
pub(crate) fn print_report(
    report: &Report,
    written: Option<&Written>,
    format: Format,
) -> anyhow::Result<()> {
    if format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    print_tables(report);
    print_checks(report);
    print_list(
        "Not carried",
        report
            .not_carried
            .iter()
            .map(|item| format!("{} {}: {}", item.kind, item.name, item.reason)),
    );
    print_list("Warnings", report.warnings.iter().cloned());
    for error in &report.errors {
        anstream::println!("\n{}", error_text(error));
    }
    anstream::println!("\n{}", result_line(report));
    if let Some(written) = written {
        anstream::println!("Report: {}", written.html.display());
    }
    Ok(())
}

fn print_tables(report: &Report) {
    if report.tables.is_empty() {
        return;
    }
    let has_aside = report.tables.iter().any(|row| row.quarantined_rows > 0);
    let mut heads = vec!["table", "source rows", "target rows"];
    heads.extend(has_aside.then_some("quarantine"));
    heads.push("values");
    let mut shown = table(&heads, &[1, 2, 3][..heads.len() - 2]);
    for row in &report.tables {
        let values = match (row.verified, row.differing_rows) {
            (true, _) => styled(GREEN, "equal"),
            (false, 0) => "not compared".to_owned(),
            (false, differing) => styled(RED, format!("{differing} rows differ")),
        };
        let mut cells = vec![
            row.table.to_string(),
            match row.made_rows {
                Some(made) => format!("{} (make {made})", row.source_rows),
                None => row.source_rows.to_string(),
            },
            row.target_rows.to_string(),
        ];
        cells.extend(has_aside.then(|| row.quarantined_rows.to_string()));
        cells.push(values);
        shown.add_row(cells);
    }
    anstream::println!("\n{shown}");
    if let Some(line) = fidelity(report) {
        anstream::println!("{line}");
    }
    for row in &report.tables {
        for difference in row.differences.iter().take(SAMPLES) {
            anstream::println!("  {}: {difference}", row.table);
        }
    }
}

/// What became of all values that were copied, in one line.
fn fidelity(report: &Report) -> Option<String> {
    let columns = report.tables.iter().flat_map(|table| &table.columns);
    let mut all = Fidelity::default();
    for column in columns {
        all.add(column.counts);
    }
    let parts: Vec<String> = [
        (all.exact, "exact"),
        (all.re_encoded, "equal in another form"),
        (all.lossy, "rounded or nulled as asked"),
        (all.rejected, "in quarantine"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    (!parts.is_empty()).then(|| format!("Values: {}", parts.join(", ")))
}

fn print_checks(report: &Report) {
    if report.checks.is_empty() {
        return;
    }
    anstream::println!("\n{}", styled(BOLD, "Checks"));
    for check in &report.checks {
        let style = match check.verdict {
            Verdict::Pass => GREEN,
            Verdict::Warning => YELLOW,
            Verdict::Fail | Verdict::Inconclusive => RED,
        };
        anstream::println!(
            "  {} {} ({}, {} rows)",
            styled(style, format!("{:<12}", check.verdict.name())),
            check.check,
            check.at,
            check.rows
        );
        if let Some(reason) = &check.reason {
            anstream::println!("               {reason}");
        }
        for (code, count) in &check.findings {
            let accepted = check.accepted.get(code).copied().unwrap_or(0);
            let known = if accepted > 0 {
                format!(" ({accepted} accepted)")
            } else {
                String::new()
            };
            anstream::println!(
                "               {count} {code}{known}: {}",
                check.messages.get(code).map_or("", String::as_str)
            );
            for sample in check
                .samples
                .iter()
                .filter(|sample| &sample.code == code)
                .take(SAMPLES)
            {
                anstream::println!("                 {}", sample.row.describe());
            }
        }
    }
}

fn print_list(title: &str, items: impl Iterator<Item = String>) {
    const SHOWN: usize = 12;
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    anstream::println!("\n{}", styled(BOLD, title));
    for item in items.iter().take(SHOWN) {
        anstream::println!("  {item}");
    }
    if items.len() > SHOWN {
        anstream::println!("  … and {} more, in the report", items.len() - SHOWN);
    }
}

fn result_line(report: &Report) -> String {
    let rows: u64 = report.tables.iter().map(|table| table.source_rows).sum();
    let what = format!(
        "{rows} rows of {} tables in {:.1} s",
        report.tables.len(),
        report.seconds
    );
    let warned = if report.warnings.is_empty() {
        ""
    } else {
        " with warnings"
    };
    match (report.outcome, report.errors.is_empty()) {
        (Outcome::Completed, true) => styled(GREEN, format!("Completed{warned}: {what}")),
        (Outcome::DryRun, true) => styled(GREEN, format!("Dry run, nothing was written: {what}")),
        (Outcome::RolledBack, true) => styled(GREEN, "Rolled back"),
        (Outcome::RolledBack, false) => styled(
            RED,
            "Failed, and rolled back: the source was only read, and what was created in the target is gone",
        ),
        _ => styled(RED, "Failed"),
    }
}

/// What a command that does one thing says of it: to people in a line or two, to programs as a document.
pub(crate) fn answer(
    format: Format,
    document: &serde_json::Value,
    text: &str,
) -> anyhow::Result<()> {
    match format {
        Format::Text => anstream::println!("{text}"),
        Format::Json => anstream::println!("{}", serde_json::to_string_pretty(document)?),
    }
    Ok(())
}

/// `error DATA_001: what happened` and what to do.
pub(crate) fn error_text(error: &ErrorReport) -> String {
    format!(
        "{} {}\n{} {}",
        styled(RED, format!("error {}:", error.code)),
        error.message,
        styled(BOLD, "remedy:"),
        error.remedy
    )
}

/// Prints an error that ended a command before it had a report; answers with the exit status.
pub(crate) fn print_error(error: &anyhow::Error, format: Format) -> u8 {
    let report = match error.downcast_ref::<limosa::Error>() {
        Some(error) => error.report(),
        None => {
            let code = Code::Privilege;
            ErrorReport {
                code: code.text().into(),
                message: format!("{error:#}"),
                remedy: code.remedy().into(),
            }
        }
    };
    if format == Format::Json {
        anstream::println!(
            "{}",
            serde_json::json!({
                "migration": "", "outcome": "failed", "stages": [], "tables": [], "checks": [], "not_carried": [],
                "warnings": [], "errors": [report],
            })
        );
    }
    anstream::eprintln!("{}", error_text(&report));
    1
}
