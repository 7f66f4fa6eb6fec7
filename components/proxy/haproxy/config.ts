import { capacityLines, capacityRules } from "./capacity.js";
import { backends, retryLines, type ProxyRoute } from "./backends.js";
import { connectionOrigin, originRules, trustedAddresses } from "./forwarded.js";
import { headerRules } from "./headers.js";
import {
  bodyRules,
  connectionRules,
  connectionTable,
  lingerSeconds,
  timeoutLines,
} from "./limits.js";
import { metricsSections } from "./metrics.js";
import { maintenanceConnectionRules, maintenanceRules } from "./maintenance.js";
import { listeners } from "./ports.js";
import { pageBackend, pageInMaintenance } from "./page.js";
import { pathRules, strictPathRules } from "./paths.js";
import { hiddenRules, passwordRules, privateConditions } from "./private-paths.js";
import { counterLines, countsByPath, rateLimitRules, rateLimitTables } from "./rate-limits.js";
import { redirectRules } from "./redirects.js";
import { preferenceRules } from "#release/haproxy/preference";
import { serversMark } from "#release/haproxy/servers";
import { watchTable } from "#release/watch/answers";
import type { ProxySettings } from "../settings.js";
import { countRules, cutPrefixes, routeHosts, routeRules } from "./routes.js";
import { answer, hosts } from "./text.js";
import { isWildcard } from "#lib/identifiers";
import { tunnelRules } from "./tunnels.js";
import { certificateOption, givenDomains } from "./certificate-files.js";
import { acmeBackend, acmeRoute, acmeRules } from "./tls.js";

/** The whole of haproxy.cfg but its servers, which a release puts in where their marks are. */
export function haproxyConfig(route: ProxyRoute): string {
  const { settings } = route;
  return [
    ...processSection(route),
    ...defaultsSection(settings),
    ...resolversSection,
    ...httpFrontend(route),
    ...backends(route),
    ...pageBackend(route.page, settings),
    ...acmeBackend(settings.tls),
    ...connectionTable(settings.limits),
    ...rateLimitTables(settings.rateLimits),
    ...watchSection(route),
    ...(route.watched === true ? metricsSections() : []),
    ...settings.tcp.flatMap((each, index) =>
      tcpSection(route, each, listeners(settings).tcp[index]?.internal ?? []),
    ),
    "",
  ].join("\n");
}

function processSection({ settings, watched }: ProxyRoute): string[] {
  return [
    "# Written by Keelson. A change by hand is lost with the next release.",
    "global",
    "  log stdout format raw local0 info",
    "  stats socket /run/haproxy/admin.sock mode 600 level admin",
    `  hard-stop-after ${String(lingerSeconds(settings.limits))}s`,
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

function httpFrontend(route: ProxyRoute): string[] {
  const { settings, services = [] } = route;
  const { domains, tls, trustedProxies, limits, healthPath } = settings;
  const { http, https } = listeners(settings);
  const secure = tls.mode === "off" ? "" : `${certificateOption(settings)} alpn h2,http/1.1`;
  return [
    "frontend http",
    ...http.internal.map((port) => `  bind :${String(port)}`),
    ...(https?.internal ?? []).map((port) => `  bind :${String(port)}${secure}`),
    // A process that a reload leaves behind answers one more request on each kept connection, and says then that it
    // closes: a client whose request crosses the close would get nothing.
    "  option idle-close-on-response",
    ...trustedAddresses(trustedProxies),
    ...connectionOrigin(trustedProxies),
    ...connectionRules(limits, trustedProxies.length > 0),
    ...originRules(settings),
    ...hosts("known-host", domains),
    ...acmeRules(tls, givenDomains(settings)),
    ...(healthPath === undefined
      ? []
      : [answer(200, "The proxy answers.", `if { path ${healthPath} } !known-host`)]),
    answer(421, "No site of this name is served here.", "unless known-host"),
    ...tunnelRules,
    ...pageInMaintenance(route.page),
    ...maintenanceRules(settings.maintenance),
    ...redirectRules({
      ...settings,
      secure: tls.mode !== "off",
      // A site that did without HTTPS until now goes on so until it has a certificate.
      apart: [...routeHosts(services), ...domains.filter(isWildcard)],
      secureIf: tls.mode === "acme" ? "certificate-issued" : undefined,
    }),
    ...pathsRules(route),
    ...bodyRules(limits),
    ...(tls.mode === "off"
      ? []
      : [...countRules(services), ...capacityRules(settings, services.length > 0)]),
    ...headerRules(settings.headers),
    ...acmeRoute(tls),
    ...routeRules(services, route.page),
    "  default_backend app",
    "",
  ];
}

/** Rules on the path: who may ask for it, and how often. */
function pathsRules({ settings, passwords = {}, services = [] }: ProxyRoute): string[] {
  const { privatePaths, rateLimits, trustedProxies } = settings;
  const isPrivate = privatePaths.length > 0;
  const trusting = trustedProxies.length > 0;
  return [
    ...(isPrivate || countsByPath(rateLimits) ? pathRules : []),
    ...(isPrivate ? strictPathRules() : []),
    ...privateConditions(privatePaths, { trusting, below: cutPrefixes(services) }),
    ...hiddenRules(privatePaths),
    ...rateLimitRules(rateLimits),
    ...passwordRules(privatePaths, passwords),
  ];
}

function watchSection({ slowAfter }: ProxyRoute): string[] {
  const counters = `http_req_cnt,http_err_cnt,http_fail_cnt,http_req_rate(60s),http_err_rate(60s),http_fail_rate(60s),gpc0,gpc0_rate(60s)${slowAfter === undefined ? "" : ",gpc1,gpc1_rate(60s)"}`;
  return [
    `backend ${watchTable}`,
    `  stick-table type string len 80 size 10k expire 5m store ${counters}`,
    "",
  ];
}

function tcpSection(
  { several, settings: { limits, trustedProxies, maintenance } }: ProxyRoute,
  { port, target }: { port: number; target: number },
  internal: readonly number[],
): string[] {
  return [
    `listen tcp-${String(port)}`,
    ...internal.map((each) => `  bind :${String(each)}`),
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
