import { z } from "zod";
import { cpus, domain, port } from "#lib/identifiers";
import { saying } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { compressionSettings } from "./haproxy/compression.js";
import { trustedProxiesSetting } from "./haproxy/forwarded.js";
import { headersSettings } from "./haproxy/headers.js";
import { limitsSettings } from "./haproxy/limits.js";
import { maintenanceSettings } from "./haproxy/maintenance.js";
import { rateLimitsSetting } from "./haproxy/rate-limits.js";
import { redirectsSettings } from "./haproxy/redirects.js";
import { tlsSettings } from "./haproxy/tls.js";

const tcpRoute = z.strictObject({
  port: port.describe("Port on the host."),
  target: port.describe("Port of the app."),
});

/** The reverse proxy: the only thing that is reached from outside. */
export const proxySettings = z.strictObject({
  domains: z
    .array(domain)
    .min(1)
    .default(["localhost"])
    .describe("Host names that are answered; the first is the canonical one."),
  bind: z
    .union([z.ipv4(), z.ipv6()], {
      error: saying("is not an address", "write 0.0.0.0, 127.0.0.1 or an address of the host"),
    })
    .default("0.0.0.0")
    .describe(
      "Address of the host to listen on: 0.0.0.0 for the world, 127.0.0.1 for this machine alone.",
    ),
  httpPort: port.default(80).describe("Port of the host for HTTP."),
  httpsPort: port.default(443).describe("Port of the host for HTTPS, where TLS is on."),
  tls: tlsSettings.prefault({}).describe("How it speaks HTTPS."),
  tcp: z.array(tcpRoute).default([]).describe("Raw TCP ports that go through to the app."),
  trustedProxies: trustedProxiesSetting,
  redirects: redirectsSettings.prefault({}).describe("From which addresses to which others."),
  headers: headersSettings
    .prefault({})
    .describe("Headers for answers in which the app did not set them itself."),
  compression: compressionSettings.prefault({}).describe("What is compressed on its way."),
  limits: limitsSettings
    .prefault({})
    .describe("How much and how long a request or a connection may be."),
  rateLimits: rateLimitsSetting,
  maintenance: maintenanceSettings
    .prefault({})
    .describe("What clients get while `keelson maintenance` is on."),
  accessLog: z
    .boolean()
    .default(false)
    .describe(
      "Log every request and connection; otherwise those alone that fail or are answered with 5xx.",
    ),
  memory: sizeFrom("64MiB")
    .default("256MiB")
    .describe(
      "Most memory it may use. How many connections it takes at once follows from it: 1783 of 256MiB over TLS, 2910 without; who comes beyond waits.",
    ),
  cpus: cpus.default(1).describe("Processors it may use."),
});
export type ProxySettings = z.output<typeof proxySettings>;
