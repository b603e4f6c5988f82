CREATE TABLE items (id int PRIMARY KEY, price decimal(10,2) CHECK (price > 0), state varchar(10), body text,
  CONSTRAINT known_state CHECK (state IN ('new', 'old') AND char_length(state) <= 5), KEY by_body (body(20)), FULLTEXT KEY words (body), KEY by_price (price DESC, id));
INSERT INTO items VALUES (1, 9.99, 'new', 'abc'), (2, 5, 'old', NULL);
