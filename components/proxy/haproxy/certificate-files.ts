// Which certificate is for which domains, and how HAProxy finds them.
import { createHash } from "node:crypto";
import { isWildcard } from "#lib/identifiers";
import type { TlsSettings } from "./tls.js";

/** Inputs of the certificates. */
export interface Served {
  readonly domains: readonly string[];
  readonly tls: TlsSettings;
}

/** A certificate of the user's own. */
export interface GivenCertificate {
  /** Name of its file in the proxy, without folder and `.pem`. */
  readonly name: string;
  /** Name of the secret with certificate, chain and key. */
  readonly secret: string;
  readonly domains: readonly string[];
}

/** Domains that no entry of `proxy.tls.certificates` names. */
export function ungrouped({ domains, tls }: Served): string[] {
  const grouped = new Set(tls.certificates.flatMap((each) => each.domains));
  return domains.filter((domain) => !grouped.has(domain));
}

/** Certificates of the user's own; none where TLS is off or self-signed. */
export function givenCertificates(served: Served): GivenCertificate[] {
  const { mode, certificateSecret, certificates } = served.tls;
  if (mode !== "files" && mode !== "acme") return [];
  const rest = ungrouped(served);
  return [
    ...(mode === "files" && certificateSecret !== undefined && rest.length > 0
      ? [{ name: "files", secret: certificateSecret, domains: rest }]
      : []),
    ...certificates.flatMap(({ domains, certificateSecret: secret }) =>
      secret === undefined ? [] : [{ name: fileName(domains), secret, domains }],
    ),
  ];
}

/** Returns the certificates to order from the ACME server: the names of each. */
export function orderedCertificates(served: Served): (readonly string[])[] {
  if (served.tls.mode !== "acme") return [];
  const groups = served.tls.certificates.filter((each) => each.certificateSecret === undefined);
  const all = [
    ...groups.map(({ domains }) => domains),
    ...ungrouped(served).map((domain) => [domain]),
  ];
  // In the order of the settings: who asks by no name gets the first domain's.
  const place = (names: readonly string[]) => served.domains.indexOf(names[0] ?? "");
  return all.toSorted((a, b) => place(a) - place(b));
}

/** No host name has a label that ends in a hyphen: `any-` stands for an asterisk. */
function fileName(domains: readonly string[]): string {
  return `files-${(domains[0] ?? "").replace("*", "any-").slice(0, 200)}`;
}

/** The list that HAProxy serves by, where there is one. */
interface CertificateList {
  readonly name: string;
  /** As `certificate prepare` takes them: `<domain>` of an ACME server, `<file>:<domain>,<domain>` of the user. */
  readonly entries: readonly string[];
}

/** Undefined where one file is for all domains. */
export function certificateList(served: Served): CertificateList | undefined {
  const { mode, certificates } = served.tls;
  if (mode !== "acme" && (mode !== "files" || certificates.length === 0)) return undefined;
  const [first] = served.domains;
  const entries = [
    ...orderedCertificates(served).flat(),
    ...givenCertificates(served).map(({ name, domains }) => `${name}:${domains.join(",")}`),
  ];
  const isFirst = (entry: string) =>
    entry
      .replace(/^[^:]*:/, "")
      .split(",")
      .includes(first ?? "");
  const ordered = [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))];
  const hash = createHash("sha256").update(ordered.join(" ")).digest("hex").slice(0, 8);
  return { name: `certificates-${hash}`, entries: ordered };
}

/**
 * Files that HAProxy serves certificate and key from, inside the proxy's container. All are on the volume of the
 * configuration: a container that is to have another mode starts on the configuration, and the file, from before.
 */
const oneFile = { "self-signed": "self-signed.pem", files: "files.pem" } as const;

/** Returns the TLS options of a `bind` of HTTPS; empty where it is off. */
export function certificateOption(served: Served): string {
  const { mode } = served.tls;
  if (mode === "off") return "";
  const list = certificateList(served);
  if (list !== undefined) return ` ssl crt-list /config/tls/${list.name}.list`;
  return ` ssl crt /config/tls/${mode === "acme" ? "" : oneFile[mode]}`;
}

/** The command that prepares what HAProxy starts on: a script of the proxy's image and its arguments. */
export function prepareArgs(served: Served): string[] {
  const [domain = ""] = served.domains;
  if (served.tls.mode === "self-signed") return ["self-signed", domain.replace("*", "any")];
  const list = certificateList(served);
  return list === undefined ? [] : ["certificate", list.name, ...list.entries];
}

/** Domains whose certificate is the user's own, alongside those of an ACME server. */
export function givenDomains(served: Served): string[] {
  return givenCertificates(served).flatMap(({ domains }) => domains);
}

/** Returns the wildcards that HTTP-01 can't give, by which certificates are ordered. */
export function wildcardsOrdered(served: Served): string[] {
  return orderedCertificates(served).flat().filter(isWildcard);
}
