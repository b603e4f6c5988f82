//! Each carried type with its edge values, and which engine refuses which.

use limosa_model::Engine::{self, Mysql, Postgres, Sqlite};
use limosa_model::{ColumnType, date_from_text, timestamp_from_text};

use super::rows::{Cell, text};

/// A type, what every engine that has it holds, and what some refuse.
pub(super) struct Case {
    pub(super) carried: ColumnType,
    /// Those that have no such type, and take what fits into their nearest.
    pub(super) lacking: &'static [Engine],
    pub(super) kept: Vec<Cell>,
    pub(super) refused: Vec<(Cell, &'static [Engine])>,
    /// No value of the type at all, and still never altered by those that would.
    pub(super) wrong: Vec<(Cell, &'static [Engine])>,
}

fn case(carried: ColumnType, kept: Vec<Cell>) -> Case {
    Case {
        carried,
        lacking: &[],
        kept,
        refused: Vec::new(),
        wrong: Vec::new(),
    }
}

impl Case {
    fn refused_by(mut self, engines: &'static [Engine], cells: Vec<Cell>) -> Self {
        self.refused
            .extend(cells.into_iter().map(|cell| (cell, engines)));
        self
    }

    fn asked_of(mut self, engines: &'static [Engine], cells: Vec<Cell>) -> Self {
        self.wrong
            .extend(cells.into_iter().map(|cell| (cell, engines)));
        self
    }

    fn lacking(mut self, engines: &'static [Engine]) -> Self {
        self.lacking = engines;
        self
    }
}

fn wholes(numbers: &[i64]) -> Vec<Cell> {
    numbers.iter().map(|&number| Cell::Whole(number)).collect()
}

fn floats(numbers: &[f64]) -> Vec<Cell> {
    numbers.iter().map(|&number| Cell::Float(number)).collect()
}

fn decimals(numbers: &[i128]) -> Vec<Cell> {
    numbers
        .iter()
        .map(|&number| Cell::Decimal(number))
        .collect()
}

fn texts(texts: &[&str]) -> Vec<Cell> {
    texts.iter().map(|&one| text(one)).collect()
}

fn days(texts: &[&str]) -> Vec<Cell> {
    let days = |text: &&str| i64::from(date_from_text(text).expect("a date"));
    texts.iter().map(days).map(Cell::Whole).collect()
}

fn instants(texts: &[&str]) -> Vec<Cell> {
    let microseconds = |text: &&str| timestamp_from_text(text).expect("a timestamp");
    texts.iter().map(microseconds).map(Cell::Whole).collect()
}

/// Of a decimal with this many digits: all of them nine, one in the last place, none.
fn digits(precision: u32) -> Vec<Cell> {
    let most = 10i128.pow(precision) - 1;
    decimals(&[most, -most, 0, 1, -1, most / 3])
}

const ODD_TEXTS: [&str; 12] = [
    "",
    " ",
    "trailing   ",
    "it's",
    "\"double\" `back`",
    "back\\slash \\N \\. \\x41 \\",
    "line\nfeed\r\nand\ttab",
    "naïve Ünïcode 表 ελ",
    "emoji 🦆 and 𝄞 and 👩‍👩‍👧",
    "NULL",
    "%_?$1:name",
    "\u{1}\u{1b}\u{7f}\u{fffd}\u{feff}",
];

pub(super) fn cases() -> Vec<Case> {
    let megabyte = || "päck\\me\t🦆'".repeat(80_000);
    let every_byte = || (0..=255).collect::<Vec<u8>>();
    vec![
        case(ColumnType::Boolean, wholes(&[0, 1])),
        case(
            ColumnType::Integer { bytes: 1 },
            wholes(&[-128, -1, 0, 127]),
        )
        .refused_by(&[Mysql], wholes(&[-129, 128]))
        .refused_by(&[Mysql, Postgres], wholes(&[70_000])),
        case(
            ColumnType::Integer { bytes: 2 },
            wholes(&[-32_768, 0, 32_767]),
        )
        .refused_by(&[Mysql, Postgres], wholes(&[-32_769, 32_768])),
        case(
            ColumnType::Integer { bytes: 3 },
            wholes(&[-8_388_608, 0, 8_388_607]),
        ),
        case(
            ColumnType::Integer { bytes: 4 },
            wholes(&[i32::MIN.into(), 0, i32::MAX.into()]),
        )
        .refused_by(
            &[Mysql, Postgres],
            wholes(&[i64::from(i32::MIN) - 1, i64::from(i32::MAX) + 1]),
        ),
        case(
            ColumnType::Integer { bytes: 8 },
            wholes(&[i64::MIN, -(1 << 53) - 1, -1, 0, (1 << 53) + 1, i64::MAX]),
        ),
        case(
            ColumnType::Unsigned,
            decimals(&[
                0,
                1,
                1 << 53,
                (1 << 53) + 1,
                i64::MAX.into(),
                1 << 63,
                u64::MAX.into(),
            ]),
        ),
        case(
            ColumnType::Float { bytes: 4 },
            floats(&[
                0.0,
                1.5,
                f64::from(0.1f32),
                f64::from(f32::MIN),
                f64::from(f32::MAX),
                f64::from(f32::MIN_POSITIVE),
                f64::from(f32::from_bits(1)),
            ]),
        )
        .refused_by(&[Sqlite, Mysql], floats(&[-0.0]))
        .refused_by(&[Postgres, Mysql], floats(&[0.1, 1e300, 5e-324])),
        case(
            ColumnType::Float { bytes: 8 },
            floats(&[
                0.0,
                0.1,
                1.0 / 3.0,
                5e-324,
                f64::MIN_POSITIVE,
                f64::MAX,
                f64::MIN,
                9_007_199_254_740_993.0,
                1e15,
                -1e22,
                123_456_789.123_456_78,
            ]),
        )
        .refused_by(&[Sqlite, Mysql], floats(&[-0.0]))
        .refused_by(&[Mysql], floats(&[f64::INFINITY, f64::NEG_INFINITY]))
        .refused_by(&[Mysql, Sqlite], floats(&[f64::NAN])),
        case(
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
            digits(12),
        ),
        case(
            ColumnType::Decimal {
                precision: 15,
                scale: 15,
            },
            digits(15),
        ),
        case(
            ColumnType::Decimal {
                precision: 18,
                scale: 4,
            },
            digits(18),
        ),
        case(
            ColumnType::Decimal {
                precision: 38,
                scale: 0,
            },
            digits(38),
        ),
        case(
            ColumnType::Decimal {
                precision: 38,
                scale: 10,
            },
            digits(38),
        ),
        case(
            ColumnType::Decimal {
                precision: 38,
                scale: 30,
            },
            digits(38),
        ),
        case(
            ColumnType::Decimal {
                precision: 38,
                scale: 38,
            },
            digits(38),
        )
        .lacking(&[Mysql]),
        case(
            ColumnType::Decimal {
                precision: 5,
                scale: -2,
            },
            digits(5),
        )
        .lacking(&[Mysql]),
        case(
            ColumnType::Decimal {
                precision: 65,
                scale: 30,
            },
            vec![
                Cell::Wide(format!("{}.{}", "9".repeat(35), "9".repeat(30))),
                Cell::Wide(format!("-{}.{}", "9".repeat(35), "9".repeat(30))),
                Cell::Wide(format!("0.{}1", "0".repeat(29))),
                Cell::Wide("0".into()),
            ],
        ),
        case(
            ColumnType::Decimal {
                precision: 76,
                scale: 10,
            },
            vec![
                Cell::Wide(format!("{}.{}", "9".repeat(66), "9".repeat(10))),
                Cell::Wide("-1.5".into()),
            ],
        )
        .lacking(&[Mysql]),
        case(
            ColumnType::Number,
            texts(&[
                "0",
                "-1.5",
                "12345678901234567890123456789012345",
                "0.000000000000000000000000000001",
                "9007199254740993",
                "-12345678901234567890.123456789",
            ]),
        )
        .refused_by(
            &[Mysql],
            vec![
                text("1".repeat(36)),
                text(format!("0.{}1", "0".repeat(30))),
                text(format!("{}.{}", "9".repeat(400), "7".repeat(400))),
            ],
        ),
        case(ColumnType::TEXT, texts(&ODD_TEXTS))
            .refused_by(&[Postgres], texts(&["\0", "nul\0inside"])),
        case(ColumnType::TEXT, vec![text(megabyte()), text("")]),
        case(
            ColumnType::Text {
                length: Some(5),
                padded: false,
            },
            texts(&["", "five5", "🦆🦆🦆🦆🦆", "a    "]),
        )
        .refused_by(
            &[Postgres, Mysql],
            texts(&["sixsix", "five5 ", "🦆🦆🦆🦆🦆🦆"]),
        ),
        case(
            ColumnType::Text {
                length: Some(3),
                padded: true,
            },
            texts(&["", "abc", "a", "a  "]),
        )
        .refused_by(&[Postgres, Mysql], texts(&["abcd", "abc "])),
        case(
            ColumnType::Text {
                length: Some(300),
                padded: false,
            },
            texts(&ODD_TEXTS),
        ),
        case(
            ColumnType::BYTES,
            vec![
                Cell::Bytes(vec![]),
                Cell::Bytes(vec![0]),
                Cell::Bytes(every_byte()),
                Cell::Bytes(b"\\x41".to_vec()),
                Cell::Bytes(every_byte().repeat(4_096)),
            ],
        ),
        case(
            ColumnType::Bytes { length: Some(4) },
            vec![Cell::Bytes(vec![0, 0, 0, 0]), Cell::Bytes(vec![1, 0])],
        ),
        case(
            ColumnType::Date,
            days(&[
                "0001-01-01",
                "1582-10-10",
                "1969-12-31",
                "1970-01-01",
                "2000-02-29",
                "9999-12-31",
            ]),
        )
        .refused_by(
            &[Mysql, Sqlite],
            wholes(&[2_932_897, 2_940_001, -719_529, -1_000_000]),
        ),
        case(
            ColumnType::Time,
            wholes(&[
                0,
                1,
                999_999,
                43_200_000_000,
                86_399_000_000,
                86_399_999_999,
            ]),
        ),
        case(
            ColumnType::Timestamp { zoned: false },
            instants(&[
                "0001-01-01 00:00:00",
                "1969-12-31 23:59:59.999999",
                "2038-01-19 03:14:08",
                "2024-03-31 02:30:00.000001",
                "9999-12-31 23:59:59.999999",
            ]),
        )
        .refused_by(
            &[Mysql, Sqlite],
            wholes(&[
                253_402_300_800_000_000,
                254_016_086_400_000_001,
                -62_167_219_200_000_001,
            ]),
        ),
        case(
            ColumnType::Timestamp { zoned: true },
            instants(&[
                "0001-01-01 00:00:00",
                "1969-12-31 23:59:59.999999",
                "2038-01-19 03:14:08",
                "2024-03-31 02:30:00.000001",
                "9999-12-31 23:59:59.999999",
            ]),
        )
        .refused_by(
            &[Mysql, Sqlite],
            wholes(&[
                253_402_300_800_000_000,
                254_016_086_400_000_001,
                -62_167_219_200_000_001,
            ]),
        ),
        case(
            ColumnType::Uuid,
            texts(&[
                "00000000-0000-0000-0000-000000000000",
                "123e4567-e89b-12d3-a456-426614174000",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ]),
        )
        .asked_of(
            &[Postgres],
            texts(&[
                "123E4567-E89B-12D3-A456-426614174000",
                "123e4567e89b12d3a456426614174000",
                "no uuid",
            ]),
        ),
        case(
            ColumnType::Json { parsed: false },
            texts(&[
                r#"{"b": 1,  "a":[true,null, "🦆"], "b": 2}"#,
                "1.10",
                "\"it's \\u0041 \\\\ \"",
                "[]",
                " null ",
            ]),
        )
        .refused_by(&[Postgres, Mysql], texts(&["{not json", ""])),
        case(
            ColumnType::Json { parsed: true },
            texts(&[r#"{"a": [1, 2.50, "x\ny"]}"#]),
        ),
        case(
            ColumnType::Native {
                name: "interval".into(),
            },
            texts(&["1 year 2 mons -3 days", "{1,2,NULL}"]),
        ),
    ]
}
