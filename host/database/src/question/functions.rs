//! The functions that a probe may call: those whose answer depends on their arguments alone, and that do nothing else.
//!
//! What is left out with reason: what sleeps, locks, reads files, settings or other tables, tells of the server or its user,
//! counts sequences on, draws by chance, runs statements (`query_to_xml`), or makes long values of short ones (`repeat`, `lpad`).

use limosa_model::Engine;

/// Functions of one kind, by the engines that have them: of all, of SQLite, of PostgreSQL, of MySQL and MariaDB.
struct Family {
    name: &'static str,
    all: &'static [&'static str],
    sqlite: &'static [&'static str],
    postgres: &'static [&'static str],
    mysql: &'static [&'static str],
}

const FAMILIES: [Family; 6] = [
    Family {
        name: "aggregates",
        all: &["avg", "count", "max", "min", "sum"],
        sqlite: &["group_concat", "total"],
        postgres: &[
            "bit_and",
            "bit_or",
            "bool_and",
            "bool_or",
            "corr",
            "covar_pop",
            "covar_samp",
            "every",
            "mode",
            "percentile_cont",
            "percentile_disc",
            "stddev",
            "stddev_pop",
            "stddev_samp",
            "string_agg",
            "var_pop",
            "var_samp",
            "variance",
        ],
        mysql: &[
            "any_value",
            "bit_and",
            "bit_or",
            "bit_xor",
            "group_concat",
            "std",
            "stddev",
            "stddev_pop",
            "stddev_samp",
            "var_pop",
            "var_samp",
            "variance",
        ],
    },
    Family {
        name: "windows",
        all: &[
            "cume_dist",
            "dense_rank",
            "first_value",
            "lag",
            "last_value",
            "lead",
            "nth_value",
            "ntile",
            "percent_rank",
            "rank",
            "row_number",
        ],
        sqlite: &[],
        postgres: &[],
        mysql: &[],
    },
    Family {
        name: "values",
        all: &["coalesce", "nullif"],
        sqlite: &["ifnull", "iif", "typeof"],
        postgres: &["greatest", "least", "num_nonnulls", "num_nulls"],
        mysql: &["greatest", "if", "ifnull", "isnull", "least"],
    },
    Family {
        name: "text",
        all: &[
            "concat",
            "concat_ws",
            "length",
            "lower",
            "ltrim",
            "octet_length",
            "replace",
            "rtrim",
            "substr",
            "substring",
            "trim",
            "upper",
        ],
        sqlite: &["char", "hex", "instr", "quote", "unicode"],
        postgres: &[
            "ascii",
            "bit_length",
            "btrim",
            "char_length",
            "character_length",
            "chr",
            "encode",
            "initcap",
            "left",
            "md5",
            "regexp_count",
            "regexp_like",
            "regexp_replace",
            "regexp_substr",
            "reverse",
            "right",
            "sha256",
            "split_part",
            "starts_with",
            "strpos",
            "translate",
        ],
        mysql: &[
            "ascii",
            "bit_length",
            "char_length",
            "character_length",
            "field",
            "find_in_set",
            "hex",
            "instr",
            "left",
            "locate",
            "md5",
            "mid",
            "ord",
            "regexp_instr",
            "regexp_like",
            "regexp_replace",
            "regexp_substr",
            "reverse",
            "right",
            "sha1",
            "sha2",
            "strcmp",
            "substring_index",
        ],
    },
    Family {
        name: "numbers",
        all: &[
            "abs", "ceil", "ceiling", "exp", "floor", "ln", "mod", "pow", "power", "round", "sign",
            "sqrt",
        ],
        sqlite: &["log", "log10", "log2", "trunc"],
        postgres: &[
            "div",
            "gcd",
            "lcm",
            "log",
            "scale",
            "trim_scale",
            "trunc",
            "width_bucket",
        ],
        mysql: &["conv", "crc32", "log", "log10", "log2", "truncate"],
    },
    Family {
        name: "dates and JSON",
        all: &[],
        sqlite: &[
            "date",
            "datetime",
            "json_array_length",
            "json_extract",
            "json_type",
            "json_valid",
            "julianday",
            "strftime",
            "time",
            "timediff",
            "unixepoch",
        ],
        postgres: &[
            "age",
            "date_part",
            "date_trunc",
            "isfinite",
            "json_array_length",
            "json_extract_path_text",
            "json_typeof",
            "jsonb_array_length",
            "jsonb_extract_path_text",
            "jsonb_typeof",
            "make_date",
            "make_time",
            "make_timestamp",
            "to_char",
            "to_date",
            "to_number",
            "to_timestamp",
        ],
        mysql: &[
            "date",
            "date_format",
            "datediff",
            "day",
            "dayofmonth",
            "dayofweek",
            "dayofyear",
            "from_days",
            "hour",
            "json_extract",
            "json_length",
            "json_type",
            "json_unquote",
            "json_valid",
            "last_day",
            "makedate",
            "maketime",
            "microsecond",
            "minute",
            "month",
            "quarter",
            "second",
            "str_to_date",
            "time",
            "time_to_sec",
            "timediff",
            "to_days",
            "to_seconds",
            "week",
            "weekday",
            "weekofyear",
            "year",
            "yearweek",
        ],
    },
];

impl Family {
    fn own(&self, engine: Engine) -> &'static [&'static str] {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
            Engine::Mysql => self.mysql,
        }
    }
}

/// Whether a function may be called, by its name in lower case.
pub(super) fn is_function(engine: Engine, name: &str) -> bool {
    functions(engine).any(|function| function == name)
}

/// The functions that a probe may call on an engine.
pub fn functions(engine: Engine) -> impl Iterator<Item = &'static str> {
    FAMILIES
        .iter()
        .flat_map(move |family| family.all.iter().chain(family.own(engine)).copied())
}

/// The same as the documentation shows them: by family those of all engines, then those of each.
pub fn families() -> impl Iterator<Item = [(&'static str, &'static [&'static str]); 4]> {
    FAMILIES.iter().map(|family| {
        [
            (family.name, family.all),
            ("sqlite", family.sqlite),
            ("postgres", family.postgres),
            ("mysql", family.mysql),
        ]
    })
}
