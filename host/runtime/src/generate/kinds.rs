//! The types of each engine, each with the sort of values that it holds.

use limosa_model::Engine;

/// What the values of a column are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    /// Whole numbers between two.
    Integer(i128, i128),
    /// True and false.
    Boolean,
    /// Floats of four bytes.
    Single,
    /// Floats of eight bytes.
    Double,
    /// Decimals with so many digits before and after the point.
    Decimal(usize, usize),
    /// Texts of at most so many characters.
    Text(usize),
    /// Exactly or at most so many bytes.
    Bytes(usize),
    /// Days, times of day, moments with so many digits of a second.
    Date,
    /// A time of day.
    Time(usize),
    /// Day and time.
    Moment(usize),
    /// UUIDs.
    Uuid,
    /// JSON.
    Json,
    /// One of these literals.
    OneOf(&'static [&'static str]),
    /// A value of any sort: SQLite minds none.
    Anything,
}

/// A type as the engine writes it, and its values; `nasty`: only one engine knows it, or it means little there.
pub(super) struct Kind {
    pub(super) declared: &'static str,
    pub(super) sort: Sort,
    pub(super) nasty: bool,
}

const fn plain(declared: &'static str, sort: Sort) -> Kind {
    Kind {
        declared,
        sort,
        nasty: false,
    }
}

const fn nasty(declared: &'static str, sort: Sort) -> Kind {
    Kind {
        declared,
        sort,
        nasty: true,
    }
}

const EIGHT_BYTES: Sort = Sort::Integer(i64::MIN as i128, i64::MAX as i128);
const FOUR_BYTES: Sort = Sort::Integer(i32::MIN as i128, i32::MAX as i128);
const TWO_BYTES: Sort = Sort::Integer(i16::MIN as i128, i16::MAX as i128);

/// The types of an engine.
pub(super) fn kinds(engine: Engine) -> &'static [Kind] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
        Engine::Mysql => MYSQL,
    }
}

const SQLITE: &[Kind] = &[
    plain("INTEGER", EIGHT_BYTES),
    plain("TINYINT(1)", FOUR_BYTES),
    plain("BOOLEAN", Sort::Boolean),
    plain("REAL", Sort::Double),
    plain("DOUBLE PRECISION", Sort::Double),
    plain("NUMERIC(10,2)", Sort::Decimal(8, 2)),
    plain("DECIMAL_TEXT(38,10)", Sort::Decimal(28, 10)),
    plain("NUMERIC", Sort::Decimal(14, 6)),
    plain("TEXT", Sort::Text(4_000)),
    plain("VARCHAR(20)", Sort::Text(20)),
    plain("BLOB", Sort::Bytes(300)),
    plain("DATE", Sort::Date),
    plain("TIME", Sort::Time(6)),
    plain("DATETIME", Sort::Moment(6)),
    plain("JSON", Sort::Json),
    plain("UUID_TEXT", Sort::Uuid),
    nasty("", Sort::Anything),
    nasty("ANY_OLD_THING", Sort::Anything),
    nasty("INTEGER", Sort::Anything),
    nasty("TEXT", Sort::Anything),
    nasty("BOOLEAN", Sort::Integer(-1, 3)),
    nasty("DATE", Sort::Anything),
    nasty("DATETIME", Sort::Text(20)),
    nasty("DECIMAL(5,2)", Sort::Double),
    nasty("BIGINT UNSIGNED", EIGHT_BYTES),
];

const POSTGRES: &[Kind] = &[
    plain("smallint", TWO_BYTES),
    plain("integer", FOUR_BYTES),
    plain("bigint", EIGHT_BYTES),
    plain("boolean", Sort::Boolean),
    plain("real", Sort::Single),
    plain("double precision", Sort::Double),
    plain("numeric(10,2)", Sort::Decimal(8, 2)),
    plain("numeric(38,19)", Sort::Decimal(19, 19)),
    plain("numeric", Sort::Decimal(30, 20)),
    plain("text", Sort::Text(4_000)),
    plain("varchar(20)", Sort::Text(20)),
    plain("bytea", Sort::Bytes(300)),
    plain("date", Sort::Date),
    plain("time", Sort::Time(6)),
    plain("timestamp", Sort::Moment(6)),
    plain("timestamptz", Sort::Moment(6)),
    plain("uuid", Sort::Uuid),
    plain("json", Sort::Json),
    nasty("char(5)", Sort::Text(5)),
    nasty("numeric(70,35)", Sort::Decimal(35, 35)),
    nasty(
        "numeric(12,2)",
        Sort::OneOf(&["'NaN'", "1.5", "-0.01", "9999999999.99"]),
    ),
    nasty(
        "numeric",
        Sort::OneOf(&["'Infinity'", "1e120", "-1e-120", "1.500", "'NaN'"]),
    ),
    nasty(
        "date",
        Sort::OneOf(&[
            "'infinity'",
            "'-infinity'",
            "'0044-03-15 BC'",
            "'20000-01-01'",
            "'2024-02-29'",
        ]),
    ),
    nasty(
        "time",
        Sort::OneOf(&["'24:00:00'", "'00:00:00'", "'23:59:59.999999'"]),
    ),
    nasty(
        "timestamp",
        Sort::OneOf(&[
            "'infinity'",
            "'0001-01-01 00:00:00 BC'",
            "'294276-12-31 23:59:59.999999'",
            "'1969-12-31 23:59:59.999999'",
        ]),
    ),
    nasty("timestamp(3)", Sort::Moment(3)),
    nasty(
        "timetz",
        Sort::OneOf(&["'12:00:00+02'", "'23:59:59.999999-15:59'", "'00:00:00+00'"]),
    ),
    nasty("jsonb", Sort::Json),
    nasty(
        "interval",
        Sort::OneOf(&[
            "'1 year 2 mons'",
            "'-3 days'",
            "'838:59:59'",
            "'1.000001 seconds'",
            "'0'",
        ]),
    ),
    nasty(
        "inet",
        Sort::OneOf(&["'192.168.0.1'", "'10.0.0.0/8'", "'::1'", "'fe80::1/64'"]),
    ),
    nasty(
        "bit(8)",
        Sort::OneOf(&["B'10101010'", "B'00000000'", "B'11111111'"]),
    ),
    nasty("varbit", Sort::OneOf(&["B''", "B'1'", "B'0001'"])),
    nasty(
        "integer[]",
        Sort::OneOf(&["'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'[0:1]={7,8}'"]),
    ),
    nasty(
        "text[]",
        Sort::OneOf(&[
            "'{}'",
            "'{\"a,b\",\"\",NULL,\"null\"}'",
            "'{\"quo\\\"te\"}'",
        ]),
    ),
    nasty(
        "money",
        Sort::OneOf(&["'12.34'", "'-92233720368547758.08'", "0"]),
    ),
    nasty("int4range", Sort::OneOf(&["'empty'", "'[1,5)'", "'(,3]'"])),
    nasty("point", Sort::OneOf(&["'(0.1,-2)'", "'(1e300,5e-324)'"])),
    nasty("tsvector", Sort::OneOf(&["'a:1 fat:2 cat:3'", "''"])),
    nasty("macaddr", Sort::OneOf(&["'08:00:2b:01:02:03'"])),
    nasty("\"char\"", Sort::OneOf(&["'a'", "''"])),
    nasty("oid", Sort::Integer(0, u32::MAX as i128)),
];

