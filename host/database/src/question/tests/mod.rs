//! What is asked and what is not: statements as a probe's author writes them, and as somebody does who means harm.

mod bounds;

use limosa_model::{Engine, TableName};

use super::Bounds;

const EVERY: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mysql];

/// Bound to `name` and `born` of `patients`, which has more columns.
fn admit(engine: Engine, sql: &str) -> Result<(), String> {
    let bounds = Bounds {
        engine,
        table: TableName::new("patients"),
        columns: vec!["name".into(), "born".into()],
    };
    let quote = match engine {
        Engine::Mysql => "`",
        Engine::Sqlite | Engine::Postgres => "\"",
    };
    let filled = |name: &str| format!("{quote}{name}{quote}");
    let sql = sql
        .replace("{table}", &filled("patients"))
        .replace("{name}", &filled("name"))
        .replace("{born}", &filled("born"));
    bounds.admit(&sql)
}

fn taken(engines: &[Engine], sql: &str) {
    for engine in engines {
        if let Err(reason) = admit(*engine, sql) {
            panic!("{engine:?} {sql}\n{reason}");
        }
    }
}

fn refused(engines: &[Engine], sql: &str, reason: &str) {
    for engine in engines {
        match admit(*engine, sql) {
            Ok(()) => panic!("{engine:?} took {sql}"),
            Err(said) => assert!(said.contains(reason), "{engine:?} {sql}\n{said}"),
        }
    }
}

const SQLITE: &[Engine] = &[Engine::Sqlite];
const POSTGRES: &[Engine] = &[Engine::Postgres];
const MYSQL: &[Engine] = &[Engine::Mysql];

#[test]
fn questions_are_taken() {
    for sql in [
        "SELECT COUNT(*) AS n FROM {table}",
        "SELECT {name}, COUNT(*) AS occurrences FROM {table} WHERE {name} IS NOT NULL GROUP BY {name} HAVING COUNT(*) > 1 ORDER BY occurrences DESC, {name} LIMIT 100",
        "SELECT COALESCE(SUM(n - 1), 0) AS surplus FROM (SELECT COUNT(*) AS n FROM {table} GROUP BY {name}) AS counted",
        "WITH counted AS (SELECT {name} AS called, COUNT(*) AS n FROM {table} GROUP BY {name}) SELECT called, n FROM counted WHERE n > 1 ORDER BY n",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n",
        "SELECT a.{name} FROM {table} AS a JOIN {table} AS b ON a.{name} = b.{name} AND a.{born} < b.{born}",
        "SELECT {table}.{name} FROM {table}",
        "SELECT {name} FROM {table} AS p WHERE EXISTS (SELECT 1 FROM {table} AS q WHERE q.{born} > p.{born})",
        "SELECT {name} FROM {table} UNION ALL SELECT 'it''s' ORDER BY 1 LIMIT 5 OFFSET 2",
        "SELECT CASE WHEN {born} < '1900-01-01' THEN 'old' ELSE LOWER(TRIM({name})) END AS kind FROM {table} WHERE {name} LIKE 'a%' AND {born} BETWEEN '1900-01-01' AND '2000-01-01' OR {name} IN ('x', 'y')",
        "SELECT * FROM (SELECT {name}, ROW_NUMBER() OVER (PARTITION BY {name} ORDER BY {born} DESC) AS place FROM {table}) AS placed WHERE place > 1",
        "SELECT d.* FROM (SELECT {name} FROM {table}) AS d",
        "SELECT 1 AS n",
    ] {
        taken(&EVERY, sql);
    }
    taken(
        POSTGRES,
        "SELECT {born}::text, CAST({name} AS VARCHAR(5)) FROM {table} WHERE {name} ~ '^a' AND EXTRACT(year FROM {born}) > 1900",
    );
    taken(
        POSTGRES,
        "SELECT DISTINCT ON ({name}) {name}, pg_catalog.lower({name}) FROM {table} ORDER BY {name}, {born}",
    );
    taken(
        POSTGRES,
        "SELECT count(*) FILTER (WHERE {name} IS NULL) AS n FROM {table}",
    );
    taken(
        POSTGRES,
        "SELECT x FROM (VALUES (1), (2)) AS v (x) WHERE x > 1",
    );
    taken(
        MYSQL,
        "SELECT CAST(COUNT(*) AS SIGNED) AS n, YEAR({born}) FROM {table} WHERE {name} REGEXP '^a' AND {born} <=> NULL",
    );
    taken(
        SQLITE,
        "SELECT typeof({name}), CAST({born} AS INTEGER) FROM {table} WHERE julianday({born}) > 5",
    );
}

