-- The schema of a database, as one JSON object in the psql variable that :into names: a hash of what the catalog says of
-- each thing in it, indexes that are not valid, those of them that are just being built, and constraints that are not
-- validated. It takes no lock on any table,
-- and does not see rows. Included by psql.
WITH own AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'keelson')
), relation AS (
  SELECT c.oid, relkind, format('%s %I.%I', CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
    WHEN 'c' THEN 'type' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'table' END, nspname, relname) AS name,
    to_jsonb(c) - ARRAY['relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode',
      'relhasindex', 'relhastriggers', 'relhasrules', 'relhassubclass'] AS fact
  FROM pg_class c JOIN own ON own.oid = relnamespace WHERE relpersistence <> 't'
), facts (name, fact) AS (
  SELECT 'schema ' || quote_ident(nspname), to_jsonb(n) FROM pg_namespace n JOIN own USING (oid, nspname)
  UNION ALL SELECT name, fact FROM relation
  UNION ALL SELECT name, to_jsonb(a) - 'attstattarget' FROM pg_attribute a JOIN relation ON relation.oid = attrelid WHERE attnum > 0
  UNION ALL SELECT name, to_jsonb(d) FROM pg_attrdef d JOIN relation ON relation.oid = adrelid
  UNION ALL SELECT name, to_jsonb(r) FROM pg_rewrite r JOIN relation ON relation.oid = ev_class
  UNION ALL SELECT name, to_jsonb(i) FROM pg_index i JOIN relation ON relation.oid = indexrelid
  UNION ALL SELECT name, to_jsonb(s) FROM pg_sequence s JOIN relation ON relation.oid = seqrelid
  UNION ALL SELECT name, to_jsonb(t) FROM pg_trigger t JOIN relation ON relation.oid = tgrelid
  UNION ALL SELECT name, to_jsonb(p) FROM pg_policy p JOIN relation ON relation.oid = polrelid
  UNION ALL SELECT name, to_jsonb(k) FROM pg_constraint k JOIN relation ON relation.oid = conrelid
  UNION ALL SELECT 'function ' || p.oid::regprocedure, to_jsonb(p) FROM pg_proc p JOIN own ON own.oid = pronamespace
  UNION ALL SELECT format('type %I.%I', nspname, typname), to_jsonb(t) FROM pg_type t JOIN own ON own.oid = typnamespace WHERE typtype IN ('d', 'e', 'r')
  UNION ALL SELECT format('type %I.%I', nspname, typname), to_jsonb(e) FROM pg_enum e JOIN pg_type t ON t.oid = enumtypid JOIN own ON own.oid = typnamespace
  UNION ALL SELECT 'extension ' || quote_ident(extname), to_jsonb(e) FROM pg_extension e
)
SELECT jsonb_build_object(
  'things', (SELECT coalesce(jsonb_object_agg(name, hash), '{}')
    FROM (SELECT name, md5(string_agg(fact::text, ',' ORDER BY fact::text)) AS hash FROM facts GROUP BY name) AS each),
  -- One of a partitioned table is not valid until each partition has its own.
  'invalid', (SELECT coalesce(jsonb_agg(substr(name, 7) ORDER BY name), '[]')
    FROM pg_index JOIN relation ON relation.oid = indexrelid WHERE NOT indisvalid AND relkind = 'i'),
  -- Of a build that another role runs only the process is shown; it holds a lock on the table.
  'building', (SELECT coalesce(jsonb_agg(substr(name, 7) ORDER BY name), '[]')
    FROM pg_index JOIN relation ON relation.oid = indexrelid WHERE NOT indisvalid AND EXISTS (
      SELECT FROM pg_stat_progress_create_index AS build JOIN pg_locks USING (pid)
      WHERE build.datname = current_database() AND pg_locks.relation = indrelid AND granted)),
  'unvalidated', (SELECT coalesce(jsonb_agg(format('ALTER TABLE %s VALIDATE CONSTRAINT %I', substr(name, 7), conname) ORDER BY conname), '[]')
    FROM pg_constraint JOIN relation ON relation.oid = conrelid WHERE NOT convalidated AND contype IN ('c', 'f') AND relkind IN ('r', 'p'))
) AS :"into" \gset
