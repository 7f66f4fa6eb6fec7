import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readSources, type SourcesAnswer } from "#components/secrets/sources/read";
import { secretSourcesSettings } from "#components/secrets/sources/settings";
import { parseSettings } from "#lib/settings";
import { root } from "../../support/root.js";
import {
  goodToken,
  standInServer,
  type StandInServer,
  type World,
} from "../../support/secret-sources/server.js";

let directory: string;
let world: World;
let server: StandInServer;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "keelson-sources-"));
  const tool = join(root, "test", "support", "secret-sources", "tool.mjs");
  for (const name of ["op", "sops", "aws", "gcloud", "my-secrets"]) {
    symlinkSync(tool, join(directory, name));
  }
  writeFileSync(join(directory, "secrets.enc.yaml"), "A: ENC[…]\n");
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  world = { values: {}, mode: "good" };
  server = await standInServer(world);
});
afterEach(async () => {
  await server.close();
  rmSync(join(directory, "world.args"), { force: true });
});

interface Source {
  /** Its settings, but for `timeout`. */
  readonly settings: () => object;
  /** Nothing is fetched but the names that are asked for. */
  readonly byName?: boolean;
  readonly environment?: Record<string, string>;
  readonly refusal: string;
  readonly hasLimit?: boolean;
  readonly isTool?: boolean;
}

const byHttp = (name: string) => `refuses ${name} (127.0.0.1:PORT answers 401)`;
const sources: Record<string, Source> = {
  doppler: {
    settings: () => ({ url: server.url }),
    byName: true,
    environment: { DOPPLER_TOKEN: goodToken },
    refusal: byHttp("DOPPLER_TOKEN"),
  },
  vault: {
    settings: () => ({ url: server.url, path: "shop" }),
    environment: { VAULT_TOKEN: goodToken },
    refusal: byHttp("VAULT_TOKEN"),
  },
  infisical: {
    settings: () => ({ url: server.url, project: "p-1" }),
    byName: true,
    environment: { INFISICAL_TOKEN: goodToken },
    refusal: byHttp("INFISICAL_TOKEN"),
  },
  sops: {
    settings: () => ({ file: "secrets.enc.yaml" }),
    isTool: true,
    refusal: "`sops` fails with 1: Failed to get the data key required to decrypt the SOPS file.",
    hasLimit: false,
  },
  onePassword: {
    settings: () => ({ vault: "prod", item: "shop" }),
    isTool: true,
    refusal: "`op` fails with 1: [ERROR] 2026/11/30 (401) Unauthorized: You aren't authenticated",
  },
  "aws of one secret": {
    settings: () => ({ secret: "all" }),
    isTool: true,
    refusal:
      "`aws` fails with 1: An error occurred (UnrecognizedClientException) when calling the GetSecretValue operation: The security token included in the request is invalid.",
  },
  "aws of one a name": {
    settings: () => ({ prefix: "shop/", region: "eu-west-1" }),
    byName: true,
    isTool: true,
    refusal:
      "`aws` fails with 1: An error occurred (UnrecognizedClientException) when calling the GetSecretValue operation: The security token included in the request is invalid.",
  },
  gcp: {
    settings: () => ({ project: "p-1" }),
    byName: true,
    isTool: true,
    refusal:
      "`gcloud` fails with 1: ERROR: (gcloud.secrets.versions.access) There was a problem refreshing your current auth tokens",
  },
  command: {
    settings: () => ({ command: ["my-secrets", "print"] }),
    isTool: true,
    refusal: "`my-secrets` fails with 1",
  },
};

async function ask(name: string, names: string[], timeout = "30s"): Promise<SourcesAnswer> {
  const source = sources[name];
  if (source === undefined) throw new Error(`no source ${name}`);
  const file = join(directory, "world");
  writeFileSync(file, JSON.stringify(world));
  const kind = name.split(" ")[0] ?? "";
  const settings = { [kind]: { ...source.settings(), timeout } };
  const environment = {
    PATH: `${directory}${delimiter}${process.env["PATH"] ?? ""}`,
    STAND_IN_WORLD: file,
    STAND_IN_TOKEN: goodToken,
    ...source.environment,
  };
  const parsed = parseSettings(secretSourcesSettings, [settings], "secretSources");
  const request = { sources: parsed, names, given: {}, stackEnvironment: "prod", directory };
  return readSources(request, environment);
}

/** The problems of an answer, without what differs by run. */
const said = ({ problems }: SourcesAnswer) =>
  problems.map((each) => each.replaceAll(new URL(server.url).port, "PORT"));

const kindOf = (name: string) => `secretSources[0].${name.split(" ")[0] ?? ""}`;

const difficult = {
  QUOTES: `canary-"double" and 'single' and \`back\``,
  DOLLAR: "canary-$HOME ${PATH} $(id) $$ %s \\n",
  LINES: "canary-1\n2\r\n3\n",
  UNICODE: "canary-Größe 鍵 🔑",
  LONG: `canary-${"x".repeat(1024 * 1024)}`,
  EMPTY: "",
};

describe.each(Object.keys(sources))("source %s", (name) => {
  const source = sources[name] as Source;

  it("gives every value as it is, and no name that is not asked for", async () => {
    world.values = { ...difficult, OTHER: "canary-other" };
    const { values, problems } = await ask(name, Object.keys(difficult));
    expect(problems).toEqual([]);
    expect(Object.keys(values).sort()).toEqual(Object.keys(difficult).sort());
    for (const [key, value] of Object.entries(difficult))
      expect(values[key] === value, key).toBe(true);
    if (source.byName === true)
      expect(JSON.stringify([server.requests, args()])).not.toContain("OTHER");
    expect(args()).not.toContain("canary-");
  });

  it("has no name that is missing", async () => {
    world.values = { A: "canary-a" };
    expect(await ask(name, ["A", "MISSING"])).toEqual({ values: { A: "canary-a" }, problems: [] });
  });

  it("says in a sentence that a credential is refused, without it and without a value", async () => {
    world = Object.assign(world, { values: { A: "canary-a" }, mode: "revoked" });
    const answer = await ask(name, ["A"]);
    expect(answer.values).toEqual({});
    const advice =
      source.isTool === true
        ? "run it by hand to see why"
        : "see that it is valid and may read these secrets, or renew it";
    expect(said(answer)).toEqual([`${kindOf(name)}: ${source.refusal}; ${advice}`]);
  });

  it("ends when its time is up", async () => {
    world = Object.assign(world, { values: { A: "canary-a" }, mode: "slow" });
    const began = Date.now();
    const answer = await ask(name, ["A"], "2s");
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(said(answer)).toEqual([
      expect.stringMatching(
        /: (has no answer from \S+ in time|`\S+` has not answered in time); see/,
      ),
    ]);
  });

  it.runIf(source.hasLimit !== false)("waits for a rate limit", async () => {
    world = Object.assign(world, { values: { A: "canary-a" }, mode: "limited" });
    expect(await ask(name, ["A"])).toEqual({ values: { A: "canary-a" }, problems: [] });
  });

  it.runIf(source.isTool !== true)("waits for none that outlasts its time", async () => {
    world = Object.assign(world, { values: { A: "canary-a" }, mode: "exhausted" });
    expect(said(await ask(name, ["A"]))).toEqual([
      `${kindOf(name)}: 127.0.0.1:PORT limits the rate of requests for another 86400 s; try again later, or raise timeout of this source`,
    ]);
  });
});

function args(): string {
  const file = join(directory, "world.args");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
