-- The table on which other tools corrupt silently: each value as SQLite keeps it, whatever its column says.
CREATE TABLE money (id integer PRIMARY KEY, a numeric, b real, c decimal(10,2), d boolean, e datetime, f text UNIQUE);
INSERT INTO money VALUES (1, 1.98, 1.98, 1.98, 1, '2023-11-14 22:13:20', 'x');
INSERT INTO money VALUES (2, 2.5, 2.5, 2.5, 0, '2023-11-14T22:13:20.5', 'X');
INSERT INTO money VALUES (3, 1.98, 1.98, 1.98, 'true', 1700000000, 'y');
