CREATE TABLE g (id int PRIMARY KEY, price int, doubled int GENERATED ALWAYS AS (price * 2) STORED, tail text);
INSERT INTO g (id, price, tail) VALUES (1, 5, 'a'), (2, NULL, 'b');
