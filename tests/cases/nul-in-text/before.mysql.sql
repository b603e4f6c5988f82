CREATE TABLE notes (id int PRIMARY KEY, body text) DEFAULT CHARACTER SET utf8mb4;
INSERT INTO notes VALUES (1, 'plain'), (2, CONCAT('nul', CHAR(0), 'inside')), (3, CHAR(0));