#[test]
fn one_statement_that_reads() {
    for (sql, reason) in [
        ("DELETE FROM {table}", "it is no query"),
        ("UPDATE {table} SET {name} = 'x'", "it is no query"),
        ("INSERT INTO {table} VALUES (1)", "it is no query"),
        ("DROP TABLE {table}", "it is no query"),
        ("SELECT 1; DELETE FROM {table}", "`;`"),
        ("SELECT 1;", "`;`"),
        ("COMMIT", "it is no query"),
        ("", "not one statement"),
        ("SELECT 1 SELECT 2", ""),
        ("EXPLAIN SELECT 1", "it is no query"),
        ("SET x = 1", ""),
        ("CREATE TABLE x AS SELECT 1", "it is no query"),
    ] {
        refused(&EVERY, sql, reason);
    }
    refused(
        POSTGRES,
        "EXPLAIN ANALYZE DELETE FROM {table}",
        "it is no query",
    );
    refused(POSTGRES, "COPY {table} TO PROGRAM 'sh'", "");
    refused(POSTGRES, "DO 'BEGIN END'", "");
    refused(POSTGRES, "SELECT {name} INTO stolen FROM {table}", "INTO");
    refused(POSTGRES, "TABLE {table}", "");
    refused(POSTGRES, "TABLE pg_authid", "");
    refused(
        POSTGRES,
        "WITH gone AS (DELETE FROM {table} RETURNING {name}) SELECT 1",
        "it writes",
    );
    refused(
        POSTGRES,
        "WITH x AS (UPDATE {table} SET {name} = 'x' RETURNING 1) SELECT 1",
        "it writes",
    );
    refused(
        POSTGRES,
        "WITH x AS (INSERT INTO {table} VALUES (1) RETURNING 1) SELECT 1",
        "it writes",
    );
    refused(POSTGRES, "SELECT {name} FROM {table} FOR UPDATE", "locks");
    refused(POSTGRES, "SELECT {name} FROM {table} FOR SHARE", "locks");
    refused(
        POSTGRES,
        "SELECT 1 FROM (SELECT {name} FROM {table} FOR UPDATE) AS x",
        "locks",
    );
    refused(POSTGRES, "SELECT {name} FROM {table} FOR NO KEY UPDATE", "");
    refused(POSTGRES, "EXECUTE something", "");
    refused(POSTGRES, "FETCH ALL FROM cursor", "");
    refused(POSTGRES, "LOCK TABLE {table}", "");
    refused(
        POSTGRES,
        "SELECT {name} FROM {table} TABLESAMPLE SYSTEM (10)",
        "",
    );
    refused(
        MYSQL,
        "SELECT {name} FROM {table} INTO OUTFILE '/tmp/x'",
        "",
    );
    refused(
        MYSQL,
        "SELECT {name} INTO OUTFILE '/tmp/x' FROM {table}",
        "",
    );
    refused(
        MYSQL,
        "SELECT {name} INTO DUMPFILE '/tmp/x' FROM {table}",
        "",
    );
    refused(MYSQL, "SELECT {name} INTO @x FROM {table}", "");
    refused(MYSQL, "SELECT {name} FROM {table} LOCK IN SHARE MODE", "");
    refused(
        MYSQL,
        "SELECT {name} FROM {table} FOR UPDATE SKIP LOCKED",
        "locks",
    );
    refused(MYSQL, "SELECT {name} FROM {table} PROCEDURE ANALYSE()", "");
    refused(MYSQL, "SELECT SQL_CALC_FOUND_ROWS {name} FROM {table}", "");
    refused(MYSQL, "SELECT HIGH_PRIORITY {name} FROM {table}", "");
    refused(MYSQL, "SELECT {name} FROM {table} FORCE INDEX (a)", "");
    refused(MYSQL, "SELECT {name} FROM {table} PARTITION (p0)", "");
    refused(MYSQL, "HANDLER {table} OPEN", "");
    refused(MYSQL, "CALL something()", "");
    refused(MYSQL, "DO SLEEP(1)", "");
    refused(SQLITE, "ATTACH '/tmp/x' AS other", "");
    refused(SQLITE, "PRAGMA writable_schema = 1", "");
    refused(SQLITE, "VACUUM INTO '/tmp/x'", "");
    refused(SQLITE, "WITH x AS (SELECT 1) DELETE FROM {table}", "");
}

