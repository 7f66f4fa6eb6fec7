import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { sealedProblems, stackFileSettings } from "#config";
import { loadSettings } from "#config/load";
import { problemsOf } from "../support/problems.js";

const app = { name: "shop", image: "shop:1.0" };
const canary = "canary-5e1f";
/** What the stack's file says in the place of a secret. */
const seal = { secure: "v1:bm9uY2U=:c2VhbGVk" };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-sealed-"));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "keelson" }));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  pulumi.runtime.setAllConfig({});
  delete process.env["KEELSON_CONFIG_FILE"];
});

/** What Pulumi hands over: sections with the secrets opened, and which keys hold some. */
async function opened(sections: object, secret: readonly string[]): Promise<void> {
  const config = Object.entries({ environment: "local", ...sections }).map(([key, value]) => [
    `keelson:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(config) as Record<string, string>,
    secret.map((key) => `keelson:${key}`),
  );
  await pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    "keelson",
    "test",
  );
}

/** What the stack's file says. */
function written(sections: object, name = "Pulumi.test.yaml"): string {
  const config = Object.entries({ environment: "local", ...sections }).map(([key, value]) => [
    `keelson:${key}`,
    value as unknown,
  ]);
  const file = join(folder, name);
  writeFileSync(file, stringify({ config: Object.fromEntries(config) as unknown }));
  return file;
}

/** Problems of program and command line with the same file, in which `sections` has seals where `clear` has texts. */
async function bothSay(sections: object, clear: object, secret: readonly string[]) {
  written(sections);
  await opened(clear, secret);
  return {
    program: problemsOf(() => loadSettings(folder)),
    cli: problemsOf(() => stackFileSettings(folder, "test")),
  };
}

describe("a program's settings", () => {
  it("hold what the file holds in the place of a secret, and never the secret", async () => {
    const env = { KEY: seal, PLAIN: "1", MORE: "canary-but-clear" };
    written({ app: { ...app, port: 8000, env } });
    await opened({ app: { ...app, port: 8000, env: { ...env, KEY: canary } } }, ["app"]);
    const { settings, sealed } = loadSettings(folder);
    expect(settings.app).toMatchObject({ name: "shop", port: 8000 });
    expect(settings.app.env).toEqual({ ...env, KEY: { secure: "app.env.KEY" } });
    expect(JSON.stringify(settings)).not.toContain(canary);
    expect([sealed("app.env.KEY"), sealed("app.env.PLAIN")]).toEqual([canary, undefined]);
  });

  it("are found in clear in a file whose keys have no namespace", async () => {
    const text = stringify({ config: { app: { ...app, env: { KEY: seal, PLAIN: "1" } } } });
    writeFileSync(join(folder, "Pulumi.test.yaml"), text);
    await opened({ app: { ...app, env: { KEY: canary, PLAIN: "1" } } }, ["app"]);
    expect(loadSettings(folder).settings.app.env).toEqual({
      KEY: { secure: "app.env.KEY" },
      PLAIN: "1",
    });
  });

  it("are sealed in the stack's defaults as well", async () => {
    written({ defaults: { app: { ...app, env: { A: seal, B: seal } } }, app: { env: { B: "2" } } });
    await opened(
      { defaults: { app: { ...app, env: { A: canary, B: "x" } } }, app: { env: { B: "2" } } },
      ["defaults"],
    );
    const { settings, sealed } = loadSettings(folder);
    expect(settings.app.env).toEqual({ A: { secure: "defaults.app.env.A" }, B: "2" });
    expect(sealed("defaults.app.env.A")).toBe(canary);
  });

  it("are the file's that KEELSON_CONFIG_FILE names, or of the folder that Pulumi.yaml names", async () => {
    const sections = { app: { ...app, env: { A: seal, B: "2" } } };
    process.env["KEELSON_CONFIG_FILE"] = written(sections, "other.yaml");
    await opened({ app: { ...app, env: { A: canary, B: "2" } } }, ["app"]);
    expect(loadSettings(folder).settings.app.env).toEqual({ A: { secure: "app.env.A" }, B: "2" });
    delete process.env["KEELSON_CONFIG_FILE"];
    writeFileSync(join(folder, "Pulumi.yaml"), "{ name: keelson, stackConfigDir: . }");
    written(sections);
    expect(loadSettings(folder).settings.app.env).toEqual({ A: { secure: "app.env.A" }, B: "2" });
  });

  it.each([
    ["there is no file", undefined],
    ["the file is of other settings", { app: { ...app, env: { A: "another" } } }],
    ["only Pulumi's environment has them", { app }],
  ])("count as secret wherever they can be where %s", async (_what, file) => {
    if (file !== undefined) written(file);
    await opened({ app: { ...app, env: { A: canary, B: "2" } } }, ["app"]);
    const { settings, sealed } = loadSettings(folder);
    expect(settings.app.env).toEqual({
      A: { secure: "app.env.A" },
      B: { secure: "app.env.B" },
    });
    expect([sealed("app.env.A"), sealed("app.env.B"), settings.app.name]).toEqual([
      canary,
      "2",
      "shop",
    ]);
  });

  it("that may be secret are in no message", async () => {
    await opened({ app: { ...app, memory: canary, logLevel: 3, env: { "1A": canary } } }, ["app"]);
    const problems = problemsOf(() => loadSettings(folder));
    expect(problems).toEqual([
      "app.logLevel: is a number; put it in quotes",
      "app.env.1A: is not a variable name; use letters, digits and _, not a digit first",
      "app.memory: is not a size; write a whole number and MiB or GiB, such as 512MiB",
    ]);
  });

  it("without a secret need no file, and are as they are", async () => {
    await opened({ app: { ...app, env: { A: "1" } } }, []);
    expect(loadSettings(folder).settings.app.env).toEqual({ A: "1" });
  });
});

const able = "write it in clear; sealed may be app.env.NAME";

describe("a secret where none can be", () => {
  it.each<[string, object, object, string]>([
    ["a size", { memory: seal }, { memory: canary }, "app.memory"],
    ["a port", { port: seal }, { port: canary }, "app.port"],
    ["a name", { name: seal }, { name: canary }, "app.name"],
    ["true or false", { readOnlyRoot: seal }, { readOnlyRoot: "true" }, "app.readOnlyRoot"],
    ["an element of a list", { tmpfs: ["/a", seal] }, { tmpfs: ["/a", canary] }, "app.tmpfs[1]"],
    ["an argument", { command: [seal] }, { command: [canary] }, "app.command[0]"],
    [
      "a build argument",
      { image: undefined, build: { context: ".", args: { TOKEN: seal } } },
      { image: undefined, build: { context: ".", args: { TOKEN: canary } } },
      "app.build.args.TOKEN",
    ],
  ])("is refused alike by program and command line: %s", async (_what, sealed, clear, path) => {
    const said = await bothSay({ app: { ...app, ...sealed } }, { app: { ...app, ...clear } }, [
      "app",
    ]);
    expect(said.cli).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${path.replace("[", "\\[")}: is sealed, (and no secret can be there|but [^;]+); `,
        ),
      ),
    ]);
    expect(said.program).toEqual(said.cli);
    expect(JSON.stringify(said)).not.toContain(canary);
  });

  it.each<[string, object, object, string[], string]>([
    ["a section", { app: seal }, { app: JSON.stringify(app) }, ["app"], "app"],
    [
      "a mapping",
      { app: { ...app, env: seal } },
      { app: { ...app, env: JSON.stringify({ KEY: canary }) } },
      ["app"],
      "app.env",
    ],
  ])("is refused alike as a whole: %s", async (_what, sealed, clear, secret, path) => {
    const said = await bothSay(sealed, clear, secret);
    expect(said.cli).toEqual([
      `${path}: is sealed as a whole; seal single texts in it: app.env.NAME`,
    ]);
    expect(said.program).toEqual(said.cli);
  });

  it("is refused as a whole over the project's defaults too, of which it becomes no part", async () => {
    const defaults = { app: { ...app, env: { A: "1" } } };
    const said = await bothSay(
      { defaults, app: { env: seal } },
      { defaults, app: { env: JSON.stringify({ KEY: canary }) } },
      ["app"],
    );
    expect(said.cli).toEqual([
      "app.env: is sealed as a whole; seal single texts in it: app.env.NAME",
    ]);
    expect(said.program).toEqual(said.cli);
  });

  it("is refused in another section too", async () => {
    const said = await bothSay(
      { app, environment: seal, postgres: { memory: seal } },
      { app, environment: canary, postgres: { memory: canary } },
      ["environment", "postgres"],
    );
    expect(said.cli).toEqual([
      expect.stringMatching(/^environment: is sealed, /),
      expect.stringMatching(/^postgres\.memory: is sealed, /),
    ]);
    expect(said.program).toEqual(said.cli);
    expect(said.cli[0]).toContain(able);
  });

  it("is refused in Pulumi.yaml, of which Pulumi does not say that it holds one", async () => {
    const config = { defaults: { value: { app: { ...app, env: { KEY: seal } } } } };
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "keelson", config }));
    const said = await bothSay({}, { defaults: { app: { ...app, env: { KEY: canary } } } }, []);
    expect(said.cli).toEqual([
      "defaults.app.env.KEY: is sealed in Pulumi.yaml, where Pulumi takes no value for a secret; seal it in the stack's own file (pulumi config set --secret --path)",
    ]);
    expect(said.program).toEqual(said.cli);
  });
});

describe("a sealed text", () => {
  it.each([
    ["canary", []],
    ["two\nlines", []],
    ["local", []],
    ["", ["app.env.KEY: is sealed, and empty; seal its value, or remove it"]],
    ["a\0b", ["app.env.KEY: holds a NUL character; seal a text without one"]],
  ])("%j is judged once it is open", async (text, problems) => {
    written({ app: { ...app, env: { KEY: seal } } });
    await opened({ app: { ...app, env: { KEY: text } } }, ["app"]);
    const { settings, sealed } = loadSettings(folder);
    expect(sealedProblems(settings, sealed)).toEqual(problems);
  });
});
