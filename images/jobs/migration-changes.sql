-- What a migration that failed has left, in sentences on one line, from the states in the psql variables `before` and
-- `after`; `since` is when it began. Included by psql.
WITH state AS (SELECT :'before'::jsonb AS before, :'after'::jsonb AS after), invalid AS (
  SELECT string_agg(name, ', ') AS names, string_agg(format('DROP INDEX CONCURRENTLY %s', name), '; ') AS remedy
  FROM state, jsonb_array_elements_text(after -> 'invalid') AS name WHERE NOT before -> 'invalid' ? name
), unvalidated AS (
  SELECT string_agg(statement, '; ') AS remedy
  FROM state, jsonb_array_elements_text(after -> 'unvalidated') AS statement WHERE NOT before -> 'unvalidated' ? statement
), change AS (
  SELECT coalesce(new.key, old.key) || CASE WHEN old.key IS NULL THEN ' (new)' WHEN new.key IS NULL THEN ' (gone)' ELSE ' (changed)' END AS text,
    row_number() OVER (ORDER BY coalesce(new.key, old.key)) AS number, count(*) OVER () AS all
  FROM (SELECT key, value FROM state, jsonb_each_text(before -> 'things')) AS old
    FULL JOIN (SELECT key, value FROM state, jsonb_each_text(after -> 'things')) AS new USING (key)
  WHERE old.value IS DISTINCT FROM new.value
), changed AS (
  SELECT string_agg(text, ', ' ORDER BY number) || CASE WHEN max("all") > 10 THEN format(' and %s more', max("all") - 10) ELSE '' END AS text
  FROM change WHERE number <= 10
), working AS (
  SELECT string_agg(format('pid %s: %s', pid, left(regexp_replace(query, '\s+', ' ', 'g'), 80)), ', ') AS list
  FROM pg_stat_activity WHERE datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()
    AND backend_start >= :'since'::timestamptz AND state <> 'idle'
)
SELECT concat_ws('. ',
  'The schema changed before it failed: ' || changed.text,
  'Not valid, so of no use, and in the way of the next try: the index ' || invalid.names || '; remove it: ' || invalid.remedy,
  'Not validated: ' || unvalidated.remedy,
  'Sessions that it may have begun are still at work: ' || working.list,
  CASE WHEN changed.text IS NULL THEN 'The schema is as it was before it began; rows were not compared' END)
FROM invalid, unvalidated, changed, working;
