CREATE TABLE d (id int PRIMARY KEY, word text DEFAULT 'it''s', number int DEFAULT 42, negative int DEFAULT '-1', cents numeric(10,2) DEFAULT 1.50, flag boolean DEFAULT true,
  stamp timestamp DEFAULT CURRENT_TIMESTAMP, zoned timestamptz DEFAULT now(), utc timestamp DEFAULT timezone('UTC', now()), day date DEFAULT CURRENT_DATE, key uuid DEFAULT gen_random_uuid(),
  doc jsonb DEFAULT '{}', who text DEFAULT CURRENT_USER, soon timestamp DEFAULT now() + interval '1 day');
INSERT INTO d (id, stamp, zoned, utc, day, key, who, soon) VALUES (1, '2024-02-29', '2024-02-29 12:00+00', '2024-02-29', '2024-02-29', '00000000-0000-0000-0000-000000000001', 'me', '2024-03-01');
