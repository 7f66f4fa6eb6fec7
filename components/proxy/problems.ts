import { isIP } from "node:net";
import { seconds } from "#lib/duration";
import { isWildcard } from "#lib/identifiers";
import { duplicates, problem } from "#lib/settings";
import { capacityProblems } from "./haproxy/capacity.js";
import { bindAddresses } from "./haproxy/ports.js";
import type { ProxySettings } from "./settings.js";
import { tlsProblems } from "./tls-problems.js";

/** Returns the contradictions between the proxy's settings that are each right by themselves, a line each. */
export function proxyProblems(proxy: ProxySettings): string[] {
  return [
    domains,
    bindings,
    tlsProblems,
    trustedProxies,
    hsts,
    privatePaths,
    rateLimits,
    capacityProblems,
  ].flatMap((check) => check(proxy));
}

function domains({ domains }: ProxySettings): string[] {
  const [first = ""] = domains;
  return [
    ...duplicates(
      domains.map((each, index) => [`proxy.domains[${String(index)}]`, each]),
      "domain",
    ),
    ...(isWildcard(first)
      ? [
          problem(
            "proxy.domains[0]",
            `"${first}" is a wildcard, and the first is the site's own name`,
            "put a host name before it",
          ),
        ]
      : []),
  ];
}

function bindings({ bind }: ProxySettings): string[] {
  const addresses = bindAddresses({ bind }).map((each, index): [string, string] => [
    `proxy.bind[${String(index)}]`,
    each,
  ]);
  const isPart = (every: string, other: string) =>
    other !== every && isIP(other) === isIP(every) && addresses.some(([, each]) => each === every);
  return [
    ...duplicates(addresses, "address"),
    ...addresses.flatMap(([path, each]) =>
      ["0.0.0.0", "::"].flatMap((every) =>
        isPart(every, each)
          ? [problem(path, `${each} is one of those that ${every} stands for`, "keep one of them")]
          : [],
      ),
    ),
  ];
}

function trustedProxies({ trustedProxies }: ProxySettings): string[] {
  const path = (index: number) => `proxy.trustedProxies[${String(index)}]`;
  return [
    ...duplicates(
      trustedProxies.map((each, index) => [path(index), each]),
      "range",
    ),
    ...trustedProxies.flatMap((each, index) =>
      each.endsWith("/0")
        ? [problem(path(index), "trusts everybody", "name the addresses of your own proxies")]
        : [],
    ),
  ];
}

const preloadLeast = "365d";

function hsts({ headers: { hsts }, tls, trustedProxies }: ProxySettings): string[] {
  if (hsts === undefined) return [];
  const path = "proxy.headers.hsts";
  // Behind a proxy that speaks TLS, this one learns of it through X-Forwarded-Proto.
  if (tls.mode === "off" && trustedProxies.length === 0) {
    return [problem(path, "is set, but proxy.tls.mode is off", "remove it, or turn TLS on")];
  }
  const fit = hsts.includeSubdomains && seconds(hsts.maxAge) >= seconds(preloadLeast);
  if (!hsts.preload || fit) return [];
  return [
    problem(
      `${path}.preload`,
      "browsers' lists take no such entry",
      `set includeSubdomains to true and maxAge to ${preloadLeast} or more, or remove it`,
    ),
  ];
}

/** Names of the secrets with passwords of private paths, each once. */
export function passwordNames({ privatePaths }: Pick<ProxySettings, "privatePaths">): string[] {
  return [...new Set(privatePaths.flatMap(({ passwordSecret }) => passwordSecret ?? []))];
}

function privatePaths({ privatePaths }: ProxySettings): string[] {
  const at = (index: number) => `proxy.privatePaths[${String(index)}]`;
  return [
    ...privatePaths.flatMap(({ allow, passwordSecret, deny }, index) => {
      const kinds = Object.entries({ allow, passwordSecret, deny }).flatMap(([name, value]) =>
        value === undefined ? [] : [name],
      );
      if (kinds.length === 1) return [];
      return [
        kinds.length === 0
          ? problem(at(index), "says nobody who may ask", "set allow, passwordSecret or deny")
          : problem(
              at(index),
              `has ${kinds.join(" and ")}`,
              "keep one of them; entries of one path have all to be passed",
            ),
      ];
    }),
    ...privatePaths.flatMap(({ allow = [] }, index) =>
      allow.flatMap((each, place) =>
        each.endsWith("/0")
          ? [
              problem(
                `${at(index)}.allow[${String(place)}]`,
                "lets everybody in",
                "name your own addresses, or remove the entry",
              ),
            ]
          : [],
      ),
    ),
  ];
}

function rateLimits({ rateLimits }: ProxySettings): string[] {
  return duplicates(
    rateLimits.map(({ path, per }, index) => [
      `proxy.rateLimits[${String(index)}]`,
      `${path.toLowerCase().replace(/(?<=.)\/$/, "")} per ${String(seconds(per))} s`,
    ]),
    "limit",
  );
}
