import { problem } from "#lib/settings";
import { majorsWithPackages, type PostgresMajor } from "#lib/platform";

/** Extensions of PostgreSQL itself: the server's package of Debian has all of contrib in it. */
const ofServer = new Set(
  `adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw
  fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime old_snapshot pageinspect pg_buffercache
  pg_freespacemap pg_logicalinspect pg_prewarm pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect
  pgcrypto pgrowlocks pgstattuple plpgsql postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows
  tsm_system_time unaccent uuid-ossp xml2`.split(/\s+/),
);

/** Debian's packages of further ones: what comes after `postgresql-<major>-`. */
const ofPackages: Readonly<Record<string, string>> = {
  address_standardizer: "postgis-3",
  debversion: "debversion",
  h3: "h3",
  hll: "hll",
  http: "http",
  hypopg: "hypopg",
  icu_ext: "icu-ext",
  ip4r: "ip4r",
  mysql_fdw: "mysql-fdw",
  ogr_fdw: "ogr-fdw",
  orafce: "orafce",
  pg_cron: "cron",
  pg_hint_plan: "pg-hint-plan",
  pg_partman: "partman",
  pg_qualstats: "pg-qualstats",
  pg_repack: "repack",
  pg_similarity: "similarity",
  pgaudit: "pgaudit",
  pglogical: "pglogical",
  pgrouting: "pgrouting",
  pgtap: "pgtap",
  plpgsql_check: "plpgsql-check",
  postgis: "postgis-3",
  postgis_raster: "postgis-3",
  postgis_tiger_geocoder: "postgis-3",
  postgis_topology: "postgis-3",
  prefix: "prefix",
  q3c: "q3c",
  rum: "rum",
  semver: "semver",
  tdigest: "tdigest",
  tds_fdw: "tds-fdw",
  vector: "pgvector",
};

/** Those of procedural languages, whose packages are named the other way round. */
const ofLanguages = [
  [/(^|_)plperlu?$/, "postgresql-plperl"],
  [/(^|_)plpython3u$/, "postgresql-plpython3"],
  [/^pltclu?$/, "postgresql-pltcl"],
] as const;

interface Named {
  readonly version: PostgresMajor;
  readonly packages: readonly string[];
}

/**
 * Extensions that no image has, and packages of another server, a line each.
 * @param extensions of `database.extensions`, or of another database
 * @param path of the database in the settings
 */
export function extensionProblems(
  extensions: readonly string[],
  { version, packages }: Named,
  path = "database",
): string[] {
  if (packages.length > 0 && !majorsWithPackages.includes(version)) {
    const what = `the images have PostgreSQL ${String(version)} from an older Debian, without further packages`;
    const remedy = `upgrade first (keelson upgrade-postgres), or set images.postgres and images.backup`;
    return [problem("postgres.packages", what, remedy)];
  }
  const prefix = `postgresql-${String(version)}-`;
  const foreign = packages.flatMap((name, index) =>
    /^postgresql-\d/.test(name) && !name.startsWith(prefix)
      ? [
          problem(
            `postgres.packages[${String(index)}]`,
            `${name} is for another server than postgres.version (${String(version)})`,
            `name ${name.replace(/^postgresql-\d+-/, prefix)}`,
          ),
        ]
      : [],
  );
  const missing = extensions.flatMap((name, index) => {
    const found = problemOf(name, packages, version);
    return found === undefined ? [] : [problem(`${path}.extensions[${String(index)}]`, ...found)];
  });
  return [...foreign, ...missing];
}

function problemOf(
  name: string,
  packages: readonly string[],
  version: PostgresMajor,
): [what: string, remedy: string] | undefined {
  if (ofServer.has(name)) return undefined;
  const wanted = packageOf(name, version);
  const what = `${name} is in no image: it is not one of PostgreSQL's own`;
  if (wanted !== undefined) {
    // A version of its own, such as postgis-3-scripts, does as well.
    if (packages.some((each) => each === wanted || each.startsWith(`${wanted}-`))) return undefined;
    return [what, `add ${wanted} to postgres.packages`];
  }
  // A package may have it under a name of its own.
  if (packages.length > 0) return undefined;
  return [
    what,
    `add its package of Debian (postgresql-${String(version)}-…) to postgres.packages, or set images.postgres and images.backup`,
  ];
}

function packageOf(name: string, version: PostgresMajor): string | undefined {
  const language = ofLanguages.find(([pattern]) => pattern.test(name))?.[1];
  if (language !== undefined) return `${language}-${String(version)}`;
  const known = ofPackages[name];
  return known === undefined ? undefined : `postgresql-${String(version)}-${known}`;
}