const MYSQL: &[Kind] = &[
    plain("tinyint", Sort::Integer(-128, 127)),
    plain("smallint", TWO_BYTES),
    plain("int", FOUR_BYTES),
    plain("bigint", EIGHT_BYTES),
    plain("tinyint(1)", Sort::Integer(0, 1)),
    plain("float", Sort::Single),
    plain("double", Sort::Double),
    plain("decimal(10,2)", Sort::Decimal(8, 2)),
    plain("decimal(38,19)", Sort::Decimal(19, 19)),
    plain("varchar(20)", Sort::Text(20)),
    plain("longtext", Sort::Text(4_000)),
    plain("blob", Sort::Bytes(300)),
    plain("date", Sort::Date),
    plain("datetime(6)", Sort::Moment(6)),
    plain("time(6)", Sort::Time(6)),
    nasty("bigint unsigned", Sort::Integer(0, u64::MAX as i128)),
    nasty("int unsigned", Sort::Integer(0, u32::MAX as i128)),
    nasty("mediumint", Sort::Integer(-8_388_608, 8_388_607)),
    nasty("decimal(65,30)", Sort::Decimal(35, 30)),
    nasty("char(5)", Sort::Text(5)),
    nasty(
        "varchar(20) CHARACTER SET latin1",
        Sort::OneOf(&["'caf\u{e9}'", "''", "'a '", "'\u{fc}'"]),
    ),
    nasty("tinytext", Sort::Text(60)),
    nasty("binary(4)", Sort::Bytes(4)),
    nasty("varbinary(20)", Sort::Bytes(20)),
    nasty("year", Sort::OneOf(&["1901", "2155", "0", "2024"])),
    nasty("bit(1)", Sort::OneOf(&["b'0'", "b'1'"])),
    nasty(
        "bit(12)",
        Sort::OneOf(&["b'0'", "b'101'", "b'111111111111'"]),
    ),
    nasty(
        "bit(64)",
        Sort::OneOf(&["b'0'", "18446744073709551615", "1"]),
    ),
    nasty(
        "enum('small','large','it''s','')",
        Sort::OneOf(&["'small'", "'it''s'", "''", "'large'"]),
    ),
    nasty(
        "set('a','b','c')",
        Sort::OneOf(&["''", "'a'", "'a,c'", "'a,b,c'"]),
    ),
    nasty("json", Sort::Json),
    nasty("uuid", Sort::Uuid),
    nasty(
        "inet6",
        Sort::OneOf(&["'::1'", "'fe80::1'", "'::ffff:10.0.0.1'"]),
    ),
    nasty(
        "date",
        Sort::OneOf(&[
            "'0000-00-00'",
            "'2024-00-00'",
            "'2024-02-31'",
            "'1000-01-01'",
            "'9999-12-31'",
        ]),
    ),
    nasty(
        "datetime(3)",
        Sort::OneOf(&[
            "'0000-00-00 00:00:00'",
            "'2024-02-29 12:00:00.125'",
            "'0000-01-01 00:00:00'",
        ]),
    ),
    nasty(
        "timestamp(6) NULL",
        Sort::OneOf(&[
            "'1970-01-01 00:00:01'",
            "'2038-01-19 03:14:07.999999'",
            "'0000-00-00 00:00:00'",
        ]),
    ),
    nasty(
        "time",
        Sort::OneOf(&["'-838:59:59'", "'838:59:59'", "'24:00:00'", "'00:00:00'"]),
    ),
];
