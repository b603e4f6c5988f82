//! `limosa plugin list`: what may run, and where it may look.

use crate::arguments::{Common, Format};
use crate::output::{RED, styled, table};

pub(crate) fn run(common: &Common) -> anyhow::Result<u8> {
    let lock = common.settings()?.lock.read()?;
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&lock)?);
        return Ok(0);
    }
    let mut shown = table(
        &["plugin", "version", "sees", "gets", "reviewed by", "reason"],
        &[],
    );
    for (name, review) in &lock.plugins {
        let places: Vec<String> = review
            .grants
            .iter()
            .map(limosa::plugins::Grant::described)
            .collect();
        let sees = match (&review.revoked, review.anywhere) {
            (Some(revoked), _) => styled(
                RED,
                format!("revoked by {}: {}", revoked.by, revoked.reason),
            ),
            (None, true) => "what its binding says".to_owned(),
            (None, false) => places.join("; "),
        };
        let interfaces: Vec<&str> = review.interfaces.iter().map(String::as_str).collect();
        shown.add_row([
            name.clone(),
            review.version.to_string(),
            sees,
            interfaces.join(", "),
            review.reviewer.clone(),
            review.reason.clone(),
        ]);
    }
    anstream::println!("{shown}");
    Ok(0)
}
