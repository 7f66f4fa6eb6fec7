-- What a database has of a dump that was restored into it, as one JSON object: tables whose rows are not as many as those
-- of the dump, large objects, extensions that are missing, and schemas with tables that the app's role may not use.
-- Included by psql, with `app`; the environment's WANTED is a file with what the dump has.
\set wanted `cat "$WANTED"`
WITH wanted AS (
  SELECT key AS name, value::bigint AS rows, to_regclass(key) AS relation FROM jsonb_each_text(:'wanted'::jsonb -> 'rows')
), counted AS (
  SELECT name, rows, CASE WHEN c.oid IS NULL THEN NULL ELSE (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM %s %s',
    CASE relkind WHEN 'p' THEN '' ELSE 'ONLY' END, relation), false, true, '')))[1]::text::bigint END AS found
  FROM wanted LEFT JOIN pg_class c ON c.oid = relation
  -- An extension brings rows of its own.
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = relation AND deptype = 'e')
)
SELECT jsonb_build_object(
  'tables', (SELECT count(*) FROM counted),
  'rows', (SELECT coalesce(jsonb_agg(jsonb_build_object('table', name, 'wanted', rows, 'found', found) ORDER BY name), '[]')
    FROM counted WHERE found IS DISTINCT FROM rows),
  'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
  'missing', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]')
    FROM jsonb_array_elements_text(:'wanted'::jsonb -> 'extensions') AS name
    WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = name)),
  'unreachable', (SELECT coalesce(jsonb_agg(nspname ORDER BY nspname), '[]') FROM pg_namespace n, pg_roles r
    WHERE rolname = :'app' AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'keelson')
      AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')
      AND EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p', 'v', 'm')))
);
