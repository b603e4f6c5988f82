//! Names as people give them, through everything that puts a name into a statement.

use anyhow::{Context as _, Result, ensure};
use limosa_database::Book;
use limosa_model::{
    ColumnType, ForeignKey, Index, IndexColumn, KeyRange, ReferentialAction, Value,
};

use super::place::{Place, define, take_lease};
use super::rows::{Cell, batch, column, expect_same, load, scan_all, table, text};

const ODD: [&str; 11] = [
    "double \"quote\"",
    "single 'quote'",
    "back`tick",
    "two words",
    "select",
    "a.b",
    "Ünï 表",
    "semi;colon -- /*",
    "MixedCase",
    "$1 ?1 :a %s {}",
    "back\\slash",
];

pub(super) async fn odd_names_work_everywhere(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let dialect = database.dialect();
    for name in ODD {
        let id = column(database, name, ColumnType::Integer { bytes: 8 }, 1)
            .map_err(anyhow::Error::msg)?;
        let other = column(
            database,
            &format!("{name} 2"),
            ColumnType::Integer { bytes: 8 },
            1,
        )
        .map_err(anyhow::Error::msg)?;
        let words = column(database, &format!("{name} 3"), ColumnType::TEXT, 0)
            .map_err(anyhow::Error::msg)?;
        let mut plan = table(name, vec![id, other, words], &[name]);
        plan.indexes.push(Index {
            name: format!("{name} index"),
            columns: vec![IndexColumn {
                name: format!("{name} 2"),
                descending: false,
            }],
            unique: true,
            predicate: None,
            inline: false,
            definition: None,
        });
        plan.foreign_keys.push(ForeignKey {
            name: format!("{name} key"),
            columns: vec![format!("{name} 2")],
            parent: plan.target.clone(),
            parent_columns: vec![name.to_owned()],
            on_delete: ReferentialAction::Cascade,
            on_update: ReferentialAction::NoAction,
        });
        ensure!(!database.has_table(name).await?, "{name}");
        Book::of(database).will_create(&plan.target).await?;
        define(database, &[&dialect.create_table(&plan)]).await?;
        ensure!(database.has_table(name).await?, "{name}");
        let rows = batch(
            &plan,
            &[
                vec![Cell::Whole(1), Cell::Whole(2), text("one")],
                vec![Cell::Whole(2), Cell::Whole(1), Cell::Null],
            ],
        )?;
        load(database, &lease, &plan, KeyRange::ALL, &rows)
            .await
            .with_context(|| name.to_owned())?;
        for definition in dialect.create_indexes(&plan) {
            define(database, &[&definition.sql]).await?;
        }
        if let Some(sql) = dialect.add_foreign_key(&plan.target, &plan.foreign_keys[0], false) {
            define(database, &[&sql]).await?;
        }
        define(database, &[&dialect.analyze(&plan.target)]).await?;
        expect_same(&rows, &scan_all(database, &plan).await?).with_context(|| name.to_owned())?;
        let mut snapshot = database.snapshot().await?;
        ensure!(snapshot.count(&plan.target).await? == 2, "{name}");
        let shape = plan.carried_shape();
        let boundary = snapshot
            .boundary(&plan.target, &shape, &plan.key, &KeyRange::ALL, 2)
            .await?;
        ensure!(boundary.is_some(), "{name}");
        let fetched = snapshot
            .fetch(&plan.target, &shape, &plan.key, &[vec![Value::Integer(2)]])
            .await?;
        ensure!(
            fetched.iter().map(limosa_model::Batch::len).sum::<usize>() == 1,
            "{name}"
        );
    }
    let catalogue = database.catalogue().await?;
    ensure!(
        catalogue.tables.len() == ODD.len(),
        "{:?}",
        catalogue
            .tables
            .iter()
            .map(|table| &table.name)
            .collect::<Vec<_>>()
    );
    for name in ODD {
        let found = catalogue
            .tables
            .iter()
            .find(|table| table.name.name() == name)
            .with_context(|| name.to_owned())?;
        assert_eq!(
            found
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect::<Vec<_>>(),
            [name.to_owned(), format!("{name} 2"), format!("{name} 3")]
        );
        assert_eq!(found.primary_key, [name]);
        ensure!(
            found
                .indexes
                .iter()
                .any(|index| index.name == format!("{name} index") && index.unique),
            "{name}: {:?}",
            found.indexes
        );
        assert_eq!(found.foreign_keys.len(), 1, "{name}");
        assert_eq!(found.foreign_keys[0].parent.name(), name);
        assert_eq!(found.foreign_keys[0].columns, [format!("{name} 2")]);
        assert_eq!(found.foreign_keys[0].parent_columns, [name]);
    }
    let entries = Book::of(database).entries().await?;
    let created = Book::of(database).created().await?;
    for name in ODD {
        ensure!(
            entries.iter().any(|entry| entry.table.name() == name)
                && created.iter().any(|table| table.name() == name),
            "{name}"
        );
    }
    define(
        database,
        &dialect
            .drop_tables(&created)
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    )
    .await?;
    ensure!(database.catalogue().await?.tables.is_empty(), "all dropped");
    Ok(())
}

pub(super) async fn numbering_goes_on(place: &Place) -> Result<()> {
    let database = place.target().await?;
    let database = database.as_ref();
    let lease = take_lease(database).await?;
    let dialect = database.dialect();
    for (name, ids, expected) in [
        ("it's \"full\"", &[0, 3, 41][..], 42),
        ("empty", &[][..], 1),
        ("negative", &[-5][..], 1),
    ] {
        let mut id = column(database, "the \"id\"", ColumnType::Integer { bytes: 8 }, 1)
            .map_err(anyhow::Error::msg)?;
        id.identity = true;
        let words = column(database, "words", ColumnType::TEXT, 0).map_err(anyhow::Error::msg)?;
        let plan = table(name, vec![id, words], &["the \"id\""]);
        define(database, &[&dialect.create_table(&plan)]).await?;
        let rows: Vec<Vec<Cell>> = ids
            .iter()
            .map(|&id| vec![Cell::Whole(id), Cell::Null])
            .collect();
        let rows = batch(&plan, &rows)?;
        load(database, &lease, &plan, KeyRange::ALL, &rows).await?;
        for definition in dialect.create_indexes(&plan) {
            define(database, &[&definition.sql]).await?;
        }
        for sql in dialect.restart_identity(&plan) {
            define(database, &[&sql]).await?;
        }
        expect_same(&rows, &scan_all(database, &plan).await?)?;
        let name = dialect.table(&plan.target);
        define(
            database,
            &[&format!("INSERT INTO {name} (words) VALUES ('new')")],
        )
        .await?;
        let sql = format!(
            "SELECT {} FROM {name} WHERE words IS NOT NULL",
            dialect.quote("the \"id\"")
        );
        let found = database.session().await?.rows(&sql, &[]).await?;
        // SQLite counts on from whatever is largest.
        let expected = if ids == [-5] && place.engine == limosa_model::Engine::Sqlite {
            -4
        } else {
            expected
        };
        assert_eq!(found, [[Value::Integer(expected)]]);
    }
    Ok(())
}
