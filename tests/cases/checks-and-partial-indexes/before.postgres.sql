CREATE TABLE items (id int PRIMARY KEY, price numeric(10,2) CHECK (price > 0), state varchar(10), active boolean NOT NULL,
  words text[], doc tsvector, CONSTRAINT known_state CHECK (state IN ('new', 'it''s old')), CHECK (price BETWEEN 0 AND 1000 AND NOT (active IS NULL)));
CREATE UNIQUE INDEX one_active ON items (state) WHERE active;
CREATE INDEX by_lower ON items (lower(state));
CREATE INDEX by_words ON items USING gin (words);
CREATE INDEX by_price ON items (price DESC NULLS LAST, id) INCLUDE (state);
INSERT INTO items VALUES (1, 9.99, 'new', true, '{a,b}', 'cat:1'), (2, 5, 'new', false, NULL, NULL), (3, 0.01, 'it''s old', false, '{}', '');
CREATE TABLE rooms (id int PRIMARY KEY, during int4range, code text, EXCLUDE USING gist (during WITH &&), CONSTRAINT later UNIQUE (code) DEFERRABLE);
ALTER TABLE rooms ADD CONSTRAINT only_new_rows CHECK (id < 100) NOT VALID;
CREATE UNIQUE INDEX one_null ON rooms (during) NULLS NOT DISTINCT;
INSERT INTO rooms VALUES (1, '[1,5)', 'a'), (2, '[5,9)', 'b');
