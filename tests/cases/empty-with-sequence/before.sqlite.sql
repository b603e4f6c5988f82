-- No row is left, and the next number is not 1: numbers that were given are not given again.
CREATE TABLE invoices (id INTEGER PRIMARY KEY AUTOINCREMENT, total INTEGER);
INSERT INTO invoices (id, total) VALUES (41, 1), (42, 2);
DELETE FROM invoices;
