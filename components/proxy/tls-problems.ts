import { isIP } from "node:net";
import { certificateFaults } from "#lib/certificate";
import { duplicates, problem } from "#lib/settings";
import { bindAddresses } from "./haproxy/ports.js";
import { isWildcard } from "#lib/identifiers";
import {
  orderedCertificates,
  ungrouped,
  type GivenCertificate,
} from "./haproxy/certificate-files.js";
import type { ProxySettings } from "./settings.js";
import type { AcmeSettings } from "./haproxy/tls.js";

/** Returns the contradictions between the settings of TLS and others of the proxy, a line each. */
export function tlsProblems(proxy: ProxySettings): string[] {
  return [...certificate(proxy), ...certificates(proxy), ...acme(proxy)];
}

function certificate(proxy: ProxySettings): string[] {
  const { mode, certificateSecret } = proxy.tls;
  const rest = ungrouped(proxy);
  if (mode === "files" && certificateSecret === undefined && rest.length > 0) {
    const advice = "name the secret that holds certificate, chain and key in PEM";
    return [problem("proxy.tls.certificateSecret", "is missing for mode files", advice)];
  }
  if (mode !== "files" && certificateSecret !== undefined) {
    const path = "proxy.tls.certificateSecret";
    return [problem(path, `is set, but mode is ${mode}`, 'remove it, or set mode to "files"')];
  }
  return [];
}

/** Returns the problems of the entries of `proxy.tls.certificates`. */
function certificates({ domains, tls }: ProxySettings): string[] {
  const { mode, certificates: all } = tls;
  const path = "proxy.tls.certificates";
  if (all.length === 0) return [];
  if (mode !== "files" && mode !== "acme") {
    return [
      problem(
        path,
        `are set, but mode is ${mode}`,
        'remove them, or set mode to "acme" or "files"',
      ),
    ];
  }
  const named = all.flatMap(({ domains: own }, index) =>
    own.map((each, place): [string, string] => [
      `${path}[${String(index)}].domains[${String(place)}]`,
      each,
    ]),
  );
  return [
    ...duplicates(named, "domain"),
    ...named.flatMap(([at, each]) =>
      domains.includes(each)
        ? []
        : [problem(at, `"${each}" is not in proxy.domains`, "add it there, or correct it")],
    ),
    ...all.flatMap(({ certificateSecret }, index) =>
      mode === "files" && certificateSecret === undefined
        ? [
            problem(
              `${path}[${String(index)}].certificateSecret`,
              "is missing for mode files",
              "name the secret that holds certificate, chain and key in PEM",
            ),
          ]
        : [],
    ),
  ];
}

/**
 * Returns the problems of a certificate of the user's own, a line each under the name of its secret; no text of the secret
 * stands in them but names of certificates.
 *
 * @param text its value; undefined where it has none
 * @param now undefined: whether it is valid by date is not judged
 */
export function certificateProblems(
  { secret: name, domains }: GivenCertificate,
  text: string | undefined,
  now: Date | undefined,
): string[] {
  const path = `secrets.${name}`;
  if (text === undefined) {
    const wrong = "is missing, and it is to be a certificate of the proxy";
    return [problem(path, wrong, "give it a certificate, or choose another proxy.tls.mode")];
  }
  return certificateFaults(text, { domains, now }).map((fault) => problem(path, ...fault));
}

const acmePath = "proxy.tls.acme";

function acme(proxy: ProxySettings): string[] {
  const { mode, acme } = proxy.tls;
  if (mode !== "acme") {
    if (acme === undefined) return [];
    return [problem(acmePath, `is set, but mode is ${mode}`, 'remove it, or set mode to "acme"')];
  }
  if (acme === undefined) {
    const advice = "set proxy.tls.acme.email, and agreeTerms to true";
    return [problem(acmePath, "is missing for mode acme", advice)];
  }
  return [...terms(acme), ...acmeDomains(proxy, acme), ...reachability(proxy, acme)];
}

function terms({ agreeTerms, directory }: AcmeSettings): string[] {
  if (agreeTerms) return [];
  const where = isPublic(directory)
    ? "https://letsencrypt.org/repository/"
    : `"termsOfService" in ${directory}`;
  const advice = `read the terms of service (${where}) and set it to true`;
  return [problem(`${acmePath}.agreeTerms`, "is not true", advice)];
}

/** Let's Encrypt's servers, also the one for trials: they ask from the Internet. */
function isPublic(directory: string): boolean {
  return /^https:\/\/[^/]+\.letsencrypt\.org(:|\/|$)/.test(directory);
}

/** Names that nobody on the Internet can have. */
const privateNames = /(^|\.)(local|internal|lan|home\.arpa|test|example|invalid)$|^[^.]+$/;
const mostNames = 100;
/** New ones of one registered domain, by which most stacks go. */
const mostCertificates = 50;

function acmeDomains(proxy: ProxySettings, { directory }: AcmeSettings): string[] {
  const { domains } = proxy;
  const advice = "remove it, or choose another proxy.tls.mode";
  const ordered = orderedCertificates(proxy);
  const asked = new Set(ordered.flat());
  const wrong = (domain: string) => {
    if (isIP(domain) !== 0) return "is an address: certificates by ACME are for names";
    if (/(^|\.)localhost$/.test(domain))
      return "is every machine's own name: no ACME server gives a certificate for it";
    if (isPublic(directory) && privateNames.test(domain))
      return "is no name on the Internet: Let's Encrypt gives no certificate for it";
    return undefined;
  };
  return [
    ...domains.flatMap((domain, index) => {
      if (!asked.has(domain)) return [];
      if (isWildcard(domain)) {
        return [
          problem(
            `proxy.domains[${String(index)}]`,
            `"${domain}" is a wildcard: certificates are ordered by HTTP-01, which gives none for it`,
            "name a certificate of your own for it in proxy.tls.certificates (such as one by a DNS challenge), or the names one by one",
          ),
        ];
      }
      const said = wrong(domain);
      return said === undefined
        ? []
        : [problem(`proxy.domains[${String(index)}]`, `"${domain}" ${said}`, advice)];
    }),
    ...proxy.tls.certificates.flatMap(({ domains: own, certificateSecret }, index) =>
      own.length > mostNames && certificateSecret === undefined
        ? [
            problem(
              `proxy.tls.certificates[${String(index)}].domains`,
              `are ${String(own.length)} on one certificate`,
              `keep ${String(mostNames)} or fewer`,
            ),
          ]
        : [],
    ),
    ...(isPublic(directory) && ordered.length > mostCertificates
      ? [
          problem(
            "proxy.domains",
            `need ${String(ordered.length)} certificates, and Let's Encrypt gives ${String(mostCertificates)} a week`,
            "put several domains on one, in proxy.tls.certificates",
          ),
        ]
      : []),
  ];
}

function reachability({ httpPort, bind }: ProxySettings, { directory }: AcmeSettings): string[] {
  if (!isPublic(directory)) return [];
  const asks = "Let's Encrypt asks for each domain on port 80, from the Internet";
  return [
    ...(httpPort === 80
      ? []
      : [problem("proxy.httpPort", `is ${String(httpPort)}, but ${asks}`, "set it to 80")]),
    ...(bindAddresses({ bind }).every((each) => each.startsWith("127.") || each === "::1")
      ? [
          problem(
            "proxy.bind",
            `is ${[bind].flat().join(", ")}, but ${asks}`,
            "set it to 0.0.0.0 or a public address",
          ),
        ]
      : []),
  ];
}
