//! `limosa plugin show`: what was decided of an installed plugin, and what it says of itself.

use limosa::plugins::{Grant, show};

use super::inspect::print;
use crate::arguments::{Common, Format, ShowArguments};
use crate::output::{BOLD, RED, list, styled};

pub(crate) fn run(arguments: &ShowArguments, common: &Common) -> anyhow::Result<u8> {
    let settings = common.settings()?;
    let (facts, review, problem) = show(&settings, &arguments.name)?;
    let code = u8::from(problem.is_some() || review.revoked.is_some());
    if common.format == Format::Json {
        let shown = serde_json::json!({ "facts": facts, "review": review, "problem": problem });
        anstream::println!("{}", serde_json::to_string_pretty(&shown)?);
        return Ok(code);
    }
    if let Some(problem) = &problem {
        let words =
            format!("It does not run: {problem}. What follows is what the file says now.\n");
        anstream::println!("{}", styled(RED, words));
    }
    print(&facts);
    anstream::println!(
        "\n{}",
        styled(
            BOLD,
            format!("Reviewed ({})", settings.lock.path().display())
        )
    );
    let places = match review.grants.as_slice() {
        [] if review.anywhere => vec!["what its binding says".to_owned()],
        grants => grants.iter().map(Grant::described).collect(),
    };
    let interfaces: Vec<&str> = review.interfaces.iter().map(String::as_str).collect();
    let signer = match (&review.signer, &review.file) {
        (Some(signer), _) => signer.clone(),
        (None, Some(_)) => "nobody: by its digest".into(),
        (None, None) => "nobody: it is part of the program".into(),
    };
    let rows = [
        ("by", format!("{} on {}", review.reviewer, review.reviewed)),
        ("because", review.reason.clone()),
        ("signed by", signer),
        (
            "file",
            review
                .file
                .clone()
                .unwrap_or_else(|| "inside the program".into()),
        ),
        ("sees", places.join("; ")),
        ("gets", interfaces.join(", ")),
        (
            "steadiness",
            review
                .steadiness
                .clone()
                .unwrap_or_else(|| "not tried".into()),
        ),
    ];
    anstream::println!("{}", list(rows.map(|(name, text)| (name.to_owned(), text))));
    if let Some(revoked) = &review.revoked {
        anstream::println!(
            "  {}",
            styled(
                RED,
                format!("revoked by {}: {}", revoked.by, revoked.reason)
            )
        );
    }
    Ok(code)
}
