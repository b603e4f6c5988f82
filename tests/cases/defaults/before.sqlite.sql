CREATE TABLE d (id INTEGER PRIMARY KEY, word TEXT DEFAULT 'it''s', number INTEGER DEFAULT 42, cents DECIMAL(10,2) DEFAULT 1.50, empty TEXT DEFAULT NULL,
  stamp DATETIME DEFAULT CURRENT_TIMESTAMP, local DATETIME DEFAULT (datetime('now', 'localtime')), day DATE DEFAULT CURRENT_DATE, at TIME DEFAULT CURRENT_TIME,
  as_text TEXT DEFAULT CURRENT_TIMESTAMP, seconds INTEGER DEFAULT (strftime('%s', 'now')), julian REAL DEFAULT (julianday('now')), flag BOOLEAN DEFAULT 1, made INTEGER DEFAULT (6 * 7));
INSERT INTO d (id) VALUES (1);
UPDATE d SET stamp = '2024-02-29 12:00:00', local = '2024-02-29 12:00:00', day = '2024-02-29', at = '12:00:00', as_text = 'x', seconds = 1, julian = 2.5;
