//! What a catalogue says of tables that were made by hand, in each engine's SQL.

use anyhow::{Context as _, Result, ensure};
use limosa_model::{
    Catalogue, ColumnDefault, ColumnType, Engine, ForeignKey, ReferentialAction, Table, TableName,
    Value, canonical_number,
};

use super::place::{Place, define, take_lease};

async fn made(place: &Place, statements: &[&str]) -> Result<Catalogue> {
    let database = place.target().await?;
    // The books are there and must not be seen.
    take_lease(database.as_ref()).await?;
    define(database.as_ref(), statements).await?;
    Ok(place.source().await?.catalogue().await?)
}

fn table<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Table> {
    catalogue
        .table(&TableName::new(name))
        .with_context(|| format!("no table {name}"))
}

pub(super) async fn tables_and_columns(place: &Place) -> Result<()> {
    let (bytes, instant) = match place.engine {
        Engine::Sqlite => ("BLOB", "DATETIME"),
        Engine::Postgres => ("bytea", "timestamp"),
        Engine::Mysql => ("longblob", "datetime(6)"),
    };
    let create = format!(
        "CREATE TABLE t (a INTEGER NOT NULL, b SMALLINT, c BIGINT, d DECIMAL(12,2) NOT NULL, e VARCHAR(20), f CHAR(3), \
         g DOUBLE PRECISION, h REAL, i DATE, j TIME, k {instant}, l {bytes} NOT NULL, m DECIMAL(38,0))"
    );
    let catalogue = made(
        place,
        &[
            &create,
            "CREATE TABLE another (a INTEGER)",
            "INSERT INTO another VALUES (1), (NULL)",
        ],
    )
    .await?;
    let names: Vec<String> = catalogue
        .tables
        .iter()
        .map(|table| table.name.to_string())
        .collect();
    assert_eq!(
        names,
        ["another", "t"],
        "ordered by name, without the books"
    );
    // SQLite keeps no count: the census makes it.
    let rows = if place.engine == Engine::Sqlite { 0 } else { 2 };
    assert_eq!(table(&catalogue, "another")?.estimated_rows, rows);
    let t = table(&catalogue, "t")?;
    let nullable: String = t
        .columns
        .iter()
        .filter(|column| column.nullable)
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(nullable, "bcefghijkm");
    let lax = place.engine == Engine::Sqlite;
    let integer = |bytes| ColumnType::Integer {
        bytes: if lax { 8 } else { bytes },
    };
    let text = |length, padded| {
        if lax {
            ColumnType::TEXT
        } else {
            ColumnType::Text {
                length: Some(length),
                padded,
            }
        }
    };
    let expected = [
        integer(4),
        integer(2),
        integer(8),
        ColumnType::Decimal {
            precision: 12,
            scale: 2,
        },
        text(20, false),
        // MySQL stores it without its padding.
        text(3, place.engine == Engine::Postgres),
        ColumnType::Float { bytes: 8 },
        // REAL is a double to MySQL.
        ColumnType::Float {
            bytes: if place.engine == Engine::Postgres {
                4
            } else {
                8
            },
        },
        ColumnType::Date,
        ColumnType::Time,
        ColumnType::Timestamp { zoned: false },
        ColumnType::BYTES,
        ColumnType::Decimal {
            precision: 38,
            scale: 0,
        },
    ];
    let found: Vec<ColumnType> = t
        .columns
        .iter()
        .map(|column| column.column_type.clone())
        .collect();
    assert_eq!(found, expected);
    assert!(t.primary_key.is_empty() && t.key().is_none());
    Ok(())
}

/// A default as anybody would understand it, whichever way an engine puts it.
fn meaning(default: Option<&ColumnDefault>) -> String {
    match default {
        None => "none".into(),
        Some(ColumnDefault::Literal(Value::Boolean(truth))) => i32::from(*truth).to_string(),
        Some(ColumnDefault::Literal(Value::Text(text))) => {
            canonical_number(text).unwrap_or_else(|| format!("'{text}'"))
        }
        Some(ColumnDefault::Literal(Value::Null)) => "null".into(),
        Some(ColumnDefault::Literal(value)) => value.to_string(),
        Some(ColumnDefault::Now(_)) => "now".into(),
        Some(ColumnDefault::Today(_)) => "today".into(),
        Some(ColumnDefault::TimeOfDay(_)) => "time".into(),
        Some(ColumnDefault::UnixTime) => "seconds".into(),
        Some(ColumnDefault::JulianDay) => "julian day".into(),
        Some(ColumnDefault::NewUuid) => "uuid".into(),
        Some(ColumnDefault::Expression(_)) => "expression".into(),
    }
}

