import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { settingsFrom, stackFileSettings } from "#config";
import { secretSource } from "#config/secret-source";
import { secretProblems } from "#config/secret-problems";
import { bundle, issue } from "./support/certificates.js";
import { documentAt } from "./support/documents.js";
import { nameOfDatabase } from "#config";
import { certificate, root, runSettings, runStackFile, stacks } from "./support/program.js";
import type { StackName } from "./support/program.js";
import { generatedValue, inClear, isSecret, plain, type Run } from "./support/pulumi.js";

const runs = {} as Record<StackName, Run>;
beforeAll(async () => {
  for (const stack of stacks) runs[stack] = await runStackFile(stack);
});

const sample = { name: "sample", image: "sample:1.0" };

/** What each stack registers, without the stack's own name. */
function namesOf(stack: StackName): string[] {
  return runs[stack].names.map((name) =>
    name.replace(`sample-${stack}`, "*").replace(`keelson-${stack}`, "keelson-*"),
  );
}

function containerOf(stack: StackName, workload: string): Record<string, unknown> {
  return runs[stack].inputs(`sample-${stack}-${workload}`);
}

describe("the resources of a stack", () => {
  it("are these, and no others", () => {
    expect(namesOf("local")).toEqual(
      [
        "pulumi:pulumi:Stack keelson-*",
        "pulumi:providers:postgresql *-postgres",
        ...["Secrets *-secrets", "Network *", "Postgres *-postgres", "Database *-database"]
          .concat("App *-app", "Backup *-backup", "Drill *-drill", "Proxy *-proxy")
          .concat("Repository *-repository", "Protection *-protection", "Route *-proxy-route")
          .concat(
            ["app", "backup", "jobs", "postgres", "proxy"].map((image) => `Image *-${image}-image`),
          )
          .map((component) => `keelson:components:${component}`),
        "keelson:index:Stack *",
        ...["app", "backup", "drill", "postgres", "proxy"].flatMap((workload) => [
          `keelson:workload:Running *-${workload}`,
          `docker:index/container:Container *-${workload}`,
          `command:local:Command *-${workload}-ready`,
        ]),
        ...["app", "app-migrate", "backup", "drill", "postgres"].flatMap((workload) => [
          `keelson:workload:SecretFiles *-${workload}-secrets`,
          `docker:index/volume:Volume *-${workload}-secrets`,
          `command:local:Command *-${workload}-secrets-fill`,
        ]),
        ...["backup-dumps", "backup-proofs", "drill-scratch", "postgres-data", "proxy-config"]
          .concat("backup-metrics", "repository-key", "repository-socket", "repository-volume")
          .flatMap((volume) => [
            `keelson:workload:OwnedVolume *-${volume}`,
            `docker:index/volume:Volume *-${volume}`,
            `command:local:Command *-${volume}-owner`,
          ]),
        ...["app-image", "backup-image", "jobs-image", "postgres-image", "proxy-image"]
          .concat("backup-prepare", "repository-passphrase-kept")
          .concat("app-image-fits", "app-migrate", "app-smoke", "app-begin")
          .concat("backup-trial", "drill-trial", "proxy-trial")
          .concat("database-ensure", "proxy-route", "protection-refusal")
          .map((step) => `command:local:Command *-${step}`),
        ...["admin", "data", "edge"].map((name) => `docker:index/network:Network *-${name}`),
        ...["public", "app-connect", "backup-connect", "monitor-connect", "readonly-connect"]
          .concat("app-schema", "readonly-schema")
          .map((grant) => `postgresql:index/grant:Grant *-database-${grant}`),
        ...["app-sequences", "app-tables", "readonly-sequences", "readonly-tables"].map(
          (name) => `postgresql:index/defaultPrivileges:DefaultPrivileges *-database-${name}`,
        ),
        ...["app", "backup", "migrator", "monitor", "readonly"]
          .map((role) => `*-database-${role}-password`)
          .concat("*-postgres-password", "*-secrets-SESSION_SECRET", "*-secrets-hash-key")
          .concat("*-repository-passphrase")
          .map((name) => `random:index/randomPassword:RandomPassword ${name}`),
      ].sort(),
    );
  });

  it("are the same in preview, and in prod but for the certificate", () => {
    const local = namesOf("local");
    expect(namesOf("preview")).toEqual(local);
    expect(namesOf("prod").filter((name) => !local.includes(name))).toEqual([
      "command:local:Command *-proxy-route-certificates",
    ]);
    expect(local.filter((name) => !namesOf("prod").includes(name))).toEqual([]);
  });

  it.each(stacks)("of %s are complete components with a parent each", (stack) => {
    const { registrations } = runs[stack];
    const components = registrations.filter(({ custom }) => !custom);
    expect(components.filter(({ outputs }) => outputs === undefined)).toEqual([]);
    const urns = new Set(registrations.map(({ urn }) => urn));
    const orphans = registrations.filter(({ type, parent }) =>
      type === "pulumi:pulumi:Stack" ? false : !urns.has(parent),
    );
    expect(orphans).toEqual([]);
    expect(urns.size).toBe(registrations.length);
  });

  it("start in an order in which each finds what it needs", () => {
    const run = runs.local;
    const before = (name: string) =>
      run.before(`sample-local-${name}`).map((each) => each.replace("sample-local-", ""));
    expect(before("postgres")).toContain("postgres-data-owner");
    expect(before("postgres")).toContain("postgres-secrets-fill");
    // The first WAL that it writes has a place to go to.
    expect(before("postgres")).toContain("repository-passphrase-kept");
    expect(before("backup-prepare")).toContain("backup-ready");
    expect(before("database-ensure")).toContain("postgres-ready");
    expect(before("database-public")).toContain("database-ensure");
    expect(before("app-migrate")).toEqual(
      expect.arrayContaining(["database-app-tables", "app-image", "app-migrate-secrets-fill"]),
    );
    expect(before("app-migrate")).toContain("app-image-fits");
    expect(before("app")).toContain("app-migrate");
    expect(before("app-smoke")).toContain("app-ready");
    expect(before("backup")).toContain("database-backup-connect");
    expect(before("proxy-route")).toEqual(expect.arrayContaining(["app-smoke", "proxy-ready"]));
    expect(before("proxy")).not.toContain("app");
    // What runs is deleted only when its successor has been tried.
    for (const each of ["backup", "drill", "proxy"]) {
      expect(before(each)).toContain(`${each}-trial`);
      expect(before(`${each}-trial`)).not.toContain(each);
    }
  });

  it("never run two grants at once", () => {
    const steps = [...runs.local.ofType("postgresql:index/grant:Grant")].concat(
      runs.local.ofType("postgresql:index/defaultPrivileges:DefaultPrivileges"),
    );
    const atOnce = steps.flatMap(({ name: one }, index) =>
      steps
        .slice(index + 1)
        .map(({ name: other }) => [one, other] as const)
        .filter(([a, b]) => !runs.local.before(a).includes(b) && !runs.local.before(b).includes(a)),
    );
    expect(steps.length).toBe(11);
    expect(atOnce).toEqual([]);
  });
});

