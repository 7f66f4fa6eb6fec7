-- Statements that put in order what was ordered with other versions of the libraries than this server's. The variable
-- `recorded` is what recorded.sql gave before. Included by psql.
WITH now AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.collname) AS name,
    CASE WHEN c.collprovider = 'd'
      THEN (SELECT pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = current_database())
      ELSE pg_collation_actual_version(c.oid) END AS version
  FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
), changed AS (
  SELECT now.oid FROM now JOIN jsonb_each_text(:'recorded') AS was ON was.key = now.name WHERE was.value IS DISTINCT FROM now.version
)
SELECT format('REINDEX INDEX %s;', i.indexrelid::regclass)
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
WHERE r.relkind = 'i' AND EXISTS (
  SELECT FROM changed WHERE changed.oid = ANY (i.indcollation) OR EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_collation'::regclass AND d.refobjid = changed.oid))
UNION ALL
SELECT format('ALTER COLLATION %I.%I REFRESH VERSION;', n.nspname, c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.collversion <> pg_collation_actual_version(c.oid);
