import { z } from "zod";
import { saying } from "../lib/settings.js";

/** An address, or a range of them. */
export const addressRange = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: saying(
      "is not an address or a range of them",
      "write such as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32",
    ),
  })
  .meta({ title: "address range" });

/** Proxies in front of this one, by address. */
export const trustedProxiesSetting = z
  .array(addressRange)
  .default([])
  .describe(
    "Proxies in front of this one, such as a load balancer or a CDN: from them alone `X-Forwarded-For`, `-Proto` and `-Port` are believed.",
  );

/** What the app is told of a request's origin follows from these. */
export interface Origin {
  readonly trustedProxies: readonly string[];
  /** Where HTTP and HTTPS are reached from outside. */
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Proxies in a row that may each be trusted, such as a CDN before a load balancer. */
const mostHops = 3;

/** The condition `trusted-proxy`, on the address of a connection. */
export function trustedAddresses(trusted: readonly string[]): string[] {
  // A line each: HAProxy takes no more than 64 words on one.
  return trusted.map((range) => `  acl trusted-address src ${range}`);
}

/**
 * Who asks, and how: `src` becomes the client's address, and the conditions `https` and `trusted-proxy` are there for
 * the rules that follow. A client cannot claim to be somebody else, or to have come over TLS.
 */
export function originRules(origin: Origin): string[] {
  return [
    ...(origin.trustedProxies.length === 0
      ? ["  acl https ssl_fc"]
      : trustingRules(origin.trustedProxies)),
    "  http-request set-header X-Forwarded-For %[src]",
    "  http-request set-header X-Real-IP %[src]",
    "  http-request set-header X-Forwarded-Proto https if https",
    "  http-request set-header X-Forwarded-Proto http unless https",
    "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
    ...portRules(origin),
    "  http-request del-header Forwarded",
  ];
}

/** The client is the last address that no trusted proxy has; an address that is not one ends the search. */
function trustingRules(trusted: readonly string[]): string[] {
  const hops = Array.from({ length: mostHops }, (_, index) => index + 1);
  return [
    "  http-request set-var(txn.trusted) bool(true) if trusted-address",
    "  acl trusted-proxy var(txn.trusted) -m bool",
    ...hops.flatMap((hop) => {
      const name = `txn.hop${String(hop)}`;
      const taken = `  http-request set-var(${name}) req.hdr_ip(x-forwarded-for,-${String(hop)})`;
      if (hop === 1) return [`${taken} if trusted-proxy`];
      const before = `var(txn.hop${String(hop - 1)})`;
      const condition = `trusted-hop${String(hop - 1)}`;
      return [
        ...trusted.map((range) => `  acl ${condition} ${before} -m ip ${range}`),
        `${taken} if ${condition}`,
      ];
    }),
    ...hops.map((hop) => {
      const name = `var(txn.hop${String(hop)})`;
      return `  http-request set-src ${name} if { ${name} -m found }`;
    }),
    "  http-request set-var(txn.scheme) str(https) if { ssl_fc }",
    "  http-request set-var(txn.scheme) req.hdr(x-forwarded-proto),lower if trusted-proxy { req.hdr(x-forwarded-proto) -m str -i http https }",
    "  acl https var(txn.scheme) -m str https",
  ];
}

/** Not the port that it came to in this container: the app builds its own URLs from this. */
function portRules({ trustedProxies, httpPort, httpsPort }: Origin): string[] {
  const set = "  http-request set-header X-Forwarded-Port";
  const own = [`${set} ${String(httpsPort)} if https`, `${set} ${String(httpPort)} unless https`];
  if (trustedProxies.length === 0) return own;
  const told = "{ req.hdr(x-forwarded-port) -m reg ^[0-9]{1,5}$ }";
  return [
    `  http-request set-var(txn.told_port) bool(true) if trusted-proxy ${told}`,
    "  acl told-port var(txn.told_port) -m bool",
    `${set} 443 if trusted-proxy https !told-port`,
    `${set} 80 if trusted-proxy !https !told-port`,
    `${set} ${String(httpsPort)} if !trusted-proxy https`,
    `${set} ${String(httpPort)} if !trusted-proxy !https`,
  ];
}
