-- Two names that are one to whoever folds case.
CREATE TABLE item (id int PRIMARY KEY, "name" text, "Name" text);
CREATE TABLE "Item" (id int PRIMARY KEY, name text);
INSERT INTO item VALUES (1, 'small', 'capital');
INSERT INTO "Item" VALUES (1, 'another');
