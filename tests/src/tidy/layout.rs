//! Rules over the house as a whole: what stands at the top level, and the page that repeats the error codes.

use std::fmt::Write as _;

use limosa_model::Code;

/// What DESIGN §2 puts at the top level, besides dot files and licences.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "Makefile",
    "README.md",
    "host",
    "plugins",
    "wit",
    "sdk",
    "tests",
    "target",
];

/// Where people look up an error code, from the root of the checkout.
///
/// Beside the command line, which shows the codes: the top level has no room for documentation.
pub const ERRORS_DOCUMENT: &str = "host/cli/docs/errors.md";

/// Names at the top level that do not belong there.
pub fn top_level(names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter(|name| !name.starts_with('.') && !name.starts_with("LICENSE") && !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| {
            format!("{name}: the top level shows the house and nothing else; move it into host, plugins, sdk, wit or tests, or remove it.")
        })
        .collect()
}

/// The page on the error codes as it must be.
pub fn errors_document(codes: &[Code]) -> String {
    let mut page = String::from(
        "# Error codes\n\n\
         What is behind each code that Limosa shows, and what to do. The table is made from `host/model/src/code.rs`;\n\
         change it there, then run `LIMOSA_TESTS_UPDATE=1 cargo test -p limosa-tests tidy`.\n\n\
         | code | cause | remedy |\n|---|---|---|\n",
    );
    for code in codes {
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            code.text(),
            cell(code.cause()),
            cell(code.remedy())
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_at_the_top_are_named() {
        let names = [
            "host",
            ".ci",
            "LICENSE-MIT",
            "Makefile",
            "docs",
            "notes.txt",
        ]
        .map(String::from);
        let problems = top_level(&names);
        assert_eq!(problems.len(), 2);
        assert!(
            problems[0].starts_with("docs: ") && problems[1].starts_with("notes.txt: "),
            "{problems:?}"
        );
    }

    #[test]
    fn each_code_has_its_row() {
        let page = errors_document(&[Code::Connection, Code::Internal]);
        assert_eq!(page.matches("\n| `").count(), 2);
        assert!(
            page.contains("| `CONN_001` | ") && page.contains(Code::Internal.remedy()),
            "{page}"
        );
    }
}
