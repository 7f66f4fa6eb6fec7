// The whole program on the embedded engine, without a Docker host: where the secrets of its configuration come to.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { Crypter } from "#engine/crypter";
import { exportStack, outputs, preview, up, type EngineOptions } from "#engine/index";
import { deepMerge, type Mapping } from "#lib/merge";
import { canaries, sectionsWith } from "./support/canaries.js";
import { newDatabaseVariable } from "#lib/platform";
import { long } from "./support/long.js";
import { root } from "./support/docker.js";
import { filesIn, found } from "./support/leaks.js";
import { standIns, type Made } from "./support/stand-ins.js";

// Each starts a few node processes, whose time depends on what else the machine does.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const passphrase = "a passphrase of a test";
const all = canaries("run");
const texts = new Map(all.map(({ path, text }) => [path, text]));
const named = all.flatMap(({ at }) => /^secrets\.(\w+)/.exec(at)?.[1] ?? []);
const app = {
  name: "shop",
  image: "shop:1.0",
  build: undefined,
  env: { PLAIN: "clear-text-9d2" },
  migrate: { command: ["migrate"] },
  secrets: named,
};

let crypter: Crypter;
let folder = "";
let lines: string[] = [];
let made: Made[] = [];
beforeAll(async () => {
  crypter = await Crypter.create(passphrase);
  folder = mkdtempSync(join(tmpdir(), "keelson-sealed-run-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A run of a stack whose settings have these over the sealed ones. */
function run(stack: string, over: Mapping = {}, told = true): EngineOptions {
  lines = [];
  made = [];
  const sealed = sectionsWith(all, ({ text }) => ({ secure: crypter.encrypt(text) }));
  const sections = deepMerge(deepMerge({ environment: "local", app }, sealed), over);
  const config = Object.entries(sections).map(([key, value]) => [`keelson:${key}`, value]);
  const configFile = join(folder, `${stack}.yaml`);
  const content = { encryptionsalt: crypter.salt, config: Object.fromEntries(config) as Mapping };
  writeFileSync(configFile, stringify(content));
  // No volume of these runs is on any Docker host.
  const own = { [newDatabaseVariable]: `shop-${stack}-postgres-data/shop_local` };
  const file = told ? { KEELSON_CONFIG_FILE: configFile } : {};
  return {
    projectDirectory: root,
    stack,
    passphrase,
    configFile,
    stateDirectory: join(folder, stack),
    environment: { ...process.env, ...own, ...file },
    output: (line) => lines.push(line),
    providers: standIns(made),
  };
}

const inputsOf = (name: string) => made.find((each) => each.name === name)?.inputs ?? {};

function runs(secretsAs: "files" | "environment"): void {
  const stack = `test-sealed-${secretsAs}`;
  const settings = { app: { secretsAs } };

  it("has none of them in its state, its history, its outputs or what it prints", async () => {
    const planned = await preview(run(stack, settings));
    expect(planned.changes.create).toBeGreaterThan(50);
    expect(found(texts, JSON.stringify(planned.steps) + lines.join("\n"))).toEqual([]);
    const { changes } = await up(run(stack, settings));
    expect(changes.create).toBe(planned.changes.create);
    const shown = [lines.join("\n"), JSON.stringify(await outputs(run(stack, settings)))];
    const exported = JSON.stringify(await exportStack(run(stack, settings)));
    expect(found(texts, [...shown, exported, filesIn(join(folder, stack))].join("\n"))).toEqual([]);
  });

  it("hides no more than them: names are shown as they are", async () => {
    await up(run(stack, { ...settings, proxy: { memory: "300MiB" } }));
    expect(lines.join("\n")).toContain("shop-test-sealed");
    expect(lines.join("\n")).not.toContain("[secret]");
  });

  it("changes nothing when the same texts were sealed again", async () => {
    const { changes } = await up(run(stack, { ...settings, proxy: { memory: "300MiB" } }));
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(made).toEqual([]);
  });
}
describe("a run with secrets as files", () => {
  runs("files");
});
describe("a run with secrets as environment", long, () => {
  runs("environment");
});

describe("what is made", long, () => {
  it("gets the secrets by standard input, or by environment where it can't read files", async () => {
    const place = (each: Made) => ({
      arguments: found(texts, JSON.stringify([each.inputs["create"], each.inputs["delete"]])),
      variables: found(texts, JSON.stringify(each.inputs["envs"] ?? [])),
      all: found(texts, JSON.stringify(each.inputs)),
    });
    await up(run("test-sealed-places-files", { app: { secretsAs: "files" } }));
    const files = made.map((each) => ({ name: each.name, ...place(each) }));
    expect(
      files
        .filter(({ all: some }) => some.length > 0)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "shop-test-sealed-places-files-app-migrate-secrets-fill",
      "shop-test-sealed-places-files-app-secrets-fill",
      "shop-test-sealed-places-files-service-canary-1-secrets-fill",
    ]);
    expect(files.flatMap((each) => [...each.arguments, ...each.variables])).toEqual([]);
    await up(run("test-sealed-places-env", { app: { secretsAs: "environment" } }));
    const env = made.map((each) => ({ name: each.name, ...place(each) }));
    expect(
      env
        .filter(({ all: some }) => some.length > 0)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "shop-test-sealed-places-env-app",
      "shop-test-sealed-places-env-app-migrate",
      "shop-test-sealed-places-env-service-canary-1",
    ]);
    expect(env.flatMap((each) => each.arguments)).toEqual([]);
  });

  it("gets every variable as a secret where nothing says which file the settings are from", async () => {
    await up(run("test-sealed-unknown", {}, false));
    const [canary] = all.filter(({ path }) => path === "app.env.NAME");
    const { stdin } = inputsOf("shop-test-sealed-unknown-app-secrets-fill");
    for (const text of [canary?.text ?? "", "clear-text-9d2"]) {
      expect(stdin).toContain(Buffer.from(text).toString("base64"));
    }
    expect(JSON.stringify(inputsOf("shop-test-sealed-unknown-app")["envs"])).not.toContain("9d2");
    expect(filesIn(join(folder, "test-sealed-unknown"))).not.toContain("clear-text-9d2");
  });
});

describe("a run is refused before anything is made", long, () => {
  const seal = (text: string) => ({ secure: crypter.encrypt(text) });
  it.each<[string, () => Mapping, RegExp]>([
    [
      "with a secret where none can be",
      () => ({ postgres: { memory: seal("512MiB-canary") } }),
      /postgres\.memory: is sealed, and no secret can be there; /,
    ],
    [
      "with an empty secret",
      () => ({ app: { env: { A: seal("") } } }),
      /app\.env\.A: is sealed, and empty; /,
    ],
    [
      "with a secret that does not match its pattern",
      () => ({ secrets: { A: { value: seal("canary-pk"), pattern: "^sk_" } } }),
      /secrets\.A: does not match \^sk_; seal another value/,
    ],
    [
      "with a whole mapping sealed",
      () => ({ app: { env: seal('{"A":"canary"}') } }),
      /app\.env: is sealed as a whole; seal single texts in it: app\.env\.NAME/,
    ],
  ])("%s", async (_what, over, message) => {
    await expect(up(run("test-sealed-refused", over()))).rejects.toThrow(message);
    expect(made).toEqual([]);
    expect(lines.join("\n")).not.toContain("canary");
  });
});
