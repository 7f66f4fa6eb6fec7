-- The large objects of the database as one JSON object: how many there are, and their bytes, which are null where this role
-- may not read the table that they are in. Included by psql.
SELECT jsonb_build_object('count', (SELECT count(*) FROM pg_largeobject_metadata),
  'bytes', CASE WHEN has_table_privilege('pg_largeobject', 'SELECT') THEN (xpath('/row/bytes/text()', query_to_xml(
    'SELECT coalesce(sum(length(data)), 0) AS bytes FROM pg_largeobject', false, true, '')))[1]::text::bigint END);
