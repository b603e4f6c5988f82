//! Forms that are told by hand-made matchers: anchored, without backtracking.

/// `8-4-4-4-12` hexadecimal digits of either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `YYYY-MM-DD`, a day that the Gregorian calendar has, from year 1 on.
pub(crate) fn is_iso_date(text: &str) -> bool {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) =
        (number(&[a, b, c, d]), number(&[e, f]), number(&[g, h]))
    else {
        return false;
    };
    year > 0 && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// An address as mail systems deliver it: RFC 5321's dot-atom and domain with its lengths, letters of
/// any script (RFC 6531). No quoted local part, no address literal, no host without a dot.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.split('.').all(is_atom)
        && domain.contains('.')
        && domain.split('.').all(is_label)
        // An address of four numbers is no domain.
        && !domain.bytes().rev().take_while(|byte| *byte != b'.').all(|byte| byte.is_ascii_digit())
}

fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| {
            character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
        })
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || character == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fits: fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(fits(text), "{text} is right");
        }
        for text in wrong {
            assert!(!fits(text), "{text:?} is wrong");
        }
    }

    #[test]
    fn uuids() {
        check(
            is_uuid,
            &[
                "123e4567-e89b-12d3-a456-426614174000",
                "123E4567-E89B-12D3-A456-426614174000",
            ],
            &[
                "",
                "123e4567e89b12d3a456426614174000",
                "{123e4567-e89b-12d3-a456-426614174000}",
                "123e4567-e89b-12d3-a456-42661417400g",
                "123e4567-e89b-12d3-a456-426614174000 ",
                "123e4567-e89b-12d3-a456_426614174000",
            ],
        );
    }

    #[test]
    fn dates() {
        check(
            is_iso_date,
            &[
                "2024-02-29",
                "2000-02-29",
                "0001-01-01",
                "9999-12-31",
                "2023-04-30",
            ],
            &[
                "",
                "2023-02-29",
                "1900-02-29",
                "2023-04-31",
                "2023-13-01",
                "2023-00-10",
                "2023-01-00",
                "0000-00-00",
                "0000-01-01",
                "2023-1-1",
                "20230101",
                "2023-01-01T00:00:00",
                " 2023-01-01",
                "2023/01/01",
                "2023-01-3é",
                "٢٠٢٣-٠١",
            ],
        );
    }

    #[test]
    fn addresses() {
        let long = format!("{}@example.org", "a".repeat(64));
        let too_long = format!("{}@example.org", "a".repeat(65));
        check(
            is_email,
            &[
                "a@b.co",
                "first.last+tag@sub.example.org",
                "o'brien@example.ie",
                "jörg@müller.de",
                "_x@ex-ample.com",
                "a@1.example",
                &long,
            ],
            &[
                "",
                "@",
                "a",
                "a@",
                "@b.co",
                "a@b",
                "a b@c.de",
                "a@b@c.de",
                "a@b..co",
                ".a@b.co",
                "a.@b.co",
                "a..b@c.de",
                "a@-b.co",
                "a@b-.co",
                "a@b.co.",
                "a@[127.0.0.1]",
                "a@127.0.0.1",
                "\"a b\"@c.de",
                "a@b.co\n",
                "A <a@b.co>",
                "a@b_c.de",
                &too_long,
            ],
        );
    }
}
