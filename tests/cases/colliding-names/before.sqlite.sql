-- Names that one engine cuts and another takes for one.
CREATE TABLE "a table whose name is far longer than the sixty-three bytes that PostgreSQL keeps of it" (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE "a table whose name is far longer than the sixty-three bytes that PostgreSQL keeps of the other" (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "a ""quoted"" one" TEXT, "ünï" TEXT);
INSERT INTO "a table whose name is far longer than the sixty-three bytes that PostgreSQL keeps of it" VALUES (1, 'it');
INSERT INTO "a table whose name is far longer than the sixty-three bytes that PostgreSQL keeps of the other" VALUES (1, 'the other');
INSERT INTO "order" VALUES (1, 'q', 'u');