#[test]
fn only_functions_of_the_list() {
    for (engines, calls) in [
        (
            POSTGRES,
            &[
                "pg_sleep(1)",
                "pg_read_file('/etc/passwd')",
                "lo_import('/etc/passwd')",
                "lo_export(1, '/tmp/x')",
                "dblink('host=x', 'SELECT 1')",
                "nextval('s')",
                "setval('s', 1)",
                "set_config('a', 'b', false)",
                "current_setting('a')",
                "query_to_xml('DELETE FROM t', true, true, '')",
                "pg_terminate_backend(1)",
                "pg_advisory_lock(1)",
                "txid_current()",
                "random()",
                "gen_random_uuid()",
                "now()",
                "version()",
                "current_user",
                "session_user",
                "inet_server_addr()",
                "pg_ls_dir('/')",
                "row_to_json({table})",
                "to_json({name})",
                "database_to_xml(true, true, '')",
                "public.lower({name})",
                "\"lower\"({name})",
                "\"pg_sleep\"(1)",
                "pg_catalog.pg_sleep(1)",
                "pg_catalog.\"pg_sleep\"(1)",
                "repeat('x', 1000000000)",
                "generate_series(1, 10)",
                "pg_notify('a', 'b')",
                "has_table_privilege('x', 'y')",
                "ts_stat('SELECT 1')",
            ][..],
        ),
        (
            MYSQL,
            &[
                "SLEEP(1)",
                "LOAD_FILE('/etc/passwd')",
                "BENCHMARK(1000, MD5('x'))",
                "GET_LOCK('a', 1)",
                "RAND()",
                "UUID()",
                "USER()",
                "DATABASE()",
                "VERSION()",
                "LAST_INSERT_ID()",
                "NEXTVAL(s)",
                "SETVAL(s, 1)",
                "NOW()",
                "CONNECTION_ID()",
                "MASTER_POS_WAIT('a', 1)",
                "EXTRACTVALUE('a', 'b')",
                "`SLEEP`(1)",
                "mysql.f()",
                "db.lower({name})",
                "RELEASE_ALL_LOCKS()",
                "CURRENT_USER",
                "CURRENT_USER()",
                "NEXT VALUE FOR s",
                "PREVIOUS VALUE FOR s",
                "REPEAT('x', 100)",
            ],
        ),
        (
            SQLITE,
            &[
                "load_extension('x')",
                "readfile('/etc/passwd')",
                "writefile('/tmp/x', 'y')",
                "random()",
                "randomblob(5)",
                "fts3_tokenizer('x')",
                "last_insert_rowid()",
                "changes()",
                "sqlite_version()",
                "zeroblob(1000000000)",
                "printf('%1000000000d', 1)",
                "edit('x')",
                "\"load_extension\"('x')",
                "sqlite_compileoption_get(1)",
                "CURRENT_TIMESTAMP",
            ],
        ),
    ] {
        for call in calls {
            for sql in [
                format!("SELECT {call} AS x FROM {{table}}"),
                format!("SELECT 1 AS x FROM {{table}} WHERE {call} = 1"),
                format!("SELECT 1 AS x FROM {{table}} ORDER BY {call}"),
                format!("SELECT 1 AS x FROM {{table}} GROUP BY {{name}} HAVING {call} > 1"),
                format!("WITH x AS (SELECT {call} AS a) SELECT a FROM x"),
                format!("SELECT lower({call}) AS x FROM {{table}}"),
                format!("SELECT CASE WHEN 1 = 1 THEN {call} END AS x FROM {{table}}"),
                format!("SELECT count(*) OVER (PARTITION BY {call}) AS x FROM {{table}}"),
            ] {
                refused(engines, &sql, "");
            }
        }
    }
    refused(
        POSTGRES,
        "SELECT pg_sleep(1)",
        "`pg_sleep`, which is none of the functions",
    );
    refused(
        MYSQL,
        "SELECT COUNT (*) AS n FROM {table}",
        "a space stands between `COUNT`",
    );
    refused(&EVERY, "SELECT 1 AS x LIMIT (SELECT 1)", "write a number");
}

#[test]
fn every_function_of_the_list_can_be_called() {
    let mut not_taken = Vec::new();
    for engine in EVERY {
        for function in super::functions(engine) {
            let sql = format!("SELECT {function}({{name}}) AS x FROM {{table}}");
            if let Err(reason) = admit(engine, &sql) {
                not_taken.push(format!("{engine:?} {function}: {reason}"));
            }
        }
    }
    assert!(not_taken.is_empty(), "{not_taken:#?}");
}

