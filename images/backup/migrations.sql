-- How far the database is migrated, as one JSON object: each table that a known migration tool keeps, with its rows
-- or, where there are many, their number and a hash. Included by psql.
SELECT coalesce(jsonb_object_agg(name, head), '{}')
FROM (
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
    (xpath('/row/head/text()', query_to_xml(format(
      'SELECT count(*) || '' '' || coalesce(md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C")), '''') AS head FROM %I.%I t',
      n.nspname, c.relname), false, true, '')))[1]::text AS head
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'
    -- What a dump leaves out, which nobody here may read.
    AND NOT ARRAY[n.nspname::text, format('%s.%s', n.nspname, c.relname)]
      && string_to_array(coalesce(current_setting('keelson.exclude', true), ''), ' ')
    AND c.relname IN (
    'alembic_version', 'schema_migrations', 'ar_internal_metadata', 'django_migrations', 'knex_migrations', '_prisma_migrations',
    '__drizzle_migrations', '__EFMigrationsHistory', 'flyway_schema_history', 'databasechangelog', 'goose_db_version',
    'gorp_migrations', 'migrations', 'pgmigrations', 'SequelizeMeta', '_sqlx_migrations', '__diesel_schema_migrations',
    'seaql_migrations', 'doctrine_migration_versions', 'phinxlog', 'typeorm_migrations', 'mikro_orm_migrations')
) AS tables;
