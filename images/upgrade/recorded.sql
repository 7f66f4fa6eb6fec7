-- The versions of the libraries that text was ordered with in this database, by collation, as one JSON object;
-- collations that no library's version changes are not in it. Included by psql.
SELECT coalesce(jsonb_object_agg(name, version), '{}')
FROM (
  SELECT format('%I.%I', n.nspname, c.collname) AS name, c.collversion AS version
  FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.collversion IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog."default"', datcollversion FROM pg_database WHERE datname = current_database() AND datcollversion IS NOT NULL
) AS collations;