describe("the outputs of a stack", () => {
  it("are these", () => {
    const known = (outputs: object) =>
      Object.entries(outputs).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    expect(known(runs.prod.stackOutputs).sort()).toEqual([
      "backups",
      "containers",
      "dataNetwork",
      "database",
      "image",
      "migratorUrl",
      "repository",
      "repositoryPassphrase",
      "toolsImage",
      "url",
      "version",
    ]);
  });

  it("are those of docs/reference/outputs.md", () => {
    const page = documentAt("docs/reference/outputs.md");
    const named = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
    // Those that every stack has, and the one of a stack whose database has TLS.
    const all = [...Object.keys(runs.prod.stackOutputs), "databaseAuthority"];
    expect(named.sort()).toEqual(all.sort());
  });

  it("are secret where they are secrets: the passphrase of the repository and the migrator's URL", () => {
    const { stackOutputs } = runs.prod;
    const secret = Object.entries(stackOutputs).filter(([, value]) => isSecret(value));
    expect(secret.map(([name]) => name).sort()).toEqual(["migratorUrl", "repositoryPassphrase"]);
    expect(plain(stackOutputs["repositoryPassphrase"])).toBe("canary-passphrase");
  });

  it("alongside them are the injected secrets, sealed, for commands that change none", () => {
    const [component] = runs.prod.ofType("keelson:components:Secrets");
    expect(isSecret(component?.outputs?.["injected"])).toBe(true);
    expect(plain(component?.outputs?.["injected"])).toEqual({ TLS_CERTIFICATE: certificate });
    const [local] = runs.local.ofType("keelson:components:Secrets");
    expect(plain(local?.outputs?.["injected"])).toEqual({});
  });
});

