//! Texts with places to fill: `{table}`, `{role:present}`; a brace that is meant is written twice.

/// Fills the places of a text, or says what is wrong with it.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            filled.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        let place = rest
            .strip_prefix('{')
            .and_then(|place| place.split_once('}'));
        let Some((name, after)) = place else {
            return Err(format!(
                "a brace in `{text}` has no partner; write {{{{ or }}}} for the character itself"
            ));
        };
        filled.push_str(
            &value(name)
                .ok_or_else(|| format!("`{text}` has a place {{{name}}} that nothing fills"))?,
        );
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let check = |text: &str, expected: Option<&str>| {
            let value = |name: &str| (name == "a:b").then(|| "{x}".to_owned());
            assert_eq!(fill(text, value).ok().as_deref(), expected, "{text}");
        };
        check("", Some(""));
        check("plain", Some("plain"));
        check("1 {a:b}{a:b} 2", Some("1 {x}{x} 2"));
        check("{{a:b}} {{{a:b}}}", Some("{a:b} {{x}}"));
        check("ä{a:b}ß", Some("ä{x}ß"));
        check("{c}", None);
        check("{a:b", None);
        check("a}", None);
    }
}
