//! `${NAME}` in the configuration: secrets stand in the environment, not in the file.

/// Replaces each `${NAME}` and `${NAME:-default}` within a text; `$$` is a dollar sign.
///
/// # Errors
/// A sentence that names the variable that is not set, never a value.
pub(crate) fn interpolate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let Some(after) = rest.strip_prefix('{') else {
            out.push('$');
            continue;
        };
        let end = after.find('}').ok_or("a `${` is not closed by `}`")?;
        let (name, default) = match after[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (&after[..end], None),
        };
        let value = variable(name).or(default);
        out.push_str(&value.ok_or_else(|| format!("the environment variable {name} is not set"))?);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_defaults() {
        let variable = |name: &str| (name == "PASSWORD").then(|| "s3cret".to_owned());
        let check = |text: &str, expected: Result<&str, &str>| {
            assert_eq!(
                interpolate(text, &variable),
                expected.map(str::to_owned).map_err(str::to_owned),
                "{text}"
            );
        };
        check(
            "postgres://me:${PASSWORD}@h/d",
            Ok("postgres://me:s3cret@h/d"),
        );
        check("${HOST:-localhost}", Ok("localhost"));
        check("costs 5$$ or $5", Ok("costs 5$ or $5"));
        check(
            "${MISSING}",
            Err("the environment variable MISSING is not set"),
        );
        check("${PASSWORD", Err("a `${` is not closed by `}`"));
    }
}
