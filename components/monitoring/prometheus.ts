import { secretsDirectory } from "#lib/platform";
import { instancesAlias } from "#workload/networks";
import type { Site } from "#workload/release";
import { remoteWriteConfig, type RemoteWriteSettings } from "./remote-write.js";

/** The metrics of a process's own. */
export interface OwnMetrics {
  readonly path: string;
  readonly port: number;
  /** Name of the secret with the token that it wants; undefined: none. */
  readonly tokenSecret?: string | undefined;
}

/** The file in the folder of secrets with the token that a service wants. */
export const serviceToken = (name: string) => `SERVICE_${name}_TOKEN`;

/** Targets of the monitoring, as the configuration of Prometheus needs them. */
export interface Watched {
  /** `<app>-<stack>`: label `stack` of every series. */
  readonly stack: string;
  readonly site: Site;
  /** Host and port in the stack's network at which the proxy serves clients, and its own metrics. */
  readonly proxy: { readonly clients: string; readonly metrics: string };
  /** Further address of the site, asked for from where its name resolves to. */
  readonly publicUrl: string | undefined;
  /** True where there is a Postgres server of ours. */
  readonly postgres: boolean;
  /** Host names of the Redis servers. */
  readonly redis: readonly string[];
  readonly app: OwnMetrics | undefined;
  /** Services with metrics of their own, by their names. */
  readonly services: Readonly<Record<string, OwnMetrics>>;
  /** Server that gets the series as well; undefined: none. */
  readonly remoteWrite: RemoteWriteSettings | undefined;
  /** Names of the files with rules, in the folder of secrets. */
  readonly rules: readonly string[];
}

/** Ports inside the container, on its loopback address. */
const ports = {
  prometheus: 9090,
  alertmanager: 9093,
  node: 9100,
  blackbox: 9115,
  redis: 9121,
  postgres: 9187,
} as const;

const at = (program: keyof typeof ports) => `127.0.0.1:${String(ports[program])}`;

/** Interval of probes and of rules: an outage is delivered within a minute. */
const often = "10s";

/** Address of a Redis server, for its exporter, which adds its user where it looks for the password. */
export const redisAddress = (host: string, user = "") =>
  `redis://${user}${user === "" ? "" : "@"}${host}:6379`;

/** The file where the container writes the app's replicas. */
const appTargets = "/run/monitoring/app.json";

/** Configuration of Prometheus. */
export function prometheusConfig(watched: Watched) {
  const { stack, rules, remoteWrite } = watched;
  return {
    global: {
      scrape_interval: "15s",
      scrape_timeout: "8s",
      evaluation_interval: often,
      external_labels: { stack },
    },
    rule_files: rules.map((file) => `${secretsDirectory}/${file}`),
    alerting: { alertmanagers: [{ static_configs: [{ targets: [at("alertmanager")] }] }] },
    ...(remoteWrite === undefined ? {} : { remote_write: [remoteWriteConfig(remoteWrite)] }),
    scrape_configs: [
      job("monitoring", stack, [at("prometheus"), at("alertmanager")]),
      { ...job("node", stack, [at("node")]), honor_labels: true },
      ...probeJobs(watched),
      proxyJob(watched),
      latencyJob(watched),
      ...(watched.postgres ? [postgresJob(stack)] : []),
      ...(watched.redis.length === 0 ? [] : [redisJob(watched)]),
      ...(watched.app === undefined ? [] : [appJob(watched.app, stack)]),
      ...Object.entries(watched.services).map(([name, metrics]) =>
        serviceJob(name, metrics, stack),
      ),
    ],
  };
}

function job(name: string, stack: string, targets: readonly string[]) {
  return { job_name: name, static_configs: [{ targets, labels: { stack } }] };
}

/** A job whose targets are asked for through an exporter. */
function through(
  exporter: keyof typeof ports,
  name: string,
  { stack, targets }: { readonly stack: string; readonly targets: readonly string[] },
) {
  return {
    ...job(name, stack, targets),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__address__"], target_label: "instance" },
      { target_label: "__address__", replacement: at(exporter) },
    ],
  };
}

