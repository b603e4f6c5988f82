-- 1e400 is infinity to a double, and a decimal of 401 digits as text.
CREATE TABLE readings (id INTEGER PRIMARY KEY, value REAL, exact DECIMAL_TEXT);
INSERT INTO readings VALUES (1, 1e308, '1'), (2, 9e999, '1' || replace(hex(zeroblob(200)), '0', '0')), (3, -9e999, '0'), (4, 5e-324, '0.1');
