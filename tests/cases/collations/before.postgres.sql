CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE people (id int PRIMARY KEY, name text COLLATE "C", folded text COLLATE folding UNIQUE);
INSERT INTO people VALUES (1, 'José', 'x'), (2, 'bob', 'y');