/** The site as a client asks for it, through the proxy: whether it answers, and whether it is ready. */
function probeJobs({ stack, site, proxy, publicUrl }: Watched) {
  const probe = (name: string, module: string, target: string) => ({
    ...through("blackbox", name, { stack, targets: [target] }),
    metrics_path: "/probe",
    params: { module: [module] },
    scrape_interval: often,
  });
  const origin = `${site.scheme}://${proxy.clients}`;
  return [
    probe("site", "site", `${origin}${site.livePath ?? site.readyPath}`),
    ...(site.livePath === undefined ? [] : [probe("ready", "site", `${origin}${site.readyPath}`)]),
    ...(publicUrl === undefined ? [] : [probe("public", "public", publicUrl)]),
  ];
}

/** HAProxy's own exporter, without the places for servers that no container has taken. */
function proxyJob({ stack, proxy }: Watched) {
  return {
    ...job("proxy", stack, [proxy.metrics]),
    params: { "no-maint": [""], scope: ["global", "frontend", "backend", "server"] },
    relabel_configs: [{ target_label: "instance", replacement: "proxy" }],
  };
}

/** Returns the job that reads the app's response times, as the proxy has counted them. */
function latencyJob({ stack, proxy }: Watched) {
  return {
    ...job("latency", stack, [proxy.metrics]),
    metrics_path: "/latency",
    relabel_configs: [{ target_label: "instance", replacement: "proxy" }],
  };
}

/** Of hundreds of settings of the server one is used. */
function postgresJob(stack: string) {
  const kept = { source_labels: ["__name__"], regex: "pg_settings_max_connections" };
  return {
    ...job("postgres", stack, [at("postgres")]),
    relabel_configs: [{ target_label: "instance", replacement: "postgres" }],
    metric_relabel_configs: [
      { ...kept, target_label: "__tmp_kept", replacement: "1" },
      { source_labels: ["__tmp_kept", "__name__"], regex: ";pg_settings_.+", action: "drop" },
      { regex: "__tmp_kept", action: "labeldrop" },
    ],
  };
}

function redisJob({ stack, redis }: Watched) {
  const { relabel_configs, ...rest } = through("redis", "redis", {
    stack,
    targets: redis.map((host) => redisAddress(host)),
  });
  const name = { source_labels: ["__param_target"], regex: "redis://([^:]+):.*" };
  return {
    ...rest,
    metrics_path: "/scrape",
    relabel_configs: [...relabel_configs, { ...name, target_label: "instance" }],
  };
}

/** The container finds the replicas by itself, so that a release changes nothing here. */
function appJob({ path, tokenSecret }: OwnMetrics, stack: string) {
  return {
    job_name: "app",
    ...ownMetrics(path, tokenSecret && "APP_TOKEN"),
    file_sd_configs: [{ files: [appTargets], refresh_interval: "1m" }],
    relabel_configs: [{ target_label: "stack", replacement: stack }],
  };
}

/** Its containers are found by the name that all of them have, so that a release changes nothing here. */
function serviceJob(name: string, { path, port, tokenSecret }: OwnMetrics, stack: string) {
  return {
    job_name: `service-${name}`,
    ...ownMetrics(path, tokenSecret && serviceToken(name)),
    dns_sd_configs: [{ names: [instancesAlias(name)], type: "A", port, refresh_interval: "15s" }],
    relabel_configs: [
      { target_label: "stack", replacement: stack },
      { target_label: "process", replacement: name },
    ],
  };
}

/** @param token name of the file with it; undefined: it wants none */
function ownMetrics(path: string, token: string | undefined) {
  const authorization = { credentials_file: `${secretsDirectory}/${String(token)}` };
  return {
    metrics_path: path,
    sample_limit: 20_000,
    ...(token === undefined ? {} : { authorization }),
  };
}

/** Configuration of the probes. A certificate is judged by its expiry, and by whoever asks at the public address. */
export function blackboxConfig({ site }: Pick<Watched, "site">) {
  const headers = { "User-Agent": "keelson-monitoring" };
  return {
    modules: {
      site: {
        prober: "http",
        timeout: "5s",
        http: {
          preferred_ip_protocol: "ip4",
          follow_redirects: false,
          headers: { ...headers, Host: site.host },
          ...(site.statuses === undefined ? {} : { valid_status_codes: site.statuses }),
          ...(site.scheme === "http"
            ? {}
            : { tls_config: { insecure_skip_verify: true, server_name: site.host } }),
        },
      },
      public: { prober: "http", timeout: "8s", http: { headers } },
    },
  };
}
