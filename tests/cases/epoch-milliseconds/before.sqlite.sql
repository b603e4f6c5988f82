-- The three ways in which SQLite's users keep moments, in columns that are declared alike.
CREATE TABLE events (id INTEGER PRIMARY KEY, in_ms DATETIME, in_seconds DATETIME, julian DATETIME, as_text DATETIME);
INSERT INTO events VALUES (1, 1700000000123, 1700000000, 2460263.4259259, '2023-11-14 22:13:20');
INSERT INTO events VALUES (2, 0, -1, 2440587.5, '1970-01-01 00:00:00.000001');
INSERT INTO events VALUES (3, NULL, NULL, NULL, NULL);