describe("what differs between the stacks", () => {
  it.each([
    ["local", "sample_local"],
    ["preview", "sample_preview"],
    ["prod", "sample_prod"],
  ] as const)("in %s the database is %s", (stack, database) => {
    expect(nameOfDatabase(stackFileSettings(root, stack))).toBe(database);
    const grants = runs[stack].ofType("postgresql:index/grant:Grant");
    expect(new Set(grants.map(({ inputs }) => inputs["database"]))).toEqual(new Set([database]));
    expect(containerOf(stack, "backup")["envs"]).toContain(`PGDATABASE=${database}`);
    expect(runs[stack].stackOutputs["database"]).toBe(database);
  });

  it.each([
    ["local", "http://localhost:8080", "localhost 127.0.0.1"],
    ["preview", "https://preview.example.com:8444", "preview.example.com"],
    ["prod", "https://www.example.com", "www.example.com example.com"],
  ] as const)("%s answers at %s", (stack, url, domains) => {
    expect(runs[stack].stackOutputs["url"]).toBe(url);
    const config = runs[stack].inputs(`sample-${stack}-proxy-route`)["stdin"];
    expect(config).toContain(`acl known-host req.hdr(host),host_only -i ${domains}\n`);
  });

  it.each([
    ["local", "off", undefined],
    ["preview", "self-signed", "/config/tls/self-signed.pem"],
    ["prod", "files", "/config/tls/files.pem"],
  ] as const)("in %s TLS is %s", (stack, mode, file) => {
    const route = runs[stack].inputs(`sample-${stack}-proxy-route`);
    const certificateFile = /ssl crt (\S+)/.exec(String(route["stdin"]))?.[1];
    expect(certificateFile).toBe(file);
    expect(route["environment"]).toMatchObject({
      TLS_PREPARE: mode === "self-signed" ? "self-signed preview.example.com" : "",
    });
  });

  it.each([
    ["local", "app", 256, "1.0"],
    ["local", "postgres", 512, "1.0"],
    ["preview", "app", 192, "0.5"],
    ["preview", "postgres", 384, "0.5"],
    ["prod", "app", 512, "1.0"],
    ["prod", "postgres", 2048, "2.0"],
  ] as const)("%s limits its %s to %i MiB and %s processors", (stack, workload, memory, cpus) => {
    expect(containerOf(stack, workload)).toMatchObject({ memory, memorySwap: memory, cpus });
  });

  it.each([
    ["local", { keep: true, protect: false }],
    ["preview", { keep: false, protect: false }],
    ["prod", { keep: true, protect: true }],
  ] as const)("%s protects its data as it should", (stack, { keep, protect }) => {
    for (const volume of [
      "postgres-data",
      "backup-dumps",
      "backup-proofs",
      "repository-volume",
      "repository-key",
    ]) {
      const { options } = runs[stack].get(`sample-${stack}-${volume}`);
      expect(options).toMatchObject({ retainOnDelete: keep, protect });
    }
    const passphrase = runs[stack].get(`sample-${stack}-repository-passphrase`);
    expect(passphrase.options.protect).toBe(protect);
  });

  it.each(stacks)("the app in %s knows what it is", (stack) => {
    expect(containerOf(stack, "app")["envs"]).toEqual(
      expect.arrayContaining([
        "APP_NAME=sample",
        `APP_ENV=${stack}`,
        "PORT=3000",
        "APP_VERSION=1.2.3",
        "GIT_SHA=abc1234",
        "DATABASE_URL_FILE=/run/secrets/DATABASE_URL",
        "SESSION_SECRET_FILE=/run/secrets/SESSION_SECRET",
      ]),
    );
  });
});

