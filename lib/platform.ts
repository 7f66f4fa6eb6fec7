/** Uid and gid of each workload: the Dockerfiles under images/ use the same. */
export const uids = { postgres: 999, proxy: 99, jobs: 10_002, acme: 10_003 } as const;

/** Who runs the tools of the jobs image, as `uid:gid`. */
export const jobsUser = `${String(uids.jobs)}:${String(uids.jobs)}`;

/** The uid of an app that does not say otherwise. */
export const defaultAppUser = "10001:10001";

/** Where every workload finds its secrets, a file each. */
export const secretsDirectory = "/run/secrets";

/** The PostgreSQL major version in images/postgres. */
export const postgresMajor = 17;

/** Most instances of an app. The proxy keeps a place ready for each, so that one more needs no reload. */
export const mostReplicas = 16;
