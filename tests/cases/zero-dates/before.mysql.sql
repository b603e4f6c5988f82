SET sql_mode = '';
CREATE TABLE visits (id int PRIMARY KEY, day date NOT NULL, seen_at datetime(3), stamp timestamp NULL);
INSERT INTO visits VALUES (1, '2024-02-29', '2024-02-29 12:00:00.125', '2024-02-29 12:00:00');
INSERT INTO visits VALUES (2, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'), (3, '2024-00-00', NULL, NULL);
