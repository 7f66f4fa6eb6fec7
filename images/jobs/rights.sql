-- Rights of the app's role and of readonly on what is in the database that psql is connected to, and on what will be made
-- there, in every schema. Included by psql, as superuser or as the migrator, and may run again at any time; who runs it
-- may be allowed a part of it only, and does that part.
--
-- `keelson.database` is the name that the roles are called after, a setting of the session; `keelson.owns_schema` is on
-- where the app makes its tables itself.
--
-- What somebody has granted or revoked stays: on an object that is there, only what has no rights at all yet (made by a
-- session that was not the owner's, or before there were default privileges for it), or exactly the rights of an earlier
-- version of this file, is changed. An append-only table stays append-only.
DO $keelson$
DECLARE
  named CONSTANT text := current_setting('keelson.database');
  owner CONSTANT text := named || '_owner';
  app CONSTANT text := named || '_app';
  reader CONSTANT text := named || '_readonly';
  migrator CONSTANT text := named || '_migrator';
  writes CONSTANT text := 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'
    || CASE WHEN current_setting('server_version_num')::int >= 170000 THEN ', MAINTAIN' ELSE '' END;
  maker text;
  statement text;
  was_apps oid[];
BEGIN
  -- Roles that are not ours: of an external database.
  IF (SELECT count(*) FROM pg_roles WHERE rolname IN (owner, app, reader, migrator)) < 4 OR NOT pg_has_role(owner, 'USAGE') THEN
    RETURN;
  END IF;

  -- What the app has made as itself it has no rights on of its own, once that is the owner's.
  SELECT coalesce(array_agg(d.objid) || array_agg(s.objid) FILTER (WHERE s.objid IS NOT NULL), '{}') INTO was_apps
  FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid AND r.rolname = app
    LEFT JOIN pg_depend s ON s.refclassid = d.classid AND s.refobjid = d.objid AND s.classid = 'pg_class'::regclass
      AND s.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
  WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND d.deptype = 'o'
    AND d.refclassid = 'pg_authid'::regclass AND pg_has_role(r.oid, 'USAGE');

  -- A session that has reset its role (DISCARD ALL, RESET SESSION AUTHORIZATION) makes things that are not the owner's.
  FOR statement IN
    SELECT format('ALTER %s %s OWNER TO %I', i.type, i.identity, owner)
    FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid, LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
    WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND d.deptype = 'o'
      AND d.refclassid = 'pg_authid'::regclass AND r.rolname IN (migrator, app) AND pg_has_role(r.oid, 'USAGE')
      AND i.type IN ('schema', 'table', 'view', 'materialized view', 'foreign table', 'sequence', 'function', 'procedure',
        'aggregate', 'type', 'text search configuration', 'text search dictionary', 'collation')
      AND i.schema IS DISTINCT FROM 'pg_temp' AND coalesce(i.schema, i.name) !~ '^pg_(toast_)?temp_'
      -- An extension's objects go with it, and a column's sequence with its table.
      AND NOT EXISTS (SELECT FROM pg_depend p WHERE p.classid = d.classid AND p.objid = d.objid
        AND (p.deptype = 'e' OR d.classid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')
          AND p.refclassid = 'pg_class'::regclass AND i.type = 'sequence'))
    ORDER BY i.type = 'schema' DESC
  LOOP
    EXECUTE statement;
  END LOOP;

  FOREACH maker IN ARRAY ARRAY[owner, migrator, app] LOOP
    CONTINUE WHEN NOT pg_has_role(maker, 'USAGE');
    FOREACH statement IN ARRAY ARRAY[
      format('GRANT USAGE ON SCHEMAS TO %I, %I', app, reader),
      format('GRANT %s ON TABLES TO %I', writes, app),
      format('GRANT SELECT ON TABLES TO %I', reader),
      format('GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO %I', app),
      format('GRANT SELECT ON SEQUENCES TO %I', reader)]
    LOOP
      EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I ', maker) || statement;
    END LOOP;
  END LOOP;

  FOR statement IN
    WITH own AS (
      SELECT oid, nspname, nspacl FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'keelson') AND pg_has_role(nspowner, 'USAGE')
    ), relation AS (
      SELECT format('%I.%I', nspname, relname) AS name, relkind, relacl, c.oid = ANY (was_apps) AS was_apps, (
          SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type) FROM aclexplode(relacl)
          WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = app)) AS has
      FROM pg_class c JOIN own ON own.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
        AND relowner = (SELECT oid FROM pg_roles WHERE rolname = owner)
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
    )
    SELECT format('GRANT USAGE ON SCHEMA %I TO %I, %I', nspname, app, reader) FROM own WHERE nspacl IS NULL OR oid = ANY (was_apps)
    UNION ALL
    SELECT format('GRANT %s ON %s TO %I', writes, name, app) FROM relation
    WHERE relkind <> 'S' AND (relacl IS NULL OR relation.was_apps OR has IN ('DELETE, INSERT, SELECT, UPDATE', 'DELETE, INSERT, SELECT, TRUNCATE, UPDATE'))
      AND has IS DISTINCT FROM (SELECT string_agg(each, ', ' ORDER BY each) FROM unnest(string_to_array(writes, ', ')) AS each)
    UNION ALL
    SELECT format('GRANT SELECT, USAGE, UPDATE ON SEQUENCE %s TO %I', name, app) FROM relation
    WHERE relkind = 'S' AND (relacl IS NULL OR relation.was_apps OR has = 'SELECT, USAGE')
    UNION ALL
    SELECT format('GRANT SELECT ON %s %s TO %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, reader)
    FROM relation WHERE relacl IS NULL OR relation.was_apps
  LOOP
    EXECUTE statement;
  END LOOP;
END
$keelson$;
