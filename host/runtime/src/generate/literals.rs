//! Values of each sort, written as each engine reads them.

use fastrand::Rng;
use limosa_model::{Engine, uuid_of_digits};

use super::kinds::Sort;

/// Texts that are easily taken for something else, cut, folded or trimmed.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a ",
    " a",
    "x",
    "X",
    "\u{df}",
    "\u{1e9e}",
    "\u{e9}",
    "e\u{301}",
    "I\u{307}",
    "\u{131}",
    "\u{1f600}",
    "\u{feff}mark",
    "\u{202e}turned",
    "tab\there",
    "line\nend",
    "cr\r\n",
    "\\",
    "\\N",
    "\\.",
    "'",
    "''",
    "\"",
    "O'Brien",
    "`tick`",
    "%s",
    "NULL",
    "null",
    "true",
    "0",
    "1.0",
    "1e5",
    "-0",
    "NaN",
    "2024-02-29",
    "0000-00-00",
    "{}",
    "[1,2",
    "\u{7f}",
    "\u{1}",
    "a,b;c",
    "$1",
    "?",
    "--",
    "/* */",
    "\u{10ffff}",
    "\u{d55c}\u{ad6d}",
];
const WORDS: &[&str] = &[
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper",
];
const DOUBLES: &[f64] = &[
    0.0,
    1.0,
    -1.0,
    0.1,
    0.3,
    1.98,
    -2.5,
    1e21,
    9_007_199_254_740_993.0,
    1e308,
    -1e308,
    1e-300,
    123_456_789.123,
    4.35,
    1e15,
];
const NASTY_DOUBLES: &[f64] = &[
    -0.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    2.225_073_858_507_201e-308,
];
const JSON: &[&str] = &[
    "{}",
    "[]",
    "null",
    "1",
    "{\"a\": 1, \"b\": [true, null]}",
    "{\"b\":1.50,\"a\":\"\\u00e9\"}",
    "\"text\"",
];
const NASTY_JSON: &[&str] = &[
    "{\"a\":1,\"a\":2}",
    " { \"spaced\" : 1 } ",
    "12345678901234567890.123",
    "1e400",
    "\"\\ud83d\\ude00\"",
    "[[[[[[[[]]]]]]]]",
];

/// Makes literals of one engine.
pub(super) struct Literals {
    pub(super) engine: Engine,
    pub(super) nasty: bool,
}

impl Literals {
    /// A value of a sort.
    pub(super) fn any(&self, sort: Sort, random: &mut Rng) -> String {
        match sort {
            Sort::Integer(least, most) => self.integer(least, most, random),
            Sort::Boolean if self.engine == Engine::Postgres => random.bool().to_string(),
            Sort::Boolean => i32::from(random.bool()).to_string(),
            Sort::Single => {
                let value = choose(
                    random,
                    &[0.5f32, -1.25, 0.1, 3.402_823_5e38, 1e-45, 16_777_217.0],
                );
                self.float(f64::from(value))
            }
            Sort::Double => self.float(self.double(random)),
            Sort::Decimal(before, after) => self.decimal(before, after, random),
            Sort::Text(most) => self.text(&self.words(most, random)),
            Sort::Bytes(most) => {
                let length = if random.bool() {
                    most
                } else {
                    random.usize(0..=most)
                };
                let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
                self.bytes(&bytes)
            }
            Sort::Date => self.quoted(&date(random)),
            Sort::Time(digits) => self.quoted(&time(digits, random)),
            Sort::Moment(digits) => {
                let moment = format!("{} {}", date(random), time(digits, random));
                self.quoted(&moment)
            }
            Sort::Uuid => self.quoted(&uuid(random.u128(..))),
            Sort::Json if self.nasty && random.bool() => self.quoted(choose(random, NASTY_JSON)),
            Sort::Json => self.quoted(choose(random, JSON)),
            Sort::OneOf(literals) => choose(random, literals).to_owned(),
            Sort::Anything => self.anything(random),
        }
    }

    /// A value that no other row of the column has; `None` if the sort has too few.
    pub(super) fn unique(&self, sort: Sort, number: u64, random: &mut Rng) -> Option<String> {
        Some(match sort {
            Sort::Integer(least, most) if most - least > 1 << 31 => {
                // From both ends of the range, so that the order of the rows is not that of the numbers.
                let number = i128::from(number);
                let value = if number % 2 == 0 {
                    least + number
                } else {
                    most - number
                };
                value.to_string()
            }
            Sort::Text(most) if most >= 20 => {
                let words = self.words(most - 12, random);
                self.text(&format!("{number}-{words}"))
            }
            Sort::Uuid => self.quoted(&uuid(u128::from(number) << 64 | u128::from(random.u64(..)))),
            Sort::Bytes(most) if most >= 20 => self.bytes(&number.to_be_bytes()),
            _ => return None,
        })
    }

