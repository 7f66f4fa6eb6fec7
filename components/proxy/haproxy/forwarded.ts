import { z } from "zod";
import { addressRange } from "#lib/identifiers";
import { claimRules } from "./claims.js";
import { condition } from "./text.js";

/** Proxies in front of this one, by address. */
export const trustedProxiesSetting = z
  .array(addressRange)
  .default([])
  .describe(
    "Addresses of proxies in front of this one, such as a load balancer or a CDN: `X-Forwarded-For`, `-Proto` and `-Port` are trusted from these alone.",
  );

/** The headers about a request's origin follow from these. */
export interface Origin {
  readonly trustedProxies: readonly string[];
  readonly tls: { readonly mode: string };
  /** Public ports of HTTP and HTTPS. */
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Proxies in a row that may each be trusted, such as a CDN before a load balancer. */
const mostHops = 3;

/** The condition `trusted-address`, on the address of a connection. */
export function trustedAddresses(trusted: readonly string[]): string[] {
  return condition("trusted-address", "src", trusted);
}

/** Returns the rules that run once a connection: they set `trusted-proxy`, and the address it comes from as text. */
export function connectionOrigin(trusted: readonly string[]): string[] {
  return [
    "  tcp-request connection set-var-fmt(sess.address) %[src]",
    ...(trusted.length === 0
      ? []
      : [
          "  tcp-request connection set-var(sess.trusted) bool(true) if trusted-address",
          "  acl trusted-proxy var(sess.trusted) -m bool",
        ]),
  ];
}

/**
 * Returns the rules about the client: `src` becomes its address, and the conditions `https` and `trusted-proxy` are there for
 * the rules that follow. A client cannot claim to be another client, or to have come over TLS.
 */
export function originRules(origin: Origin): string[] {
  const trusting = origin.trustedProxies.length > 0;
  return [
    ...(trusting ? [...trustingRules(origin), ...toldPortRules] : ["  acl https ssl_fc"]),
    ...claimRules(trusting),
    ...["X-Forwarded-For", "X-Real-IP"].flatMap((name) => addressRules(name, trusting)),
    ...(trusting || secure(origin)
      ? [
          "  http-request set-header X-Forwarded-Proto https if https",
          "  http-request set-header X-Forwarded-Proto http unless https",
        ]
      : ["  http-request set-header X-Forwarded-Proto http"]),
    "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
    ...portRules(origin),
  ];
}

/** An address is written out once for a connection; that of a trusted proxy brings other ones. */
function addressRules(header: string, trusting: boolean): string[] {
  const set = `  http-request set-header ${header}`;
  const own = `${set} %[var(sess.address)]`;
  return trusting ? [`${own} if !trusted-proxy`, `${set} %[src] if trusted-proxy`] : [own];
}

function secure({ tls }: Origin): boolean {
  return tls.mode !== "off";
}

/** The client is the last address that no trusted proxy has; an address that is not one ends the search. */
function trustingRules(origin: Origin): string[] {
  const hops = Array.from({ length: mostHops }, (_, index) => index + 1);
  return [
    ...hops.flatMap((hop) => {
      const name = `txn.hop${String(hop)}`;
      const taken = `  http-request set-var(${name}) req.hdr_ip(x-forwarded-for,-${String(hop)}) if trusted-proxy`;
      if (hop === 1) return [taken];
      const before = `trusted-hop${String(hop - 1)}`;
      const sample = `var(txn.hop${String(hop - 1)}) -m ip`;
      return [...condition(before, sample, origin.trustedProxies), `${taken} ${before}`];
    }),
    ...hops.map((hop) => {
      const name = `var(txn.hop${String(hop)})`;
      return `  http-request set-src ${name} if trusted-proxy { ${name} -m found }`;
    }),
    ...(secure(origin) ? ["  http-request set-var(txn.scheme) str(https) if { ssl_fc }"] : []),
    "  http-request set-var(txn.scheme) req.hdr(x-forwarded-proto),lower if trusted-proxy { req.hdr(x-forwarded-proto) -m str -i http https }",
    "  acl https var(txn.scheme) -m str https",
  ];
}

/** Rules for the port that a trusted proxy names. */
const toldPortRules = [
  "  http-request set-var(txn.told_port) req.hdr(x-forwarded-port) if trusted-proxy { req.hdr(x-forwarded-port) -m reg ^[0-9]{1,5}$ }",
  "  acl told-port var(txn.told_port) -m found",
];

/** Not the port that it came to in this container: the app builds its own URLs from this. */
function portRules(origin: Origin): string[] {
  const set = "  http-request set-header X-Forwarded-Port";
  const own = ownPortRules(origin, set);
  if (origin.trustedProxies.length === 0) return own;
  return [
    `${set} %[var(txn.told_port)] if trusted-proxy told-port`,
    `${set} 443 if trusted-proxy https !told-port`,
    `${set} 80 if trusted-proxy !https !told-port`,
    ...own,
  ];
}

/** Returns the rules for clients that are not trusted: they came to a port of ours, over TLS only where there is any. */
function ownPortRules(origin: Origin, set: string): string[] {
  const { trustedProxies, httpPort, httpsPort } = origin;
  const untrusted = trustedProxies.length === 0 ? [] : ["!trusted-proxy"];
  const rule = (port: number, ...conditions: string[]) =>
    [`${set} ${String(port)}`, ...(conditions.length === 0 ? [] : ["if", ...conditions])].join(" ");
  if (!secure(origin)) return [rule(httpPort, ...untrusted)];
  return [rule(httpsPort, ...untrusted, "https"), rule(httpPort, ...untrusted, "!https")];
}