describe("reach", () => {
  it.each(stacks)("in %s only the proxy publishes ports, and Postgres on loopback", (stack) => {
    const published = runs[stack]
      .ofType("docker:index/container:Container")
      .filter(({ inputs }) => inputs["ports"] !== undefined)
      .map(({ name, inputs }) => {
        const ports = inputs["ports"] as { ip: string; internal: number }[];
        return [name, ...ports.map(({ ip, internal }) => `${ip}>${String(internal)}`)];
      })
      .sort();
    const world = stack === "local" ? "127.0.0.1" : "0.0.0.0";
    const proxyPorts =
      stack === "local" ? [`${world}>8080`, `${world}>1982`] : [`${world}>8080`, `${world}>8443`];
    expect(published).toEqual([
      [`sample-${stack}-postgres`, "127.0.0.1>5432"],
      [`sample-${stack}-proxy`, ...proxyPorts],
    ]);
  });

  it.each(stacks)("in %s the data network has no way out", (stack) => {
    const internal = Object.fromEntries(
      runs[stack]
        .ofType("docker:index/network:Network")
        .map(({ name, inputs }) => [name.replace(`sample-${stack}-`, ""), inputs["internal"]]),
    );
    expect(internal).toEqual({ data: true, edge: false, admin: false });
  });

  it.each([
    ["postgres", ["data", "admin"]],
    ["app", ["data", "edge"]],
    ["backup", []],
    ["drill", []],
    ["proxy", ["edge"]],
  ])("%s is on the networks %j and no others", (workload, networks) => {
    const joined = containerOf("prod", workload)["networksAdvanced"] as { name: string }[];
    expect(joined.map(({ name }) => name)).toEqual(
      networks.map((network) => `sample-prod-${network}-1234567`),
    );
  });
});

