import { capacityLines, capacityRules } from "./capacity.js";
import { compressionRules } from "./compression.js";
import { connectionOrigin, originRules, trustedAddresses } from "./forwarded.js";
import { headerRules } from "./headers.js";
import { bodyRules, connectionRules, connectionTable, timeoutLines } from "./limits.js";
import { latencyRules, metricsSections } from "./metrics.js";
import { maintenanceConnectionRules, maintenanceRules } from "./maintenance.js";
import { counterLines, rateLimitRules, rateLimitTables, watchCounter } from "./rate-limits.js";
import { redirectRules } from "./redirects.js";
import { checksFile } from "#release/haproxy/checks";
import { answeredByAnother, preferenceRules } from "#release/haproxy/preference";
import { serversMark } from "#release/haproxy/servers";
import { watchTable } from "#release/watch/answers";
import type { Site } from "#workload/release";
import type { ProxySettings } from "../settings.js";
import { answer, condition } from "./text.js";
import { acmeBackend, acmeRoute, acmeRules, certificateFiles } from "./tls.js";

/** What the proxy's configuration follows from. */
export interface ProxyRoute {
  readonly settings: ProxySettings;
  readonly site: Site;
  /** The app has more containers than one. */
  readonly several: boolean;
  /** HAProxy shows its metrics inside the stack's network; default false. */
  readonly watched?: boolean;
}

/** Ports inside the proxy's container. */
export const proxyPorts = { http: 8080, https: 8443 } as const;

/** The whole of haproxy.cfg but its servers, which a release puts in where their marks are. */
export function haproxyConfig(route: ProxyRoute): string {
  const { settings } = route;
  return [
    ...processSection(route),
    ...defaultsSection(settings),
    ...resolversSection,
    ...httpFrontend(settings),
    ...appBackend(route),
    ...acmeBackend(settings.tls),
    ...connectionTable(settings.limits),
    ...rateLimitTables(settings.rateLimits),
    ...watchSection,
    ...(route.watched === true ? metricsSections() : []),
    ...settings.tcp.flatMap((each) => tcpSection(route, each)),
    "",
  ].join("\n");
}

function processSection({ settings, watched }: ProxyRoute): string[] {
  return [
    "# Written by Keelson. A change by hand is lost with the next release.",
    "global",
    "  log stdout format raw local0 info",
    "  stats socket /run/haproxy/admin.sock mode 600 level admin",
    "  hard-stop-after 30s",
    "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
    ...capacityLines(settings),
    ...counterLines(settings.rateLimits, watched),
    "",
  ];
}

function defaultsSection({ limits, accessLog }: ProxySettings): string[] {
  return [
    "defaults",
    "  mode http",
    "  log global",
    "  option httplog",
    "  option dontlognull",
    // A line for each request would be a quarter of what a request costs.
    ...(accessLog ? [] : ["  option dontlog-normal"]),
    "  option redispatch 1",
    ...timeoutLines(limits),
    "",
  ];
}

const resolversSection = [
  // Docker's DNS: a container that comes back with another address is found again within a second.
  "resolvers docker",
  "  nameserver dns 127.0.0.11:53",
  "  resolve_retries 3",
  "  timeout resolve 1s",
  "  timeout retry 1s",
  "  hold valid 1s",
  "  hold nx 1s",
  "  hold timeout 10s",
  "",
];

function httpFrontend(settings: ProxySettings): string[] {
  const { domains, tls, trustedProxies, limits } = settings;
  return [
    "frontend http",
    `  bind :${String(proxyPorts.http)}`,
    ...(tls.mode === "off"
      ? []
      : [
          `  bind :${String(proxyPorts.https)} ssl crt ${certificateFiles[tls.mode]} alpn h2,http/1.1`,
        ]),
    // A process that a reload leaves behind answers one more request on each kept connection, and says then that it
    // closes: a client whose request crosses the close would get nothing.
    "  option idle-close-on-response",
    ...trustedAddresses(trustedProxies),
    ...connectionOrigin(trustedProxies),
    ...connectionRules(limits, trustedProxies.length > 0),
    ...originRules(settings),
    ...condition("known-host", "req.hdr(host),host_only -i", domains),
    ...acmeRules(tls),
    answer(421, "No site of this name is served here.", "unless known-host"),
    ...maintenanceRules(settings.maintenance),
    ...redirectRules({
      ...settings,
      secure: tls.mode !== "off",
      // A site that did without HTTPS until now goes on so until it has a certificate.
      secureIf: tls.mode === "acme" ? "certificate-issued" : undefined,
    }),
    ...rateLimitRules(settings.rateLimits),
    ...bodyRules(limits),
    ...(tls.mode === "off" ? [] : capacityRules(settings)),
    ...headerRules(settings.headers),
    ...acmeRoute(tls),
    "  default_backend app",
    "",
  ];
}

function appBackend({ settings, site, several, watched }: ProxyRoute): string[] {
  return [
    "backend app",
    "  option httpchk",
    // As the public asks. The path can change while HAProxy runs: a release brings its own, a migration takes it away.
    `  http-check send meth GET uri-lf "%[srv_name,map(${checksFile},/)]" ver HTTP/1.1 hdr Host ${site.host} hdr X-Forwarded-Proto ${site.scheme}`,
    `  http-check expect status ${site.statuses?.join(",") ?? "200-299"}`,
    ...retryLines(several),
    // What has surely not reached the app is sent again, and what may be repeated if no answer has begun.
    "  retry-on conn-failure empty-response",
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ...compressionRules(settings.compression),
    ...watchRules(settings),
    ...(watched === true ? latencyRules(settings.rateLimits) : []),
    "  balance leastconn",
    ...preferenceRules("app", "http-request"),
    serversMark(site.port),
    "",
  ];
}

/**
 * One request that kills whoever answers it must not end them all: it is tried once more, on another container. A
 * single container is waited for while Docker restarts it.
 */
function retryLines(several: boolean): string[] {
  return [`  retries ${several ? "1" : "3"}`];
}

/** Counts answers by client and first part of the path, for the watch over a release. */
function watchRules({ rateLimits }: ProxySettings): string[] {
  const counter = String(watchCounter(rateLimits));
  return [
    "  http-request set-var-fmt(txn.watched) %[src]|%[path,field(2,/)]",
    `  http-request track-sc${counter} var(txn.watched) table ${watchTable}`,
    // What the version before had to answer is no answer of the new one.
    `  http-response sc-inc-gpc0(${counter}) if ${answeredByAnother}`,
  ];
}

const watchSection = [
  `backend ${watchTable}`,
  `  stick-table type string len 80 size 10k expire 5m store http_req_cnt,http_err_cnt,http_fail_cnt,http_req_rate(60s),http_err_rate(60s),http_fail_rate(60s),gpc0,gpc0_rate(60s)`,
  "",
];

function tcpSection(
  { several, settings: { limits, trustedProxies, maintenance } }: ProxyRoute,
  { port, target }: { port: number; target: number },
): string[] {
  return [
    `listen tcp-${String(port)}`,
    `  bind :${String(port)}`,
    "  mode tcp",
    "  option tcplog",
    `  timeout client ${limits.tunnelTimeout}`,
    `  timeout server ${limits.tunnelTimeout}`,
    ...(limits.connectionsPerAddress === undefined ? [] : trustedAddresses(trustedProxies)),
    ...maintenanceConnectionRules(maintenance),
    ...connectionRules(limits, trustedProxies.length > 0),
    ...retryLines(several),
    "  balance leastconn",
    ...preferenceRules(`tcp-${String(port)}`, "tcp-request content"),
    serversMark(target),
    "",
  ];
}
