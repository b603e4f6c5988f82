CREATE TABLE g (id int PRIMARY KEY, price int, doubled int GENERATED ALWAYS AS (price * 2) STORED, tail text);
INSERT INTO g (id, price, tail) VALUES (1, 5, 'a'), (2, NULL, 'b');
-- The key is made by the server itself.
CREATE TABLE k (n int NOT NULL, twice int GENERATED ALWAYS AS (n * 2) STORED PRIMARY KEY);
INSERT INTO k VALUES (1), (2), (3);
