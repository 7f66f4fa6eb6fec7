/**
 * SQL by which a database's owner, in one transaction, removes all that was made in it; extensions in `public`, and the rights on what
 * will be made there, stay. Not by DROP OWNED, which takes those rights along.
 */
export const clearSql = `set local lock_timeout = '30s';
set local client_min_messages = warning;
do $clear$
declare
  statement text;
begin
  foreach statement in array coalesce((select array_agg(words) from (
    select format('drop schema if exists %I cascade', nspname) as words from pg_namespace
      where nspname !~ '^pg_' and nspname not in ('public', 'information_schema')
    union all
    select format('drop %s if exists %s cascade', type, identity)
      from pg_depend as each, lateral pg_identify_object(classid, objid, objsubid)
      where refclassid = 'pg_namespace'::regclass and refobjid = 'public'::regnamespace and deptype = 'n'
        and classid not in ('pg_extension'::regclass, 'pg_default_acl'::regclass)
        -- What is part of something else, or of an extension, goes or stays with that.
        and not exists (select from pg_depend as part where part.classid = each.classid
          and part.objid = each.objid and part.deptype in ('e', 'i'))
  ) as made), '{}')
  loop
    execute statement;
  end loop;
end
$clear$;
`;
