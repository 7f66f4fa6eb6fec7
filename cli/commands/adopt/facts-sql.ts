/** Words of SQL for what neither the server nor an extension has brought. @param of alias of pg_class */
const own = (of: string, schema = "n") => `${schema}.nspname <> 'information_schema'
  AND ${schema}.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_depend e
    WHERE e.classid = 'pg_class'::regclass AND e.objid = ${of}.oid AND e.deptype = 'e')`;

const name = "format('%I.%I', n.nspname, c.relname)";

/** Tables with rows of their own, as `tables` (name, and the row of pg_class). */
const tables = `SELECT ${name} AS name, c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${own("c")}`;

/** Types without an operator `=`: PostgreSQL finds no row by a row that has one. */
const incomparable =
  "'{json,xml,point,line,polygon,json[],xml[],point[],line[],polygon[]}'::regtype[]";

/** Asks an old database for `SourceFacts`, in one document; without rights beyond those of a login. */
export const factsSql = `
WITH tables AS MATERIALIZED (${tables}),
  me AS (SELECT oid, rolsuper, rolreplication, rolname FROM pg_roles WHERE rolname = current_user),
  db AS (SELECT * FROM pg_database WHERE datname = current_database()),
  sequences AS MATERIALIZED (SELECT ${name} AS name, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${own("c")})
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'encoding', pg_encoding_to_char(db.encoding),
  'collation', db.datcollate,
  'bytes', pg_database_size(db.oid),
  'superuser', me.rolsuper,
  'mayReplicate', me.rolsuper OR me.rolreplication OR EXISTS (SELECT FROM pg_roles r WHERE
    r.rolname IN ('rds_replication', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') AND pg_has_role(r.oid, 'MEMBER')),
  'mayCreate', has_database_privilege(db.oid, 'CREATE'),
  'ownsDatabase', pg_has_role(db.datdba, 'USAGE'),
  'standby', pg_is_in_recovery(),
  'paused', EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setdatabase = db.oid AND s.setrole = 0
    AND 'default_transaction_read_only=on' = ANY (s.setconfig)),
  'walLevel', current_setting('wal_level'),
  'slots', json_build_object('used', (SELECT count(*) FROM pg_replication_slots),
    'max', current_setting('max_replication_slots')::int),
  'senders', json_build_object('used', (SELECT count(*) FROM pg_stat_replication),
    'max', current_setting('max_wal_senders')::int),
  'slotKeepsMiB', coalesce((SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size'), -1),
  'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
  'prepared', (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
  'othersSessions', (SELECT coalesce(json_agg(DISTINCT a.usename), '[]') FROM pg_stat_activity a
    LEFT JOIN pg_roles r ON r.oid = a.usesysid
    WHERE a.datid = db.oid AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
      AND NOT (me.rolsuper OR (NOT coalesce(r.rolsuper, true)
        AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'MEMBER'))))),
  'oldestTransaction', (SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::int FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
  'extensions', (SELECT coalesce(json_agg(extname ORDER BY 1), '[]') FROM pg_extension WHERE extname <> 'plpgsql'),
  'collations', (SELECT coalesce(json_agg(DISTINCT l.collname), '[]') FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid
    JOIN pg_collation l ON l.oid = a.attcollation JOIN pg_namespace n ON n.oid = l.collnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname = 'pg_catalog'
      AND l.collname NOT IN ('default', 'C', 'POSIX', 'ucs_basic')),
  'alwaysTriggers', (SELECT coalesce(json_agg(format('%I on %s', g.tgname, t.name) ORDER BY 1), '[]') FROM tables t
    JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal AND g.tgenabled IN ('A', 'R')),
  'extensionTables', (SELECT coalesce(json_agg(${name} ORDER BY 1), '[]') FROM pg_extension x, unnest(x.extconfig) AS t
    JOIN pg_class c ON c.oid = t AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace),
  'foreignTables', (SELECT coalesce(json_agg(${name} ORDER BY 1), '[]') FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND ${own("c")}),
  'eventTriggers', (SELECT coalesce(json_agg(evtname ORDER BY 1), '[]') FROM pg_event_trigger e WHERE NOT EXISTS
    (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')),
  'sequences', (SELECT coalesce(json_agg(json_build_object('name', s.name,
    'readable', has_sequence_privilege(s.oid, 'SELECT')) ORDER BY s.name), '[]') FROM sequences s),
  'tables', (SELECT coalesce(json_agg(json_build_object(
      'name', t.name, 'bytes', pg_table_size(t.oid), 'identity', t.relreplident,
      'hasKey', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND i.indimmediate),
      'incomparable', EXISTS (SELECT FROM pg_attribute a LEFT JOIN pg_type y ON y.oid = a.atttypid
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND coalesce(nullif(y.typbasetype, 0), y.oid) = ANY (${incomparable}::oid[])),
      'unlogged', t.relpersistence = 'u',
      'owned', pg_has_role(t.relowner, 'USAGE'),
      'readable', has_table_privilege(t.oid, 'SELECT'),
      'forcedPolicies', t.relrowsecurity AND t.relforcerowsecurity) ORDER BY t.name), '[]') FROM tables t),
  'schema', (SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), '')) FROM (
    SELECT concat_ws(' ', t.name, a.attnum, a.attname, a.atttypid::regtype, a.atttypmod, a.attnotnull, a.attgenerated) AS line
      FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT concat_ws(' ', t.name, t.relreplident, t.relispartition, t.relpersistence) FROM tables t
    UNION ALL SELECT concat_ws(' ', t.name, pg_get_indexdef(i.indexrelid)) FROM tables t JOIN pg_index i ON i.indrelid = t.oid
    UNION ALL SELECT concat_ws(' ', t.name, pg_get_constraintdef(k.oid)) FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid
    UNION ALL SELECT s.name FROM sequences s
    UNION ALL SELECT concat_ws(' ', v.enumtypid::regtype, v.enumlabel) FROM pg_enum v) AS lines))
FROM me, db;
`;

/** Asks a database of ours for `TargetFacts`. */
export const targetSql = `
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'encoding', pg_encoding_to_char(encoding),
  'collation', datcollate,
  'workers', current_setting('max_logical_replication_workers')::int,
  'available', (SELECT json_agg(json_build_object('name', name, 'trusted', trusted)) FROM (
    SELECT v.name, bool_or(v.trusted) AS trusted FROM pg_available_extension_versions v GROUP BY v.name) AS versions),
  'collations', (SELECT json_agg(DISTINCT collname) FROM pg_collation))
FROM pg_database WHERE datname = current_database();
`;
