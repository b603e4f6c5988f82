//! The words of a statement: only those that every server reads as the parser does, so that nothing hides between the two.

use limosa_model::Engine;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::functions::is_function;
use crate::expression::grammar;

/// Bytes of a statement once its places are filled: a manifest's 16 KiB with the names of many columns.
const MOST_BYTES: usize = 64 << 10;
/// Words and signs: each may be one level of what the parser builds, which is taken apart by recursion.
const MOST_WORDS: usize = 4_000;
/// Parentheses within parentheses: at each level the parser tries several readings.
const DEEPEST: usize = 20;

/// The tokens of a statement without its white space.
pub(super) fn read(sql: &str, engine: Engine) -> Result<Vec<Token>, String> {
    if sql.len() > MOST_BYTES {
        return Err(format!(
            "it has more than {} KiB with its names filled in; bind fewer columns",
            MOST_BYTES >> 10
        ));
    }
    let grammar = grammar(engine);
    let unreadable = |error: sqlparser::tokenizer::TokenizerError| {
        format!("it cannot be read ({error}); is a quote or a comment left open?")
    };
    // As they stand, escapes and all: what an escape means is not the same to all servers.
    let raw = Tokenizer::new(grammar.as_ref(), sql)
        .with_unescape(false)
        .tokenize()
        .map_err(unreadable)?;
    // MySQL runs what stands in some of its comments, by its version, and the parser takes all of that for words.
    let begins = |text: &str| text.matches("/*").count();
    let quoted = raw.iter().map(|token| match token {
        Token::SingleQuotedString(text) => begins(text),
        Token::Word(word) if word.quote_style.is_some() => begins(&word.value),
        _ => 0,
    });
    if begins(sql) != quoted.sum::<usize>() {
        return Err(comment());
    }
    let (mut depth, mut count) = (0_usize, 0_usize);
    for (at, token) in raw.iter().enumerate() {
        known(token, engine)?;
        let next = raw.get(at + 1);
        if is_word(token) && next.is_some_and(is_word) {
            return Err(format!(
                "`{token}{}` runs two words into one, which servers read in different ways; write a space between them",
                next.map(ToString::to_string).unwrap_or_default()
            ));
        }
        if (token, next) == (&Token::Minus, Some(&Token::Minus)) {
            return Err("it holds `--`, which begins a comment; write a space between".to_owned());
        }
        if let Token::Word(word) = token
            && engine == Engine::Mysql
            && is_function(engine, &word.value.to_ascii_lowercase())
            && matches!(next, Some(Token::Whitespace(_)))
            && after_space(&raw[at + 1..]) == Some(&Token::LParen)
        {
            return Err(format!(
                "a space stands between `{}` and its parenthesis, with which a server may take it for a function of its own; write `{}(`",
                word.value, word.value
            ));
        }
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(too_deep());
        }
        count += usize::from(!matches!(token, Token::Whitespace(_)));
    }
    if count > MOST_WORDS {
        return Err(format!(
            "it has more than {MOST_WORDS} words; ask less at once, or bind fewer columns"
        ));
    }
    let tokens = Tokenizer::new(grammar.as_ref(), sql).tokenize();
    let mut tokens = tokens.map_err(unreadable)?;
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    Ok(tokens)
}

/// For a statement whose parts lie too deep within each other.
pub(super) fn too_deep() -> String {
    "it is nested too deeply; break it up with WITH".to_owned()
}

fn comment() -> String {
    "it holds a comment, which servers may run or read otherwise; write it into the manifest, beside the statement".to_owned()
}

fn known(token: &Token, engine: Engine) -> Result<(), String> {
    match token {
        Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab)
        | Token::Comma
        | Token::Eq
        | Token::Neq
        | Token::Lt
        | Token::Gt
        | Token::LtEq
        | Token::GtEq
        | Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::StringConcat
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::Arrow
        | Token::LongArrow
        | Token::EOF => Ok(()),
        Token::Spaceship if engine == Engine::Mysql => Ok(()),
        Token::DoubleEq if engine == Engine::Sqlite => Ok(()),
        Token::DoubleColon
        | Token::Tilde
        | Token::TildeAsterisk
        | Token::ExclamationMarkTilde
        | Token::ExclamationMarkTildeAsterisk
            if engine == Engine::Postgres =>
        {
            Ok(())
        }
        Token::Whitespace(
            Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_),
        ) => Err(comment()),
        Token::SemiColon => Err(
            "it holds `;`: a probe asks one question at a time, without a `;` at its end"
                .to_owned(),
        ),
        Token::Word(word) => match word.quote_style {
            None if is_plain(&word.value) => Ok(()),
            Some(quote) if quote == own_quote(engine) => Ok(()),
            None => Err(format!(
                "`{}` is no plain name: letters of English, digits and underscores; {}",
                word.value,
                in_places()
            )),
            Some(_) => Err(format!(
                "`{word}` has quotes that are not the engine's own; {}",
                in_places()
            )),
        },
        Token::Number(digits, false) if is_number(digits) => Ok(()),
        Token::SingleQuotedString(text) if text.contains('\\') => Err(
            "a text of it holds a backslash, which servers read in different ways; leave it out"
                .to_owned(),
        ),
        Token::SingleQuotedString(_) => Ok(()),
        Token::DoubleQuotedString(_) => Err(format!(
            "it has double quotes, which are a text or a name as the server is set; write a text in single quotes; {}",
            in_places()
        )),
        other => Err(format!(
            "it holds `{other}`, which a probe does not get: no variables, parameters, special quotes or operators beyond comparison, arithmetic, `||`, `->` and PostgreSQL's `::` and `~`"
        )),
    }
}

fn in_places() -> &'static str {
    "names of the binding are filled in as {table} and {ROLE}"
}

/// What an engine writes around names.
pub(super) fn own_quote(engine: Engine) -> char {
    match engine {
        Engine::Sqlite | Engine::Postgres => '"',
        Engine::Mysql => '`',
    }
}

fn is_plain(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_number(digits: &str) -> bool {
    let sign = |byte: u8| matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || sign(byte))
}

/// What runs together with its neighbour if nothing stands between them.
fn is_word(token: &Token) -> bool {
    matches!(
        token,
        Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_)
    )
}

fn after_space(tokens: &[Token]) -> Option<&Token> {
    tokens
        .iter()
        .find(|token| !matches!(token, Token::Whitespace(_)))
}
