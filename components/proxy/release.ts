import * as pulumi from "@pulumi/pulumi";
import { words } from "#workload/instances";
import type { Platform } from "#workload/platform";
import { siteEnvironment, type Release } from "#workload/release";
import { proxyEnvironment } from "#workload/step";

/** A proxy that is to lead to new containers. */
export interface RouteArgs {
  readonly proxy: pulumi.Input<string>;
  readonly apps: pulumi.Input<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
  /** Port inside the proxy's container at which the public URL is served. */
  readonly port: number;
  readonly publicUrl: string;
  /** What makes the certificate that HAProxy starts on: a script of the proxy's image and its words. */
  readonly prepare: readonly string[];
}

/** Parameters of the step that switches, looks at what it has done, goes back if it is bad, and drains. */
export function routeEnvironment(
  route: RouteArgs,
  release: Release,
  platform: Platform,
): Readonly<Record<string, pulumi.Input<string>>> {
  const { smoke, watch } = release;
  return {
    ...proxyEnvironment(platform),
    ...siteEnvironment(release.site),
    PROXY: route.proxy,
    CONTAINERS: words(route.apps),
    PUBLIC_URL: route.publicUrl,
    THROUGH: pulumi.interpolate`${route.proxy}:${route.port}`,
    TLS_PREPARE: route.prepare.join(" "),
    DRAIN: String(release.drainSeconds),
    KEEP_IMAGES: String(release.keepImages),
    // Whenever a record is begun this step ends it, whatever else may be the same.
    RELEASE: route.record,
    ...(smoke === undefined ? {} : { CHECKS: smoke }),
    ...(watch === undefined ? {} : { WATCH: JSON.stringify(watch) }),
  };
}
