-- The rows of every table of the database that were written since a transaction, as one JSON object without the tables
-- that have none. Rows that were deleted since are not there to be counted. Included by psql, which has `since`: the
-- number of the first transaction that counts, of 64 bits.
SELECT coalesce(jsonb_object_agg(format('%I.%I', schema, name), rows) FILTER (WHERE rows > 0), '{}')
FROM (
  SELECT n.nspname AS schema, c.relname AS name,
    (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM ONLY %I.%I WHERE age(xmin) BETWEEN 0 AND age(%L::xid)',
      n.nspname, c.relname, (:since % 4294967296)::text), false, true, '')))[1]::text::bigint AS rows
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
) AS tables;
