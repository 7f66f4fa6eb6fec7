import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settingsFrom, stackFileSettings } from "#config";
import { loadSettings } from "#config/load";
import { root, stacks } from "./support/program.js";
import { wrongSettings } from "./support/wrong-settings.js";
import { problemsOf } from "./support/problems.js";

const app = { name: "shop", image: "shop:1.0" };

describe("settingsFrom", () => {
  it("needs no more than an environment and an app", () => {
    const settings = settingsFrom({ environment: "local", app });
    expect(settings.postgres.memory).toBe("512MiB");
    expect(settings.proxy).toMatchObject({ domains: ["localhost"], httpPort: 80 });
    expect(settings.backup.keep).toEqual({ daily: 7, weekly: 4, monthly: 6 });
    expect(settings.app.variables.databaseUrl).toBe("DATABASE_URL");
  });

  it("lays a stack's sections on the project's defaults", () => {
    const defaults = { app: { ...app, env: { A: "1", B: "2" }, port: 8000 } };
    const own = { environment: "prod", app: { env: { B: "3" }, port: 9000 } };
    const settings = settingsFrom({ defaults, ...own });
    expect(settings.app).toMatchObject({ name: "shop", env: { A: "1", B: "3" }, port: 9000 });
  });

  it("takes the stack's own choice of image or build", () => {
    const build = { context: "../shop" };
    const of = (shared: object, own: object) =>
      settingsFrom({
        defaults: { app: { name: "shop", ...shared } },
        environment: "prod",
        app: own,
      }).app;
    const released = of({ build }, { image: "shop:1" });
    expect([released.image, released.build]).toEqual(["shop:1", undefined]);
    const built = of({ image: "shop:1" }, { build });
    expect([built.image, built.build]).toEqual([
      undefined,
      { ...build, dockerfile: "Dockerfile", args: {}, secrets: [] },
    ]);
    expect(problemsOf(() => of({ build, image: "shop:1" }, {}))).toEqual([
      "app.image: is set together with app.build; keep one of them",
    ]);
  });

  it.each(wrongSettings)("says of %s in one line what is wrong and what to do", (_, own, line) => {
    const sections = { defaults: { app }, environment: "local", ...own };
    expect(problemsOf(() => settingsFrom(sections))).toEqual([expect.stringMatching(line)]);
  });

  it("wants a mapping of defaults", () => {
    expect(problemsOf(() => settingsFrom({ defaults: ["app"] }))).toEqual([
      "defaults: is not a mapping; put sections under it",
    ]);
  });

  it("names wrong settings of every kind in one run, each with what to do", () => {
    const wrong = {
      environment: "production",
      app: {
        ...app,
        name: "My Shop",
        prot: 3000,
        port: 70_000,
        memory: "512MB",
        stopTimeout: "30",
        poolSize: "10",
        secretsAs: "file",
        env: { "1A": "x" },
        user: "root",
        health: { path: "health" },
      },
      database: { name: "Shop DB", extensions: ["pg-Trgm"] },
      secrets: { KEY: { generate: { length: 8 } }, OTHER: { pattern: "(" } },
      backup: { schedule: "daily", keep: { daily: 0 } },
      proxy: { domains: ["https://shop.example.com"], bind: "eth0", tcp: [{ port: 1 }] },
      docker: { host: "shop.example.com" },
      postgress: {},
    };
    expect(problemsOf(() => settingsFrom(wrong))).toEqual([
      'environment: "production" is not allowed; use one of "local", "preview", "prod"',
      'app.name: "My Shop" is not a name; use 2 to 40 lower-case letters, digits and hyphens, a letter first',
      "app.port: 70000 is more than 65535; set 65535 or less",
      "app.env.1A: is not a variable name; use letters, digits and _, not a digit first",
      'app.secretsAs: "file" is not allowed; use one of "files", "environment"',
      'app.poolSize: "10" is a text; remove the quotes',
      'app.health.path: "health" is not a URL path; start it with /, such as /health, and escape what is special',
      'app.memory: "512MB" is not a size; write a whole number and MiB or GiB, such as 512MiB',
      'app.user: "root" is not a user; write "<uid>:<gid>" in numbers, neither of them 0',
      'app.stopTimeout: "30" is not a duration; write a whole number and a unit: 30s, 5m, 12h or 7d',
      'app.prot: is not a setting; did you mean "port"?',
      'database.name: "Shop DB" is not a database name; use up to 52 lower-case letters, digits, _ and -',
      'database.extensions[0]: "pg-Trgm" is not an extension\'s name; use lower-case letters, digits, _ and -',
      "secrets.KEY.generate.length: is less than 16; set 16 or more",
      "secrets.OTHER.pattern: is not a regular expression; write one as JavaScript does, such as ^sk_",
      'backup.schedule: "daily" is not a cron schedule; write five fields in UTC, such as "0 2 * * *" for 02:00 every day',
      "backup.keep.daily: 0 is less than 1; set 1 or more",
      'proxy.domains[0]: "https://shop.example.com" is not a domain; write the host name alone in lower case, such as www.example.com',
      'proxy.bind: "eth0" is not an address; write 0.0.0.0, 127.0.0.1 or an address of the host',
      "proxy.tcp[0].target: is missing; set it to a number",
      'docker.host: "shop.example.com" is not a Docker host; write ssh://user@host or unix:///path/to/docker.sock',
      'postgress: is not a setting; did you mean "postgres"?',
    ]);
  });
});

