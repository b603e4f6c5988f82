//! What a reader sees of a text that may come from anybody.

/// Characters that a reader does not see and that turn what is beside them around: what a reviewer reads must be what is there
/// (Unicode Technical Report 36, 2.10, and "Trojan Source").
pub(crate) fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{2800}' | '\u{3000}' | '\u{3164}'
        | '\u{a0}' | '\u{1680}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text with a mark for each character that a reader would not see: it may come from anybody.
pub(crate) fn visible(text: &str) -> String {
    let seen = |character: char| {
        let is_layout = matches!(character, '\n' | '\t');
        let is_seen = is_layout || !(character.is_control() || is_hidden(character));
        if is_seen {
            character
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    text.chars().map(seen).collect()
}

/// Characters of a line of such a description: the line where it is wrong may be the whole file.
const LINE: usize = 200;

/// What is wrong with a text in TOML, and where: it may come from anybody, too.
pub(crate) fn mistake(error: &toml::de::Error) -> String {
    let text = visible(error.to_string().trim_end());
    let lines = text.lines().map(|line| {
        let mut shown: String = line.chars().take(LINE).collect();
        if line.chars().nth(LINE).is_some() {
            shown.push('…');
        }
        shown
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_in_short_lines() {
        let text = format!("a = 1\n{} = = 2 # \u{1b}[31m", "x".repeat(100_000));
        let error = toml::from_str::<toml::Table>(&text).unwrap_err();
        let told = mistake(&error);
        assert!(
            told.starts_with("TOML parse error at line 2, column 100004"),
            "{told}"
        );
        assert!(told.len() < 2_000 && !told.contains('\u{1b}'), "{told}");
    }
}
