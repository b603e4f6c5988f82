//! The id that a user has everywhere, from the one of the legacy system: by itself alone, so that sessions find their users.

use limosa_sdk::Result;

use crate::sha1::sha1;

/// `NAMESPACE_URL` of RFC 9562, section 6.6.
const NAMESPACE: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// How ids come about.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    origin: String,
    derives: bool,
}

impl Identity {
    pub(crate) fn new(origin: &str, ids: &str) -> Result<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if origin.is_empty() || !origin.chars().all(is_plain) {
            let message =
                format!("the origin `{origin}` is not made of letters, digits, `-`, `_` and `.`");
            return Err(message.into());
        }
        Ok(Self {
            origin: origin.to_owned(),
            derives: ids == "derive",
        })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The UUID of a legacy id; `None` if that is none and is to stay.
    pub(crate) fn of(&self, legacy: &str) -> Option<String> {
        if self.derives {
            let name = format!("legacy:{}/users/{legacy}", self.origin);
            Some(written(version_5(name.as_bytes())))
        } else {
            canonical(legacy)
        }
    }
}

/// RFC 9562, section 5.5.
fn version_5(name: &[u8]) -> [u8; 16] {
    let digest = sha1(&[&NAMESPACE, name].concat());
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x50;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

fn written(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in uuid.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// A UUID as it is written everywhere: in small letters.
fn canonical(text: &str) -> Option<String> {
    let is_hyphen = |place| [8, 13, 18, 23].contains(&place);
    let fits = text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| {
            if is_hyphen(place) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let check = |ids: &str, legacy: &str, expected: Option<&str>| {
            let identity = Identity::new("shop", ids).unwrap();
            assert_eq!(identity.of(legacy).as_deref(), expected, "{legacy}");
        };
        // Python: uuid.uuid5(uuid.NAMESPACE_URL, "legacy:shop/users/42")
        check("derive", "42", Some("6aca40a7-cf0f-5be4-8e36-474470198ff2"));
        check(
            "keep",
            "0A0A0A0A-0000-4000-8000-00000000000B",
            Some("0a0a0a0a-0000-4000-8000-00000000000b"),
        );
        check("keep", "42", None);
        check("keep", "0a0a0a0a00000-4000-8000-00000000000b", None);
    }

    #[test]
    fn an_origin_cannot_pose_as_another() {
        for origin in ["", "a/users/1", "a b", "ä"] {
            assert!(Identity::new(origin, "derive").is_err(), "{origin}");
        }
    }
}
