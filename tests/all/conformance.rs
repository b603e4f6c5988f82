//! One conformance suite for every `Database`: the same tests on SQLite, PostgreSQL and MariaDB.
//!
//! A test is a function over a [`place::Place`], an empty database of one engine, in the module of its subject; it is
//! listed once in `tests_of!` and named once an engine. What engines may do differently stands in the tests as data.

mod catalogue;
mod claims;
mod edges;
mod exceptions;
mod failures;
mod keys;
mod leases;
mod names;
mod own;
mod place;
mod questions;
mod ranges;
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
            claims: a_chunk_is_loaded_once another_epoch_is_refused a_dropped_load_leaves_nothing rows_ledger_and_findings_commit_together
                a_refused_row_takes_the_chunk_with_it of_two_at_once_one_loads a_lease_lost_in_the_middle_commits_nothing
                a_takeover_ends_stuck_sessions;
            failures: connections_that_cannot_be statements_that_fail a_source_refuses_to_be_written locks_are_told;
            leases: a_lease_changes_hands_only_when_free of_two_hosts_at_once_one_gets_the_lease what_was_made_is_known books_go_without_a_trace;
            own: own_types_are_copied;
            questions: keys_are_looked_up probes_read probes_do_not_write probes_end_at_their_deadline;
            ranges: chunks_part_a_table bounds_need_no_rows rows_by_their_keys a_large_table_comes_in_batches a_snapshot_stands_still
                a_source_tells_whether_it_was_written;
            types: every_type_arrives_exactly_or_not_at_all a_row_of_nulls text_with_a_nul;
        }
    };
}

mod sqlite {
    tests_of! { limosa_model::Engine::Sqlite }
    run! { limosa_model::Engine::Sqlite; exceptions: values_of_another_class_are_exceptions; }
}

mod postgres {
    tests_of! { limosa_model::Engine::Postgres }
    run! { limosa_model::Engine::Postgres; exceptions: what_only_postgres_has; }
}

mod mariadb {
    tests_of! { limosa_model::Engine::Mysql }
    run! { limosa_model::Engine::Mysql; exceptions: what_only_mysql_has; }

    #[test]
    fn a_lax_server_alters_nothing() -> anyhow::Result<()> {
        let lax = limosa_tests::Options::default().setting("sql_mode", "");
        let place = crate::conformance::place::Place::with(limosa_model::Engine::Mysql, lax)?;
        limosa_tests::block_on(crate::conformance::failures::a_lax_server_alters_nothing(
            &place,
        ))
    }
}
