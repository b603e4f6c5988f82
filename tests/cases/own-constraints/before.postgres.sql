CREATE TABLE bookings (id int PRIMARY KEY, during int4range, place int UNIQUE DEFERRABLE INITIALLY DEFERRED, code text,
  CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&), CONSTRAINT codes UNIQUE NULLS NOT DISTINCT (code));
INSERT INTO bookings VALUES (1, '[1,5)', 1, NULL), (2, '[5,9)', 2, 'x');