describe("secrets", () => {
  /** A value as it may be written somewhere: itself, in a URL, in base64; digits as the bytes they mean. */
  function forms(value: string): string[] {
    const isHex = /^[0-9a-f]+$/.test(value);
    return [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString("base64"),
      ...(isHex ? [Buffer.from(value, "hex").toString("base64")] : []),
    ];
  }

  it.each(stacks)("of %s stand nowhere in clear", (stack) => {
    const run = runs[stack];
    const clear = inClear(run);
    const values = [
      ...run.generated,
      "canary-passphrase",
      "canary-certificate",
      "canary-key",
      certificate,
    ];
    expect(run.generated).toHaveLength(9);
    expect(values.flatMap(forms).filter((form) => clear.includes(form))).toEqual([]);
  });

  it("do reach those who need them", () => {
    const text = JSON.stringify(runs.prod.registrations.map(({ inputs }) => plain(inputs)));
    const passwords = ["app", "migrator", "readonly", "backup", "monitor"].map((role) =>
      generatedValue(`sample-prod-database-${role}-password`),
    );
    expect(passwords.filter((each) => !text.includes(each))).toEqual([]);
    expect(text).toContain(Buffer.from(certificate).toString("base64"));
  });

  it("in the environment of an app that can't read files are still secret", async () => {
    const app = { ...sample, secrets: ["API_KEY"], secretsAs: "environment" };
    const migrate = { command: ["migrate"] };
    const sections = { environment: "local", app: { ...app, migrate }, secrets: { API_KEY: {} } };
    const settings = settingsFrom(sections);
    const run = await runSettings(settings, { environment: { API_KEY: "canary-api-key" } });
    expect(inClear(run)).not.toContain("canary-");
    expect(run.inputs("sample-test-app")["envs"]).toContain("API_KEY=canary-api-key");
    expect(run.inputs("sample-test-app-migrate")["environment"]).toMatchObject({
      API_KEY: "canary-api-key",
      DATABASE_URL: expect.stringContaining("sample_local_migrator:canary-") as unknown,
    });
    expect(run.inputs("sample-test-app-migrate")["environment"]).toMatchObject({
      MIGRATION_RUN: expect.stringContaining('"--env","API_KEY"') as unknown,
    });
  });

  it.each(stacks)("among the outputs of %s are marked", (stack) => {
    const { stackOutputs } = runs[stack];
    const secret = Object.keys(stackOutputs).filter((key) => isSecret(stackOutputs[key]));
    expect(secret.sort()).toEqual(["migratorUrl", "repositoryPassphrase"]);
    expect(Object.keys(stackOutputs).sort()).toEqual([
      "backups",
      "containers",
      "dataNetwork",
      "database",
      "image",
      "migratorUrl",
      "repository",
      "repositoryPassphrase",
      "toolsImage",
      "url",
      "version",
    ]);
  });

  it("that are required are all named at once, and none is printed", () => {
    const app = { ...sample, secrets: ["GONE", "EMPTY", "SHORT", "WRONG", "GOOD", "NUL"] };
    const settings = settingsFrom({
      environment: "prod",
      app,
      secrets: {
        GONE: {},
        EMPTY: { variable: "EMPTY_ONE" },
        SHORT: { minLength: 20 },
        WRONG: { pattern: "^sk_" },
        GOOD: {},
        NUL: {},
        MAYBE: { optional: true },
        MADE: { generate: { length: 32 } },
      },
    });
    const environment = {
      EMPTY_ONE: "  ",
      SHORT: "canary-short",
      WRONG: "canary-wrong",
      GOOD: "canary-good",
      NUL: "canary\0nul",
    };
    expect(secretProblems(settings, environment, root)).toEqual([
      "secrets.EMPTY: is empty; set EMPTY_ONE in the environment of this command",
      "secrets.GONE: is missing; set GONE in the environment of this command",
      "secrets.NUL: holds a NUL character; set NUL in the environment of this command",
      "secrets.SHORT: is shorter than 20 characters; set SHORT in the environment of this command",
      "secrets.WRONG: does not match ^sk_; set WRONG in the environment of this command",
    ]);
  });

  it("of prod are its certificate, and nothing else", () => {
    const settings = stackFileSettings(root, "prod");
    const { certificate: own, key } = issue({ domains: settings.proxy.domains });
    expect(secretProblems(settings, { TLS_CERTIFICATE: bundle(own, key) }, root)).toEqual([]);
    expect(secretProblems(settings, {}, root)).toEqual([
      "secrets.TLS_CERTIFICATE: is missing; set TLS_CERTIFICATE in the environment of this command",
    ]);
  });

  it.each(["local", "preview"] as const)("of %s need nothing to be set", (stack) => {
    expect(secretProblems(stackFileSettings(root, stack), {}, root)).toEqual([]);
  });

  describe(".env", () => {
    const folder = mkdtempSync(join(tmpdir(), "keelson-env-"));
    beforeAll(() => {
      writeFileSync(join(folder, ".env"), "KEY='from the file'\nOTHER=file\n");
      return () => {
        rmSync(folder, { recursive: true });
      };
    });
    const sourceIn = (environment: string) =>
      secretSource(settingsFrom({ environment, app: sample }), { OTHER: "process" }, folder);

    it.each(["local", "preview"])("fills what the environment lacks in %s", (environment) => {
      const source = sourceIn(environment);
      expect([source("KEY"), source("OTHER")]).toEqual(["from the file", "process"]);
    });

    it("is never read for prod", () => {
      const source = sourceIn("prod");
      expect([source("KEY"), source("OTHER")]).toEqual([undefined, "process"]);
    });
  });
});

