CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO notes VALUES (1, 'plain'), (2, 'nul' || char(0) || 'inside'), (3, char(0));