    fn integer(&self, least: i128, most: i128, random: &mut Rng) -> String {
        let value = match random.u8(0..6) {
            0 => least,
            1 => most,
            2 => 0.clamp(least, most),
            3 => 1.clamp(least, most),
            4 => random.i128(least..=most),
            _ => i128::from(random.i16(..)).clamp(least, most),
        };
        value.to_string()
    }

    fn double(&self, random: &mut Rng) -> f64 {
        match random.u8(0..4) {
            0 if self.nasty => choose(random, NASTY_DOUBLES),
            1 => f64::from(random.i32(..)) / 100.0,
            _ => choose(random, DOUBLES),
        }
    }

    fn float(&self, value: f64) -> String {
        match self.engine {
            Engine::Postgres if value.is_infinite() => {
                let sign = if value > 0.0 { "" } else { "-" };
                format!("'{sign}Infinity'")
            }
            Engine::Postgres => format!("'{value:e}'"),
            Engine::Sqlite if value.is_infinite() => {
                if value > 0.0 { "9e999" } else { "-9e999" }.to_owned()
            }
            // What has no literal, or is taken for null.
            _ if !value.is_finite() => "NULL".to_owned(),
            Engine::Sqlite | Engine::Mysql => format!("{value:e}"),
        }
    }

    fn decimal(&self, before: usize, after: usize, random: &mut Rng) -> String {
        let digits = |random: &mut Rng, most: usize| -> String {
            let count = if random.bool() {
                most
            } else {
                random.usize(0..=most)
            };
            (0..count).map(|_| random.digit(10)).collect()
        };
        let sign = if random.bool() { "-" } else { "" };
        let whole = digits(random, before);
        let whole = whole.trim_start_matches('0');
        let fraction = digits(random, after);
        let text = match (whole, fraction.trim_end_matches('0')) {
            ("", "") => "0".to_owned(),
            (whole, "") => format!("{sign}{whole}"),
            (whole, fraction) => {
                let whole = if whole.is_empty() { "0" } else { whole };
                format!("{sign}{whole}.{fraction}")
            }
        };
        // SQLite would make a double of so many digits, and so they are kept as text.
        if self.engine == Engine::Sqlite && before + after > 15 {
            format!("'{text}'")
        } else {
            text
        }
    }

    fn words(&self, most: usize, random: &mut Rng) -> String {
        let mut text = String::new();
        if self.nasty {
            text.push_str(choose(random, TEXTS));
            if random.u8(0..8) == 0 {
                text.push_str(choose(random, TEXTS));
            }
            if random.u8(0..20) == 0 {
                text = choose(random, TEXTS).repeat(300);
            }
            if random.u8(0..25) == 0 && self.engine != Engine::Postgres {
                text.push('\0');
            }
        } else {
            text = format!("{} {}", choose(random, WORDS), choose(random, WORDS));
        }
        text.chars().take(most).collect()
    }

    fn anything(&self, random: &mut Rng) -> String {
        match random.u8(0..7) {
            0 => "NULL".to_owned(),
            1 => self.any(Sort::Integer(i64::MIN.into(), i64::MAX.into()), random),
            2 => self.float(self.double(random)),
            3 => self.any(Sort::Bytes(20), random),
            // A cut sequence, which is no UTF-8.
            4 if self.nasty => "CAST(x'f09f98' AS TEXT)".to_owned(),
            5 => self.any(Sort::Moment(3), random),
            _ => self.any(Sort::Text(50), random),
        }
    }

    fn quoted(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// A text, whatever is in it, by its bytes.
    fn text(&self, text: &str) -> String {
        let digits = hexadecimal(text.as_bytes());
        match self.engine {
            Engine::Sqlite => format!("CAST(x'{digits}' AS TEXT)"),
            Engine::Postgres => format!("convert_from('\\x{digits}', 'UTF8')"),
            Engine::Mysql => format!("CONVERT(x'{digits}' USING utf8mb4)"),
        }
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let digits = hexadecimal(bytes);
        match self.engine {
            Engine::Postgres => format!("'\\x{digits}'"),
            Engine::Sqlite | Engine::Mysql => format!("x'{digits}'"),
        }
    }
}

pub(super) fn choose<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(..from.len())]
}

fn date(random: &mut Rng) -> String {
    match random.u8(0..6) {
        0 => "1000-01-01".to_owned(),
        1 => "9999-12-31".to_owned(),
        2 => "2024-02-29".to_owned(),
        _ => format!(
            "{:04}-{:02}-{:02}",
            random.u16(1_800..2_200),
            random.u8(1..=12),
            random.u8(1..=28)
        ),
    }
}

fn time(digits: usize, random: &mut Rng) -> String {
    let time = format!(
        "{:02}:{:02}:{:02}",
        random.u8(0..24),
        random.u8(0..60),
        random.u8(0..60)
    );
    let fraction: String = (0..digits).map(|_| random.digit(10)).collect();
    match fraction.trim_end_matches('0') {
        "" => time,
        fraction => format!("{time}.{fraction}"),
    }
}

fn uuid(number: u128) -> String {
    uuid_of_digits(&format!("{number:032x}"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
