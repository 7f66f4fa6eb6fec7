-- The large objects of the database as one JSON object: how many, and their bytes. Included by psql.
SELECT jsonb_build_object('count', (SELECT count(*) FROM pg_largeobject_metadata),
  'bytes', (SELECT coalesce(sum(length(data)), 0) FROM pg_largeobject));
