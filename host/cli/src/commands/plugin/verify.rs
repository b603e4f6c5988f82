//! `limosa plugin verify`: every installed file against its review.

use limosa::plugins::verify;

use crate::arguments::{Common, Format};
use crate::output::{GREEN, RED, styled};

pub(crate) fn run(common: &Common) -> anyhow::Result<u8> {
    let verified = verify(&common.settings()?)?;
    let is_whole = verified.values().all(Option::is_none);
    if common.format == Format::Json {
        anstream::println!("{}", serde_json::to_string_pretty(&verified)?);
    } else {
        for (name, problem) in &verified {
            match problem {
                None => anstream::println!("{name}: {}", styled(GREEN, "as reviewed")),
                Some(problem) => anstream::println!("{name}: {}", styled(RED, problem)),
            }
        }
    }
    Ok(u8::from(!is_whole))
}
