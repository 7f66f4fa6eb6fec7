import { z } from "zod";
import { secretName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problem, problemText } from "#lib/settings";
import { secretsDirectory } from "#lib/platform";

/** A server that takes series by Prometheus' remote write protocol: Grafana Cloud, Mimir, VictoriaMetrics, New Relic. */
export const remoteWriteSettings = z.strictObject({
  url: inClear(
    z
      .url({
        protocol: /^https?$/,
        error: problemText("is not a URL", "write one that begins with https://"),
      })
      .refine((url) => !/^https?:\/\/[^/]*@/.test(url), {
        error: problemText(
          "has a user in it",
          "set username, or tokenSecret, and the secret with what proves it",
        ),
      }),
    "it is the receiver's address",
    "write it in clear, and the token as a secret that tokenSecret names",
  )
    .meta({ title: "URL" })
    .describe("Address that takes series by POST, such as `https://…/api/v1/write`."),
  username: inClear(
    z.string().min(1),
    "it is no secret for the receiver",
    "write it in clear; the password is a secret that passwordSecret names",
  )
    .optional()
    .describe("User at the receiver (`Authorization: Basic`); default: none."),
  passwordSecret: secretName
    .optional()
    .describe("Name of the secret with the user's password at the receiver."),
  tokenSecret: secretName
    .optional()
    .describe("Name of the secret with a token for the header `Authorization: Bearer`."),
  caSecret: secretName
    .optional()
    .describe(
      "Name of the secret with the certificates (PEM) by which the receiver's is checked; default: the public authorities.",
    ),
});
export type RemoteWriteSettings = z.output<typeof remoteWriteSettings>;

/** Files in the container, by the setting that names the secret. */
const files = {
  passwordSecret: "REMOTE_WRITE_PASSWORD",
  tokenSecret: "REMOTE_WRITE_TOKEN",
  caSecret: "REMOTE_WRITE_CA",
} as const;

/** Secrets that sending series needs: path of the setting, file in the container, name of the secret. */
export function remoteWriteSecrets(
  settings: RemoteWriteSettings | undefined,
): { readonly path: string; readonly file: string; readonly secret: string }[] {
  return (["passwordSecret", "tokenSecret", "caSecret"] as const).flatMap((key) => {
    const secret = settings?.[key];
    return secret === undefined
      ? []
      : [{ path: `monitoring.remoteWrite.${key}`, file: files[key], secret }];
  });
}

/** Returns what is wrong with a user and the secret with its password, a line each: neither is there without the other. */
export function loginProblems(
  path: string,
  { username, passwordSecret }: Pick<RemoteWriteSettings, "username" | "passwordSecret">,
): string[] {
  if ((username === undefined) === (passwordSecret === undefined)) return [];
  const [set, missing] =
    username === undefined ? ["passwordSecret", "username"] : ["username", "passwordSecret"];
  return [problem(`${path}.${set}`, `is set without ${missing}`, "set both, or neither")];
}

/** Returns the contradictions between the settings, a line each. */
export function remoteWriteProblems(settings: RemoteWriteSettings): string[] {
  const { url, username, passwordSecret, tokenSecret, caSecret } = settings;
  const at = (key: keyof RemoteWriteSettings) => `monitoring.remoteWrite.${key}`;
  const problems: string[] = [];
  if (username !== undefined && tokenSecret !== undefined) {
    problems.push(problem(at("tokenSecret"), "is set, and username too", "remove one of them"));
  }
  problems.push(...loginProblems("monitoring.remoteWrite", { username, passwordSecret }));
  if (caSecret !== undefined && url.startsWith("http://")) {
    problems.push(
      problem(
        at("caSecret"),
        "is set, and url has no TLS",
        "begin url with https://, or remove it",
      ),
    );
  }
  return problems;
}

const fileOf = (key: keyof typeof files) => `${secretsDirectory}/${files[key]}`;

/**
 * The receiver's part in Prometheus' configuration.
 *
 * What is not yet sent is read from the log of series on the disk, so that a receiver that is away costs no memory: it
 * gets what it missed for as long as Prometheus keeps that log, which is about two hours.
 */
export function remoteWriteConfig(settings: RemoteWriteSettings) {
  const { url, username, tokenSecret, caSecret } = settings;
  return {
    url,
    remote_timeout: "30s",
    send_exemplars: false,
    // A stack has a few thousand series; by default there may be fifty connections, each with a buffer of ten thousand.
    queue_config: { max_shards: 4, capacity: 2500, max_samples_per_send: 1000 },
    ...(username === undefined
      ? {}
      : { basic_auth: { username, password_file: fileOf("passwordSecret") } }),
    ...(tokenSecret === undefined
      ? {}
      : { authorization: { credentials_file: fileOf("tokenSecret") } }),
    ...(caSecret === undefined ? {} : { tls_config: { ca_file: fileOf("caSecret") } }),
  };
}
