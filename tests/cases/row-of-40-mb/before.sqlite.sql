-- A text of 20 MB and a blob as large.
CREATE TABLE scans (id INTEGER PRIMARY KEY, page BLOB, words TEXT);
INSERT INTO scans VALUES (1, x'00', 'small'), (2, zeroblob(20000000), replace(hex(zeroblob(10000000)), '0', 'x')), (3, x'ff', 'small too');
