//! Password hashes by the form in which libraries store them; nothing says whether one is strong.

use limosa_sdk::{Error, Result};

/// A family of password hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `$2b$12$…` of crypt(3), also behind Django's `bcrypt$` and `bcrypt_sha256$`.
    Bcrypt,
    /// `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`, also behind Django's `argon2`.
    Argon2,
    /// `$scrypt$ln=16,r=8,p=1$salt$hash`, crypt(3)'s `$7$…`, Django's `scrypt$…`, Werkzeug's `scrypt:32768:8:1$…`.
    Scrypt,
    /// `$pbkdf2-sha256$29000$salt$hash`, Django's `pbkdf2_sha256$…`, Werkzeug's `pbkdf2:sha256:600000$…`.
    Pbkdf2,
}

impl Family {
    /// Whether a text is a complete hash of this family.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Bcrypt => is_bcrypt(text),
            Self::Argon2 => is_argon2(text),
            Self::Scrypt => is_scrypt(text),
            Self::Pbkdf2 => is_pbkdf2(text),
        }
    }
}

/// The families that a comma-separated list names.
pub(crate) fn families(list: &str) -> Result<Vec<Family>> {
    let family = |name: &str| match name.trim() {
        "bcrypt" => Ok(Family::Bcrypt),
        "argon2" => Ok(Family::Argon2),
        "scrypt" => Ok(Family::Scrypt),
        "pbkdf2" => Ok(Family::Pbkdf2),
        name => Err(Error::from(format!(
            "the setting `families` names `{name}`; it can name bcrypt, argon2, scrypt and pbkdf2"
        ))),
    };
    list.split(',').map(family).collect()
}

fn is_bcrypt(text: &str) -> bool {
    let crypt = ["bcrypt_sha256$", "bcrypt$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    match fields(crypt).as_slice() {
        ["", "2" | "2a" | "2b" | "2x" | "2y", cost, rest] => {
            cost.len() == 2
                && cost.parse().is_ok_and(|cost: u8| (4..=31).contains(&cost))
                && is_whole_number(cost)
                && rest.len() == 53
                && is_crypt64(rest)
        }
        _ => false,
    }
}

fn is_argon2(text: &str) -> bool {
    let phc = text.strip_prefix("argon2$").map_or_else(
        || fields(text),
        |django| [vec![""], fields(django)].concat(),
    );
    match phc.as_slice() {
        ["", "argon2id" | "argon2i" | "argon2d", rest @ ..] => {
            // Version 1.0 is written without its number.
            let rest = match rest {
                [version, rest @ ..] if has_numbers(version, &["v"]) => rest,
                _ => rest,
            };
            matches!(rest, [costs, salt, hash] if has_numbers(costs, &["m", "t", "p"])
                && is_base64(salt) && is_base64(hash))
        }
        _ => false,
    }
}

fn is_scrypt(text: &str) -> bool {
    match fields(text).as_slice() {
        ["", "scrypt", costs, salt, hash] => {
            has_numbers(costs, &["ln", "r", "p"]) && is_base64(salt) && is_base64(hash)
        }
        // Cost (1), r and p (5 each) and the salt in one field.
        ["", "7", costs, hash] => {
            costs.len() >= 11 && is_crypt64(costs) && hash.len() == 43 && is_crypt64(hash)
        }
        ["scrypt", cost, salt, r, p, hash] => {
            [cost, r, p]
                .into_iter()
                .all(|number| is_whole_number(number))
                && !salt.is_empty()
                && is_padded_base64(hash, 88)
        }
        [method, salt, hash] => {
            let mut costs = method.split(':');
            costs.next() == Some("scrypt")
                && costs.clone().count() == 3
                && costs.all(is_whole_number)
                && !salt.is_empty()
                && is_hex(hash, 128)
        }
        _ => false,
    }
}

fn is_pbkdf2(text: &str) -> bool {
    match fields(text).as_slice() {
        ["", method, rounds, salt, hash] => {
            // 20, 32 or 64 bytes.
            let length = match *method {
                "pbkdf2" | "pbkdf2-sha1" => 27,
                "pbkdf2-sha256" => 43,
                "pbkdf2-sha512" => 86,
                _ => return false,
            };
            is_whole_number(rounds) && is_crypt64(salt) && hash.len() == length && is_crypt64(hash)
        }
        [method, rounds, salt, hash] => {
            let length = match *method {
                "pbkdf2_sha1" => 28,
                "pbkdf2_sha256" => 44,
                _ => return false,
            };
            is_whole_number(rounds) && !salt.is_empty() && is_padded_base64(hash, length)
        }
        [method, salt, hash] => {
            let length = match method.split(':').collect::<Vec<_>>().as_slice() {
                ["pbkdf2", digest, rounds] if is_whole_number(rounds) => match *digest {
                    "sha1" => 40,
                    "sha256" => 64,
                    "sha512" => 128,
                    _ => return false,
                },
                _ => return false,
            };
            !salt.is_empty() && is_hex(hash, length)
        }
        _ => false,
    }
}

