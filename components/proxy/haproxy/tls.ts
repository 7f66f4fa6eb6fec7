import { z } from "zod";
import { cron } from "#lib/cron";
import { durationUpTo } from "#lib/duration";
import { domainPattern, secretName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { hosts } from "./text.js";

/** Let's Encrypt, for certificates that every browser trusts. */
export const publicDirectory = "https://acme-v02.api.letsencrypt.org/directory";

const directoryUrl = inClear(
  z
    .string()
    .regex(
      /^https:\/\/[^\s"'\\]+$/,
      problemText("is not an https:// URL", "copy it from the CA's pages"),
    )
    .meta({ title: "URL" }),
  "certbot gets the server's URL as an argument",
  "give the CA's key as proxy.tls.acme.externalAccount, which names secrets",
);

const acmeSettings = z.strictObject({
  email: z
    .email({ error: problemText("is not an e-mail address", "write one such as ops@example.com") })
    .meta({ title: "e-mail address" })
    .describe("E-mail address of the account, for expiry warnings."),
  agreeTerms: z
    .boolean()
    .default(false)
    .describe("Agreement to the server's terms of service; must be true."),
  directory: directoryUrl
    .default(publicDirectory)
    .describe("Directory of the ACME server; default: Let's Encrypt."),
  ca: z
    .string()
    .regex(
      /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/,
      problemText(
        "is not a certificate in PEM",
        "write the root of the ACME server's own certificate",
      ),
    )
    .meta({ title: "certificate" })
    .optional()
    .describe("Root certificate of a private ACME server, in PEM."),
  externalAccount: z
    .strictObject({
      keyIdSecret: secretName.describe("Name of the secret with the key's id."),
      hmacKeySecret: secretName.describe(
        "Name of the secret with the HMAC key, in base64url as the CA shows it.",
      ),
    })
    .optional()
    .describe(
      "External account binding (EAB), where the CA requires it; from the CA's customer pages.",
    ),
  schedule: cron
    .optional()
    .describe(
      "When to check whether a renewal is due, in UTC; default: twice a day, at a time derived from the stack's name.",
    ),
  timeout: durationUpTo("1h")
    .default("2m")
    .describe("Time limit of an order; the first `up` waits as long."),
  heartbeatSecret: secretName
    .optional()
    .describe(
      "Name of a secret with a heartbeat URL (healthchecks.io style), pinged on every renewal check.",
    ),
  keepData: z
    .boolean()
    .default(true)
    .describe(
      "Keep account and certificates on the host when the stack is destroyed: servers limit new ones.",
    ),
});
export type AcmeSettings = z.output<typeof acmeSettings>;

const certificateSettings = z.strictObject({
  domains: z
    .array(domainPattern)
    .min(1)
    .describe("Domains that it is for, some of `proxy.domains`."),
  certificateSecret: secretName
    .optional()
    .describe(
      "Name of the secret with certificate, chain and key in PEM; without it, in mode `acme`, one certificate is ordered for these domains together.",
    ),
});

/** Settings of HTTPS. */
export const tlsSettings = z.strictObject({
  mode: z
    .enum(["off", "self-signed", "files", "acme"])
    .default("off")
    .describe(
      "`off`: plain HTTP; `self-signed`: a generated certificate; `files`: yours; `acme`: from Let's Encrypt or another ACME server.",
    ),
  certificateSecret: secretName
    .optional()
    .describe("For `files`: name of the secret with certificate, chain and key in PEM."),
  certificates: z
    .array(certificateSettings)
    .default([])
    .describe(
      "Certificates of their own for some domains. Of the others, `acme` orders one each, and `files` has one for all.",
    ),
  acme: acmeSettings.optional().describe("Settings of `acme`."),
});
export type TlsSettings = z.output<typeof tlsSettings>;

/** Folder of an ACME server's certificates, in the containers of the proxy and of certbot. */
export const acmeFolder = "/acme";

/** By this name the two containers find each other on the edge network. */
export const acmeAliases = { proxy: "proxy", certbot: "acme" } as const;

/** The port at which certbot answers while it asks for a certificate. */
const challengePort = 8080;

const asked = "if acme-challenge METH_GET known-host";

/**
 * Rules that follow the condition `known-host`. The server's question comes before everything else that might answer
 * it: a redirect, a limit, maintenance. `certificate-issued` is there for the rules that follow.
 * @param given domains with a certificate of the user's own
 */
export function acmeRules({ mode }: TlsSettings, given: readonly string[]): string[] {
  if (mode !== "acme") return [];
  return [
    "  acl acme-challenge path_beg /.well-known/acme-challenge/",
    "  acl certificate-issued req.hdr(host),host_only,lower,map_str(/config/tls/issued.map,placeholder) -m str issued",
    ...hosts("certificate-issued", given),
    `  http-request allow ${asked}`,
  ];
}

/** Returns the route of an ACME server's questions; HAProxy wants this after the rules. */
export function acmeRoute({ mode }: TlsSettings): string[] {
  return mode === "acme" ? [`  use_backend acme ${asked}`] : [];
}

/** The section that leads to certbot, which listens only while it asks for a certificate. */
export function acmeBackend({ mode }: TlsSettings): string[] {
  if (mode !== "acme") return [];
  const address = `${acmeAliases.certbot}:${String(challengePort)}`;
  return [
    "backend acme",
    // Who asks at another time has his answer at once.
    "  retries 0",
    // The container starts after the proxy: there is no address to wait for yet.
    `  server acme ${address} resolvers docker resolve-prefer ipv4 init-addr none`,
    "",
  ];
}
