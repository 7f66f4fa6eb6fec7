import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";

/** A fault of a certificate, and the advice: the two halves of a problem's line. */
export type CertificateFault = readonly [wrong: string, advice: string];

/** Names a server has to be reached by, and the time at which it is. */
export interface CertificateUse {
  /** Host names or IPv4 addresses, in lower case. */
  readonly domains: readonly string[];
  /** Undefined: whether the certificate is valid yet, or still, is not judged. */
  readonly now: Date | undefined;
}

/**
 * Returns the faults of certificate, chain and key in one PEM, as HAProxy reads it: the first key, the first certificate,
 * then its issuers. No text of it is ever in a fault but a certificate's subject, which every client gets to see.
 */
export function certificateFaults(pem: string, use: CertificateUse): CertificateFault[] {
  const parts = partsOf(pem);
  if (!("certificates" in parts)) return [parts.fault];
  const { key, certificates } = parts;
  const [first] = certificates;
  return [
    ...keyFaults(key, certificates),
    ...chainFaults(certificates),
    ...(use.now === undefined ? [] : dateFaults(certificates, use.now)),
    ...usageFaults(first),
    ...nameFaults(first, use.domains),
  ];
}

/** Time at which the first of a PEM's certificates expires, and the issuer of the chain; of a PEM without faults. */
export interface CertificateOutlook {
  /** The earliest end of validity among all certificates of the chain. */
  readonly validUntil: Date;
  /** The issuer whose certificate is missing, by which a public authority would know the chain; undefined: none is. */
  readonly missingIssuer: string | undefined;
}

/** Returns the outlook of a certificate. @throws where the PEM has faults */
export function certificateOutlook(pem: string): CertificateOutlook {
  const parts = partsOf(pem);
  if (!("certificates" in parts)) throw new Error(parts.fault[0]);
  const ends = parts.certificates.map(({ validTo }) => Date.parse(validTo));
  return {
    validUntil: new Date(Math.min(...ends)),
    missingIssuer: missingIssuer(parts.certificates),
  };
}

type Certificates = readonly [X509Certificate, ...X509Certificate[]];

const order = "write certificate, chain and key one after another: cat fullchain.pem privkey.pem";
const again = "copy it again from its file";

/** The blocks of a PEM, as OpenSSL finds them: their marks stand alone in a line, anything may stand between them. */
const block = /^-----BEGIN ([^\n-]+)-----[^\S\n]*\n([\s\S]*?)^-----END \1-----[^\S\n]*$/gm;

function partsOf(
  pem: string,
): { readonly key: KeyObject; readonly certificates: Certificates } | { fault: CertificateFault } {
  const blocks = [...pem.matchAll(block)].map(([text, label = "", body = ""]) => ({
    text,
    label,
    body,
  }));
  const fault = formFault(pem, blocks.length);
  if (fault !== undefined) return { fault };
  const [first, ...more] = blocks.filter(({ label }) => /^(X509 )?CERTIFICATE$/.test(label));
  if (first === undefined) return { fault: ["holds no certificate in PEM", order] };
  const key = keyOf(blocks.find(({ label }) => label.endsWith("PRIVATE KEY")));
  if ("fault" in key) return key;
  const certificates: X509Certificate[] = [];
  for (const { text } of more) {
    const read = certificateOf(text);
    if (read === undefined) return unreadable(certificates.length + 2);
    certificates.push(read);
  }
  const own = certificateOf(first.text);
  return own === undefined ? unreadable(1) : { ...key, certificates: [own, ...certificates] };
}

const unreadable = (number: number): { fault: CertificateFault } => ({
  fault: [`its certificate ${String(number)} can't be read`, again],
});

/** Returns the fault that a PEM has got on its way through shells, files and forms. */
function formFault(pem: string, complete: number): CertificateFault | undefined {
  if (/-----BEGIN [^\n-]+-----\\n/.test(pem)) {
    const advice = "give it with line breaks, as its files have them";
    return ["has the two characters \\n where its lines should end", advice];
  }
  if (/-----END [^\n-]+-----[^\S\n]*-----BEGIN /.test(pem)) {
    const advice = "put a line break between its files";
    return ["has an END and the next BEGIN in one line", advice];
  }
  const begun = pem.match(/-----BEGIN [^\n-]+-----/g)?.length ?? 0;
  if (begun === complete) return undefined;
  const alone = "BEGIN and END each stand in a line of their own, without spaces before them";
  return ["has a part that is truncated, indented or in one line", `${again}: ${alone}`];
}

function keyOf(
  found: { readonly text: string; readonly label: string; readonly body: string } | undefined,
): { readonly key: KeyObject } | { fault: CertificateFault } {
  if (found === undefined) {
    return { fault: ["holds no private key", "append the key of the certificate (privkey.pem)"] };
  }
  if (found.label.startsWith("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(found.body)) {
    const advice = "nobody is there to type its passphrase; decrypt it: openssl pkey -in key.pem";
    return { fault: ["has a private key that is encrypted", advice] };
  }
  try {
    return { key: createPrivateKey(found.text) };
  } catch {
    // OpenSSL's reasons are codes, and might quote what it read.
    return { fault: ["has a private key that can't be read", again] };
  }
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text.replaceAll("X509 CERTIFICATE", "CERTIFICATE"));
  } catch {
    // Told by its number.
    return undefined;
  }
}

