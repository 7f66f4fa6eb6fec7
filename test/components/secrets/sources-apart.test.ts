import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readSources } from "#components/secrets/sources/read";
import { secretSourcesSettings } from "#components/secrets/sources/settings";
import { retryAfter } from "#components/secrets/sources/wait";
import { parseSettings, SettingsError } from "#lib/settings";
import {
  goodToken,
  standInServer,
  type StandInServer,
} from "../../support/secret-sources/server.js";

const directory = mkdtempSync(join(tmpdir(), "keelson-sources-"));
const parse = (sources: unknown) => parseSettings(secretSourcesSettings, sources, "secretSources");
const read = (
  sources: unknown,
  names: string[],
  environment: NodeJS.ProcessEnv = {},
  given: Record<string, string> = {},
) =>
  readSources(
    { sources: parse(sources), names, given, stackEnvironment: "prod", directory },
    { PATH: process.env["PATH"], ...environment },
  );

let server: StandInServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("secretSources", () => {
  it.each([
    [[], "secretSources: is an empty list; give it at least 1"],
    [
      [{}],
      "secretSources[0]: names no source; give each source an entry of its own, such as - doppler: {}",
    ],
    [
      [{ environment: {}, doppler: {} }],
      "secretSources[0]: names environment and doppler at once; give each source an entry of its own, such as - doppler: {}",
    ],
    [
      [{ aws: {} }],
      "secretSources[0].aws: has not exactly one of secret and prefix; set one of them",
    ],
  ])("refuses %j", (sources, message) => {
    expect(() => parse(sources)).toThrow(new SettingsError([message]));
  });
});

