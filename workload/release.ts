import type * as pulumi from "@pulumi/pulumi";

/** Gates of a release, as its steps need them. */
export interface Release {
  /** The public address of the site, and the app's path of readiness. */
  readonly site: Site;
  /** The smoke test as JSON, as release/smoke-test.ts reads it; undefined where there is none. */
  readonly smoke?: string | undefined;
  /** Values of the secrets that it names, as JSON; secret. */
  readonly smokeSecrets?: pulumi.Input<string> | undefined;
  readonly drainSeconds: number;
  /** Of how many releases the images stay on the host. */
  readonly keepImages: number;
  /** Undefined where nothing is watched. */
  readonly watch?:
    | {
        readonly seconds: number;
        readonly minRequests: number;
        readonly maxErrorShare: number;
        readonly latency?: LatencyLimit | undefined;
      }
    | undefined;
}

/** A limit of the share of slow answers. */
export interface LatencyLimit {
  /** Until an answer begins; it is slow beyond. */
  readonly seconds: number;
  /** The highest excess over the share of just before. */
  readonly maxShare: number;
}

/** The app as the public asks for it. */
export interface Site {
  /** Its first name. */
  readonly host: string;
  readonly scheme: "http" | "https";
  /** The app's own port, behind the proxy. */
  readonly port: number;
  /** Path of readiness. */
  readonly readyPath: string;
  /** Statuses that are good there, and where it says that it lives; undefined: any 2xx. */
  readonly statuses?: readonly number[] | undefined;
  /** Path of liveness; undefined where it is the same. */
  readonly livePath?: string | undefined;
}

/** Environment of a step that asks the smoke test's questions; empty where there are none. */
export function smokeEnvironment({ smoke, smokeSecrets }: Release) {
  if (smoke === undefined) return {};
  return { CHECKS: smoke, ...(smokeSecrets === undefined ? {} : { SMOKE_SECRETS: smokeSecrets }) };
}

/** Environment of a step that asks the app. */
export function siteEnvironment({ host, scheme, port, readyPath, statuses }: Site) {
  return {
    SITE_HOST: host,
    SITE_SCHEME: scheme,
    APP_PORT: String(port),
    READY_PATH: readyPath,
    ...(statuses === undefined ? {} : { READY_STATUSES: statuses.join(" ") }),
  };
}

/** Environment of a step that starts or stops services; empty where there are none. */
export function servicesEnvironment(description: pulumi.Input<string> | undefined) {
  return description === undefined ? {} : { SERVICES: description };
}
