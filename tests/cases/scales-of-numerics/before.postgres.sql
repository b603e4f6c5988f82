CREATE TABLE prices (id int PRIMARY KEY, amount numeric, fixed numeric(8,3));
INSERT INTO prices VALUES (1, 1.50, 1.5), (2, 100.000, 0), (3, -0.10, NULL), (4, 12345678901234567890.1234567890, 7);
