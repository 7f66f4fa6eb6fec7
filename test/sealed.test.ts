import { describe, expect, it } from "vitest";
import { secretDigests } from "#workload/secret-files";
import { settingsFrom, type Settings } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { canaries, sectionsWith } from "./support/canaries.js";
import { runSettings } from "./support/program.js";
import { bases } from "./support/there-and-back/bases.js";
import { generatedValue, inClear, isSecret, plain } from "./support/pulumi.js";

const app = { name: "shop", image: "shop:1.0", migrate: { command: ["migrate"] } };
const all = canaries("unit");
const named = all.flatMap(({ at }) => /^secrets\.(\w+)/.exec(at)?.[1] ?? []);
const texts = Object.fromEntries(all.map(({ at, text }) => [at, text]));

function settingsWith(over: Mapping = {}): Settings {
  const sealed = sectionsWith(all, ({ at }) => ({ secure: at }));
  return settingsFrom(
    deepMerge(deepMerge({ environment: "local", app: { ...app, secrets: named } }, sealed), over),
  );
}

type Program = Awaited<ReturnType<typeof runSettings>>;
const contentIn = (program: Program) =>
  JSON.parse(String(program.inputs("shop-test-app-begin")["stdin"])) as {
    settings: Settings["app"];
  };
const migrationOf = (program: Program) =>
  plain(program.inputs("shop-test-app-migrate")["environment"]) as Record<string, string>;
const fingerprintIn = (program: Program) =>
  (plain(program.inputs("shop-test-proxy-route")["environment"]) as { RELEASE: string }).RELEASE;

/** What a sealed variable of the app comes to in another run. */
const withKey = (text: string, secure = "app.env.KEY") =>
  runSettings(
    settingsFrom({ environment: "local", app: { ...app, env: { KEY: { secure }, B: "clear" } } }),
    { sealed: { [secure]: text } },
  );

describe("what the settings seal", () => {
  it("may be these, and no others", () => {
    expect(all.map(({ path }) => path)).toEqual([
      "app.env.NAME",
      "services.NAME.env.NAME",
      "secrets.NAME.value",
    ]);
  });

  it.each(["files", "environment"])(
    "reaches the engine as a secret everywhere, as %s too",
    async (secretsAs) => {
      const run = await runSettings(settingsWith({ app: { secretsAs } }), { sealed: texts });
      expect(inClear(run)).not.toContain("canary-unit");
      // As a secret it does.
      const sent = JSON.stringify(run.registrations.map(({ inputs }) => plain(inputs)));
      const found = all.filter(({ text }) =>
        [text, Buffer.from(text).toString("base64")].some((form) => sent.includes(form)),
      );
      expect(found).toEqual(all);
    },
  );

  it("in the app's environment is a file, with a variable that points at it", async () => {
    const run = await withKey("canary");
    const { envs, volumes } = run.inputs("shop-test-app") as { envs: string[]; volumes: Mapping[] };
    expect(envs.filter((each) => /^(KEY|B)/.test(each))).toEqual([
      "B=clear",
      "KEY_FILE=/run/secrets/KEY",
    ]);
    expect(volumes).toContainEqual(expect.objectContaining({ containerPath: "/run/secrets" }));
    for (const step of ["shop-test-app-secrets-fill", "shop-test-app-migrate-secrets-fill"]) {
      expect(isSecret(run.get(step).inputs["stdin"])).toBe(true);
      expect(run.inputs(step)["stdin"]).toContain(
        `KEY ${Buffer.from("canary").toString("base64")}\n`,
      );
      // So that a preview names it when it changes.
      const key = Buffer.from(generatedValue("shop-test-secrets-hash-key", true), "hex");
      expect((run.inputs(step)["environment"] as Mapping)["SECRETS"]).toContain(
        secretDigests({ KEY: "canary" }, key.toString("base64")),
      );
    }
    expect(migrationOf(run)["MIGRATION_RUN"]).toContain("KEY_FILE=/run/secrets/KEY");
  });

  it("is a variable of the app and of its migration where the app can't read files", async () => {
    const settings = settingsFrom({
      environment: "local",
      app: { ...app, secretsAs: "environment", env: { KEY: { secure: "app.env.KEY" } } },
    });
    const run = await runSettings(settings, { sealed: { "app.env.KEY": "canary" } });
    expect(run.inputs("shop-test-app")["envs"]).toContain("KEY=canary");
    const environment = migrationOf(run);
    expect(environment).toMatchObject({ KEY: "canary" });
    expect(environment["MIGRATION_RUN"]).toContain('"--env","KEY"');
    expect(environment["MIGRATION_RUN"]).not.toContain("canary");
  });
});

