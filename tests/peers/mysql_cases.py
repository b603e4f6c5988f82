"""Inputs in MySQL's words, which MariaDB takes: what a lax server let in among them."""

from case import UNIQUE_PAIR, Case, Insert, Key, Names
from sqlite_cases import BLOB, JSON

SOURCE = "mysql"
# Old applications set it so, and what they wrote then is there to this day.
LAX = "SET SESSION sql_mode = '';"
EXACT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


def cases() -> list[Case]:
    return [
        Case("BIGINT UNSIGNED 18446744073709551615", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, value BIGINT UNSIGNED, words VARCHAR(40));
            INSERT INTO sample VALUES (1, 18446744073709551615, '18446744073709551615'), (2, 9223372036854775808, '-9223372036854775809');
        """),
        Case("decimals of 38 digits", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, whole DECIMAL(38,0), scaled DECIMAL(38,19));
            INSERT INTO sample VALUES
              (1, 12345678901234567890123456789012345678, 1234567890123456789.0123456789012345678), (2, 1, 0.0000000000000000001);
        """),
        Case("cents in DECIMAL(12,2)", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, amount DECIMAL(12,2));
            INSERT INTO sample VALUES (1, 19.99), (2, 0.10), (3, 9999999999.99), (4, -0.01);
        """),
        Case("floats", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, single FLOAT, precise DOUBLE);
            INSERT INTO sample VALUES (1, 0.1, 0.1), (2, 1e-37, 1e-300), (3, 3.4028234e38, 1e308), (4, 16777216, 0.1e0 + 0.2e0),
              (5, 123456.79, 123456789.123);
        """),
        Case("2 and -1 in TINYINT(1)", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, flag TINYINT(1));
            INSERT INTO sample VALUES (1, 0), (2, 1), (3, 2), (4, -1), (5, NULL);
        """),
        Case("NUL in text", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, value VARCHAR(20));
            INSERT INTO sample VALUES (1, CONCAT('before', CHAR(0), 'after')), (2, 'plain');
        """),
        Case("latin1 text", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, value VARCHAR(20) CHARACTER SET latin1);
            INSERT INTO sample VALUES (1, X'636166E9'), (2, X'808182'), (3, 'plain');
        """),
        Case("trailing spaces in VARCHAR, CHAR and BINARY", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, value VARCHAR(20), padded CHAR(5), raw BINARY(4));
            INSERT INTO sample VALUES (1, 'key', 'ab', 'ab'), (2, 'key ', 'ab ', 'ab '), (3, 'key  ', 'abcde', 'abcd');
        """),
        Case("'x' and 'X' in unique text", SOURCE, f"""
            CREATE TABLE sample (id INT PRIMARY KEY, value VARCHAR(20) {EXACT} UNIQUE);
            INSERT INTO sample VALUES (1, 'x'), (2, 'X');
        """, promises=(Insert("unique text", {"id": "9", "value": "'X'"}, refused=True),)),
        Case("emoji and combining accents", SOURCE, f"""
            CREATE TABLE sample (id INT PRIMARY KEY, value VARCHAR(20) {EXACT} UNIQUE);
            INSERT INTO sample VALUES (1, '🦩👩‍🔬'), (2, X'636166C3A9'), (3, X'63616665CC81');
        """),
        Case("dates of zeros", SOURCE, f"""
            {LAX}
            CREATE TABLE sample (id INT PRIMARY KEY, day DATE, at DATETIME);
            INSERT INTO sample VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-02-00', '2024-00-00 10:00:00'),
              (3, '2024-02-29', '2024-02-29 12:00:00');
        """),
        Case("dates of zeros that must be there", SOURCE, f"""
            {LAX}
            CREATE TABLE sample (id INT PRIMARY KEY, at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00');
            INSERT INTO sample VALUES (1, '0000-00-00 00:00:00'), (2, '2024-02-29 12:00:00');
        """),
        Case("microseconds in DATETIME(6)", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, at DATETIME(6), moment TIMESTAMP(6) NULL);
            INSERT INTO sample VALUES (1, '2024-01-01 00:00:00.123456', '2024-01-01 00:00:00.123456'),
              (2, '1999-12-31 23:59:59.999999', '2024-03-31 01:30:00.000001'), (3, '9999-12-31 23:59:59', NULL);
        """),
        Case("time -838:59:59", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, span TIME);
            INSERT INTO sample VALUES (1, '-838:59:59'), (2, '838:59:59'), (3, '24:00:00'), (4, '12:30:00');
        """),
        Case("BIT(8), YEAR, ENUM, SET", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, bits BIT(8), born YEAR, size ENUM('small', 'LARGE'), tags SET('a', 'b', 'c d'));
            INSERT INTO sample VALUES (1, b'10100101', 1901, 'small', 'a,c d'), (2, b'00000001', 2155, 'LARGE', ''), (3, b'00000000', 0, NULL, NULL);
        """),
        Case("a word that its ENUM does not have", SOURCE, f"""
            {LAX}
            CREATE TABLE sample (id INT PRIMARY KEY, size ENUM('small', 'LARGE'));
            INSERT INTO sample VALUES (1, 'gone'), (2, 'small');
        """),
        Case("a blob of all 256 bytes", SOURCE, f"""
            CREATE TABLE sample (id INT PRIMARY KEY, value BLOB);
            INSERT INTO sample VALUES (1, X'{BLOB}'), (2, ''), (3, NULL);
        """),
        Case("JSON: long numbers, a key twice", SOURCE, f"""
            CREATE TABLE sample (id INT PRIMARY KEY, value JSON);
            INSERT INTO sample VALUES (1, '{JSON}');
        """),
        Case("the empty string and NULL", SOURCE, """
            CREATE TABLE sample (id INT PRIMARY KEY, value TEXT, number DECIMAL(5,2));
            INSERT INTO sample VALUES (1, '', NULL), (2, NULL, 0), (3, 'NULL', 1);
        """),
        Case("a composite key in an order of its own", SOURCE, f"""
            CREATE TABLE sample (a INT NOT NULL, b VARCHAR(10) {EXACT} NOT NULL, c INT, PRIMARY KEY (b, a));
            INSERT INTO sample VALUES (1, 'x', 1), (2, 'x', 2), (1, 'y', 3);
        """, key=("a", "b"), promises=(Key(("b", "a")), UNIQUE_PAIR)),
        Case("names with capitals, spaces, keywords", SOURCE, """
            CREATE TABLE Sample (id INT PRIMARY KEY, `Größe` VARCHAR(5), `select` VARCHAR(5), `two words` VARCHAR(5), orderDate VARCHAR(5));
            INSERT INTO Sample VALUES (1, 'a', 'b', 'c', 'd');
        """, table="Sample", promises=(Names(("id", "Größe", "select", "two words", "orderDate")),)),
        Case("names with quotes", SOURCE, """
            CREATE TABLE `Odd "Table` (id INT PRIMARY KEY, `say "yes"` VARCHAR(5));
            INSERT INTO `Odd "Table` VALUES (1, 'a');
        """, table='Odd "Table', promises=(Names(("id", 'say "yes"')),)),
        Case("AUTO_INCREMENT above every row", SOURCE, """
            CREATE TABLE sample (id INT AUTO_INCREMENT PRIMARY KEY, value VARCHAR(10));
            INSERT INTO sample VALUES (1, 'a'), (2, 'b'), (41, 'deleted');
            DELETE FROM sample WHERE id = 41;
        """, promises=(Insert("next id 42", {"value": "'next'"}, fills=("id", "42"), by="value", spelled="42"),)),
        Case("defaults", SOURCE, f"""
            CREATE TABLE sample (id INT PRIMARY KEY, word VARCHAR(10) {EXACT} DEFAULT 'it''s', number INT DEFAULT (6 * 7), at DATETIME DEFAULT CURRENT_TIMESTAMP);
            INSERT INTO sample VALUES (1, 'a', 1, '2024-01-01 00:00:00');
        """, promises=(
            Insert("default 'it''s'", {"id": "8"}, fills=("word", "it's"), by="id", spelled="it''s"),
            Insert("default (6 * 7)", {"id": "9"}, fills=("number", "42"), by="id", spelled="6 * 7"),
        )),
    ]