fn fields(text: &str) -> Vec<&str> {
    text.split('$').collect()
}

/// `m=65536,t=3,p=4` for the names `m`, `t`, `p`.
fn has_numbers(text: &str, names: &[&str]) -> bool {
    let mut pairs = text.split(',');
    let named = |name: &&str| {
        let pair = pairs.next().and_then(|pair| pair.split_once('='));
        pair.is_some_and(|(key, number)| key == *name && is_whole_number(number))
    };
    names.iter().all(named) && pairs.next().is_none()
}

fn is_whole_number(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The alphabets of crypt(3) and of passlib: letters, digits, `.` and `/`.
fn is_crypt64(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}

/// Base64 without padding, as PHC strings write it.
fn is_base64(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn is_padded_base64(text: &str, length: usize) -> bool {
    text.len() == length && is_base64(text.trim_end_matches('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Family; 4] = [
        Family::Bcrypt,
        Family::Argon2,
        Family::Scrypt,
        Family::Pbkdf2,
    ];

    #[test]
    fn each_hash_belongs_to_its_family_alone() {
        let check = |text: &str, expected: Family| {
            let fitting = ALL.into_iter().filter(|family| family.fits(text));
            assert_eq!(fitting.collect::<Vec<_>>(), [expected], "{text}");
            let cut = &text[..text.len() - 1];
            // PHC strings of Argon2 and scrypt may end with a hash of any length.
            let any_length = text.contains("argon2") || text.starts_with("$scrypt");
            assert_eq!(expected.fits(cut), any_length, "{cut}");
            assert!(!expected.fits(&format!("{text}\n")));
        };
        let crypt = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
        for prefix in [
            "$2a$12$",
            "$2b$04$",
            "$2y$31$",
            "bcrypt$$2b$12$",
            "bcrypt_sha256$$2b$12$",
        ] {
            check(&format!("{prefix}{crypt}"), Family::Bcrypt);
        }
        for argon in [
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$UmFuZG9tSGFzaA",
            "$argon2i$m=4096,t=3,p=1$c2FsdHNhbHQ$UmFuZG9tSGFzaA",
            "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$UmFuZG9tSGFzaA",
        ] {
            check(argon, Family::Argon2);
        }
        check(
            "$scrypt$ln=16,r=8,p=1$c2FsdHNhbHQ$UmFuZG9tSGFzaA",
            Family::Scrypt,
        );
        check(
            &format!("$7$CU..../....salt${}", "a".repeat(43)),
            Family::Scrypt,
        );
        check(
            &format!("scrypt$16384$salt$8$5${}==", "a".repeat(86)),
            Family::Scrypt,
        );
        check(
            &format!("scrypt:32768:8:1$salt${}", "0f".repeat(64)),
            Family::Scrypt,
        );
        check(
            &format!("$pbkdf2-sha256$29000$c2FsdA${}", "a".repeat(43)),
            Family::Pbkdf2,
        );
        check(
            &format!("$pbkdf2-sha512$29000$c2FsdA${}", "a".repeat(86)),
            Family::Pbkdf2,
        );
        check(
            &format!("pbkdf2_sha256$600000$salt${}=", "a".repeat(43)),
            Family::Pbkdf2,
        );
        check(
            &format!("pbkdf2_sha1$600000$salt${}=", "a".repeat(27)),
            Family::Pbkdf2,
        );
        check(
            &format!("pbkdf2:sha256:600000$salt${}", "0f".repeat(32)),
            Family::Pbkdf2,
        );
    }

    #[test]
    fn what_is_no_hash() {
        let crypt = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
        for text in [
            "",
            "secret",
            "$",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
            "$argon2id$v=19$m=65536,t=3$c2FsdA$aGFzaA",
            "$argon2id$v=19$m=65536,t=3,p=4$$aGFzaA",
            "scrypt:32768:8$salt$00",
            "pbkdf2:sha256$salt$00",
            &format!("$2b$03${crypt}"),
            &format!("$2b$+9${crypt}"),
            &format!("$2c$12${crypt}"),
            &format!(" $2b$12${crypt}"),
            &format!("pbkdf2_sha256$600000$${}=", "a".repeat(43)),
        ] {
            assert!(!ALL.into_iter().any(|family| family.fits(text)), "{text}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(
            families("bcrypt, scrypt"),
            Ok(vec![Family::Bcrypt, Family::Scrypt])
        );
        for wrong in ["", "md5", "bcrypt,", "Bcrypt"] {
            assert!(families(wrong).is_err(), "{wrong}");
        }
    }
}