describe("what the settings name and the file seals", () => {
  // Where a stack says so: heartbeats' and the database's URL, keys of repositories, of certificates and of the CA, the
  // passphrase of the backups, what the build mounts.
  it.each([
    ["files", bases.files, ["TLS2", "EAB", "HMAC"]],
    ["acme", bases.acme, ["TLS", "TLS2", "S3_KEY", "S3_SECRET", "S3_CA", "PASSPHRASE"]],
    ["external", bases.external, []],
  ])("is a secret everywhere (%s)", async (_which, { sections, environment }, unused) => {
    const names = Object.keys(environment);
    const canary = (name: string) => `canary-unit-${name}-f00d5eed`;
    const text = (name: string) =>
      ({
        BEAT: `https://hc.example.com/${canary(name)}`,
        DBURL: `postgresql://u:${canary(name)}@db.example.com/shop`,
      })[name] ?? canary(name);
    const values = names.map((name) => [name, { value: { secure: name } }]);
    const secrets = {
      ...(sections["secrets"] as Mapping),
      ...(Object.fromEntries(values) as Mapping),
    };
    const settings = settingsFrom({ ...sections, secrets });
    const sealed = Object.fromEntries(names.map((name) => [name, text(name)]));
    const run = await runSettings(settings, { sealed, environment: {} });
    expect(inClear(run)).not.toMatch(/canary-unit/);
    for (const form of ["base64", "base64url"] as const) {
      const inside = names.filter((name) =>
        inClear(run).includes(Buffer.from(text(name)).toString(form)),
      );
      expect(inside).toEqual([]);
    }
    // As a secret it does.
    const sent = JSON.stringify(run.registrations.map(({ inputs }) => plain(inputs)));
    const found = names.filter((name) =>
      [canary(name), Buffer.from(text(name)).toString("base64")].some((form) =>
        sent.includes(form),
      ),
    );
    expect(found).toEqual(names.filter((name) => !unused.includes(name)));
  });

  it("reaches a build as variables of its step, by the names that build.secrets has", async () => {
    const build = { context: "images/sample-app", secrets: ["TOKEN", "ABSENT"] };
    const secrets = { TOKEN: { value: { secure: "TOKEN" } }, ABSENT: { optional: true } };
    const settings = settingsFrom({ environment: "local", app: { name: "shop", build }, secrets });
    const run = await runSettings(settings, { sealed: { TOKEN: "canary" }, environment: {} });
    const { environment, create } = run.get("shop-test-app-image").inputs;
    expect(plain(environment)).toEqual({ BUILD_SECRETS: "TOKEN", BUILD_SECRET_TOKEN: "canary" });
    expect(create).toMatch(/^bash images\/build-app shop\/app:[0-9a-f]{12} images\/sample-app/);
    // A token that is renewed makes no other image.
    const renewed = await runSettings(settings, { sealed: { TOKEN: "other" }, environment: {} });
    expect(renewed.get("shop-test-app-image").inputs["create"]).toBe(create);
  });
});

describe("the record of a release", () => {
  it("holds no secret, and brings it back without the configuration", async () => {
    const run = await withKey("canary");
    const { settings } = contentIn(run);
    expect(settings.env).toEqual({
      B: "clear",
      KEY: { sealed: expect.stringMatching(/^k1:/) as unknown },
    });
    expect(JSON.stringify(contentIn(run))).not.toMatch(/canary|Y2FuYXJ5/);
    const today = { environment: "local", app: { ...app, env: { KEY: { secure: "other" } } } };
    const back = await runSettings(settingsFrom(today, settings as object as Mapping), {
      goesBack: true,
      sealed: { other: "canary-of-today" },
    });
    expect(back.inputs("shop-test-app-secrets-fill")["stdin"]).toBe(
      run.inputs("shop-test-app-secrets-fill")["stdin"],
    );
    expect(inClear(back)).not.toContain("canary-of-today");
    expect(contentIn(back)).toEqual(contentIn(run));
  });

  it("is the same when the same secret was sealed again, and another with another secret", async () => {
    const run = await withKey("canary");
    const resealed = await withKey("canary", "sealed again");
    expect(contentIn(resealed)).toEqual(contentIn(run));
    expect(fingerprintIn(resealed)).toBe(fingerprintIn(run));
    const rotated = await withKey("canarz");
    expect(contentIn(rotated)).not.toEqual(contentIn(run));
    expect(fingerprintIn(rotated)).not.toBe(fingerprintIn(run));
  });
});
