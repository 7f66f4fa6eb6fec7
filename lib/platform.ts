/** Uid and gid of each workload: the Dockerfiles under images/ use the same. */
export const uids = {
  postgres: 999,
  redis: 998,
  proxy: 99,
  jobs: 10_002,
  acme: 10_003,
  monitoring: 10_004,
  logs: 10_005,
  page: 10_006,
} as const;

/** Port inside the proxy's container, published nowhere, at which HAProxy shows its metrics where the stack is watched. */
export const proxyMetricsPort = 8404;

/** Name of the status page's container on the edge network, by which the proxy finds it, and its port there. */
export const pageAddress = { host: "status-page", port: 8080 } as const;

/** A container's user, `uid:gid`, as the owner of its volumes. */
export function ownerOf(user: string): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = user.split(":").map(Number) as [number, number];
  return { uid, gid };
}

/** User that runs Postgres, its backups and its drills, as `uid:gid`. */
export const postgresUser = `${String(uids.postgres)}:${String(uids.postgres)}`;

/** User that runs Redis servers, as `uid:gid`. */
export const redisUser = `${String(uids.redis)}:${String(uids.redis)}`;

/** User that runs the tools of the jobs image, as `uid:gid`. */
export const jobsUser = `${String(uids.jobs)}:${String(uids.jobs)}`;

/** The uid of an app that does not say otherwise. */
export const defaultAppUser = "10001:10001";

/** Folder of every workload's secrets, a file each. */
export const secretsDirectory = "/run/secrets";

/** The major versions of PostgreSQL that images/postgres/add-postgres can install, oldest first. */
export const postgresMajors = [15, 16, 17, 18] as const;
export type PostgresMajor = (typeof postgresMajors)[number];

/** Those with packages of further extensions, of the base's release or of the PostgreSQL project's repository for it. */
export const majorsWithPackages: readonly PostgresMajor[] = [16, 17, 18];

/** The one of a stack that doesn't say. */
export const defaultPostgresMajor: PostgresMajor = 17;

/** Variable of the environment that is 1 where a destroy of a protected stack is not to be refused as a whole. */
export const destroyVariable = "KEELSON_DESTROY";

/** Most instances of an app. The proxy keeps a place ready for each, so that one more needs no reload. */
export const mostReplicas = 16;

/** Variable that allows one new, empty database where there is one already; its value: `<volume>/<database>`. */
export const newDatabaseVariable = "KEELSON_NEW_DATABASE";
