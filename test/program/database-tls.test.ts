import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { runSettings } from "../support/program.js";
import { plain } from "../support/pulumi.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0", migrate: { command: ["migrate"] } },
  backup: { enabled: false },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const withCa = { ...base.app, variables: { databaseCa: "DATABASE_CA" } };
const authority = { "shop-test-postgres-authority": { stdout: "canary-authority" } };

describe("TLS of the server", () => {
  it("is a certificate that the server makes, whose authority the app and its migration get as a file", async () => {
    const settings = settingsFrom({ ...base, app: withCa, postgres: { tls: true } });
    const run = await runSettings(settings, { state: authority });
    const server = run.inputs("shop-test-postgres");
    expect(server["command"]).toEqual(
      expect.arrayContaining([
        "ssl=on",
        "ssl_cert_file=/var/lib/postgresql/data/.keelson.tls/server.crt",
        "ssl_key_file=/var/lib/postgresql/data/.keelson.tls/server.key",
      ]),
    );
    expect(server["envs"]).toContain("POSTGRES_TLS_NAMES=postgres localhost");
    expect(run.inputs("shop-test-postgres-authority")["environment"]).toMatchObject({
      COMMANDS: JSON.stringify([{ words: ["server-certificate", "--authority"] }]),
      PRINTS: "yes",
    });
    expect(run.inputs("shop-test-app")["envs"]).toContain(
      "DATABASE_CA_FILE=/run/secrets/DATABASE_CA",
    );
    const inBase64 = Buffer.from("canary-authority").toString("base64");
    for (const name of ["app", "app-migrate"]) {
      const { stdin } = run.inputs(`shop-test-${name}-secrets-fill`);
      expect(stdin).toContain(`DATABASE_CA ${inBase64}`);
    }
    expect(run.stackOutputs["databaseAuthority"]).toBe("canary-authority");
  });

  it("is neither there nor in what the server is told where it is off", async () => {
    const run = await runSettings(settingsFrom(base));
    const server = run.inputs("shop-test-postgres");
    expect(JSON.stringify(server)).not.toMatch(/ssl|TLS/);
    expect(run.names.join()).not.toContain("postgres-authority");
    expect(run.stackOutputs).not.toHaveProperty("databaseAuthority");
  });

  it("of an external database is verified by the certificates that the settings name", async () => {
    const external = {
      database: { externalUrlSecret: "DATABASE", caSecret: "CA" },
      secrets: { DATABASE: {}, CA: {} },
    };
    const url = "postgres://me:pw@db.example.com/shop?sslmode=verify-ca";
    const run = await runSettings(settingsFrom({ ...base, ...external, app: withCa }), {
      environment: { DATABASE: url, CA: "canary-ca" },
    });
    const login = String(plain(run.inputs("shop-test-app-migrate")["stdin"]));
    expect(login).toContain("sslmode=verify-ca\nsslrootcert=/tmp/authority.pem\n");
    expect(login).toContain("#authority canary-ca");
    expect(run.inputs("shop-test-app")["envs"]).toContain(
      "DATABASE_CA_FILE=/run/secrets/DATABASE_CA",
    );
  });
});

describe("what the image says", () => {
  const facts = (healthcheck: boolean, home?: string) => ({
    "shop-test-app-image-fits": { stdout: JSON.stringify({ healthcheck, home }) },
  });
  const appOf = async (state: ReturnType<typeof facts>, more: object = {}) => {
    const run = await runSettings(settingsFrom({ ...base, app: { ...base.app, ...more } }), {
      state,
    });
    const { MIGRATION_RUN } = run.inputs("shop-test-app-migrate")["environment"] as {
      MIGRATION_RUN: string;
    };
    return { ...run.inputs("shop-test-app"), migration: JSON.parse(MIGRATION_RUN) as string[] };
  };

  it("is taken for the health test where the settings name none", async () => {
    expect(await appOf(facts(true))).not.toHaveProperty("healthcheck");
    const tested = (more: object, own = true) => appOf(facts(own), { health: more });
    expect(await tested({}, false)).toHaveProperty("healthcheck.tests");
    expect(await tested({ path: "/up" })).toHaveProperty("healthcheck.tests");
    expect(await tested({ command: ["ok"] })).toHaveProperty("healthcheck.tests", ["CMD", "ok"]);
    expect(await tested({ test: "http" })).toHaveProperty("healthcheck.tests");
  });

  it("is taken for the home, which is /tmp for a user without one, in the migration too", async () => {
    for (const [home, expected] of [
      ["/home/app", "HOME=/home/app"],
      [undefined, "HOME=/tmp"],
    ] as const) {
      const app = await appOf(facts(false, home));
      expect(app).toHaveProperty("envs", expect.arrayContaining([expected]));
      expect(app.migration).toContain(expected);
    }
    const own = await appOf(facts(false), { env: { HOME: "/data" } });
    expect(own).toHaveProperty("envs", expect.arrayContaining(["HOME=/data"]));
    expect(own.migration.filter((word) => word.startsWith("HOME="))).toEqual(["HOME=/data"]);
  });
});

describe("a volume of the app", () => {
  it("is filled before any container of the app, and not at all where there is none", async () => {
    const volumes = [{ name: "uploads", path: "/app/uploads" }];
    const app = { ...base.app, volumes, user: "33:34" };
    const run = await runSettings(settingsFrom({ ...base, app }));
    expect(run.inputs("shop-test-app-volumes")["environment"]).toMatchObject({
      IMAGE: "shop:1.0",
      UID: "33",
      GID: "34",
      VOLUMES: JSON.stringify([{ name: "shop-test-app-uploads", path: "/app/uploads" }]),
    });
    expect(run.before("shop-test-app-migrate")).toContain("shop-test-app-volumes");
    expect(run.before("shop-test-app")).toContain("shop-test-app-volumes");
    const without = await runSettings(settingsFrom(base));
    expect(without.names.join()).not.toContain("app-volumes");
  });
});
