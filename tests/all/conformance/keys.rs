//! Tables by the sort of their key, with keys that sort in surprising ways.

use limosa_model::{ColumnType, date_from_text};

use super::rows::{Cell, text};

/// A key's columns, and the keys of the rows in no order.
pub(super) type Keyed = (&'static str, Vec<ColumnType>, Vec<Vec<Cell>>);

pub(super) fn keyed() -> Vec<Keyed> {
    let one = |cells: Vec<Cell>| cells.into_iter().map(|cell| vec![cell]).collect::<Vec<_>>();
    let day = |text: &str| Cell::Whole(date_from_text(text).expect("a date").into());
    let words = [
        "b",
        "",
        "a",
        "A",
        "aa",
        "Z",
        "z",
        "ä",
        "Ä",
        "a b",
        "a  b",
        "it's",
        "back\\slash",
        "10",
        "9",
        "🦆",
        "表",
        "%",
        "_",
        "\u{fffd}",
        "a\tb",
        "~",
        "-",
    ];
    vec![
        (
            "integers",
            vec![ColumnType::Integer { bytes: 8 }],
            one([5, -3, 0, i64::MAX, 1, i64::MIN, 7, 100, 8, 6, -2]
                .map(Cell::Whole)
                .into()),
        ),
        (
            "unsigned",
            vec![ColumnType::Unsigned],
            one([
                0,
                1,
                (1 << 53) + 1,
                1 << 53,
                u64::MAX.into(),
                u64::MAX as i128 - 1,
                1 << 63,
            ]
            .map(Cell::Decimal)
            .into()),
        ),
        (
            "decimals",
            vec![ColumnType::Decimal {
                precision: 38,
                scale: 10,
            }],
            one([
                0,
                1,
                -1,
                10i128.pow(38) - 1,
                10i128.pow(38) - 2,
                1 - 10i128.pow(38),
                15_000_000_000,
                20_000_000_000,
            ]
            .map(Cell::Decimal)
            .into()),
        ),
        ("texts", vec![ColumnType::TEXT], one(words.map(text).into())),
        (
            "dates",
            vec![ColumnType::Date],
            one([
                "2024-02-29",
                "0001-01-01",
                "9999-12-31",
                "1969-12-31",
                "1970-01-01",
                "2024-03-01",
            ]
            .map(day)
            .into()),
        ),
        (
            "times",
            vec![ColumnType::Time],
            one([0, 1, 86_399_999_999, 43_200_000_000, 999_999]
                .map(Cell::Whole)
                .into()),
        ),
        (
            "instants",
            vec![ColumnType::Timestamp { zoned: false }],
            one([
                0,
                -1,
                1,
                253_402_300_799_999_999,
                -62_135_596_800_000_000,
                1_000_000,
            ]
            .map(Cell::Whole)
            .into()),
        ),
        (
            "zoned",
            vec![ColumnType::Timestamp { zoned: true }],
            one([0, -1, 1, 253_402_300_799_999_999, 1_711_846_800_000_000]
                .map(Cell::Whole)
                .into()),
        ),
        (
            "uuids",
            vec![ColumnType::Uuid],
            one([
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "00000000-0000-0000-0000-000000000000",
                "123e4567-e89b-12d3-a456-426614174000",
                "923e4567-e89b-12d3-a456-426614174000",
            ]
            .map(text)
            .into()),
        ),
        (
            "bytes",
            vec![ColumnType::BYTES],
            one([
                &b""[..],
                b"\0",
                b"a",
                b"\xff",
                b"\\x41",
                b"A",
                b"'",
                b"\xc3\xa4",
                b"a\0",
            ]
            .map(|bytes| Cell::Bytes(bytes.to_vec()))
            .into()),
        ),
        (
            "pairs",
            vec![ColumnType::Integer { bytes: 4 }, ColumnType::TEXT],
            (0..5)
                .flat_map(|number| {
                    ["x", "", "X", "y'"].map(|word| {
                        vec![
                            Cell::Whole(number % 3 - 1),
                            text(format!("{word}{}", number / 3)),
                        ]
                    })
                })
                .collect(),
        ),
        (
            "triples",
            vec![
                ColumnType::Boolean,
                ColumnType::Date,
                ColumnType::Integer { bytes: 2 },
            ],
            (0..18)
                .map(|number| {
                    vec![
                        Cell::Whole(number % 2),
                        Cell::Whole(number % 3),
                        Cell::Whole(number / 6),
                    ]
                })
                .collect(),
        ),
    ]
}