describe("readSources", () => {
  it("asks each source for the names that none before it has", async () => {
    server = await standInServer({ values: { A: "theirs", B: "b" }, mode: "good" });
    const sources = [{ environment: {} }, { doppler: { url: server.url } }];
    const answer = await read(sources, ["A", "B"], { DOPPLER_TOKEN: goodToken }, { A: "ours" });
    expect(answer).toEqual({ values: { A: "ours", B: "b" }, problems: [] });
    expect(server.requests[0]).toContain("secrets=B%2CDOPPLER_CONFIG");
  });

  it("asks no source for nothing", async () => {
    server = await standInServer({ values: {}, mode: "good" });
    const sources = [{ environment: {} }, { doppler: { url: server.url } }];
    expect((await read(sources, ["A"], {}, { A: "ours" })).problems).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it("names every source that fails, at once", async () => {
    const gone = [
      { doppler: {} },
      { sops: { file: "none.yaml" } },
      { vault: { url: "http://127.0.0.1:9", path: "shop", timeout: "1s" } },
      { command: { command: ["not-a-command-of-anyone"] } },
    ];
    const { problems } = await read(gone, ["A"], { VAULT_TOKEN: goodToken });
    expect(problems).toEqual([
      "secretSources[0].doppler: needs DOPPLER_TOKEN, which is not set; set it to a service token of the config in the environment of this command",
      "secretSources[1].sops: has no file none.yaml; correct file, or commit it",
      expect.stringMatching(
        /^secretSources\[2\]\.vault: can't be reached at 127\.0\.0\.1:9 \(.+\); try again later/,
      ),
      "secretSources[3].command: `not-a-command-of-anyone` is not installed; install it, or correct the PATH",
    ]);
  });

  it.each([
    [{}, "prod", undefined],
    [{ config: "prd" }, "prd", undefined],
    [
      {},
      "dev",
      "is the config dev, and the environment of this stack is prod; take a token of prod, or name the config: config: dev",
    ],
    [
      { project: "shop", config: "prd" },
      "dev",
      "is the config dev of shop, and prd is wanted; take a token of prd, or name the config: config: dev",
    ],
  ])("compares Doppler's config with the stack: %j and %s", async (settings, config, wrong) => {
    server = await standInServer({ values: { A: "a" }, mode: "good" }, config);
    const sources = [{ doppler: { url: server.url, ...settings } }];
    const { problems } = await read(sources, ["A"], { DOPPLER_TOKEN: goodToken });
    expect(problems).toEqual(wrong === undefined ? [] : [`secretSources[0].doppler: ${wrong}`]);
  });

  it("logs in to Infisical as a machine identity", async () => {
    server = await standInServer({ values: { A: "a" }, mode: "good" });
    const sources = [{ infisical: { url: server.url, project: "p", environment: "live" } }];
    const login = {
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: "id",
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: "canary-client-secret",
    };
    expect(await read(sources, ["A"], login)).toEqual({ values: { A: "a" }, problems: [] });
    expect(server.requests[1]).toContain("environment=live");
  });

  it("reads the first version of Vault's engine", async () => {
    server = await standInServer({ values: { A: "a" }, mode: "good" });
    const sources = [{ vault: { url: server.url, mount: "old", path: "shop", version: 1 } }];
    expect((await read(sources, ["A"], { VAULT_TOKEN: goodToken })).values).toEqual({ A: "a" });
  });

  it("reads dotenv lines of a command", async () => {
    const script = `process.stdout.write('export A="x $HOME\\ny"\\nB=\\'c # d\\'\\n')`;
    const command = { command: [process.execPath, "-e", script], format: "dotenv" };
    expect((await read([{ command }], ["A", "B"])).values).toEqual({ A: "x $HOME\ny", B: "c # d" });
  });

  it("refuses what is no text by its name, and shows nothing of it", async () => {
    const script = `process.stdout.write(JSON.stringify({ A: 4711, B: { C: "canary" }, D: null, E: ["canary"] }))`;
    const command = { command: [process.execPath, "-e", script] };
    const { problems } = await read([{ command }], ["A", "B", "D", "E"]);
    const at = "secretSources[0].command: has";
    const advice = "write it as a text, in quotes";
    expect(problems).toEqual([
      `${at} A, which is of type number and no text; ${advice}`,
      `${at} B, which is of type object and no text; ${advice}`,
      `${at} D, which is null and no text; ${advice}`,
      `${at} E, which is a list and no text; ${advice}`,
    ]);
  });

  it.each(["json", "dotenv"])("takes %s with a byte order mark", async (format) => {
    const text = format === "json" ? '{"A": "a"}' : "A=a\r\nB=b\r\n";
    const script = `process.stdout.write("\\uFEFF" + ${JSON.stringify(text)})`;
    const command = { command: [process.execPath, "-e", script], format };
    expect((await read([{ command }], ["A"])).values).toEqual({ A: "a" });
  });

  it("leaves a JSON document in a value as it is", async () => {
    const document = '{"private_key": "-----BEGIN\\nx", "n": 1}';
    const script = `process.stdout.write(${JSON.stringify(JSON.stringify({ A: document }))})`;
    const command = { command: [process.execPath, "-e", script] };
    expect((await read([{ command }], ["A"])).values).toEqual({ A: document });
  });

  it("repeats nothing that a command prints instead of JSON", async () => {
    const command = { command: [process.execPath, "-e", "console.log('A=canary-a')"] };
    const { problems } = await read([{ command }], ["A"]);
    expect(problems).toEqual([
      `secretSources[0].command: the output of \`${process.execPath}\` is not a JSON object; see what it is by hand`,
    ]);
  });
});

describe("retryAfter", () => {
  it.each([
    [null, undefined],
    ["7", 7000],
    ["Mon, 30 Nov 2026 15:00:05 GMT", 5000],
    ["Mon, 30 Nov 2026 14:00:00 GMT", 0],
    ["soon", undefined],
  ])("of %j is %j", (header, pause) => {
    expect(retryAfter(header, Date.parse("2026-11-30T15:00:00Z"))).toBe(pause);
  });
});
