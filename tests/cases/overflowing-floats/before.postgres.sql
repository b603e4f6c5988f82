CREATE TABLE readings (id int PRIMARY KEY, value double precision, single real, exact numeric);
INSERT INTO readings VALUES (1, 1e308, 3.4028235e38, 1e400), (2, 'Infinity', '-Infinity', 'NaN'), (3, 'NaN', 'NaN', 0), (4, '-0', '-0', -0.0);
