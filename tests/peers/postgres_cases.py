"""Inputs in PostgreSQL, whose types are the widest."""

from case import UNIQUE_PAIR, Case, Insert, Key, Names
from sqlite_cases import BLOB, JSON

SOURCE = "postgres"


def cases() -> list[Case]:
    return [
        Case("numerics beyond 2^63", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, whole numeric, scaled numeric(20,0));
            INSERT INTO sample VALUES (1, 9223372036854775808, 9223372036854775808), (2, -18446744073709551617, 18446744073709551616);
        """),
        Case("decimals of 38 digits", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, whole numeric(38,0), scaled numeric(38,19), free numeric);
            INSERT INTO sample VALUES
              (1, 12345678901234567890123456789012345678, 1234567890123456789.0123456789012345678, 1e400),
              (2, 1, 0.0000000000000000001, 0.12345678901234567890123456789012345678);
        """),
        Case("cents in numeric(12,2)", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, amount numeric(12,2));
            INSERT INTO sample VALUES (1, 19.99), (2, 0.10), (3, 9999999999.99), (4, -0.01);
        """),
        Case("floats", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, single real, double double precision);
            INSERT INTO sample VALUES (1, 0.1, 0.1), (2, 1e-37, 1e-300), (3, 3.4028235e38, 1e308), (4, 16777216, 0.1::float8 + 0.2::float8),
              (5, 123456.79, 123456789.123);
        """),
        Case("NaN and infinity as floats", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value double precision);
            INSERT INTO sample VALUES (1, 'NaN'), (2, 'Infinity'), (3, '-Infinity');
        """),
        Case("numeric NaN", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value numeric);
            INSERT INTO sample VALUES (1, 'NaN'), (2, 1.5);
        """),
        Case("trailing spaces in unique text and char(5)", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value varchar(20) UNIQUE, padded char(5));
            INSERT INTO sample VALUES (1, 'key', 'ab'), (2, 'key ', 'ab '), (3, 'key  ', 'abcde');
        """, promises=(Insert("unique text", {"id": "9", "value": "'key '"}, refused=True),)),
        Case("'x' and 'X' in unique text", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value varchar(20) UNIQUE);
            INSERT INTO sample VALUES (1, 'x'), (2, 'X');
        """, promises=(Insert("unique text", {"id": "9", "value": "'X'"}, refused=True),)),
        Case("emoji and combining accents", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value varchar(20) UNIQUE);
            INSERT INTO sample VALUES (1, '🦩👩‍🔬'), (2, U&'caf\\00E9'), (3, U&'cafe\\0301');
        """),
        Case("booleans", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, yes boolean);
            INSERT INTO sample VALUES (1, true), (2, false), (3, NULL);
        """),
        Case("time 24:00:00", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, at time);
            INSERT INTO sample VALUES (1, '24:00:00'), (2, '00:00:00'), (3, '23:59:59.999999');
        """),
        Case("timestamptz, far years, infinity", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, at timestamptz);
            INSERT INTO sample VALUES (1, '2024-03-31 02:30:00+01'), (2, 'infinity'), (3, '-infinity'), (4, '12024-01-01 00:00:00+00'),
              (5, '0044-03-15 12:00:00+00 BC');
        """),
        Case("microseconds in timestamp", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, at timestamp, day date);
            INSERT INTO sample VALUES (1, '2024-01-01 00:00:00.123456', '2024-02-29'), (2, '1999-12-31 23:59:59.999999', '0001-01-01'),
              (3, '2024-01-01 00:00:00.000001', '9999-12-31');
        """),
        Case("bytea of all 256 bytes", SOURCE, f"""
            CREATE TABLE sample (id integer PRIMARY KEY, value bytea);
            INSERT INTO sample VALUES (1, '\\x{BLOB}'), (2, ''), (3, NULL);
        """),
        Case("json: long numbers, a key twice", SOURCE, f"""
            CREATE TABLE sample (id integer PRIMARY KEY, value json, binary_value jsonb);
            INSERT INTO sample VALUES (1, '{JSON}', '{JSON}');
        """),
        Case("the empty string and NULL", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, value text, number numeric);
            INSERT INTO sample VALUES (1, '', NULL), (2, NULL, 0), (3, 'NULL', 1);
        """),
        Case("a composite key in an order of its own", SOURCE, """
            CREATE TABLE sample (a integer NOT NULL, b varchar(10) NOT NULL, c integer, PRIMARY KEY (b, a));
            INSERT INTO sample VALUES (1, 'x', 1), (2, 'x', 2), (1, 'y', 3);
        """, key=("a", "b"), promises=(Key(("b", "a")), UNIQUE_PAIR)),
        Case("names with capitals, spaces, keywords", SOURCE, """
            CREATE TABLE "Sample" (id integer PRIMARY KEY, "Größe" text, "select" text, "two words" text, "orderDate" text);
            INSERT INTO "Sample" VALUES (1, 'a', 'b', 'c', 'd');
        """, table="Sample", promises=(Names(("id", "Größe", "select", "two words", "orderDate")),)),
        Case("names that differ in case alone", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, "Name" text, "name" text);
            INSERT INTO sample VALUES (1, 'a', 'b');
        """, promises=(Names(("id", "Name", "name")),)),
        Case("names with quotes", SOURCE, '''
            CREATE TABLE "Odd ""Table" (id integer PRIMARY KEY, "say ""yes""" text);
            INSERT INTO "Odd ""Table" VALUES (1, 'a');
        ''', table='Odd "Table', promises=(Names(("id", 'say "yes"')),)),
        Case("a sequence above every row", SOURCE, """
            CREATE TABLE sample (id serial PRIMARY KEY, value text);
            INSERT INTO sample (value) VALUES ('a'), ('b');
            SELECT setval('sample_id_seq', 41);
        """, promises=(Insert("next id 42", {"value": "'next'"}, fills=("id", "42"), by="value", spelled="42"),)),
        Case("a partial unique index", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, email varchar(50), gone integer NOT NULL);
            CREATE UNIQUE INDEX sample_email ON sample (email) WHERE gone = 0;
            INSERT INTO sample VALUES (1, 'a', 0), (2, 'a', 1), (3, 'a', 1);
        """, promises=(
            Insert("unique where gone = 0", {"id": "8", "email": "'a'", "gone": "0"}, refused=True),
            Insert("not unique elsewhere", {"id": "9", "email": "'a'", "gone": "1"}),
        )),
        Case("defaults", SOURCE, """
            CREATE TABLE sample (id integer PRIMARY KEY, word varchar(10) DEFAULT 'it''s', number integer DEFAULT (6 * 7), at timestamp DEFAULT now());
            INSERT INTO sample VALUES (1, 'a', 1, '2024-01-01 00:00:00');
        """, promises=(
            Insert("default 'it''s'", {"id": "8"}, fills=("word", "it's"), by="id", spelled="it''s"),
            Insert("default (6 * 7)", {"id": "9"}, fills=("number", "42"), by="id", spelled="6 * 7"),
        )),
    ]
