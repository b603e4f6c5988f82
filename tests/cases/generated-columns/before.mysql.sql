CREATE TABLE g (id int PRIMARY KEY, price int, doubled int AS (price * 2) STORED, half double AS (price / 2) VIRTUAL, tail varchar(5), KEY by_doubled (doubled));
INSERT INTO g (id, price, tail) VALUES (1, 5, 'a'), (2, NULL, 'b');
