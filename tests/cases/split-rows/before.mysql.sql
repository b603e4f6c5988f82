CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO authors VALUES (1, 'ada'), (2, 'grace');
CREATE TABLE articles (id INTEGER PRIMARY KEY, title VARCHAR(40) NOT NULL UNIQUE, tags TEXT, author_id INTEGER REFERENCES authors(id), stars INTEGER);
INSERT INTO articles VALUES (1, 'one', 'red, green', 1, 5), (2, 'two', NULL, 2, NULL), (3, 'three', 'blue', 1, 3), (5, 'many', '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', NULL, 1);
CREATE INDEX articles_stars ON articles (stars);
CREATE TABLE comments (id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL REFERENCES articles(id));
INSERT INTO comments VALUES (1, 1), (2, 5);
