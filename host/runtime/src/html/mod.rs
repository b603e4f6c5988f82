//! The report as one page for people: a verdict in plain words first, then what it rests on.
//!
//! What is said stands in `verdict` and `sentences`, chosen by `facts`; what is shown and how much of it in `page`;
//! `report.html` is how it looks. Names and values of databases are hostile: the template's name ends in `.html`, which
//! turns escaping on, and only its own macros make what is not escaped again.

#[cfg(test)]
mod examples;
mod facts;
mod format;
mod page;
mod sentences;
#[cfg(test)]
mod tests;
mod verdict;

use limosa_model::Report;
use minijinja::value::Serde;
use minijinja::{Environment, Value, escape_formatter};

use format::{at_least, count, duration, number, visible};
use page::Page;

/// Characters of one text: messages come from plugins, and a report may be read back from any file.
const MOST_CHARACTERS: usize = 2_000;

/// Renders the report as one self-contained HTML page.
///
/// # Errors
/// If the template and the page do not fit, which is a fault of the program.
pub(crate) fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_filter("number", number);
    environment.add_filter("duration", duration);
    environment.add_filter("counted", count);
    environment.add_filter("at_least", at_least);
    environment.set_formatter(|out, state, value| match value.as_str() {
        // Only what a macro of the template made is safe.
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(visible(text, MOST_CHARACTERS)))
        }
        _ => escape_formatter(out, state, value),
    });
    let page = Value::from(Serde(Page::of(report)));
    environment.render_named_str("report.html", include_str!("report.html"), page)
}
