//! No other table than the bound one, and no other column: through WITHs, joins, subqueries and names that look alike.

use super::{EVERY, MYSQL, POSTGRES, SQLITE, refused};

#[test]
fn only_the_bound_table() {
    for (engines, sql) in [
        (&EVERY[..], "SELECT 1 AS x FROM users"),
        (&EVERY, "SELECT 1 AS x FROM {table}, users"),
        (&EVERY, "SELECT 1 AS x FROM {table} JOIN users ON 1 = 1"),
        (
            &EVERY,
            "SELECT {name} FROM {table} WHERE {name} IN (SELECT 1 FROM users)",
        ),
        (&EVERY, "SELECT (SELECT 1 FROM users) AS x FROM {table}"),
        (&EVERY, "SELECT 1 AS x UNION SELECT 1 FROM users"),
        (
            &EVERY,
            "WITH x AS (SELECT 1 AS a FROM users) SELECT a FROM x",
        ),
        // A WITH is seen where the engine sees it, and nowhere else.
        (
            &EVERY,
            "WITH users AS (SELECT 1 AS a FROM users) SELECT a FROM users",
        ),
        (
            &EVERY,
            "SELECT 1 AS x FROM (WITH users AS (SELECT 1 AS a) SELECT a FROM users) AS d, users",
        ),
        (
            &EVERY,
            "WITH x AS (SELECT 1 AS a FROM later), later AS (SELECT 1 AS b) SELECT a FROM x",
        ),
        (
            &EVERY,
            "WITH patients AS (SELECT 1 AS secret) SELECT secret FROM {table}",
        ),
        (&EVERY, "SELECT 1 AS x FROM other.patients"),
        (
            POSTGRES,
            "WITH pg_authid AS (SELECT 1 AS a) SELECT a FROM pg_authid",
        ),
        (POSTGRES, "SELECT 1 AS x FROM pg_catalog.pg_authid"),
        (POSTGRES, "SELECT 1 AS x FROM \"Patients\""),
        (
            POSTGRES,
            "WITH \"USERS\" AS (SELECT 1 AS a) SELECT a FROM USERS",
        ),
        (POSTGRES, "SELECT 1 AS x FROM ONLY users"),
        (POSTGRES, "SELECT x FROM generate_series(1, 100000000) AS x"),
        (POSTGRES, "SELECT 1 AS x FROM pg_ls_dir('/') AS x"),
        (
            POSTGRES,
            "SELECT 1 AS x FROM ROWS FROM (pg_ls_dir('/')) AS x",
        ),
        (POSTGRES, "SELECT 1 AS x FROM unnest('{a}'::text[]) AS x"),
        (
            POSTGRES,
            "SELECT 1 AS x FROM {table} AS p, LATERAL (SELECT p.{name}) AS q",
        ),
        (
            POSTGRES,
            "SELECT 1 AS x FROM {table} AS p, LATERAL pg_sleep(1)",
        ),
        (
            POSTGRES,
            "SELECT 1 AS x FROM XMLTABLE('/' PASSING 'x' COLUMNS a text)",
        ),
        (MYSQL, "SELECT 1 AS x FROM dual"),
        (MYSQL, "SELECT 1 AS x FROM mysql.user"),
        (MYSQL, "WITH Users AS (SELECT 1 AS a) SELECT a FROM users"),
        (
            MYSQL,
            "SELECT 1 AS x FROM JSON_TABLE('[1]', '$' COLUMNS (a INT PATH '$')) AS j",
        ),
        (SQLITE, "SELECT name FROM pragma_table_info('users')"),
        (SQLITE, "SELECT name FROM sqlite_master"),
        (SQLITE, "SELECT 1 AS x FROM json_each('[1]')"),
        (SQLITE, "SELECT {name} FROM {table} INDEXED BY i"),
    ] {
        refused(engines, sql, "");
    }
    refused(
        &EVERY,
        "SELECT 1 AS x FROM users",
        "it reads `users`, and a probe reads the table of its binding",
    );
}

