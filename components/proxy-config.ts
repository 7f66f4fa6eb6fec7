import { capacityLines, capacityRules } from "./proxy-capacity.js";
import { compressionRules } from "./proxy-compression.js";
import { connectionOrigin, originRules, trustedAddresses } from "./proxy-forwarded.js";
import { headerRules } from "./proxy-headers.js";
import { bodyRules, connectionRules, connectionTable, timeoutLines } from "./proxy-limits.js";
import { maintenanceConnectionRules, maintenanceRules } from "./proxy-maintenance.js";
import { counterLines, rateLimitRules, rateLimitTables } from "./proxy-rate-limits.js";
import { redirectRules } from "./proxy-redirects.js";
import { serverLines } from "./proxy-servers.js";
import type { ProxySettings } from "./proxy-settings.js";
import { answer, condition } from "./proxy-text.js";
import { acmeBackend, acmeRoute, acmeRules, certificateFiles } from "./proxy-tls.js";

/** What the proxy's configuration follows from. */
export interface ProxyRoute {
  readonly settings: ProxySettings;
  /** Names of the app's containers. */
  readonly apps: readonly string[];
  readonly port: number;
  /** Path of the app's readiness, which HAProxy asks. */
  readonly readyPath: string;
}

/** Ports inside the proxy's container. */
export const proxyPorts = { http: 8080, https: 8443 } as const;

/** The whole of haproxy.cfg. */
export function haproxyConfig(route: ProxyRoute): string {
  const { settings } = route;
  return [
    ...processSection(settings),
    ...defaultsSection(settings),
    ...resolversSection,
    ...httpFrontend(settings),
    ...appBackend(route),
    ...acmeBackend(settings.tls),
    ...connectionTable(settings.limits),
    ...rateLimitTables(settings.rateLimits),
    ...settings.tcp.flatMap((each) => tcpSection(route, each)),
    "",
  ].join("\n");
}

function processSection(settings: ProxySettings): string[] {
  return [
    "# Written by Keelson. A change by hand is lost with the next release.",
    "global",
    "  log stdout format raw local0 info",
    "  stats socket /run/haproxy/admin.sock mode 600 level admin",
    "  hard-stop-after 30s",
    "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
    ...capacityLines(settings),
    ...counterLines(settings.rateLimits),
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
    // On another container each time, where there is one.
    "  option redispatch 1",
    "  retries 3",
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

function appBackend({ settings, apps, port, readyPath }: ProxyRoute): string[] {
  return [
    "backend app",
    `  option httpchk GET ${readyPath}`,
    "  http-check expect status 200",
    // What has surely not reached the app is sent again, and what may be repeated if no answer has begun.
    "  retry-on conn-failure empty-response",
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ...compressionRules(settings.compression),
    ...serverLines(apps, port),
    "",
  ];
}

function tcpSection(
  { apps, settings: { limits, trustedProxies, maintenance } }: ProxyRoute,
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
    ...serverLines(apps, target),
    "",
  ];
}
