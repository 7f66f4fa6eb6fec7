import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Jobs } from "#components/jobs";
import { Monitoring } from "#components/monitoring";
import { monitoringSecrets } from "#components/monitoring/secrets";
import { ownRulesFile } from "#components/monitoring/problems";
import { serviceToken, type OwnMetrics } from "#components/monitoring/prometheus";
import { shippedRules } from "#components/monitoring/rules";
import type { Proxy } from "#components/proxy";
import { proxyPorts } from "#components/proxy/haproxy/ports";
import { optionalSecret } from "#components/secrets";
import { nameOfDatabase, type Settings } from "#config";
import { servedPage } from "#config/private-paths";
import { proxyMetricsPort } from "#lib/platform";
import { pageQueries } from "#page/stack/queries";
import type * as pulumi from "@pulumi/pulumi";
import type { DataPart } from "./database.js";
import type { redisOf } from "./redis.js";
import type { Part, Shared } from "./shared.js";

interface Watched {
  readonly data: DataPart;
  readonly redis: ReturnType<typeof redisOf>;
  readonly proxy: Proxy;
  readonly jobs: Jobs | undefined;
  /** Resources that have to be there before monitoring, so that nothing is missed that only begins. */
  readonly after: readonly pulumi.Resource[];
}

/** Returns the monitoring of the stack, where the settings have it; last of all. */
export function monitoringOf(
  shared: Shared,
  watched: Watched,
): Part & { readonly monitoring?: Monitoring } {
  const { name, settings, platform, network, image, opts, release } = shared;
  if (!settings.monitoring.enabled) return { resources: [] };
  const { data, redis, proxy, jobs, after } = watched;
  const onDataNetwork = !data.external || redis.servers.length > 0;
  const metrics = settings.app.metrics;
  const args = {
    settings: settings.monitoring,
    image: image("monitoring"),
    networks: onDataNetwork ? network : { edge: network.edge },
    site: release.site,
    proxy: {
      container: proxy.containerName,
      clients: settings.proxy.tls.mode === "off" ? proxyPorts.http : proxyPorts.https,
      metrics: proxyMetricsPort,
    },
    postgres: loginOf(shared, data),
    redis: redis.servers,
    app: metrics && { ...metrics, port: metrics.port ?? settings.app.port },
    services: serviceMetrics(settings),
    backupMetrics: data.backupMetrics,
    jobsMetrics: jobs?.ledgers ?? {},
    pageQueries: servedPage(settings) && queriesOf(shared),
    rules: rulesOf(shared),
    secrets: secretsOf(shared),
  };
  const monitoring = new Monitoring(`${name}-monitoring`, args, platform, {
    ...opts,
    dependsOn: [...after],
  });
  return {
    monitoring,
    resources: [monitoring],
    containers: { monitoring: monitoring.containerName },
  };
}

function queriesOf({ name, settings }: Shared) {
  return pageQueries({ prefix: name, database: nameOfDatabase(settings) });
}

/** Metrics of services, each with its port: `check` sees to it that there is one. */
function serviceMetrics({ services }: Settings): Record<string, OwnMetrics> {
  const all = Object.entries(services).flatMap(([name, { metrics, port }]) => {
    const from = metrics?.port ?? port;
    return metrics === undefined || from === undefined
      ? []
      : [[name, { ...metrics, port: from }] as const];
  });
  return Object.fromEntries(all);
}

function loginOf({ settings }: Shared, { place, monitorLogin }: DataPart) {
  if (place === undefined || monitorLogin === undefined) return undefined;
  return {
    host: place.host,
    database: place.name,
    ...monitorLogin,
    hasStatements: settings.database.extensions.includes("pg_stat_statements"),
  };
}

function rulesOf({ settings: { monitoring, backup, database }, context }: Shared) {
  const own = monitoring.rules.map((file, index): [string, string] => [
    ownRulesFile(index),
    readFileSync(join(context.root, file), "utf8"),
  ]);
  const rotated = database.logins.backup.rotation > 1;
  const shipped = Object.entries(shippedRules(monitoring, backup.enabled, rotated));
  return Object.fromEntries([...shipped, ...own]);
}

/** ntfy shows what it gets as it is, unless the URL says that it comes from Alertmanager. */
const ntfyUrl = (url: string) => `${url}${url.includes("?") ? "&" : "?"}template=alertmanager`;

function secretsOf({
  settings: { monitoring, app, services },
  secrets,
}: Shared): Record<string, pulumi.Output<string>> {
  const token = app.metrics?.tokenSecret;
  const named = [
    ...monitoringSecrets(monitoring),
    ...(token === undefined ? [] : [{ file: "APP_TOKEN", secret: token }]),
    ...Object.entries(services).flatMap(([name, { metrics }]) =>
      metrics?.tokenSecret === undefined
        ? []
        : [{ file: serviceToken(name), secret: metrics.tokenSecret }],
    ),
  ];
  const values = named.flatMap(({ file, secret }): [string, pulumi.Output<string>][] => {
    const value = optionalSecret(secrets, secret);
    if (value === undefined) return [];
    return [[file, file === "NTFY_URL" ? value.apply((url) => ntfyUrl(url.trim())) : value]];
  });
  return Object.fromEntries(values);
}