/// `secret` is a column of the table that is not bound.
#[test]
fn only_the_bound_columns() {
    for (engines, sql) in [
        (&EVERY[..], "SELECT secret FROM {table}"),
        (&EVERY, "SELECT * FROM {table}"),
        (&EVERY, "SELECT p.* FROM {table} AS p"),
        (&EVERY, "SELECT {table}.* FROM {table}"),
        (&EVERY, "SELECT p.secret FROM {table} AS p"),
        (&EVERY, "SELECT {table}.secret FROM {table}"),
        (&EVERY, "SELECT 1 AS x FROM {table} WHERE secret = 'x'"),
        (&EVERY, "SELECT COUNT(secret) AS n FROM {table}"),
        (&EVERY, "SELECT {name} FROM {table} ORDER BY secret"),
        (&EVERY, "SELECT 1 AS secret FROM {table} GROUP BY secret"),
        (&EVERY, "SELECT 1 AS secret FROM {table} HAVING secret > 1"),
        (&EVERY, "SELECT secret AS a, 1 AS secret FROM {table}"),
        (
            &EVERY,
            "SELECT (SELECT secret FROM {table}) AS a FROM (SELECT 1 AS secret) AS d",
        ),
        (&EVERY, "SELECT (SELECT secret) AS a FROM {table}"),
        (
            &EVERY,
            "SELECT 1 AS x FROM {table} AS a JOIN {table} AS b USING (secret)",
        ),
        (
            &EVERY,
            "SELECT 1 AS x FROM {table} JOIN (SELECT 1 AS secret) AS d USING (secret)",
        ),
        (
            &EVERY,
            "SELECT 1 AS x FROM {table} AS a NATURAL JOIN {table} AS b",
        ),
        // What a join is on does not see the next place, and so looks outside.
        (
            &EVERY,
            "SELECT (SELECT 1 FROM (SELECT 1 AS a) AS p JOIN (SELECT 1 AS b) AS q ON secret = 1, (SELECT 1 AS secret) AS r) AS x FROM {table}",
        ),
        (
            &EVERY,
            "SELECT (SELECT 1 FROM (SELECT 1 AS secret) AS x JOIN ((SELECT 1 AS a) AS p JOIN (SELECT 1 AS b) AS q ON secret = 1) ON 1 = 1) AS x FROM {table}",
        ),
        (&EVERY, "SELECT patients FROM {table}"),
        (&EVERY, "SELECT p FROM {table} AS p"),
        (&EVERY, "SELECT COUNT(DISTINCT p) AS n FROM {table} AS p"),
        (
            &EVERY,
            "WITH x AS (SELECT * FROM {table}) SELECT secret FROM x",
        ),
        (
            &EVERY,
            "WITH x AS (SELECT {name} FROM {table}) SELECT secret FROM x",
        ),
        (
            &EVERY,
            "SELECT d.* FROM (SELECT 1 AS a) AS patients, {table}",
        ),
        (POSTGRES, "SELECT p.row_to_json FROM {table} AS p"),
        (POSTGRES, "SELECT d.row_to_json FROM (SELECT 1 AS a) AS d"),
        (POSTGRES, "SELECT (p).secret FROM {table} AS p"),
        (POSTGRES, "SELECT (p.*)::text FROM {table} AS p"),
        (POSTGRES, "SELECT p.ctid, xmin FROM {table} AS p"),
        (POSTGRES, "SELECT a FROM {table} AS p (a, b, c, d)"),
        (POSTGRES, "SELECT \"Name\" FROM {table}"),
        (
            MYSQL,
            "SELECT P.secret FROM {table} AS a, (SELECT 1 AS secret) AS p",
        ),
        (SQLITE, "SELECT rowid FROM {table}"),
        (
            SQLITE,
            "SELECT patients.* FROM (SELECT 1 AS x) AS patients, {table}",
        ),
    ] {
        refused(engines, sql, "");
    }
    refused(
        &EVERY,
        "SELECT secret FROM {table}",
        "name a column as {ROLE}",
    );
}
