CREATE TABLE d (id int PRIMARY KEY, word varchar(20) DEFAULT 'it''s', number int DEFAULT 42, cents decimal(10,2) DEFAULT 1.50, flag tinyint(1) DEFAULT 1,
  stamp datetime DEFAULT CURRENT_TIMESTAMP, touched timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, day date DEFAULT (curdate()), made int DEFAULT (6 * 7), code char(36) DEFAULT (uuid()));
INSERT INTO d (id, stamp, touched, day, code) VALUES (1, '2024-02-29', '2024-02-29', '2024-02-29', 'x');
