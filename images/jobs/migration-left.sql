-- What migrations have left since the last one that passed, as lines `index <text>` and `constraint <text>`, from the
-- states in the psql variables `baseline` and `after`. Included by psql.
WITH state AS (SELECT :'baseline'::jsonb AS before, :'after'::jsonb AS after), invalid AS (
  SELECT name FROM state, jsonb_array_elements_text(after -> 'invalid') AS name
  WHERE NOT before -> 'invalid' ? name AND NOT after -> 'building' ? name
), unvalidated AS (
  SELECT statement FROM state, jsonb_array_elements_text(after -> 'unvalidated') AS statement
  WHERE NOT before -> 'unvalidated' ? statement
)
-- What REINDEX CONCURRENTLY left has its index next to it, which is valid.
SELECT 'index ' || string_agg(format('the index %s is not valid, so of no use: %s INDEX CONCURRENTLY %s', name,
  CASE WHEN name ~ '_cc(new|old)[0-9]*"?$' THEN 'DROP' ELSE 'REINDEX' END, name), '; ' ORDER BY name)
FROM invalid HAVING count(*) > 0
UNION ALL
SELECT 'constraint ' || string_agg('a constraint is not validated: ' || statement, '; ' ORDER BY statement)
FROM unvalidated HAVING count(*) > 0;
