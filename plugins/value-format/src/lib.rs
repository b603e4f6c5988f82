//! Finds texts that do not have the expected form.

mod form;
mod password;

use limosa_sdk::{Batch, Check, Findings, Result, Settings, Table};
use password::Family;
use regex_lite::{Regex, RegexBuilder};

const VALUE: u16 = 0;

/// Enough for any form that a person writes down; the default of 10 MiB would fill the sandbox.
const MAX_PATTERN_BYTES: usize = 256 << 10;

/// The check: the form that every value must have.
#[derive(Debug)]
pub enum ValueFormat {
    /// A UUID in canonical text.
    Uuid,
    /// An e-mail address.
    Email,
    /// A password hash of one of these families.
    PasswordHash(Vec<Family>),
    /// A calendar day.
    IsoDate,
    /// What matches from end to end.
    Pattern(Box<Regex>),
}

impl Check for ValueFormat {
    fn open(_: &Table, settings: &Settings) -> Result<Self> {
        let forms = "uuid, email, password-hash, iso-date or pattern";
        let form = settings.text("format")?;
        match form.as_str() {
            "uuid" => Ok(Self::Uuid),
            "email" => Ok(Self::Email),
            "iso-date" => Ok(Self::IsoDate),
            "password-hash" => {
                let families = settings.text("families")?;
                Ok(Self::PasswordHash(password::families(&families)?))
            }
            "pattern" => Ok(Self::Pattern(Box::new(pattern(
                &settings.text("pattern")?,
            )?))),
            _ => Err(format!("the setting `format` is `{form}`, which is not {forms}").into()),
        }
    }

    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        findings.judge(&batch.texts(VALUE)?, "unreadable", |value| {
            (!self.fits(value)).then_some("malformed")
        });
        Ok(())
    }
}

limosa_sdk::check!(ValueFormat);

impl ValueFormat {
    fn fits(&self, value: &str) -> bool {
        match self {
            Self::Uuid => form::is_uuid(value),
            Self::Email => form::is_email(value),
            Self::IsoDate => form::is_iso_date(value),
            Self::PasswordHash(families) => families.iter().any(|family| family.fits(value)),
            Self::Pattern(pattern) => pattern.is_match(value),
        }
    }
}

fn pattern(pattern: &str) -> Result<Regex> {
    let build = |text: &str| {
        RegexBuilder::new(text)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
    };
    // First by itself: `a)|(b` is no pattern, though it would be one within the anchors.
    build(pattern)
        .and_then(|_| build(&format!(r"\A(?:{pattern})\z")))
        .map_err(|error| format!("the setting `pattern` cannot be used: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_from_end_to_end() {
        let check = |text: &str, value: &str, expected: bool| {
            assert_eq!(
                pattern(text).unwrap().is_match(value),
                expected,
                "{text} {value}"
            );
        };
        check("[A-Z]{2}[0-9]+", "NL42", true);
        check("[A-Z]{2}[0-9]+", "NL42 ", false);
        check("[A-Z]{2}[0-9]+", "NL42\n", false);
        check("a|ab", "ab", true);
        check("(?i)nl", "NL", true);
        check("", "", true);
    }

    #[test]
    fn patterns_that_cannot_be_used() {
        for wrong in ["(", "a)|(b", "[", r"(?=a)", "(a{1000}){1000}"] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }
}
