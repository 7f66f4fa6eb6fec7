import { isIP } from "node:net";
import { certificateFaults } from "#lib/certificate";
import { problem } from "#lib/settings";
import { bindAddresses } from "./haproxy/ports.js";
import type { ProxySettings } from "./settings.js";
import type { AcmeSettings } from "./haproxy/tls.js";

/** Returns the contradictions between the settings of TLS and others of the proxy, a line each. */
export function tlsProblems(proxy: ProxySettings): string[] {
  return [...certificate(proxy), ...acme(proxy)];
}

function certificate({ tls }: ProxySettings): string[] {
  const { mode, certificateSecret } = tls;
  if (mode === "files" && certificateSecret === undefined) {
    const advice = "name the secret that holds certificate, chain and key in PEM";
    return [problem("proxy.tls.certificateSecret", "is missing for mode files", advice)];
  }
  if (mode !== "files" && certificateSecret !== undefined) {
    const path = "proxy.tls.certificateSecret";
    return [problem(path, `is set, but mode is ${mode}`, 'remove it, or set mode to "files"')];
  }
  return [];
}

/**
 * Returns the problems of the certificate of mode `files`, a line each under the name of its secret; no text of the secret
 * stands in them but names of certificates.
 *
 * @param text its value; undefined where it has none
 * @param now undefined: whether it is valid by date is not judged
 */
export function certificateProblems(
  { domains }: ProxySettings,
  name: string,
  text: string | undefined,
  now: Date | undefined,
): string[] {
  const path = `secrets.${name}`;
  if (text === undefined) {
    const wrong = "is missing, and proxy.tls.mode is files";
    return [problem(path, wrong, "give it a certificate, or choose another mode")];
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

function acmeDomains({ domains }: ProxySettings, { directory }: AcmeSettings): string[] {
  const advice = "remove it, or choose another proxy.tls.mode";
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
      const said = wrong(domain);
      return said === undefined
        ? []
        : [problem(`proxy.domains[${String(index)}]`, `"${domain}" ${said}`, advice)];
    }),
    ...(domains.length > mostNames
      ? [
          problem(
            "proxy.domains",
            `are ${String(domains.length)}, and one certificate is for all`,
            `keep ${String(mostNames)} or fewer`,
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
