-- Latin-1 among UTF-8, and a cut sequence that no encoding but a guess makes text of.
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT);
INSERT INTO people VALUES (1, 'Zoë', NULL), (2, CAST(x'4a6f73e9' AS TEXT), 'é'), (3, 'Ann', CAST(x'f09f98' AS TEXT));
