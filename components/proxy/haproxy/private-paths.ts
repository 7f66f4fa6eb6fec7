import { createHmac } from "node:crypto";
import { z } from "zod";
import { addressRange, pathBeginning, secretName } from "#lib/identifiers";
import { fromInside } from "./maintenance.js";
import { wholeParts } from "./paths.js";
import { answer, condition, quoted } from "./text.js";

const privatePath = z.strictObject({
  path: pathBeginning.describe(
    "Beginning of the path in whole parts, of every domain: `/metrics` is for /metrics, /metrics/app and /metrics.json, `/` for the whole site.",
  ),
  allow: z
    .array(addressRange)
    .min(1)
    .optional()
    .describe("Addresses that may ask; everybody else gets 404."),
  passwordSecret: secretName
    .optional()
    .describe(
      "Name of a secret with a password, asked for by HTTP Basic with any user name; 401 without it. The app does not get the header.",
    ),
  deny: z.literal(true).optional().describe("404 for everybody."),
});
export type PrivatePath = z.output<typeof privatePath>;

/** Paths that only some clients may reach. */
export const privatePathsSetting = z
  .array(privatePath)
  .max(50)
  .default([])
  .describe(
    "Paths that are not open to the world, each with one of `allow`, `passwordSecret` and `deny`. A request has to pass every entry that matches. Containers of the stack reach them all the same.",
  );

/** The least length of a password, which nothing but its length guards from being guessed. */
export const leastPassword = 16;

/** Hash of a password, in HAProxy's form. */
export interface PasswordHash {
  /** Key of the hash, in base64. */
  readonly key: string;
  /** HMAC-SHA-256, in upper-case hexadecimal digits. */
  readonly hash: string;
}

/**
 * The hash of a password. A slow one would be paid at every request, and is needed for passwords that can be guessed
 * alone.
 * @param key of the stack; the same makes the same configuration
 */
export function passwordHash(password: string, key: string): PasswordHash {
  const own = createHmac("sha256", key).update("private path").digest();
  const hash = createHmac("sha256", own).update(password).digest("hex").toUpperCase();
  return { key: own.toString("base64"), hash };
}

const nameOf = (index: number) => `private-${String(index + 1)}`;

/** Conditions of the private paths that follow `pathRules`. @param below prefixes that are stripped before a service gets a path */
export function privateConditions(
  paths: readonly PrivatePath[],
  { trusting, below }: { readonly trusting: boolean; readonly below: readonly string[] },
): string[] {
  if (paths.length === 0) return [];
  // What a trusted proxy says of a client does not make it one of the stack's containers.
  const claimed = trusting ? " !trusted-proxy" : "";
  return [
    `  http-request set-var(txn.inside) bool(true) if { ${fromInside} }${claimed}`,
    "  acl from-inside var(txn.inside) -m bool",
    ...paths.flatMap(({ path }, index) => {
      if (path === "/") return [`  acl ${nameOf(index)} always_true`];
      const all = [path, ...below.map((prefix) => `${trimmed(prefix)}${path}`)];
      // `/metrics.json` is the same page for some frameworks.
      const beginnings = all.flatMap((each) => [wholeParts(each), `${trimmed(each)}.`]);
      return condition(nameOf(index), "var(txn.path) -m beg -i", beginnings);
    }),
  ];
}

/** Rules that answer instead of the app before a request is counted by any limit. */
export function hiddenRules(paths: readonly PrivatePath[]): string[] {
  return paths.flatMap(({ allow, deny }, index) => {
    if (deny !== true && allow === undefined) return [];
    const allowed = `allowed-${String(index + 1)}`;
    const stranger = deny === true ? "" : ` !${allowed}`;
    return [
      ...condition(allowed, "src", allow ?? []),
      answer(404, "Not found.", `if ${nameOf(index)}${stranger} !from-inside`),
    ];
  });
}

/**
 * Rules that ask for a password. They follow the rate limits, which count who guesses.
 * @param hashes by the secret's name
 */
export function passwordRules(
  paths: readonly PrivatePath[],
  hashes: Readonly<Record<string, PasswordHash>>,
): string[] {
  const challenge = quoted('Basic realm="private", charset="UTF-8"');
  const rules = paths.flatMap(({ passwordSecret }, index) => {
    if (passwordSecret === undefined) return [];
    const known = hashes[passwordSecret];
    if (known === undefined) throw new Error(`There is no hash of ${passwordSecret}.`);
    const [name, passes] = [nameOf(index), `password-${String(index + 1)}`];
    return [
      `  acl ${passes} http_auth_pass,hmac(sha256,${known.key}),hex -m str ${known.hash}`,
      `  http-request return status 401 content-type text/plain hdr WWW-Authenticate ${challenge} string "A password is needed.\\n" if ${name} !${passes} !from-inside`,
      `  http-request set-var(txn.authorized) bool(true) if ${name} ${passes}`,
    ];
  });
  // Not before the last of them has looked at it: one password may be for several paths.
  const forgotten = "  http-request del-header Authorization if { var(txn.authorized) -m bool }";
  return rules.length === 0 ? [] : [...rules, forgotten];
}

function trimmed(path: string): string {
  return path.replace(/\/$/, "");
}