describe("stackFileSettings", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-config-"));
    writeFileSync(join(folder, "Pulumi.yaml"), projectFile);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const projectFile = [
    "name: keelson",
    "config:",
    "  defaults:",
    "    value:",
    "      app: { name: shop, image: 'shop:1.0', memory: 64MiB }",
    "",
  ].join("\n");
  const stackFile = (text: string) => {
    writeFileSync(join(folder, "Pulumi.test.yaml"), text);
  };

  it.each(stacks)("reads Pulumi.%s.yaml, which is right", (stack) => {
    expect(stackFileSettings(root, stack).environment).toBe(stack);
  });

  it("reads the keys of Keelson and leaves those of others alone", () => {
    stackFile(
      "config:\n  keelson:environment: local\n  docker:host: x\n  keelson:app: { port: 80 }\n",
    );
    const settings = stackFileSettings(folder, "test");
    expect(settings.app).toMatchObject({ name: "shop", memory: "64MiB", port: 80 });
    expect(settings.docker).toEqual({});
  });

  it("reads keys without a namespace, as Pulumi does, and refuses one that is set twice", () => {
    stackFile("config:\n  environment: local\n  app: { port: 80 }\n  docker:host: x\n");
    expect(stackFileSettings(folder, "test").app).toMatchObject({ memory: "64MiB", port: 80 });
    stackFile("config:\n  environment: local\n  ap: { port: 80 }\n");
    expect(problemsOf(() => stackFileSettings(folder, "test"))).toEqual([
      'ap: is not a setting; did you mean "app"?',
    ]);
    stackFile("config:\n  environment: local\n  keelson:app: {}\n  app: { port: 80 }\n");
    expect(problemsOf(() => stackFileSettings(folder, "test"))).toEqual([
      "app: is set twice, as keelson:app and as app; keep one of them",
    ]);
  });

  it("takes booleans and whole numbers for their text in variables, as `pulumi config set --path` writes them", () => {
    const written = "{ FLAG: true, OFF: false, POOL: 2, BELOW: -1, TEXT: '007' }";
    const migrate = "migrate: { command: [m], env: { POOL: 2, FLAG: false } }";
    stackFile(
      `config:\n  keelson:environment: local\n  keelson:app: { env: ${written}, ${migrate} }\n`,
    );
    const { app: ours } = stackFileSettings(folder, "test");
    const env = { FLAG: "true", OFF: "false", POOL: "2", BELOW: "-1", TEXT: "007" };
    expect([ours.env, ours.migrate?.env]).toEqual([env, { POOL: "2", FLAG: "false" }]);
  });

  it.each([
    ["env: { A: 1.10 }", ["app.env.A: is a number; put it in quotes"]],
    ...["12345678901234567890", "10000000000000000"].map((each): [string, string[]] => [
      `env: { A: ${each} }`,
      [`app.env.A: ${each} is read as a number of another form; put it in quotes`],
    ]),
    ["env: { A: ~ }", ["app.env.A: is empty; set a text, or remove it"]],
    ["env: { A: [1] }", ["app.env.A: is a list; set a text"]],
    [
      "migrate: { command: [m], env: { A: 1.5 } }",
      ["app.migrate.env.A: is a number; put it in quotes"],
    ],
    [
      "env: { A: 0123, B: 1e3, C: 1_000, D: 0x1F, E: a_1, F: 2_a, G: '0123' }",
      ["A: 0123", "B: 1e3", "C: 1_000", "D: 0x1F"].map(
        (each) => `app.env.${each} is read as a number of another form; put it in quotes`,
      ),
    ],
    [
      "migrate: { command: [m], env: { A: +1 } }",
      ["app.migrate.env.A: +1 is read as a number of another form; put it in quotes"],
    ],
  ])("refuses in variables what is not taken as it is written: %s", (own, problems) => {
    stackFile(`config:\n  keelson:environment: local\n  keelson:app: { ${own} }\n`);
    expect(problemsOf(() => stackFileSettings(folder, "test"))).toEqual(problems);
  });

  it("names a variable of the project's defaults by its path", () => {
    const app = "app: { name: shop, image: 'shop:1.0', env: { A: 007 } }";
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: keelson\nconfig: { defaults: { value: { ${app} } } }\n`,
    );
    stackFile("config: { environment: local }\n");
    expect(problemsOf(() => stackFileSettings(folder, "test"))).toEqual([
      "defaults.app.env.A: 007 is read as a number of another form; put it in quotes",
    ]);
  });

  it("reads another file when told to", () => {
    const file = join(folder, "mine.yaml");
    writeFileSync(file, "config: { keelson:environment: preview }\n");
    expect(stackFileSettings(folder, "test", file).environment).toBe("preview");
  });

  it("names a file that is missing, or is not YAML", () => {
    const file = join(folder, "Pulumi.test.yaml");
    expect(problemsOf(() => stackFileSettings(folder, "test"))).toEqual([
      `${file}: is not there; write it, or name another stack`,
    ]);
    stackFile("config: [\n");
    const [line = ""] = problemsOf(() => stackFileSettings(folder, "test"));
    expect(line).toMatch(new RegExp(`^${file}: is not YAML \\(.+\\); correct it$`));
  });
});

describe("loadSettings", () => {
  const configure = (config: Record<string, string>) => {
    pulumi.runtime.setAllConfig(config);
    return pulumi.runtime.setMocks(
      { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
      "keelson",
    );
  };

  it("reads what Pulumi hands over: structured values as JSON, words as they are", async () => {
    await configure({
      "keelson:environment": "local",
      "keelson:defaults": JSON.stringify({ app }),
      "keelson:app": '{"port":8000}',
      "docker:host": "ssh://elsewhere",
    });
    const { settings, goesBack } = loadSettings(root);
    expect(goesBack).toBe(false);
    expect(settings.app).toMatchObject({ name: "shop", port: 8000 });
    expect(settings.docker).toEqual({});
  });

  it("takes an earlier release's app whole, alongside the other settings of today", async () => {
    const { app: earlier } = settingsFrom({
      environment: "local",
      app: {
        name: "shop",
        image: "shop:1",
        env: { A: "1" },
        migrate: { command: ["m"] },
        replicas: 2,
      },
    });
    await configure({
      "keelson:environment": "local",
      "keelson:app": JSON.stringify({ name: "shop", build: { context: "." }, env: { B: "2" } }),
      "keelson:proxy": JSON.stringify({ httpPort: 8081 }),
      "keelson:released": JSON.stringify(earlier),
    });
    const { settings, goesBack } = loadSettings(root);
    expect([goesBack, settings.app]).toEqual([true, earlier]);
    expect(settings.proxy.httpPort).toBe(8081);
  });

  it("refuses to roll back to what is no app", async () => {
    await configure({ "keelson:environment": "local", "keelson:released": "v1" });
    expect(problemsOf(() => loadSettings(root))).toEqual([
      "released: is not an app's settings; remove it; keelson rollback sets it",
    ]);
  });

  it("reports every problem at once", async () => {
    await configure({
      "keelson:environment": "x",
      "keelson:app": '{"name":1}',
      "keelson:pg": "{}",
    });
    expect(problemsOf(() => loadSettings(root))).toHaveLength(3);
  });

  it("says of a value that is not JSON that it is a text", async () => {
    await configure({ "keelson:environment": "local", "keelson:app": "{name: shop" });
    expect(problemsOf(() => loadSettings(root))).toEqual([
      'app: "{name: shop" is a text; set a mapping',
    ]);
  });
});
