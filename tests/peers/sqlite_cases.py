"""Inputs in SQLite, where a column holds whatever was put into it."""

from case import UNIQUE_PAIR, Case, Insert, Key, Names

SOURCE = "sqlite"
# What `money.sql` of the shared data holds, in words of our own: for whoever lacks that file.
MONEY = """
CREATE TABLE money (
  id INTEGER PRIMARY KEY, a NUMERIC, b REAL, c DECIMAL(10,2), d BOOLEAN, e DATETIME, f TEXT UNIQUE
);
INSERT INTO money VALUES (1, 1.98, 0.1234567890123, 19.99, 'true', 1700000000, 'x');
INSERT INTO money VALUES (2, 2.5, 123456789.123, 0.01, 1, '2024-01-01 00:00:00', 'X');
"""
BLOB = bytes(range(256)).hex()
JSON = '{"a": 12345678901234567890123, "b": 0.10000000000000000555, "a": 1}'


def cases(money: str) -> list[Case]:
    return [
        Case("money", SOURCE, money, table="money"),
        Case("integers beyond 2^63", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, small BIGINT, words TEXT, digits NUMERIC);
            INSERT INTO sample VALUES (1, 9223372036854775807, '9223372036854775808', 18446744073709551616);
            INSERT INTO sample VALUES (2, -9223372036854775808, '-18446744073709551617', 2);
        """),
        Case("decimals of 38 digits, as text", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, words TEXT, untyped);
            INSERT INTO sample VALUES (1, '12345678901234567890123456789012345678', '12345678901234567890123456789012345678');
            INSERT INTO sample VALUES (2, '0.12345678901234567890123456789012345678', '-1234567890123456789.0123456789012345670');
        """),
        Case("cents in DECIMAL(12,2)", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, amount DECIMAL(12,2));
            INSERT INTO sample VALUES (1, 19.99), (2, 0.1), (3, 9999999999.99), (4, 1.005), (5, -0.01);
        """),
        Case("floats of everyday size", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value REAL);
            INSERT INTO sample VALUES (1, 0.1), (2, 0.1 + 0.2), (3, 123456789.123), (4, 16777217);
        """),
        Case("floats, very large and very small", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value REAL, precise DOUBLE);
            INSERT INTO sample VALUES (1, 1e-300, 1e-300), (2, 1e308, 1e308), (3, 3.4028235e38, 3.4028235e38);
        """),
        Case("1e400 in a numeric column", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value NUMERIC);
            INSERT INTO sample VALUES (1, '1e400'), (2, '1.5');
        """),
        Case("words in an integer column", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value INTEGER);
            INSERT INTO sample VALUES (1, 'n/a'), (2, 7), (3, 1.5), (4, '');
        """),
        Case("text longer than declared", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, code VARCHAR(3));
            INSERT INTO sample VALUES (1, 'abc'), (2, 'abcdef');
        """),
        Case("NUL in text", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT);
            INSERT INTO sample VALUES (1, 'before' || char(0) || 'after'), (2, 'plain');
        """),
        Case("invalid UTF-8 in text", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT);
            INSERT INTO sample VALUES (1, CAST(x'63616665CCFF21' AS TEXT)), (2, CAST(x'63616665E921' AS TEXT)), (3, 'plain');
        """),
        Case("trailing spaces in unique text", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT UNIQUE);
            INSERT INTO sample VALUES (1, 'key'), (2, 'key '), (3, 'key  ');
        """, promises=(Insert("unique text", {"id": "9", "value": "'key '"}, refused=True),)),
        Case("'x' and 'X' in unique text", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT UNIQUE);
            INSERT INTO sample VALUES (1, 'x'), (2, 'X');
        """, promises=(Insert("unique text", {"id": "9", "value": "'X'"}, refused=True),)),
        Case("emoji and combining accents", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT UNIQUE);
            INSERT INTO sample VALUES (1, '🦩👩‍🔬'), (2, 'caf' || char(233)), (3, 'cafe' || char(769));
        """),
        Case("epoch milliseconds in DATETIME", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, at DATETIME);
            INSERT INTO sample VALUES (1, 1700000000123), (2, 1700000000), (3, '2024-01-01 00:00:00.123456'), (4, '2024-02-29T12:00:00Z');
        """),
        Case("boolean words", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, yes BOOLEAN);
            INSERT INTO sample VALUES (1, 'true'), (2, 'f'), (3, 1), (4, 0), (5, 2);
        """),
        Case("a blob of all 256 bytes", SOURCE, f"""
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value BLOB);
            INSERT INTO sample VALUES (1, x'{BLOB}'), (2, x''), (3, NULL);
        """),
        Case("JSON: long numbers, a key twice", SOURCE, f"""
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value JSON);
            INSERT INTO sample VALUES (1, '{JSON}');
        """),
        Case("the empty string and NULL", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, value TEXT, number NUMERIC);
            INSERT INTO sample VALUES (1, '', NULL), (2, NULL, 0), (3, 'NULL', 1);
        """),
        Case("a composite key in an order of its own", SOURCE, """
            CREATE TABLE sample (a INTEGER NOT NULL, b VARCHAR(10) NOT NULL, c INTEGER, PRIMARY KEY (b, a));
            INSERT INTO sample VALUES (1, 'x', 1), (2, 'x', 2), (1, 'y', 3);
        """, key=("a", "b"), promises=(Key(("b", "a")), UNIQUE_PAIR)),
        Case("names with capitals, spaces, keywords", SOURCE, """
            CREATE TABLE Sample (id INTEGER PRIMARY KEY, "Größe" TEXT, "select" TEXT, "two words" TEXT, "orderDate" TEXT);
            INSERT INTO Sample VALUES (1, 'a', 'b', 'c', 'd');
        """, table="Sample", promises=(Names(("id", "Größe", "select", "two words", "orderDate")),)),
        Case("names with quotes", SOURCE, '''
            CREATE TABLE "Odd ""Table" (id INTEGER PRIMARY KEY, "say ""yes""" TEXT);
            INSERT INTO "Odd ""Table" VALUES (1, 'a');
        ''', table='Odd "Table', promises=(Names(("id", 'say "yes"')),)),
        Case("AUTOINCREMENT above every row", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT);
            INSERT INTO sample VALUES (1, 'a'), (2, 'b'), (41, 'deleted');
            DELETE FROM sample WHERE id = 41;
        """, promises=(Insert("next id 42", {"value": "'next'"}, fills=("id", "42"), by="value", spelled="42"),)),
        Case("a partial unique index", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, email VARCHAR(50), gone INTEGER NOT NULL);
            CREATE UNIQUE INDEX sample_email ON sample (email) WHERE gone = 0;
            INSERT INTO sample VALUES (1, 'a', 0), (2, 'a', 1), (3, 'a', 1);
        """, promises=(
            Insert("unique where gone = 0", {"id": "8", "email": "'a'", "gone": "0"}, refused=True),
            Insert("not unique elsewhere", {"id": "9", "email": "'a'", "gone": "1"}),
        )),
        Case("defaults", SOURCE, """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, word VARCHAR(10) DEFAULT 'it''s', number INTEGER DEFAULT (6 * 7), at TEXT DEFAULT CURRENT_TIMESTAMP);
            INSERT INTO sample VALUES (1, 'a', 1, '2024-01-01 00:00:00');
        """, promises=(
            Insert("default 'it''s'", {"id": "8"}, fills=("word", "it's"), by="id", spelled="it''s"),
            Insert("default (6 * 7)", {"id": "9"}, fills=("number", "42"), by="id", spelled="6 * 7"),
        )),
    ]
