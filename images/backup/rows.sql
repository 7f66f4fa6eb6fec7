-- The rows of every table of the database as one JSON object, an extension's tables apart. Included by psql, in a
-- transaction with `row_security = off`.
SELECT coalesce(jsonb_object_agg(format('%I.%I', schema, name), rows), '{}')
FROM (
  SELECT n.nspname AS schema, c.relname AS name,
    (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::bigint AS rows
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    -- What a dump leaves out, which nobody here may read.
    AND NOT ARRAY[n.nspname::text, format('%s.%s', n.nspname, c.relname)]
      && string_to_array(coalesce(current_setting('keelson.exclude', true), ''), ' ')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
) AS tables;
