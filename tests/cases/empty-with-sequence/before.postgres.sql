CREATE TABLE invoices (id bigserial PRIMARY KEY, total int);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total int);
SELECT setval('invoices_id_seq', 42), setval('orders_id_seq', 42);
