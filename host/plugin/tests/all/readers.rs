//! Readers of a stranger's bytes: whatever comes, they answer in time, without a panic, and read back what they wrote.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use limosa_plugin::{Lock, Manifest, inspect};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::guests::{MANIFEST, NEGATIVE, check, component};

/// No input of these sizes may keep somebody waiting; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(5);

/// All there is in a manifest.
const FULL: &str = r#"
name = "full"
version = "1.2.3-rc.1"
description = "All that a manifest says."
licence = "MIT OR Apache-2.0"
kind = "check"
scope = "table"
interface = ">=0.1.0, <0.2"
[[roles]]
name = "key"
description = "The key."
types = ["integer", "text"]
[[roles]]
name = "others"
description = "What else."
repeated = true
[settings.minimum]
description = "The least."
type = "number"
default = -1.5
[settings.mode]
description = "How."
type = "choice"
choices = ["strict", "lax"]
default = "lax"
[settings.pattern]
description = "What it must look like."
type = "text"
optional = true
[lookups.parent]
description = "Where it is."
[codes.bad]
severity = "error"
message = "{key} of {table} is {setting.mode}, see {lookup.parent} and {columns}."
[codes.odd]
severity = "warning"
message = "An {{odd}} one."
[limits]
memory_mib = 16
batch_milliseconds = 100
"#;

const LOCK: &str = r#"
form = 1
[plugins.discounts]
version = "0.1.0"
digest = "66b0000000000000000000000000000000000000000000000000000000000000"
file = "limosa-plugins/discounts-0.1.0-66b000000000.wasm"
signer = "platform team"
reviewer = "ada"
reviewed = "2026-11-21T10:00:00Z"
reason = "the shop asked for it"
interfaces = ["findings", "lookup", "rows"]
[[plugins.discounts.grants]]
table = "shop.orders"
[plugins.discounts.grants.columns]
discount = ["discount"]
[plugins.discounts.grants.lookups]
target = "customers.id"
[plugins.discounts.says]
name = "discounts"
memory = "64 MiB"
[plugins.negative-amounts]
version = "0.1.0"
digest = "0000000000000000000000000000000000000000000000000000000000000000"
reviewer = "limosa"
reviewed = ""
reason = "comes inside"
interfaces = ["rows"]
anywhere = true
[plugins.negative-amounts.revoked]
by = "ada"
at = "2026-11-21T11:00:00Z"
reason = "it finds too much"
"#;

/// What is put into a text somewhere: what a parser trips over.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "\\u{110000}",
    "\\",
    "\n",
    "\r",
    "\0",
    "\u{202e}",
    "\u{feff}",
    "=",
    "[",
    "]]",
    "[[",
    "{",
    "}}",
    "#",
    ".",
    ",",
    "-",
    "0x",
    "1e999",
    "nan",
    "9223372036854775808",
    "1979-05-27T07:32:00Z",
    "true",
    "{table}",
    "{key:present}",
    "ä",
    "😀",
    "[plugins.x]",
    "[[roles]]",
    "name = ''",
    "form = 2",
    "[codes.bad]",
];

/// A text with pieces put in, taken out, doubled and moved.
fn mutated(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let change = (0..5_u8, any::<Index>(), any::<Index>(), select(PIECES));
    (select(texts), prop::collection::vec(change, 0..6)).prop_map(|(text, changes)| {
        let mut text = text.to_owned();
        for (kind, from, length, piece) in changes {
            let places: Vec<usize> = text
                .char_indices()
                .map(|(place, _)| place)
                .chain([text.len()])
                .collect();
            let from = from.index(places.len());
            let to = (from + length.index(20)).min(places.len() - 1);
            let (from, to) = (places[from], places[to]);
            let taken = text[from..to].to_owned();
            match kind {
                0 => text.insert_str(from, piece),
                1 => text.replace_range(from..to, ""),
                2 => text.replace_range(from..to, piece),
                3 => text.insert_str(from, &taken),
                _ => {
                    text.replace_range(from..to, "");
                    text.push_str(&taken);
                }
            }
        }
        text
    })
}

/// A file with bytes changed, taken out, doubled, and numbers blown up.
fn mutated_file() -> impl Strategy<Value = Vec<u8>> {
    static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
    let whole = WHOLE.get_or_init(|| component("check", &check("", NEGATIVE, ""), MANIFEST));
    let change = (0..5_u8, any::<Index>(), 1..64_usize, any::<u8>());
    prop::collection::vec(change, 0..8).prop_map(|changes| {
        let mut bytes = whole.clone();
        for (kind, place, length, value) in changes {
            let from = place.index(bytes.len());
            let to = (from + length).min(bytes.len());
            match kind {
                0 => bytes[from] = value,
                1 => bytes[from] ^= 1 << (value % 8),
                2 if bytes.len() > 1_000 => drop(bytes.drain(from..to)),
                3 => {
                    let taken = bytes[from..to].to_vec();
                    bytes.splice(from..from, taken);
                }
                // The longest length that a number of five bytes can claim.
                _ => drop(bytes.splice(from..to, [0xff, 0xff, 0xff, 0xff, 0x0f])),
            }
        }
        bytes
    })
}

/// Runs a reader and sees that it answers in time.
fn in_time<T>(read: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let answer = read();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    answer
}

/// A refusal is a text that a terminal can show.
fn is_shown(reason: &str) {
    let is_plain = |character: char| !character.is_control() || character == '\n';
    assert!(
        reason.chars().all(is_plain) && reason.len() < 8_000,
        "{reason:?}"
    );
}

