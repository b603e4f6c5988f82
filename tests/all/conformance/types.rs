//! Each carried type with its edge values: loaded, read back, and the same; or refused.

use std::slice;

use anyhow::{Context as _, Result, bail, ensure};
use limosa_database::{Database, Error, Kind};
use limosa_model::Engine::{self, Mysql, Postgres, Sqlite};
use limosa_model::{
    ColumnPlan, ColumnType, KeyRange, TableName, TablePlan, Value, date_from_text, timestamp_from_text,
};

use super::place::{Place, define, take_lease};
use super::rows::{
    Cell, Shown, after, batch, column, expect_same, load, numbered, plain, scan_all, text,
};

/// A type, what every engine that has it holds, and what some refuse.
struct Case {
    carried: ColumnType,
    /// Those that have no such type; the plan says so before anything is done.
    lacking: &'static [Engine],
    kept: Vec<Cell>,
    refused: Vec<(Cell, &'static [Engine])>,
    /// No value of the type at all, and still never altered by those that would.
    wrong: Vec<(Cell, &'static [Engine])>,
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

fn cases() -> Vec<Case> {
    let megabyte = || "päck\\me\t🦆'".repeat(80_000);
    let every_byte = || (0..=255).collect::<Vec<u8>>();
    vec![
        case(ColumnType::Boolean, wholes(&[0, 1])),
        case(ColumnType::Integer { bytes: 1 }, wholes(&[-128, -1, 0, 127]))
            .refused_by(&[Mysql], wholes(&[-129, 128]))
            .refused_by(&[Mysql, Postgres], wholes(&[70_000])),
        case(ColumnType::Integer { bytes: 2 }, wholes(&[-32_768, 0, 32_767]))
            .refused_by(&[Mysql, Postgres], wholes(&[-32_769, 32_768])),
        case(ColumnType::Integer { bytes: 3 }, wholes(&[-8_388_608, 0, 8_388_607])),
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
            decimals(&[0, 1, 1 << 53, (1 << 53) + 1, i64::MAX.into(), 1 << 63, u64::MAX.into()]),
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
        .refused_by(&[Sqlite], floats(&[-0.0]))
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
        .refused_by(&[Sqlite], floats(&[-0.0]))
        .refused_by(&[Mysql], floats(&[f64::INFINITY, f64::NEG_INFINITY]))
        .refused_by(&[Mysql, Sqlite], floats(&[f64::NAN])),
        case(ColumnType::Decimal { precision: 12, scale: 2 }, digits(12)),
        case(ColumnType::Decimal { precision: 15, scale: 15 }, digits(15)),
        case(ColumnType::Decimal { precision: 18, scale: 4 }, digits(18)),
        case(ColumnType::Decimal { precision: 38, scale: 0 }, digits(38)),
        case(ColumnType::Decimal { precision: 38, scale: 10 }, digits(38)),
        case(ColumnType::Decimal { precision: 38, scale: 30 }, digits(38)),
        case(ColumnType::Decimal { precision: 38, scale: 38 }, digits(38)).lacking(&[Mysql]),
        case(ColumnType::Decimal { precision: 5, scale: -2 }, digits(5)).lacking(&[Mysql]),
        case(
            ColumnType::Decimal { precision: 65, scale: 30 },
            vec![
                Cell::Wide(format!("{}.{}", "9".repeat(35), "9".repeat(30))),
                Cell::Wide(format!("-{}.{}", "9".repeat(35), "9".repeat(30))),
                Cell::Wide(format!("0.{}1", "0".repeat(29))),
                Cell::Wide("0".into()),
            ],
        ),
        case(
            ColumnType::Decimal { precision: 76, scale: 10 },
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
        case(ColumnType::Text { length: Some(5), padded: false }, texts(&["", "five5", "🦆🦆🦆🦆🦆", "a    "]))
            .refused_by(&[Postgres, Mysql], texts(&["sixsix", "five5 ", "🦆🦆🦆🦆🦆🦆"])),
        case(ColumnType::Text { length: Some(3), padded: true }, texts(&["", "abc", "a", "a  "]))
            .refused_by(&[Postgres, Mysql], texts(&["abcd", "abc "])),
        case(ColumnType::Text { length: Some(300), padded: false }, texts(&ODD_TEXTS)),
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
        case(ColumnType::Bytes { length: Some(4) }, vec![Cell::Bytes(vec![0, 0, 0, 0]), Cell::Bytes(vec![1, 0])]),
        case(ColumnType::Date, days(&["0001-01-01", "1582-10-10", "1969-12-31", "1970-01-01", "2000-02-29", "9999-12-31"]))
            .refused_by(&[Mysql, Sqlite], wholes(&[2_932_897, 2_940_001, -719_529, -1_000_000])),
        case(ColumnType::Time, wholes(&[0, 1, 999_999, 43_200_000_000, 86_399_000_000, 86_399_999_999])),
        case(
            ColumnType::Timestamp { zoned: false },
            instants(&["0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2038-01-19 03:14:08", "2024-03-31 02:30:00.000001", "9999-12-31 23:59:59.999999"]),
        )
        .refused_by(&[Mysql, Sqlite], wholes(&[253_402_300_800_000_000, 254_016_086_400_000_001, -62_167_219_200_000_001])),
        case(
            ColumnType::Timestamp { zoned: true },
            instants(&["0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2038-01-19 03:14:08", "2024-03-31 02:30:00.000001", "9999-12-31 23:59:59.999999"]),
        )
        .refused_by(&[Mysql, Sqlite], wholes(&[253_402_300_800_000_000, 254_016_086_400_000_001, -62_167_219_200_000_001])),
        case(
            ColumnType::Uuid,
            texts(&["00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
        )
        .asked_of(&[Postgres], texts(&["123E4567-E89B-12D3-A456-426614174000", "123e4567e89b12d3a456426614174000", "no uuid"])),
        case(
            ColumnType::Json { parsed: false },
            texts(&[r#"{"b": 1,  "a":[true,null, "🦆"], "b": 2}"#, "1.10", "\"it's \\u0041 \\\\ \"", "[]", " null "]),
        )
        .refused_by(&[Postgres, Mysql], texts(&["{not json", ""])),
        case(
            ColumnType::Json { parsed: true },
            texts(&[r#"{"a": [1, 2.50, "x\ny"]}"#]),
        ),
        case(
            ColumnType::Native { name: "interval".into() },
            texts(&["1 year 2 mons -3 days", "{1,2,NULL}"]),
        ),
    ]
}

pub(super) async fn every_type_arrives_exactly_or_not_at_all(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let mut problems = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let name = format!("t{number}");
        let found = check(place, database.as_ref(), &lease, &name, case).await;
        if let Err(error) = found {
            problems.push(format!("{:?}: {error:#}", case.carried));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

async fn check(
    place: &Place,
    database: &dyn Database,
    lease: &limosa_database::Lease,
    name: &str,
    case: &Case,
) -> Result<()> {
    let value = match column(database, "value", case.carried.clone(), 0) {
        Ok(column) => column,
        Err(_) if case.lacking.contains(&place.engine) => return Ok(()),
        Err(reason) => bail!("no type: {reason}"),
    };
    ensure!(!case.lacking.contains(&place.engine), "{} is no type", value.target_type);
    let table = numbered(database, name, vec![value.clone()])?;
    define(database, &[&database.dialect().create_table(&table)]).await?;
    let (refused, also_kept): (Vec<_>, Vec<_>) = case
        .refused
        .iter()
        .partition(|(_, engines)| engines.contains(&place.engine));
    let kept = case
        .kept
        .iter()
        .chain(also_kept.iter().map(|(cell, _)| cell))
        .chain(slice::from_ref(&Cell::Null));
    let rows: Vec<Vec<Cell>> = (0..)
        .zip(kept)
        .map(|(id, cell)| vec![Cell::Whole(id), cell.clone()])
        .collect();
    let rows = batch(&table, &rows)?;
    load(database, lease, &table, KeyRange::ALL, &rows)
        .await
        .map_err(whole)?;
    let mut problems = Vec::new();
    if let Err(error) = expect_same(&rows, &scan_all(database, &table).await.map_err(whole)?) {
        problems.push(format!("{error:#}"));
    }
    if let Some(reason) = beside_text(database, lease, &table, &rows).await.err() {
        problems.push(format!("beside a column that goes as text: {reason:#}"));
    }
    let wrong = case
        .wrong
        .iter()
        .filter(|(_, engines)| engines.contains(&place.engine));
    for (id, (cell, _)) in (1_000..).zip(refused.into_iter().chain(wrong)) {
        if let Err(error) = expect_refused(database, lease, &table, id, cell).await {
            problems.push(format!("{error:#}"));
        }
    }
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}

/// The same rows in a table with a column for which PostgreSQL's binary form does not serve.
async fn beside_text(
    database: &dyn Database,
    lease: &limosa_database::Lease,
    table: &TablePlan,
    rows: &limosa_model::Batch,
) -> Result<()> {
    let wide = ColumnType::Decimal {
        precision: 60,
        scale: 0,
    };
    let wide = column(database, "wide", wide, 0).map_err(anyhow::Error::msg)?;
    let mut beside = table.clone();
    beside.source = TableName::new(format!("{}_beside", table.source.name()));
    beside.target = beside.source.clone();
    beside.columns.push(wide);
    define(database, &[&database.dialect().create_table(&beside)]).await?;
    let mut cells = Vec::new();
    for row in 0..rows.len() {
        cells.push(vec![Cell::Whole(i64::try_from(row)?), Cell::Null, Cell::Null]);
    }
    let nulls = batch(&beside, &cells)?;
    let columns = vec![
        rows.column(0).clone(),
        rows.column(1).clone(),
        nulls.column(2).clone(),
    ];
    let rows = limosa_model::Batch::new(beside.carried_shape(), columns, rows.len(), Vec::new())?;
    load(database, lease, &beside, KeyRange::ALL, &rows)
        .await
        .map_err(whole)?;
    expect_same(&rows, &scan_all(database, &beside).await.map_err(whole)?)
}

async fn expect_refused(
    database: &dyn Database,
    lease: &limosa_database::Lease,
    table: &TablePlan,
    id: i64,
    cell: &Cell,
) -> Result<()> {
    let rows = batch(table, &[vec![Cell::Whole(id), cell.clone()]])?;
    let Err(error) = load(database, lease, table, after(id), &rows).await else {
        let found = plain(&scan_all(database, table).await.map_err(whole)?)?;
        let stored = found.iter().find(|row| row[0] == Value::Integer(id));
        bail!("{} was taken, as {}", Shown(cell), Shown(&stored));
    };
    ensure!(
        error.kind() == Kind::Refused,
        "{} is {:?}, not refused: {:#}",
        Shown(cell),
        error.kind(),
        whole(error)
    );
    if let Error::Misfit { column, row, .. } = &error {
        ensure!(
            column == "value" && row.contains(&format!("id = {id}")),
            "{error} names neither row nor column"
        );
    }
    Ok(())
}

/// An error with its sources.
fn whole(error: Error) -> anyhow::Error {
    anyhow::Error::new(error)
}

pub(super) async fn text_with_a_nul(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let value = column(database.as_ref(), "words", ColumnType::TEXT, 0)
        .map_err(anyhow::Error::msg)?;
    let table = numbered(database.as_ref(), "t", vec![value])?;
    define(database.as_ref(), &[&database.dialect().create_table(&table)]).await?;
    let rows = batch(
        &table,
        &[
            vec![Cell::Whole(7), text("fine")],
            vec![Cell::Whole(8), text("a\0b")],
        ],
    )?;
    match load(database.as_ref(), &lease, &table, KeyRange::ALL, &rows).await {
        Ok(()) => {
            ensure!(place.engine != Postgres, "PostgreSQL has no such text");
            expect_same(&rows, &scan_all(database.as_ref(), &table).await?)
        }
        Err(Error::Misfit { table, column, row, reason }) => {
            ensure!(place.engine == Postgres, "{reason}");
            let place = (table.to_string(), column.as_str(), row.as_str());
            assert_eq!(place, ("t".into(), "words", "row id = 8"));
            assert!(reason.contains("NUL"), "{reason}");
            Ok(())
        }
        Err(error) => Err(whole(error)),
    }
}

pub(super) async fn a_row_of_nulls(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let columns: Vec<ColumnPlan> = cases()
        .into_iter()
        .enumerate()
        .filter_map(|(number, case)| {
            column(database.as_ref(), &format!("c{number}"), case.carried, 0).ok()
        })
        .collect();
    let width = columns.len();
    let table = numbered(database.as_ref(), "nulls", columns)?;
    define(database.as_ref(), &[&database.dialect().create_table(&table)]).await?;
    let rows: Vec<Vec<Cell>> = (0..3)
        .map(|id| {
            let mut row = vec![Cell::Whole(id)];
            row.resize(width + 1, Cell::Null);
            row
        })
        .collect();
    let rows = batch(&table, &rows)?;
    load(database.as_ref(), &lease, &table, KeyRange::ALL, &rows).await?;
    expect_same(&rows, &scan_all(database.as_ref(), &table).await?)
}

/// Columns of the engine's own types, and rows of them.
const fn own_types(engine: Engine) -> &'static [(&'static str, &'static [&'static str])] {
    match engine {
        Sqlite => &[
            ("INTEGER", &["1", "'text'", "2.5", "x'00ff'"]),
            ("TEXT", &["'a'", "x'ff'", "CAST(x'ff' AS TEXT)"]),
            ("REAL", &["1.0", "5e-324", "9e999", "'x'"]),
            ("NUMERIC(10,2)", &["1.25", "7", "0.1", "1.255", "'n/a'"]),
            ("DATE", &["'2024-02-29'", "20240229", "'yesterday'", "''"]),
            ("DATETIME", &["'2024-02-29T10:00:00'", "'2024-02-29 10:00'", "1709200000", "0.5"]),
            ("BOOLEAN", &["0", "1", "2", "'true'"]),
            ("", &["1", "1.5", "-0.0", "'1'", "x'01'"]),
            ("BLOB", &["x''", "'text'", "5"]),
            ("UUID", &["'123E4567-E89B-12D3-A456-426614174000'", "'123e4567-e89b-12d3-a456-426614174000'"]),
            ("JSON", &["'{}'", "'not json'", "5"]),
        ],
        Postgres => &[
            ("jsonb", &["'{\"b\":1,\"a\":[1.50]}'"]),
            ("json", &["'{\"b\": 1,  \"a\":1}'"]),
            ("character(4)", &["'ab'", "''"]),
            ("varchar(4)", &["'ab  '"]),
            ("interval", &["'1 year 2 mons -3 days 04:05:06.789'"]),
            ("inet", &["'10.0.0.1/24'", "'::1'"]),
            ("macaddr", &["'08:00:2b:01:02:03'"]),
            ("integer[]", &["'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'{}'"]),
            ("text[]", &["ARRAY['a\"b', 'c\\d', NULL, 'e,f', '']"]),
            ("time with time zone", &["'10:00:00.5+02'"]),
            ("time", &["'23:59:59.999999'"]),
            ("timestamp with time zone", &["'2024-03-31 02:30:00.5+02'", "'-infinity'"]),
            ("timestamp(3)", &["'2024-01-01 00:00:00.123'"]),
            ("date", &["'0044-03-15 BC'", "'20000-01-01'"]),
            ("numeric", &["'NaN'", "1e-30", "12345678901234567890123456789012345678901234567890"]),
            ("numeric(10,2)", &["1.20", "'NaN'"]),
            ("numeric(5,-2)", &["12300"]),
            ("money", &["12.34"]),
            ("bit(5)", &["B'10101'"]),
            ("bit varying", &["B'1'"]),
            ("point", &["'(1.5,-2)'"]),
            ("int4range", &["'[1,5)'", "'empty'"]),
            ("tsvector", &["'a fat cat'"]),
            ("xml", &["'<a>&amp;</a>'"]),
            ("real", &["'0.1'", "'NaN'", "'-0'", "'Infinity'"]),
            ("double precision", &["'NaN'", "'-0'", "'1e-323'"]),
            ("bytea", &["'\\x00ff5c'"]),
            ("uuid", &["'123E4567-E89B-12D3-A456-426614174000'"]),
            ("\"char\"", &["'x'"]),
            ("oid", &["4294967295"]),
            ("name", &["'a name'"]),
        ],
        Mysql => &[
            ("tinyint unsigned", &["0", "255"]),
            ("smallint unsigned", &["65535"]),
            ("mediumint unsigned", &["16777215"]),
            ("int unsigned", &["4294967295"]),
            ("int(5) zerofill", &["42"]),
            ("bigint unsigned", &["18446744073709551615"]),
            ("bit(1)", &["b'1'", "b'0'"]),
            ("bit(9)", &["b'101010101'"]),
            ("bit(64)", &["5", "18446744073709551615"]),
            ("year", &["2024", "1901", "0"]),
            ("time(6)", &["'-838:59:59'", "'838:59:59'", "'10:00:00.000001'"]),
            ("datetime(6)", &["'2024-03-31 02:30:00.000001'"]),
            ("timestamp(6) NULL", &["'2024-03-31 02:30:00.5'"]),
            ("date", &["'2024-02-29'"]),
            ("decimal(65,30)", &["12345678901234567890123456789012345.123456789012345678901234567890"]),
            ("float", &["0.1", "3.4028234e38", "1.17549e-38", "-0e0"]),
            ("double", &["5e-324", "1.7976931348623157e308", "-0e0"]),
            ("char(4)", &["'ab'", "''"]),
            ("varchar(4)", &["'ab  '", "'🦆'"]),
            ("varchar(10) character set latin1", &["'é'"]),
            ("binary(4)", &["x'0001'"]),
            ("varbinary(4)", &["x'0001'"]),
            ("tinytext", &["'t'"]),
            ("mediumblob", &["x'ff00'"]),
            ("enum('a','it''s')", &["'a'", "'it''s'"]),
            ("set('x','y','z')", &["'x,z'", "''"]),
            ("json", &["'{\"b\": 1,  \"a\":1}'"]),
            ("inet6", &["'::1'"]),
            ("uuid", &["'123E4567-E89B-12D3-A456-426614174000'"]),
            ("point", &["ST_GeomFromText('POINT(1.5 -2)', 4326)"]),
        ],
    }
}

/// A table of each own type, copied into one of the same type, and compared by the engine itself.
pub(super) async fn own_types_are_copied(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let lease = take_lease(database.as_ref()).await?;
    let mut problems = Vec::new();
    for (number, (declared, values)) in own_types(place.engine).iter().enumerate() {
        let copied = copy(place, database.as_ref(), &lease, number, declared, values).await;
        if let Err(error) = copied {
            problems.push(format!("{declared}: {error:#}"));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

async fn copy(
    place: &Place,
    database: &dyn Database,
    lease: &limosa_database::Lease,
    number: usize,
    declared: &str,
    values: &[&str],
) -> Result<()> {
    let (from, to) = (format!("from{number}"), format!("to{number}"));
    define(database, &[&format!("CREATE TABLE {from} (id INTEGER NOT NULL PRIMARY KEY, value {declared})")]).await?;
    for (id, value) in values.iter().chain(&["NULL"]).enumerate() {
        define(database, &[&format!("INSERT INTO {from} VALUES ({id}, {value})")]).await?;
    }
    let catalogue = database.catalogue().await?;
    let found = catalogue.table(&TableName::new(&from)).context("the table")?;
    let columns = found
        .columns
        .iter()
        .map(|column| {
            let dialect = database.dialect();
            let scanned = dialect.scanned_type(column, place.engine);
            let target_type = dialect.native_type(column, place.engine, 0).map_err(anyhow::Error::msg)?;
            Ok(ColumnPlan {
                name: column.name.clone(),
                target_name: column.name.clone(),
                source_type: column.declared.clone(),
                carried: scanned.clone(),
                scanned,
                target_type,
                nullable: column.nullable,
                default: None,
                identity: false,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let mut table = super::rows::table(&from, columns, &["id"]);
    let rows = scan_all(database, &table).await.map_err(whole)?;
    ensure!(rows.iter().map(limosa_model::Batch::len).sum::<usize>() == values.len() + 1);
    table.target = TableName::new(&to);
    define(database, &[&database.dialect().create_table(&table)]).await?;
    let mut cannot = Vec::new();
    for (at, rows) in (0..).zip(&rows) {
        match load(database, lease, &table, after(at), rows).await {
            Ok(()) => {}
            Err(error @ Error::Misfit { .. }) => cannot.push(error.to_string()),
            Err(error) => return Err(whole(error)),
        }
    }
    ensure!(cannot.is_empty(), "{}", cannot.join("; "));
    let (same, shown) = match place.engine {
        Sqlite => ("quote(f.value) IS quote(t.value) AND typeof(f.value) = typeof(t.value)", "quote(%)"),
        Postgres => ("f.value::text IS NOT DISTINCT FROM t.value::text", "%::text"),
        Mysql if declared.contains("character set") => ("CONVERT(f.value USING utf8mb4) <=> BINARY t.value", "HEX(%)"),
        Mysql => ("CAST(f.value AS BINARY) <=> CAST(t.value AS BINARY)", "HEX(%)"),
    };
    let sql = format!(
        "SELECT {}, {} FROM {from} f LEFT JOIN {to} t ON t.id = f.id WHERE t.id IS NULL OR NOT ({same})",
        shown.replace('%', "f.value"),
        shown.replace('%', "t.value")
    );
    let different = database.session().await?.rows(&sql, &[]).await.map_err(whole)?;
    ensure!(different.is_empty(), "altered: {different:?}");
    Ok(())
}
