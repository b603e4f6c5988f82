CREATE TABLE shirts (id int PRIMARY KEY, size enum('small','it''s large','x') NOT NULL DEFAULT 'small', tags set('red','blue'), path enum('a\\\\b','c'));
INSERT INTO shirts VALUES (1, 'it''s large', 'red,blue', 'c'), (2, 'x', '', NULL);
