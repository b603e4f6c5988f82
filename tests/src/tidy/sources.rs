//! Rules over Rust files: their head, their length, and what no file may hold.

/// A Rust file.
#[derive(Clone, Debug)]
pub struct Source {
    /// From the root of the checkout.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Over this a file is questioned.
const LONG: usize = 500;
/// Over this it is split.
const TOO_LONG: usize = 1_000;

/// Pieces, so that this file does not hold what it forbids.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("dbg", "!("), "remove it, or log with tracing"),
    (concat!("todo", "!("), "write it, or leave the feature out"),
    (
        concat!("unimplemented", "!("),
        "write it, or leave the feature out",
    ),
    (
        concat!("#[ig", "nore"),
        "a test runs or is deleted; a benchmark belongs to `make bench`",
    ),
    (concat!("FIX", "ME"), "fix it, or open an issue"),
];

/// The ways of plain Rust to the world outside and to its clock.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::io::stdin",
    "std::io::stdout",
    "tokio::",
];

/// Files that do not open with a sentence on what they are.
pub fn heads(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| {
            let head = source
                .text
                .lines()
                .next()
                .unwrap_or_default()
                .strip_prefix("//! ");
            // Three words are the least that says something.
            head.is_none_or(|head| head.split_whitespace().count() < 3)
        })
        .map(|source| {
            format!(
                "{}: open it with one `//! ` sentence that says what it is for.",
                source.path
            )
        })
        .collect()
}

/// Files that are too long.
pub fn lengths(sources: &[Source]) -> Vec<String> {
    over(sources, TOO_LONG)
        .map(|(source, lines)| {
            format!(
                "{}: {lines} lines; split it, {TOO_LONG} are the most.",
                source.path
            )
        })
        .collect()
}

/// Files that should be questioned, with their length.
pub fn long_files(sources: &[Source]) -> Vec<(&str, usize)> {
    over(sources, LONG)
        .map(|(source, lines)| (source.path.as_str(), lines))
        .collect()
}

/// Texts that no file may hold.
pub fn forbidden_text(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            for (text, remedy) in FORBIDDEN.iter().filter(|(text, _)| line.contains(text)) {
                problems.push(format!(
                    "{}:{}: `{text}`: {remedy}.",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    problems
}

/// I/O and clocks in the model, which has neither.
pub fn pure_model(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with("host/model/"))
    {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for text in OUTSIDE.iter().filter(|text| code.contains(**text)) {
                problems.push(format!(
                    "{}:{}: `{text}`: the model does no I/O and has no clock; let the caller pass it in.",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    problems
}

fn over(sources: &[Source], limit: usize) -> impl Iterator<Item = (&Source, usize)> {
    sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(move |(_, lines)| *lines > limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> [Source; 1] {
        [Source {
            path: "host/model/src/a.rs".into(),
            text: text.into(),
        }]
    }

    #[test]
    fn a_head_is_a_sentence_in_the_first_line() {
        assert_eq!(heads(&source("//! What it is.\nuse a;")).len(), 0);
        for bad in [
            "",
            "use a;",
            "\n//! What it is.",
            "//! Placeholder",
            "// What it is.",
            "//!",
        ] {
            assert_eq!(heads(&source(bad)).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn long_files_are_listed_and_longer_ones_refused() {
        for (lines, listed, refused) in [(500, 0, 0), (501, 1, 0), (1_000, 1, 0), (1_001, 1, 1)] {
            let source = source(&"a\n".repeat(lines));
            assert_eq!(
                (long_files(&source).len(), lengths(&source).len()),
                (listed, refused),
                "{lines}"
            );
        }
    }

    #[test]
    fn each_forbidden_text_is_found_with_its_line() {
        for (text, _) in FORBIDDEN {
            let problems = forbidden_text(&source(&format!("//! A file.\n    {text}x)")));
            assert_eq!(problems.len(), 1);
            assert!(
                problems[0].starts_with("host/model/src/a.rs:2: "),
                "{problems:?}"
            );
        }
        assert!(forbidden_text(&source("a todo list")).is_empty());
    }

    #[test]
    fn the_model_reaches_nothing_outside() {
        for text in OUTSIDE {
            assert!(
                !pure_model(&source(&format!("use {text};"))).is_empty(),
                "{text}"
            );
            assert!(
                pure_model(&source(&format!("// not {text}"))).is_empty(),
                "{text}"
            );
        }
        let elsewhere = Source {
            path: "host/journal/src/a.rs".into(),
            text: "use std::fs;".into(),
        };
        assert!(pure_model(&[elsewhere]).is_empty());
    }
}
