CREATE TABLE visits (at DATETIME PRIMARY KEY, note TEXT) WITHOUT ROWID;
INSERT INTO visits VALUES ('2024-01-01 10:00:00', 'a'), ('2024-01-01T10:00:00', 'b'), ('2024-01-02 00:00:00', 'c');
CREATE TABLE prices (id INTEGER PRIMARY KEY, amount REAL, currency TEXT, UNIQUE (amount, currency));
INSERT INTO prices VALUES (1, 1.001, 'EUR'), (2, 1.002, 'EUR'), (3, 1.003, NULL), (4, 1.004, NULL), (5, 1.004, 'USD');
