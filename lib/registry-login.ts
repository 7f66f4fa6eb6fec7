import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Run } from "./run-process.js";

/** Schema of the file of `docker login`: the logins, or the name of the program that keeps them. */
const clientConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }),
    )
    .optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

const helperMs = 10_000;

/**
 * The header by which the Docker engine logs in to a registry for a client, as `docker pull` sends it; empty where
 * nobody has logged in.
 */
export async function registryAuth(
  registry: string,
  environment: NodeJS.ProcessEnv,
  start: Run,
): Promise<string> {
  const config = readConfig(environment);
  // Docker's own registry has been logged in to under its first address ever since.
  const keys = registry === "docker.io" ? ["https://index.docker.io/v1/", registry] : [registry];
  const login =
    (await ofHelper(config, keys, environment, start)) ??
    Object.entries(config.auths ?? {}).find(
      ([key]) => keys.includes(key) || keys.includes(hostOf(key)),
    )?.[1];
  if (login === undefined) return "";
  const [username = "", ...rest] = Buffer.from(login.auth ?? "", "base64")
    .toString()
    .split(":");
  const password = rest.join(":").replace(/\0+$/, "");
  const { identitytoken = "" } = login;
  const sent = { username, password, identitytoken, serveraddress: keys[0] };
  return encodedLogin(sent);
}

/**
 * A login as the Docker engine's header X-Registry-Auth takes it: base64 of the URL's alphabet, and padded. One without
 * padding the engine passes over in silence, as if nobody had logged in.
 */
export function encodedLogin(login: Readonly<Record<string, string | undefined>>): string {
  const text = Buffer.from(JSON.stringify(login)).toString("base64url");
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

type Login = NonNullable<z.output<typeof clientConfig>["auths"]>[string];

async function ofHelper(
  { credHelpers = {}, credsStore }: z.output<typeof clientConfig>,
  keys: readonly string[],
  environment: NodeJS.ProcessEnv,
  start: Run,
): Promise<Login | undefined> {
  for (const key of keys) {
    const helper = credHelpers[key] ?? credsStore;
    if (helper === undefined) continue;
    const options = { env: environment, input: key, timeoutMs: helperMs };
    const result = await start(`docker-credential-${helper}`, ["get"], options);
    const answer = result.code === 0 ? helperAnswer.safeParse(jsonOf(result.stdout)) : undefined;
    if (answer?.success !== true) continue;
    const { Username, Secret } = answer.data;
    // A helper says so by this name that its secret is a token of the registry.
    if (Username === "<token>") return { identitytoken: Secret };
    return { auth: Buffer.from(`${Username}:${Secret}`).toString("base64") };
  }
  return undefined;
}

/** Returns the client's configuration; an unreadable one is empty: then the registry is asked without a login, and answers for itself. */
function readConfig(environment: NodeJS.ProcessEnv): z.output<typeof clientConfig> {
  const folder = environment["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  try {
    const text = readFileSync(join(folder, "config.json"), "utf8");
    return clientConfig.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").split("/")[0] ?? "";
}
