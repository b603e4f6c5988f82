CREATE TABLE items (id INTEGER PRIMARY KEY, price DECIMAL(10,2) CHECK (price > 0), state TEXT, active BOOLEAN NOT NULL DEFAULT 1,
  note TEXT CHECK (note LIKE 'a%'), CONSTRAINT known_state CHECK (state IN ('new', 'it''s old') AND length(state) <= 10), CHECK (active IN (0, 1)));
CREATE UNIQUE INDEX one_active ON items (state) WHERE active = 1;
CREATE INDEX by_upper ON items (upper(note));
INSERT INTO items VALUES (1, 9.99, 'new', 1, 'abc'), (2, 5, 'new', 0, NULL), (3, 0.01, 'it''s old', 0, 'a');
