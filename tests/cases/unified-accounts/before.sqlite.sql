CREATE TABLE legacy_users (id INTEGER PRIMARY KEY, username TEXT NOT NULL, password_hash TEXT NOT NULL, joined DATETIME);
INSERT INTO legacy_users VALUES (1, 'ada', '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW', '2019-05-04 10:00:00'), (2, 'Grace', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b5dWRWJTmaaJObG', NULL), (7, 'édouard', 'pbkdf2_sha256$600000$Ünï cødé$  trailing  ', '2020-02-29 23:59:59');
CREATE TABLE legacy_sessions (token TEXT NOT NULL PRIMARY KEY, user_id INTEGER, expires_at DATETIME NOT NULL);
INSERT INTO legacy_sessions VALUES ('t-1', 1, '2024-01-01 00:00:00'), ('t-2', 7, '2024-01-02 00:00:00'), ('t-3', NULL, '2024-01-03 00:00:00');
CREATE TABLE clinic_accounts (uid TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL, secret TEXT NOT NULL, since DATETIME);
INSERT INTO clinic_accounts VALUES ('1', 'ada', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b5dWRWJTmaaJObG', '2021-01-01 00:00:00'), ('c-9', 'linus', '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW', '2022-01-01 00:00:00');
CREATE TABLE unrelated (id INTEGER PRIMARY KEY, words TEXT);
INSERT INTO unrelated VALUES (1, 'goes along');
