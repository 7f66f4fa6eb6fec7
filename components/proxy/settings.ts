import { z } from "zod";
import { cpus, domainPattern, port, urlPath } from "#lib/identifiers";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { compressionSettings } from "./haproxy/compression.js";
import { trustedProxiesSetting } from "./haproxy/forwarded.js";
import { headersSettings } from "./haproxy/headers.js";
import { limitsSettings } from "./haproxy/limits.js";
import { maintenanceSettings } from "./haproxy/maintenance.js";
import { privatePathsSetting } from "./haproxy/private-paths.js";
import { rateLimitsSetting } from "./haproxy/rate-limits.js";
import { redirectsSettings } from "./haproxy/redirects.js";
import { tlsSettings } from "./haproxy/tls.js";

const tcpRoute = z.strictObject({
  port: port.describe("Port on the host."),
  target: port.describe("Port of the app."),
});

const noAddress = {
  error: problemText("is not an address", "write 0.0.0.0, 127.0.0.1 or an address of the host"),
};
const address = z.union([z.ipv4(), z.ipv6()], noAddress).meta({ title: "IP address" });

/** The reverse proxy: the only thing that is reached from outside. */
export const proxySettings = z.strictObject({
  domains: z
    .array(domainPattern)
    .min(1)
    .default(["localhost"])
    .describe(
      "Host names that are answered; the first is the canonical one. `*.example.com` is for every name right below example.com.",
    ),
  bind: z
    .union([address, z.array(address).min(1).max(10)], noAddress)
    .default("0.0.0.0")
    .describe(
      'Address of the host to listen on, or a list of them: 0.0.0.0 for the world, ["0.0.0.0", "::"] for IPv6 as well, 127.0.0.1 for this machine alone.',
    ),
  httpPort: port.default(80).describe("Port of the host for HTTP."),
  httpsPort: port.default(443).describe("Port of the host for HTTPS, where TLS is on."),
  tls: tlsSettings.prefault({}).describe("How it speaks HTTPS."),
  tcp: z.array(tcpRoute).default([]).describe("Raw TCP ports forwarded to the app."),
  trustedProxies: trustedProxiesSetting,
  redirects: redirectsSettings.prefault({}).describe("Redirects."),
  headers: headersSettings
    .prefault({})
    .describe("Response headers, added where the app did not set them itself."),
  compression: compressionSettings.prefault({}).describe("Compression of responses."),
  limits: limitsSettings.prefault({}).describe("Limits of requests and connections."),
  healthPath: urlPath
    .optional()
    .describe(
      "Path at which the proxy itself answers 200 to who asks by no name of `domains`, as a load balancer in front asks by address; other such requests get 421.",
    ),
  privatePaths: privatePathsSetting,
  rateLimits: rateLimitsSetting,
  maintenance: maintenanceSettings
    .prefault({})
    .describe("Responses while `keelson maintenance` is on."),
  accessLog: z
    .boolean()
    .default(false)
    .describe(
      "Log every request and connection; otherwise only those that fail or get a 5xx response.",
    ),
  memory: sizeFrom("64MiB")
    .default("256MiB")
    .describe(
      "Memory limit of the container. How many connections it takes at once follows from it: 1783 of 256MiB over TLS, 2910 without; further ones wait in the kernel's queue.",
    ),
  cpus: cpus.default(1).describe("CPU limit."),
});
export type ProxySettings = z.output<typeof proxySettings>;

/** Returns the public URL of the app. */
export function publicUrl(settings: ProxySettings): string {
  const secure = settings.tls.mode !== "off";
  const [port, usual] = secure ? [settings.httpsPort, 443] : [settings.httpPort, 80];
  const suffix = port === usual ? "" : `:${String(port)}`;
  return `${secure ? "https" : "http"}://${String(settings.domains[0])}${suffix}`;
}
