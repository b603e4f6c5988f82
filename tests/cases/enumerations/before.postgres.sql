CREATE TYPE mood AS ENUM ('happy', 'it''s fine', 'sad');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN short AS varchar(5) NOT NULL DEFAULT 'none';
CREATE TABLE people (id int PRIMARY KEY, feels mood NOT NULL DEFAULT 'happy', age positive, tag short, moods mood[]);
INSERT INTO people VALUES (1, 'it''s fine', 30, 'a', '{happy,sad}'), (2, 'sad', NULL, 'b', NULL);
