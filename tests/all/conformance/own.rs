//! Columns of an engine's own types, copied into such columns of the same engine, and compared by the engine itself.

use anyhow::{Context as _, Result, ensure};
use limosa_database::{Database, Lease};
use limosa_model::Engine::{self, Mysql, Postgres, Sqlite};
use limosa_model::{Batch, Catalogue, ColumnPlan, Fit, Form, TableName, Treatment, Why};

use super::place::{Place, define, take_lease};
use super::rows::{after, load, scan_all, table};

/// A type, and values that are copied, also where they are none of what their columns are carried in.
type Own = (&'static str, &'static [&'static str]);

/// Columns of the engine's own types, and rows of them.
const fn own_types(engine: Engine) -> &'static [Own] {
    match engine {
        Sqlite => &[
            ("INTEGER", &["1", "'text'", "2.5", "x'00ff'"]),
            ("TEXT", &["'a'", "x'ff'", "CAST(x'ff' AS TEXT)"]),
            ("REAL", &["1.0", "5e-324", "9e999", "'x'"]),
            ("NUMERIC(10,2)", &["1.25", "7", "0.1", "1.255", "'n/a'"]),
            ("DATE", &["'2024-02-29'", "20240229", "'yesterday'", "''"]),
            (
                "DATETIME",
                &[
                    "'2024-02-29T10:00:00'",
                    "'2024-02-29 10:00'",
                    "1709200000",
                    "0.5",
                ],
            ),
            ("BOOLEAN", &["0", "1", "2", "'true'"]),
            ("", &["1", "1.5", "-0.0", "'1'", "x'01'"]),
            ("BLOB", &["x''", "'text'", "5"]),
            (
                "UUID",
                &[
                    "'123E4567-E89B-12D3-A456-426614174000'",
                    "'123e4567-e89b-12d3-a456-426614174000'",
                ],
            ),
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
            ("time", &["'23:59:59.999999'", "'24:00:00'"]),
            (
                "timestamp with time zone",
                &[
                    "'2024-03-31 02:30:00.5+02'",
                    "'-infinity'",
                    "'294276-12-31'",
                ],
            ),
            ("timestamp(3)", &["'2024-01-01 00:00:00.123'"]),
            ("date", &["'0044-03-15 BC'", "'20000-01-01'", "'infinity'"]),
            (
                "numeric",
                &[
                    "1e-30",
                    "12345678901234567890123456789012345678901234567890",
                    "'NaN'",
                ],
            ),
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
            (
                "time(6)",
                &["'10:00:00.000001'", "'-838:59:59'", "'838:59:59'"],
            ),
            ("datetime(6)", &["'2024-03-31 02:30:00.000001'"]),
            ("timestamp(6) NULL", &["'2024-03-31 02:30:00.5'"]),
            ("date", &["'2024-02-29'"]),
            (
                "decimal(65,30)",
                &["12345678901234567890123456789012345.123456789012345678901234567890"],
            ),
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

pub(super) async fn own_types_are_copied(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let own = own_types(place.engine);
    for (number, (declared, kept)) in own.iter().enumerate() {
        let name = format!("from{number}");
        let values = kept.iter().chain(&["NULL"]);
        let rows: Vec<String> = values
            .enumerate()
            .map(|(id, value)| format!("({id}, {value})"))
            .collect();
        let create =
            format!("CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY, value {declared})");
        define(
            database,
            &[
                &create,
                &format!("INSERT INTO {name} VALUES {}", rows.join(", ")),
            ],
        )
        .await?;
    }
    let catalogue = database.catalogue().await?;
    let mut problems = Vec::new();
    for (number, own) in own.iter().enumerate() {
        if let Err(error) = copy(database, &lease, &catalogue, number, own).await {
            problems.push(format!("{}: {error:#}", own.0));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

async fn copy(
    database: &dyn Database,
    lease: &Lease,
    catalogue: &Catalogue,
    number: usize,
    (declared, kept): &Own,
) -> Result<()> {
    let (from, to) = (format!("from{number}"), format!("to{number}"));
    let (dialect, engine) = (database.dialect(), database.dialect().engine());
    let found = catalogue
        .table(&TableName::new(&from))
        .context("the table")?;
    let columns = found.columns.iter().map(|column| {
        let scanned = dialect.scanned_type(column, engine);
        Ok(ColumnPlan {
            name: column.name.clone(),
            target_name: column.name.clone(),
            source_type: column.declared.clone(),
            treated: scanned.clone(),
            carried: scanned.clone(),
            scanned,
            target_type: dialect
                .native_type(column, engine, 0)
                .map_err(anyhow::Error::msg)?,
            fit: Fit::own(),
            treatment: Treatment::default(),
            form: Form::Same,
            why: Why::Declared,
            nullable: column.nullable,
            default: None,
            identity: false,
            numbering: None,
        })
    });
    let mut plan = table(&from, columns.collect::<Result<_>>()?, &["id"]);
    let rows = scan_all(database, &plan).await?;
    ensure!(rows.iter().map(Batch::len).sum::<usize>() == kept.len() + 1);
    plan.target = TableName::new(&to);
    define(database, &[&dialect.create_table(&plan)]).await?;
    let rows = rows.first().context("rows")?;
    // One by one, so that one that is refused takes no other with it.
    let mut unexpected = Vec::new();
    for row in 0..rows.len() {
        let columns = (0..2)
            .map(|column| rows.column(column).slice(row, 1))
            .collect();
        let exceptions = rows
            .exceptions()
            .iter()
            .filter(|exception| exception.row == row);
        let exceptions = exceptions
            .cloned()
            .map(|exception| limosa_model::Exception {
                row: 0,
                ..exception
            });
        let one = Batch::new(rows.shape().clone(), columns, 1, exceptions.collect())?;
        let loaded = load(database, lease, &plan, after(i64::try_from(row)?), &one).await;
        if let Err(error) = loaded {
            unexpected.push(format!("{:#}", anyhow::Error::new(error)));
        }
    }
    ensure!(unexpected.is_empty(), "{}", unexpected.join("; "));
    let (same, shown) = match engine {
        Sqlite => (
            "quote(f.value) IS quote(t.value) AND typeof(f.value) = typeof(t.value)",
            "quote(%)",
        ),
        Postgres => (
            "f.value::text IS NOT DISTINCT FROM t.value::text",
            "%::text",
        ),
        // The copy has the character set of the plan's tables.
        Mysql if declared.contains("character set") => (
            "CONVERT(f.value USING utf8mb4) <=> BINARY t.value",
            "HEX(%)",
        ),
        Mysql => (
            "CAST(f.value AS BINARY) <=> CAST(t.value AS BINARY)",
            "HEX(%)",
        ),
    };
    let sql = format!(
        "SELECT {}, {} FROM {from} f LEFT JOIN {to} t ON t.id = f.id WHERE t.id IS NULL OR NOT ({same})",
        shown.replace('%', "f.value"),
        shown.replace('%', "t.value")
    );
    let different = database.session().await?.rows(&sql, &[]).await?;
    ensure!(different.is_empty(), "altered: {different:?}");
    Ok(())
}
