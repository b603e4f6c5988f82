//! One conformance suite for every `Database`: the same tests on SQLite, PostgreSQL and MariaDB.
//!
//! A test is a function over a [`place::Place`], an empty database of one engine, in the module of its subject; it is
//! listed once in `tests_of!` and named once an engine. What engines may do differently stands in the tests as data.

mod catalogue;
mod names;
mod place;
mod rows;
mod types;

macro_rules! run {
    ($engine:expr; $($subject:ident: $($test:ident)*;)*) => {$(
        mod $subject {
            $(
                #[test]
                fn $test() -> anyhow::Result<()> {
                    let place = crate::conformance::place::Place::empty($engine)?;
                    limosa_tests::block_on(crate::conformance::$subject::$test(&place))
                }
            )*
        }
    )*};
}

macro_rules! tests_of {
    ($engine:expr) => {
        run! { $engine;
            catalogue: tables_and_columns defaults_by_meaning keys_and_indexes foreign_keys what_is_not_carried;
            names: odd_names_work_everywhere numbering_goes_on;
            types: every_type_arrives_exactly_or_not_at_all a_row_of_nulls own_types_are_copied text_with_a_nul;
        }
    };
}

mod sqlite {
    tests_of! { limosa_model::Engine::Sqlite }
}

mod postgres {
    tests_of! { limosa_model::Engine::Postgres }
}

mod mariadb {
    tests_of! { limosa_model::Engine::Mysql }
}