#[test]
fn nothing_hides_between_the_readers() {
    for (engines, sql, reason) in [
        (MYSQL, "SELECT 1 /*! , SLEEP(5) */", "comment"),
        (MYSQL, "SELECT 1 /*!99999 + */ , 2", "comment"),
        (MYSQL, "SELECT 1 /*!50000 , SLEEP(5) */", "comment"),
        (MYSQL, "SELECT 1 /*M! , SLEEP(5) */", "comment"),
        (MYSQL, "SELECT 1 /*M!100000 UNION SELECT 2 */", "comment"),
        (MYSQL, "SELECT /*+ SET_VAR(sql_mode='') */ 1", "comment"),
        (MYSQL, "SELECT 1 # rest", "comment"),
        (MYSQL, "SELECT 5--3", "--"),
        (MYSQL, "SELECT \"name\" FROM {table}", "double quotes"),
        (MYSQL, "SELECT 'a\\' , SLEEP(5), '", "backslash"),
        (MYSQL, "SELECT @x := 5", ""),
        (MYSQL, "SELECT @@version", ""),
        (MYSQL, "SELECT _utf8'x'", "two words into one"),
        (MYSQL, "SELECT N'x'", ""),
        (MYSQL, "SELECT 1e FROM {table}", ""),
        (MYSQL, "SELECT ? FROM {table}", ""),
        (POSTGRES, "SELECT /* a /* nested */ b */ 1", "comment"),
        (POSTGRES, "SELECT 1 -- rest", "comment"),
        (POSTGRES, "SELECT E'\\047'", ""),
        (POSTGRES, "SELECT U&'\\0041'", ""),
        (POSTGRES, "SELECT $$x$$", ""),
        (POSTGRES, "SELECT $1", ""),
        (POSTGRES, "SELECT B'1'", ""),
        (POSTGRES, "SELECT U&\"n\\0061me\" FROM {table}", ""),
        (
            POSTGRES,
            "SELECT {name} OPERATOR(public.+) 1 FROM {table}",
            "",
        ),
        (POSTGRES, "SELECT {name} @@ 'x' FROM {table}", ""),
        (POSTGRES, "SELECT {name} ORDER BY {name} USING <", ""),
        (SQLITE, "SELECT [name] FROM {table}", "own"),
        (SQLITE, "SELECT `name` FROM {table}", "own"),
        (SQLITE, "SELECT :x", ""),
        (SQLITE, "SELECT ?1", ""),
        (SQLITE, "SELECT {name} FROM 'patients'", ""),
        (SQLITE, "SELECT {name} REGEXP 'x' FROM {table}", ""),
        (SQLITE, "SELECT {name} MATCH 'x' FROM {table}", ""),
    ] {
        refused(engines, sql, reason);
    }
    refused(&EVERY, "SELECT 1 /* harmless */", "comment");
    refused(&EVERY, "SELECT n\u{e4}me FROM {table}", "plain name");
    refused(&EVERY, "SELECT 'a", "cannot be read");
}

#[test]
fn only_plain_types() {
    for sql in [
        "SELECT CAST('pg_authid' AS regclass)",
        "SELECT 'pg_authid'::regclass",
        "SELECT regclass 'pg_authid'",
        "SELECT 'now'::regproc",
        "SELECT CAST({name} AS public.evil) FROM {table}",
        "SELECT CAST({name} AS \"evil\") FROM {table}",
        "SELECT '{1}'::int[]",
        "SELECT CAST('x' AS xml)",
    ] {
        refused(POSTGRES, sql, "");
    }
    refused(
        POSTGRES,
        "SELECT 'pg_authid'::regclass",
        "look into the catalogue",
    );
}

/// Within two seconds and on the stack of any thread.
#[test]
fn nothing_wears_the_reader_out() {
    let statements = [
        format!("SELECT {}1{}", "(".repeat(3000), ")".repeat(3000)),
        format!(
            "SELECT 1 FROM {}{{table}}{}",
            "(".repeat(19),
            ")".repeat(19)
        ),
        format!("SELECT 1 FROM {}SELECT 1{}", "(".repeat(19), ")".repeat(19)),
        format!("SELECT {}1{}", "(".repeat(19), ")".repeat(19)),
        format!("SELECT 1{}", "+1".repeat(1_990)),
        format!("SELECT 1{}", "+1".repeat(20_000)),
        format!("SELECT {}1", "- ".repeat(3_000)),
        format!("SELECT {}1", "NOT ".repeat(3_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(1_000)),
        format!(
            "SELECT {}1{}",
            "CASE WHEN 1 = 1 THEN ".repeat(300),
            " END".repeat(300)
        ),
        format!("SELECT {}1", "1 BETWEEN ".repeat(1_000)),
        format!("SELECT {}1{}", "lower(".repeat(19), ")".repeat(19)),
        format!(
            "SELECT {}1{}",
            "CAST(".repeat(19),
            " AS INTEGER)".repeat(19)
        ),
        "x".repeat(1 << 20),
    ];
    for sql in statements {
        for engine in EVERY {
            let sql = sql.clone();
            let reader = std::thread::Builder::new().stack_size(2 << 20);
            let reading = reader.spawn(move || {
                let begun = std::time::Instant::now();
                let _ = admit(engine, &sql);
                (begun.elapsed(), sql)
            });
            let (took, sql) = reading.unwrap().join().unwrap();
            let head: String = sql.chars().take(60).collect();
            assert!(took.as_secs() < 2, "{engine:?} {head}: {took:?}");
        }
    }
}
