CREATE TABLE people (id int PRIMARY KEY, name varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci UNIQUE, code varchar(10) COLLATE utf8mb4_bin UNIQUE, note text COLLATE utf8mb4_general_ci, exact varchar(5) COLLATE utf8mb4_nopad_bin UNIQUE);
INSERT INTO people VALUES (1, 'José', 'x', 'One', 'a'), (2, 'bob', 'X', 'one', 'A');