pub(super) async fn defaults_by_meaning(place: &Place) -> Result<()> {
    let (instant, today, upper) = match place.engine {
        Engine::Sqlite => ("DATETIME", "CURRENT_DATE", "upper('x')"),
        Engine::Postgres => ("timestamp", "CURRENT_DATE", "upper('x')"),
        Engine::Mysql => ("datetime", "(CURRENT_DATE)", "upper('x')"),
    };
    let cases: &[(&str, &str, &str)] = &[
        ("VARCHAR(20)", "'plain'", "'plain'"),
        ("VARCHAR(20)", "'it''s'", "'it's'"),
        ("VARCHAR(20)", "''", "''"),
        ("VARCHAR(20)", "'NULL'", "'NULL'"),
        ("VARCHAR(20)", "'current_timestamp'", "'current_timestamp'"),
        ("VARCHAR(20)", "'a \"b\" (c) -- d'", "'a \"b\" (c) -- d'"),
        ("VARCHAR(20)", "'ünï 表'", "'ünï 表'"),
        ("VARCHAR(20)", "NULL", "null"),
        ("INTEGER", "-7", "-7"),
        ("INTEGER", "0", "0"),
        ("BIGINT", "9223372036854775807", "9223372036854775807"),
        ("DECIMAL(10,2)", "1.50", "1.5"),
        ("DECIMAL(10,2)", "-0.25", "-0.25"),
        ("BOOLEAN", "TRUE", "1"),
        ("BOOLEAN", "FALSE", "0"),
        ("DATE", "'2024-02-29'", "'2024-02-29'"),
        (instant, "'2024-02-29 10:00:00'", "'2024-02-29 10:00:00'"),
        (instant, "CURRENT_TIMESTAMP", "now"),
        ("DATE", today, "today"),
        ("VARCHAR(20)", upper, "expression"),
    ];
    let mut columns: Vec<String> = (0..)
        .zip(cases)
        .map(|(at, (kind, default, _)): (usize, _)| {
            let default = if *default == upper {
                format!("({upper})")
            } else {
                (*default).to_owned()
            };
            format!("c{at} {kind} DEFAULT {default}")
        })
        .collect();
    columns.push("without VARCHAR(5)".into());
    columns.push("required VARCHAR(5) NOT NULL".into());
    let catalogue = made(
        place,
        &[&format!("CREATE TABLE t ({})", columns.join(", "))],
    )
    .await?;
    let t = table(&catalogue, "t")?;
    let mut problems = Vec::new();
    for (column, (kind, default, expected)) in t.columns.iter().zip(cases) {
        let found = meaning(column.default.as_ref());
        // A default of null is no default.
        if found != *expected && (found.as_str(), *expected) != ("none", "null") {
            problems.push(format!(
                "{kind} DEFAULT {default} is read as {found}: {:?}",
                column.default
            ));
        }
    }
    for name in ["without", "required"] {
        let found = meaning(t.column(name).context("the column")?.default.as_ref());
        if found != "none" && (name, found.as_str()) != ("without", "null") {
            problems.push(format!("{name} has no default, and is read as {found}"));
        }
    }
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

pub(super) async fn keys_and_indexes(place: &Place) -> Result<()> {
    let catalogue = made(
        place,
        &[
            "CREATE TABLE single (id INTEGER NOT NULL PRIMARY KEY, code VARCHAR(20) NOT NULL, note VARCHAR(20), amount DECIMAL(10,2))",
            "CREATE UNIQUE INDEX single_code ON single (code)",
            "CREATE INDEX single_note ON single (note, amount DESC)",
            "CREATE TABLE composite (a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, c DATE NOT NULL, PRIMARY KEY (c, a, b))",
            "CREATE TABLE bare (a INTEGER, b INTEGER NOT NULL)",
            "CREATE UNIQUE INDEX bare_b ON bare (b)",
            "CREATE TABLE loose (a INTEGER)",
            "CREATE UNIQUE INDEX loose_a ON loose (a)",
            "CREATE TABLE inline (a INTEGER NOT NULL PRIMARY KEY, b VARCHAR(9) NOT NULL, UNIQUE (b, a))",
        ],
    )
    .await?;
    let key = |name: &str| {
        Ok::<_, anyhow::Error>((
            table(&catalogue, name)?.primary_key.clone(),
            table(&catalogue, name)?.key(),
        ))
    };
    let owned = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(key("single")?, (owned(&["id"]), Some(owned(&["id"]))));
    assert_eq!(
        key("composite")?,
        (owned(&["c", "a", "b"]), Some(owned(&["c", "a", "b"])))
    );
    assert_eq!(
        key("bare")?,
        (vec![], Some(owned(&["b"]))),
        "a unique index serves as the key"
    );
    assert_eq!(key("loose")?, (vec![], None), "nulls are not told apart");
    let indexes = |name: &str| {
        let list = table(&catalogue, name)?.indexes.iter().map(|index| {
            let columns: Vec<String> = index
                .columns
                .iter()
                .map(|column| {
                    format!(
                        "{}{}",
                        column.name,
                        if column.descending { " desc" } else { "" }
                    )
                })
                .collect();
            (index.name.clone(), columns.join(", "), index.unique)
        });
        Ok::<_, anyhow::Error>(list.collect::<Vec<_>>())
    };
    assert_eq!(
        indexes("single")?,
        [
            ("single_code".into(), "code".into(), true),
            ("single_note".into(), "note, amount desc".into(), false)
        ]
    );
    assert_eq!(indexes("composite")?, []);
    let inline = indexes("inline")?;
    ensure!(
        matches!(inline.as_slice(), [(_, columns, true)] if columns == "b, a"),
        "{inline:?}"
    );
    Ok(())
}

pub(super) async fn foreign_keys(place: &Place) -> Result<()> {
    let catalogue = made(
        place,
        &[
            "CREATE TABLE parent (a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, PRIMARY KEY (b, a))",
            "CREATE TABLE child (id INTEGER NOT NULL PRIMARY KEY, pa INTEGER, pb VARCHAR(20), boss INTEGER, \
             CONSTRAINT child_parent FOREIGN KEY (pb, pa) REFERENCES parent (b, a) ON DELETE CASCADE ON UPDATE RESTRICT, \
             CONSTRAINT child_boss FOREIGN KEY (boss) REFERENCES child (id) ON DELETE SET NULL ON UPDATE CASCADE)",
        ],
    )
    .await?;
    let mut found = table(&catalogue, "child")?.foreign_keys.clone();
    found.sort_by(|a, b| a.columns.cmp(&b.columns));
    let names = match place.engine {
        // SQLite's catalogue does not tell the names of constraints.
        Engine::Sqlite => ["child_boss_fkey", "child_pb_pa_fkey"],
        Engine::Postgres | Engine::Mysql => ["child_boss", "child_parent"],
    };
    let expected = [
        ForeignKey {
            name: names[0].into(),
            columns: vec!["boss".into()],
            parent: TableName::new("child"),
            parent_columns: vec!["id".into()],
            on_delete: ReferentialAction::SetNull,
            on_update: ReferentialAction::Cascade,
        },
        ForeignKey {
            name: names[1].into(),
            columns: vec!["pb".into(), "pa".into()],
            parent: TableName::new("parent"),
            parent_columns: vec!["b".into(), "a".into()],
            on_delete: ReferentialAction::Cascade,
            on_update: ReferentialAction::Restrict,
        },
    ];
    assert_eq!(found, expected);
    Ok(())
}

pub(super) async fn what_is_not_carried(place: &Place) -> Result<()> {
    let trigger: &[&str] = match place.engine {
        Engine::Sqlite => &["CREATE TRIGGER watch AFTER INSERT ON t BEGIN SELECT 1; END"],
        Engine::Postgres => &[
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            "CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nothing()",
        ],
        Engine::Mysql => {
            &["CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a"]
        }
    };
    let mut statements = vec![
        "CREATE TABLE t (a INTEGER)",
        "CREATE VIEW seen AS SELECT a FROM t",
    ];
    statements.extend(trigger);
    let catalogue = made(place, &statements).await?;
    assert_eq!(catalogue.tables.len(), 1, "a view is no table");
    let listed: Vec<(&str, &str)> = catalogue
        .not_carried
        .iter()
        .map(|item| (item.kind.as_str(), item.name.as_str()))
        .collect();
    for expected in [("view", "seen"), ("trigger", "watch")] {
        assert!(listed.contains(&expected), "{listed:?}");
    }
    assert!(
        catalogue
            .not_carried
            .iter()
            .all(|item| !item.reason.is_empty())
    );
    Ok(())
}