fn read_manifest(text: &str) {
    match in_time(|| Manifest::parse(text)) {
        Err(reason) => is_shown(&reason),
        Ok(manifest) => {
            let written = toml::to_string(&manifest).unwrap();
            let again = Manifest::parse(&written).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), written);
        }
    }
}

fn read_lock(text: &str) {
    match in_time(|| Lock::parse(text)) {
        Err(reason) => is_shown(&reason),
        Ok(lock) => {
            let written = lock.text().unwrap();
            assert_eq!(Lock::parse(&written).as_ref(), Ok(&lock), "{written}");
            assert_eq!(Lock::parse(&written).unwrap().text().unwrap(), written);
        }
    }
}

fn read_component(bytes: &[u8]) {
    match in_time(|| inspect(bytes, "stranger.wasm")) {
        Err(error) => is_shown(&error.to_string()),
        Ok(facts) => {
            facts.problems.iter().for_each(|problem| is_shown(problem));
            for (what, said) in limosa_plugin::told(&facts) {
                is_shown(&what);
                is_shown(&said.replace('\t', " "));
            }
        }
    }
}

#[test]
fn the_whole_ones_are_read() {
    for manifest in [FULL, MANIFEST] {
        Manifest::parse(manifest).unwrap();
        read_manifest(manifest);
    }
    assert_eq!(Lock::parse(LOCK).unwrap().plugins.len(), 2);
    read_lock(LOCK);
}

/// Names come into messages and file names: a lock has none that no manifest could have.
#[test]
fn a_lock_holds_names_only() {
    let shop = LOCK.split("[plugins.negative-amounts]").next().unwrap();
    for (name, other, reason) in [
        (
            "plugins.discounts",
            "plugins.\"disc\\u001bounts\"",
            "`disc ounts` is no name for a plugin",
        ),
        (
            "\"rows\"",
            "\"ro\u{202e}ws\"",
            "the review of discounts: `ro\u{fffd}ws` is no name for an interface",
        ),
        (
            "discount = [",
            "Discount = [",
            "the review of discounts: `Discount` is no name for a role",
        ),
        (
            "target = ",
            "\"../target\" = ",
            "the review of discounts: `../target` is no name for a lookup",
        ),
    ] {
        let said = Lock::parse(&shop.replace(name, other)).unwrap_err();
        assert!(said.starts_with(reason), "{said}");
    }
}

/// What a parser of such texts falls over, if any does: depth, width, and lines of the whole length.
#[test]
fn deep_wide_and_long() {
    let most = 64 << 10;
    let deep = |open: &str, close: &str| {
        let depth = most / (open.len() + close.len());
        format!("a = {}{}", open.repeat(depth), close.repeat(depth))
    };
    let texts = [
        deep("[", "]"),
        deep("{a=", "}"),
        format!("a = {}", "[".repeat(most)),
        format!("a = {}", "{a=".repeat(most / 3)),
        format!("{}a = 1", "a.".repeat(most / 2)),
        format!("[{}a]", "a.".repeat(most / 2)),
        format!("[[{}a]]", "a.".repeat(most / 2)),
        "[a]\n".repeat(most / 4),
        "[[a]]\n".repeat(most / 6),
        (0..most / 8)
            .map(|number| format!("[a{number}]\n"))
            .collect(),
        (0..most / 8)
            .map(|number| format!("a.b{number}.c=1\n"))
            .collect(),
        format!("name = '{}'", "x".repeat(most)),
        format!("name = \"{}", "\\".repeat(most)),
        format!("a = {}", "9".repeat(most)),
        format!("a = '''{}", "\n".repeat(most)),
        format!("version = '1.0.0-{}'", "a.".repeat(most / 2)),
        format!("interface = '{}'", "^0.1,".repeat(most / 5)),
        "\u{feff}".repeat(most / 3),
        "#".repeat(most),
    ];
    for text in texts {
        read_manifest(&text);
        read_manifest(&format!("{MANIFEST}\n{text}"));
        read_lock(&text);
        read_lock(&format!("form = 1\n{text}"));
        read_lock(&format!("form = 1\n[plugins.x]\n{text}"));
    }
    // The largest lock file, of the same kinds.
    read_lock(&"[a]\n".repeat(1 << 20));
    read_lock(&format!("a = {}", "[".repeat((4 << 20) - 4)));
    read_lock(&format!("form = 1\n{}", "[plugins.x]\n".repeat(300_000)));
    assert_eq!(
        Lock::parse(&"#".repeat((4 << 20) + 1)).unwrap_err(),
        "it has more than 4194304 bytes"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_manifest(text in mutated(&[FULL, MANIFEST])) {
        read_manifest(&text);
    }

    #[test]
    fn any_lock(text in mutated(&[LOCK])) {
        read_lock(&text);
    }

    #[test]
    fn any_text(text in "\\PC{0,200}|[ -~\n]{0,400}") {
        read_manifest(&text);
        read_lock(&text);
    }

    #[test]
    fn any_component(bytes in mutated_file()) {
        read_component(&bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), wrapped in 0..3_u8) {
        let head: &[u8] = match wrapped {
            0 => b"",
            1 => b"\0asm\x0d\0\x01\0",
            _ => b"\0asm\x01\0\0\0",
        };
        read_component(&[head, &bytes].concat());
    }
}
