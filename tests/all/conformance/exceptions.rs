//! Values that do not fit what their column is carried in: every one of them is kept and told.

use anyhow::Result;
use limosa_model::{ColumnType, Field, KeyRange, Shape, TableName, Value};

use super::place::{Place, define};
use super::rows::scan;

/// One column of these rows as a type that it does not always have: what is an exception, and which value it is.
async fn exceptions(
    place: &Place,
    declared: &str,
    values: &[&str],
    carried: ColumnType,
) -> Result<Vec<Value>> {
    let database = place.target().await?;
    let rows: Vec<String> = values.iter().map(|value| format!("({value})")).collect();
    define(
        database.as_ref(),
        &[
            "DROP TABLE IF EXISTS odd",
            &format!("CREATE TABLE odd (value {declared})"),
            &format!("INSERT INTO odd VALUES {}", rows.join(", ")),
        ],
    )
    .await?;
    let field = Field {
        name: "value".into(),
        column_type: carried,
        nullable: true,
    };
    let shape = Shape::new(vec![field]);
    let name = TableName::new("odd");
    let batches = scan(database.as_ref(), &name, &shape, &[], &KeyRange::ALL).await?;
    let found = batches.iter().flat_map(|batch| batch.exceptions());
    Ok(found.map(|exception| exception.value.clone()).collect())
}

/// PostgreSQL's infinities and numbers that are none, under the names that it gives them.
pub(super) async fn what_only_postgres_has(place: &Place) -> Result<()> {
    let decimal = |precision| ColumnType::Decimal {
        precision,
        scale: 2,
    };
    for (declared, values, carried, expected) in [
        (
            "numeric(12,2)",
            &["1.25", "'NaN'"][..],
            decimal(12),
            &["NaN"][..],
        ),
        (
            "numeric",
            &[
                "'Infinity'",
                "'-Infinity'",
                "7",
                "1.255",
                "-12345678901234567890123456789012345678901.5",
            ],
            decimal(38),
            &[
                "Infinity",
                "-Infinity",
                "1.255",
                "-12345678901234567890123456789012345678901.5",
            ],
        ),
        ("numeric", &["'NaN'", "0.0"], ColumnType::Number, &["NaN"]),
        (
            "date",
            &["'infinity'", "'-infinity'", "'2024-02-29'"],
            ColumnType::Date,
            &["infinity", "-infinity"],
        ),
        (
            "time",
            &["'24:00:00'", "'00:00:00'"],
            ColumnType::Time,
            &["24:00:00"],
        ),
        (
            "timestamp",
            &[
                "'infinity'",
                "'294276-12-31 23:59:59.999999'",
                "'4714-11-24 00:00:00 BC'",
            ],
            ColumnType::Timestamp { zoned: false },
            &["infinity", "294276-12-31 23:59:59.999999"],
        ),
    ] {
        let expected: Vec<Value> = expected
            .iter()
            .map(|&text| Value::Text(text.into()))
            .collect();
        assert_eq!(
            exceptions(place, declared, values, carried).await?,
            expected,
            "{declared}"
        );
    }
    Ok(())
}

/// MySQL's dates of zeros and times of many days, which a lax server let in.
pub(super) async fn what_only_mysql_has(place: &Place) -> Result<()> {
    for (declared, values, carried, expected) in [
        (
            "date",
            &["'2024-02-29'", "'0000-00-00'", "'2024-00-00'"][..],
            ColumnType::Date,
            &["0000-00-00", "2024-00-00"][..],
        ),
        (
            "datetime(6)",
            &["'0000-00-00 00:00:00'", "NULL"],
            ColumnType::Timestamp { zoned: false },
            &["0000-00-00 00:00:00"],
        ),
        (
            "time",
            &["'-838:59:59'", "'24:00:00'", "'23:59:59'"],
            ColumnType::Time,
            &["-838:59:59", "24:00:00"],
        ),
    ] {
        let expected: Vec<Value> = expected
            .iter()
            .map(|&text| Value::Text(text.into()))
            .collect();
        assert_eq!(
            exceptions(place, declared, values, carried).await?,
            expected,
            "{declared}"
        );
    }
    Ok(())
}

pub(super) async fn values_of_another_class_are_exceptions(place: &Place) -> Result<()> {
    let database = place.target().await?;
    define(
        database.as_ref(),
        &[
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, d DATE, flag BOOLEAN, amount DECIMAL(5,2), word TEXT, raw BLOB, share REAL)",
            "INSERT INTO t VALUES (1, 5, '2024-02-29', 1, 1.25, 'fine', x'00ff', 0.5)",
            "INSERT INTO t VALUES (2, 'five', '2024-02-30', 2, 1.255, x'ff', 'text', 'half')",
            "INSERT INTO t VALUES (3, 5.5, 20240229, 'yes', 1000, CAST(x'c328' AS TEXT), 7, x'01')",
            "INSERT INTO t VALUES (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        ],
    )
    .await?;
    let types = [
        ("id", ColumnType::Integer { bytes: 8 }),
        ("n", ColumnType::Integer { bytes: 8 }),
        ("d", ColumnType::Date),
        ("flag", ColumnType::Boolean),
        (
            "amount",
            ColumnType::Decimal {
                precision: 5,
                scale: 2,
            },
        ),
        ("word", ColumnType::TEXT),
        ("raw", ColumnType::BYTES),
        ("share", ColumnType::Float { bytes: 8 }),
    ];
    let fields = types.map(|(name, column_type)| Field {
        name: name.into(),
        column_type,
        nullable: true,
    });
    let shape = Shape::new(fields.into());
    let batches = scan(
        database.as_ref(),
        &TableName::new("t"),
        &shape,
        &["id".into()],
        &KeyRange::ALL,
    )
    .await?;
    assert_eq!(batches.len(), 1);
    let batch = &batches[0];
    let found: Vec<(usize, usize, Value)> = batch
        .exceptions()
        .iter()
        .map(|exception| (exception.row, exception.column, exception.value.clone()))
        .collect();
    let text = |text: &str| Value::Text(text.into());
    let expected = [
        (1, 1, text("five")),
        (1, 2, text("2024-02-30")),
        (1, 3, Value::Integer(2)),
        (1, 4, Value::Float(1.255)),
        (1, 5, Value::Bytes(vec![0xff])),
        (1, 6, text("text")),
        (1, 7, text("half")),
        (2, 1, Value::Float(5.5)),
        (2, 2, Value::Integer(20_240_229)),
        (2, 3, text("yes")),
        (2, 4, Value::Integer(1000)),
        (2, 5, Value::MalformedText(vec![0xc3, 0x28])),
        (2, 6, Value::Integer(7)),
        (2, 7, Value::Bytes(vec![1])),
    ];
    assert_eq!(found, expected);
    for (row, column, value) in expected {
        assert_eq!(batch.value(row, column), value);
        assert_eq!(batch.exception(row, column), Some(&value));
    }
    assert_eq!(
        batch.values(0, &[1, 2, 3, 4]),
        [
            Value::Integer(5),
            text("2024-02-29"),
            Value::Boolean(true),
            text("1.25")
        ]
    );
    assert!(
        (0..8)
            .skip(1)
            .all(|column| batch.value(3, column) == Value::Null
                && batch.exception(3, column).is_none()),
        "nulls are no exceptions"
    );
    Ok(())
}
