// Certificates as a test wants them, made by Node alone: no other tool is asked for, and no key stands in the repository.
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/** A certificate with its key, each in PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** What a certificate is to say. Default: of a new P-256 key, for nobody, self-signed, a day old, valid for 90 days. */
export interface Order {
  readonly name?: string;
  /** Alternative names; without them there is no such extension. */
  readonly domains?: readonly string[];
  readonly addresses?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
  readonly by?: Issued;
  readonly rsaBits?: number;
  /** Object identifiers of extended key usages. */
  readonly usages?: readonly string[];
  /** Where the issuer's certificate is to be had. */
  readonly issuerUrl?: string;
}

const day = 86_400_000;
/** Now plus that many days. */
export const inDays = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);

/** Certificate, chain and key in one text, as the proxy takes it. */
export const bundle = (...parts: readonly string[]) => parts.join("");

/** Makes a key and the certificate of it. */
export function issue(order: Order = {}): Issued {
  const { name = "a test", rsaBits } = order;
  const pair =
    rsaBits === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: rsaBits });
  const issuer = order.by ?? { name, privateKey: pair.privateKey };
  const algorithm = algorithmOf(issuer.privateKey);
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 2 ** 40) + 1),
    algorithm,
    nameOf(issuer.name),
    sequence(time(order.from ?? inDays(-1)), time(order.to ?? inDays(90))),
    nameOf(name),
    pair.publicKey.export({ type: "spki", format: "der" }),
    ...extensions(order),
  );
  const signature = sign("sha256", body, issuer.privateKey);
  const whole = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificate: pem("CERTIFICATE", whole), key, name, privateKey: pair.privateKey };
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function extensions({ domains, addresses = [], usages, issuerUrl }: Order): Buffer[] {
  const names = [
    ...(domains ?? []).map((each) => tagged(0x82, Buffer.from(each))),
    ...addresses.map((each) => tagged(0x87, Buffer.from(each.split(".").map(Number)))),
  ];
  const url = tagged(0x86, Buffer.from(issuerUrl ?? ""));
  const all = [
    ...(names.length === 0 ? [] : [extension("2.5.29.17", sequence(...names))]),
    ...(usages === undefined
      ? []
      : [extension("2.5.29.37", sequence(...usages.map(objectIdentifier)))]),
    ...(issuerUrl === undefined
      ? []
      : [
          extension(
            "1.3.6.1.5.5.7.1.1",
            sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.48.2"), url)),
          ),
        ]),
  ];
  return all.length === 0 ? [] : [tagged(0xa3, sequence(...all))];
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), tagged(0x04, value));
}

function algorithmOf(key: KeyObject): Buffer {
  return key.asymmetricKeyType === "rsa"
    ? sequence(objectIdentifier("1.2.840.113549.1.1.11"), tagged(0x05))
    : sequence(objectIdentifier("1.2.840.10045.4.3.2"));
}

function nameOf(name: string): Buffer {
  const common = sequence(objectIdentifier("2.5.4.3"), tagged(0x0c, Buffer.from(name)));
  return sequence(tagged(0x31, common));
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`));
}

function integer(value: number): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  // One whose first bit is set would be negative.
  return tagged(0x02, ...((bytes[0] ?? 0) < 0x80 ? [] : [Buffer.from([0])]), bytes);
}

function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = rest.flatMap((value) => {
    const groups = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
