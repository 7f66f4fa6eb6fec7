import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { certificateFaults, certificateOutlook } from "#lib/certificate";
import { bundle, inDays, issue, type Order } from "../support/certificates.js";

const domains = ["www.shop.com", "shop.com"];
const root = issue({ name: "root" });
const middle = issue({ name: "middle", by: root });
const order: Order = { name: "shop", domains, by: middle };
const own = issue(order);
const other = issue({ name: "other", domains });
const full = bundle(own.certificate, middle.certificate, own.key);

const faults = (
  pem: string,
  names: readonly string[] = domains,
  now: Date | undefined = new Date(),
) => certificateFaults(pem, { domains: names, now }).map((each) => each.join("; "));

/** A key in the old forms, whose labels name its kind, and encrypted. */
const legacy = (key: string, type: "pkcs1" | "sec1") =>
  createPrivateKey(key).export({ type, format: "pem" }).toString();
const encrypted = (key: string, type: "pkcs1" | "pkcs8") =>
  createPrivateKey(key)
    .export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
    .toString();
const rsa = issue({ ...order, rsaBits: 2048 });
const short = issue({ ...order, rsaBits: 1024 });

describe("certificateFaults", () => {
  it.each([
    ["certificate, chain and key", full],
    ["the root as well", bundle(own.certificate, middle.certificate, root.certificate, own.key)],
    ["the key first", bundle(own.key, own.certificate, middle.certificate)],
    ["the certificate alone", bundle(own.certificate, own.key)],
    ["a self-signed one", bundle(other.certificate, other.key)],
    ["an RSA key", bundle(rsa.certificate, middle.certificate, rsa.key)],
    ["an RSA key in the old form", bundle(rsa.certificate, legacy(rsa.key, "pkcs1"))],
    ["an EC key in the old form", bundle(own.certificate, legacy(own.key, "sec1"))],
    ["lines as Windows ends them", full.replaceAll("\n", "\r\n")],
    ["spaces after the lines", full.replaceAll("\n", " \n")],
    [
      "what openssl writes before each part",
      full.replaceAll("-----BEGIN", "Bag Attributes\n    name: a\n-----BEGIN"),
    ],
    [
      "parameters of the curve",
      full.replace(
        "-----BEGIN PRIVATE",
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n-----BEGIN PRIVATE",
      ),
    ],
    ["the old name of a certificate", full.replaceAll(" CERTIFICATE-", " X509 CERTIFICATE-")],
    ["no line break at its end", full.trimEnd()],
  ])("finds none in %s", (_what, pem) => {
    expect(faults(pem)).toEqual([]);
  });

  const allParts =
    "write certificate, chain and key one after another: cat fullchain.pem privkey.pem";
  const cut =
    "has a part that is truncated, indented or in one line; copy it again from its file: BEGIN and END each stand in a line of their own, without spaces before them";
  const plain = "decrypt it: openssl pkey -in key.pem";

  it.each([
    ["garbage", "a-value", [`holds no certificate in PEM; ${allParts}`]],
    ["a key alone", own.key, [`holds no certificate in PEM; ${allParts}`]],
    [
      "the certificate without its key",
      bundle(own.certificate, middle.certificate),
      ["holds no private key; append the key of the certificate (privkey.pem)"],
    ],
    [
      "a request in place of the certificate",
      bundle(own.certificate.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST"), own.key),
      [`holds no certificate in PEM; ${allParts}`],
    ],
    [
      "the key of another certificate",
      bundle(own.certificate, middle.certificate, other.key),
      [
        "has a private key that is not the certificate's; take the key that the certificate was ordered with",
      ],
    ],
    [
      "the chain before the certificate",
      bundle(middle.certificate, own.certificate, own.key),
      [
        "has the certificate of its private key as number 2; put that one first, then its issuer, and so on",
        "has certificates in the wrong order: number 2 (shop) did not issue number 1 (middle); put each one's issuer right after it, and remove the others",
        "holds a certificate for no name, and not for www.shop.com, shop.com; order one for all of proxy.domains, or remove what it is not for there",
      ],
    ],
    [
      "a chain in the wrong order",
      bundle(own.certificate, root.certificate, middle.certificate, own.key),
      [
        "has certificates in the wrong order: number 2 (root) did not issue number 1 (shop); put each one's issuer right after it, and remove the others",
      ],
    ],
    [
      "the certificate twice",
      bundle(own.certificate, own.certificate, middle.certificate, own.key),
      [
        "has certificates in the wrong order: number 2 (shop) did not issue number 1 (shop); put each one's issuer right after it, and remove the others",
      ],
    ],
    [
      "an issuer of the same name, which did not sign it",
      bundle(own.certificate, issue({ name: "middle", by: root }).certificate, own.key),
      [
        "has certificates in the wrong order: number 2 (middle) did not issue number 1 (shop); put each one's issuer right after it, and remove the others",
      ],
    ],
    [
      "an encrypted key",
      bundle(own.certificate, encrypted(own.key, "pkcs8")),
      [`has a private key that is encrypted; nobody is there to type its passphrase; ${plain}`],
    ],
    [
      "one encrypted in the old form",
      bundle(rsa.certificate, encrypted(rsa.key, "pkcs1")),
      [`has a private key that is encrypted; nobody is there to type its passphrase; ${plain}`],
    ],
    [
      "a key that is no key",
      bundle(own.certificate, own.key.replace(/\n.{20}/, `\n${"A".repeat(20)}`)),
      ["has a private key that can't be read; copy it again from its file"],
    ],
    [
      "a certificate that is none",
      bundle(own.certificate.replace(/\n.{20}/, `\n${"A".repeat(20)}`), own.key),
      ["its certificate 1 can't be read; copy it again from its file"],
    ],
    [
      "a chain that is none",
      bundle(
        own.certificate,
        middle.certificate.replace(/\n.{20}/, `\n${"A".repeat(20)}`),
        own.key,
      ),
      ["its certificate 2 can't be read; copy it again from its file"],
    ],
    [
      "line breaks as a JSON file has them",
      full.replaceAll("\n", "\\n"),
      [
        "has the two characters \\n where its lines should end; give it with line breaks, as its files have them",
      ],
    ],
    [
      "files without a line break at their end",
      bundle(own.certificate.trimEnd(), own.key),
      ["has an END and the next BEGIN in one line; put a line break between its files"],
    ],
    ["one that is truncated", full.slice(0, -40), [cut]],
    ["one that is indented", full.replaceAll("\n", "\n  "), [cut]],
    [
      "one line",
      full.replaceAll("\n", " "),
      ["has an END and the next BEGIN in one line; put a line break between its files"],
    ],
    [
      "an RSA key that HAProxy does not start with",
      bundle(short.certificate, middle.certificate, short.key),
      [
        "has an RSA key of 1024 bits, with which HAProxy does not start; order a certificate for a key of 2048 bits or more",
      ],
    ],
  ])("names what is wrong with %s", (_what, pem, expected) => {
    expect(faults(pem)).toEqual(expected);
  });

  const dated = (from: number, to: number, more: Order = {}) => {
    const made = issue({ ...order, from: inDays(from), to: inDays(to), ...more });
    return { made, pem: bundle(made.certificate, middle.certificate, made.key) };
  };
  const time = (text: string) => new Date(text).toISOString().replace(".000Z", "Z");

  it("names the time at which it ran out, or begins", () => {
    const expired = dated(-90, -1);
    const early = dated(1, 90);
    const at = ({ certificate }: { certificate: string }) => new X509Certificate(certificate);
    expect(faults(expired.pem)).toEqual([
      `holds a certificate that expired at ${time(at(expired.made).validTo)}; give a renewed one`,
    ]);
    expect(faults(early.pem)).toEqual([
      `holds a certificate that is not valid before ${time(at(early.made).validFrom)}; wait, give another one, or set this machine's clock`,
    ]);
    expect(certificateFaults(expired.pem, { domains, now: undefined })).toEqual([]);
  });

  it("names the one of the chain that ran out", () => {
    const old = issue({ name: "middle", by: root, from: inDays(-9), to: inDays(-2) });
    const made = issue({ ...order, by: old });
    const until = time(new X509Certificate(old.certificate).validTo);
    expect(faults(bundle(made.certificate, old.certificate, made.key))).toEqual([
      `holds a certificate, number 2 (middle), that expired at ${until}; give a renewed one`,
    ]);
  });

  it.each<[string, Order, readonly string[], string | undefined]>([
    ["an asterisk for one label", { domains: ["*.shop.com"] }, ["www.shop.com"], undefined],
    [
      "an asterisk for two, or for none",
      { domains: ["*.shop.com"] },
      ["a.b.shop.com", "shop.com", "www.shop.com"],
      "*.shop.com, and not for a.b.shop.com, shop.com",
    ],
    [
      "a part of a label",
      { domains: ["w*.shop.com"] },
      ["www.shop.com"],
      "w*.shop.com, and not for www.shop.com",
    ],
    ["an address", { addresses: ["10.0.0.1"] }, ["10.0.0.1"], undefined],
    [
      "another address",
      { addresses: ["10.0.0.1"] },
      ["10.0.0.2"],
      "10.0.0.1, and not for 10.0.0.2",
    ],
    ["letters of another case", { domains: ["WWW.Shop.com"] }, ["www.shop.com"], undefined],
    [
      "a common name alone, which no browser looks at",
      { name: "www.shop.com" },
      ["www.shop.com"],
      "no name, and not for www.shop.com",
    ],
  ])("judges the names as browsers do: %s", (_what, more, names, wrong) => {
    const made = issue(more);
    const advice = "order one for all of proxy.domains, or remove what it is not for there";
    expect(faults(bundle(made.certificate, made.key), names)).toEqual(
      wrong === undefined ? [] : [`holds a certificate for ${wrong}; ${advice}`],
    );
  });

  it("refuses one that is for clients alone", () => {
    const [server, client] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
    const of = (...usages: string[]) => {
      const made = issue({ ...order, usages });
      return faults(bundle(made.certificate, middle.certificate, made.key));
    };
    expect(of(server, client)).toEqual([]);
    expect(of(client)).toEqual([
      "holds a certificate that is not for servers; order one for TLS servers",
    ]);
  });
});

describe("certificateOutlook", () => {
  it("is that of the first certificate to run out", () => {
    const soon = issue({ name: "middle", by: root, to: inDays(5) });
    const made = issue({ ...order, by: soon });
    const outlook = certificateOutlook(bundle(made.certificate, soon.certificate, made.key));
    expect(outlook).toEqual({ validUntil: inDays(5), missingIssuer: undefined });
  });

  it("names the issuer that a public certificate came without", () => {
    const made = issue({ ...order, issuerUrl: "http://ca.example/middle.der" });
    const alone = certificateOutlook(bundle(made.certificate, made.key));
    expect(alone.missingIssuer).toBe("middle");
    const whole = certificateOutlook(bundle(made.certificate, middle.certificate, made.key));
    expect(whole.missingIssuer).toBeUndefined();
    // A private authority, whose root its clients have, says nothing of where it is to be had.
    expect(certificateOutlook(bundle(own.certificate, own.key)).missingIssuer).toBeUndefined();
  });
});