/** Debian's OpenSSL, and with it HAProxy, starts with no shorter one. */
const leastRsaBits = 2048;

function keyFaults(key: KeyObject, certificates: Certificates): CertificateFault[] {
  const at = certificates.findIndex((each) => each.checkPrivateKey(key));
  if (at > 0) {
    const wrong = `has the certificate of its private key as number ${String(at + 1)}`;
    return [[wrong, "put that one first, then its issuer, and so on"]];
  }
  if (at < 0) {
    const advice = "take the key that the certificate was ordered with";
    return [["has a private key that is not the certificate's", advice]];
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? leastRsaBits;
  if (bits >= leastRsaBits) return [];
  const advice = `order a certificate for a key of ${String(leastRsaBits)} bits or more`;
  return [[`has an RSA key of ${String(bits)} bits, with which HAProxy does not start`, advice]];
}

function chainFaults(certificates: Certificates): CertificateFault[] {
  const at = certificates.findIndex((each, index) => {
    const issuer = certificates[index + 1];
    return issuer !== undefined && !isIssuedBy(each, issuer);
  });
  const [each, next] = [certificates[at], certificates[at + 1]];
  if (each === undefined || next === undefined) return [];
  const wrong =
    `has certificates in the wrong order: number ${String(at + 2)} (${nameOf(next)}) ` +
    `did not issue number ${String(at + 1)} (${nameOf(each)})`;
  return [[wrong, "put each one's issuer right after it, and remove the others"]];
}

function isIssuedBy(each: X509Certificate, issuer: X509Certificate): boolean {
  return each.checkIssued(issuer) && each.verify(issuer.publicKey);
}

function dateFaults(certificates: Certificates, now: Date): CertificateFault[] {
  return certificates.flatMap((each, index): CertificateFault[] => {
    const which = index === 0 ? "" : `, number ${String(index + 1)} (${nameOf(each)}),`;
    const [from, to] = [new Date(each.validFrom), new Date(each.validTo)];
    if (to < now) {
      return [[`holds a certificate${which} that expired at ${time(to)}`, "give a renewed one"]];
    }
    if (from <= now) return [];
    const advice = "wait, give another one, or set this machine's clock";
    return [[`holds a certificate${which} that is not valid before ${time(from)}`, advice]];
  });
}

/** A date to the second, in UTC. */
function time(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

/** Extended key usages that let a server use it: that of TLS servers, and any. */
const forServers = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

function usageFaults({ keyUsage }: X509Certificate): CertificateFault[] {
  // Undefined where it says nothing of that, though the types don't.
  const usages = keyUsage as string[] | undefined;
  if (usages === undefined || usages.some((each) => forServers.includes(each))) return [];
  return [["holds a certificate that is not for servers", "order one for TLS servers"]];
}

function nameFaults(own: X509Certificate, domains: readonly string[]): CertificateFault[] {
  const lacking = domains.filter((domain) => !covers(own, domain));
  if (lacking.length === 0) return [];
  const names = own.subjectAltName?.replaceAll(/(DNS|IP Address):/g, "") ?? "no name";
  const wrong = `holds a certificate for ${names}, and not for ${lacking.join(", ")}`;
  return [[wrong, "order one for all of proxy.domains, or remove what it is not for there"]];
}

/** As browsers judge: by alternative names alone, an asterisk for one whole label. */
function covers(own: X509Certificate, domain: string): boolean {
  if (isIP(domain) !== 0) return own.checkIP(domain) !== undefined;
  // Of a wildcard any name will do that no certificate has by chance.
  if (domain.startsWith("*.")) return covers(own, domain.replace("*", "any--name"));
  return own.checkHost(domain, { subject: "never", partialWildcards: false }) !== undefined;
}

/** One that names where its issuer's certificate is to be had expects clients to be given it. */
function missingIssuer(certificates: Certificates): string | undefined {
  const [own, issuer] = certificates;
  if (issuer !== undefined || own.checkIssued(own)) return undefined;
  if (!/CA Issuers/.test(own.infoAccess ?? "")) return undefined;
  const roots = rootCertificates.map((text) => new X509Certificate(text));
  return roots.some((root) => isIssuedBy(own, root)) ? undefined : commonName(own.issuer);
}

function nameOf({ subject }: X509Certificate): string {
  return commonName(subject) || "without a name";
}

/** Of a name as Node writes it, an attribute a line; undefined is the empty name, though Node's types don't say so. */
function commonName(name: string | undefined): string {
  return /^CN=(.*)$/m.exec(name ?? "")?.[1] ?? name?.replaceAll("\n", ", ") ?? "";
}