describe("other shapes of a stack", () => {
  it("with an external database has neither Postgres nor backups of ours", async () => {
    const settings = settingsFrom({
      environment: "prod",
      app: { ...sample, migrate: { command: ["migrate"] } },
      database: { externalUrlSecret: "DATABASE" },
      backup: { enabled: false },
      secrets: { DATABASE: {} },
    });
    const run = await runSettings(settings, {
      environment: { DATABASE: "postgresql://me:canary-url@db.example.com/app" },
    });
    const containers = run.ofType("docker:index/container:Container").map(({ name }) => name);
    expect(containers.sort()).toEqual(["sample-test-app", "sample-test-proxy"]);
    expect(run.names.filter((name) => name.startsWith("postgresql:"))).toEqual([]);
    expect(inClear(run)).not.toContain("canary-url");
    expect(run.stackOutputs).not.toHaveProperty("database");
  });

  it("sees its sources, and its migration does, while somebody works on it", async () => {
    const dev = {
      mounts: [{ source: "images/sample-app", path: "/app/src" }],
      command: ["node", "--watch", "main.js"],
    };
    const app = { name: "sample", image: "sample:1", migrate: { command: ["migrate"] }, dev };
    const run = await runSettings(settingsFrom({ environment: "local", app }));
    const source = join(root, "images/sample-app");
    const container = run.inputs("sample-test-app");
    expect(container["command"]).toEqual(dev.command);
    expect(container["volumes"]).toContainEqual({
      hostPath: source,
      containerPath: "/app/src",
      readOnly: true,
    });
    const migration = run.inputs("sample-test-app-migrate")["environment"];
    expect(migration).toMatchObject({
      MIGRATION_RUN: expect.stringContaining(`"--volume","${source}:/app/src:ro"`) as unknown,
    });
  });

  it("on another Docker host sends every object and every command there", async () => {
    const host = "ssh://deploy@example.com";
    const settings = settingsFrom({ environment: "prod", app: sample, docker: { host } });
    const run = await runSettings(settings);
    const [provider] = run.ofType("pulumi:providers:docker");
    expect(provider?.inputs).toEqual({ host });
    const docker = run.registrations.filter(({ type }) => type.startsWith("docker:"));
    const elsewhere = docker.filter(
      ({ options }) => !options.provider.startsWith(provider?.urn ?? "none"),
    );
    expect(elsewhere.map(({ name }) => name)).toEqual([]);
    const commands = run
      .ofType("command:local:Command")
      // It asks nothing of Docker.
      .filter(({ name }) => name !== "sample-test-protection-refusal");
    expect(commands.length).toBeGreaterThan(10);
    for (const { inputs } of commands) {
      expect(inputs["environment"]).toMatchObject({ DOCKER_HOST: host });
    }
  });

  it("with images of one's own builds none", async () => {
    const images = { postgres: "pg:17", proxy: "haproxy:3.0", jobs: "jobs:1", backup: "b:1" };
    const run = await runSettings(settingsFrom({ environment: "local", app: sample, images }));
    expect(run.names.filter((name) => name.endsWith("-image"))).toEqual([]);
    expect(run.inputs("sample-test-postgres")["image"]).toBe("pg:17");
    expect(run.inputs("sample-test-app")["image"]).toBe("sample:1.0");
  });
});
