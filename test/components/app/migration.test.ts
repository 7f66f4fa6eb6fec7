import { describe, expect, it } from "vitest";
import { rolesOf, settingsFrom } from "#config";
import { secretProblems } from "#config/secret-problems";
import { ensureSql } from "#components/database/roles";
import { runSettings, shared } from "../../support/program.js";
import { isSecret, plain } from "../../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const command = ["node", "it's.js"];
const external = { database: { externalUrlSecret: "DB" }, secrets: { DB: {} } };
const url = "postgresql+psycopg://me:s3cret@db.example.com/app?sslmode=require";

/** The migration's step of a stack with such settings. */
async function step(migrate: object = {}, over: object = {}) {
  const sections = { environment: "local", app: { ...app, migrate: { command, ...migrate } } };
  const run = await runSettings(settingsFrom({ ...sections, ...over }), {
    environment: { DB: url },
  });
  const { inputs } = run.get("shop-test-app-migrate");
  const environment = plain(inputs["environment"]) as Record<string, string>;
  const args = (name: string) => JSON.parse(environment[name] ?? "") as string[];
  return { run, inputs, environment, args };
}

const usual = shared(() => step());
const passwords = { migrator: "m", app: "a", readonly: "r", backup: "b", monitor: "o" };

describe("the migration's step", () => {
  it("runs as the app does, on the data network, with its own secrets", async () => {
    const { args, environment, inputs } = await usual();
    expect(plain(inputs["create"])).toBe("exec node bin/step.mjs migrate");
    const line = args("MIGRATION_RUN").join(" ");
    expect(line).toMatch(/^--read-only --cap-drop ALL /);
    expect(line).toContain(" --user 10001:10001 --network shop-test-data-1234567 ");
    expect(line).toMatch(/ --volume shop-test-app-migrate-secrets-1234567:\/run\/secrets:ro /);
    expect(args("MIGRATION_RUN").slice(-3)).toEqual(["shop:1.0", "node", "it's.js"]);
    expect(line).not.toContain("PGOPTIONS");
    expect(line).not.toContain("--cap-add");
    expect(environment["PROXY_FILTERS"]).toContain("label=dev.keelson.workload=proxy");
    expect(environment).toMatchObject({
      MIGRATION: '["shop:1.0","node","it\'s.js"]',
      MIGRATION_STEP: "shop-test-app-migrate",
      MIGRATION_IMAGE: "shop:1.0",
      MIGRATION_NETWORKS: '["shop-test-edge-1234567"]',
      MIGRATION_MEMORY: "512MiB",
      MIGRATION_NOT_VALID: "",
      MIGRATION_STACK: "shop-test",
      MIGRATION_RELEASE: "1.2.3",
      MIGRATION_SERVER: "shop-test-postgres-1234567",
      MIGRATION_DATABASE: "shop_local",
      MIGRATION_BACKUP: "",
      MIGRATION_LIVE_PATH: "",
      MIGRATION_RESET: "",
      MIGRATION_COMPATIBLE: "false",
      MIGRATION_TIMEOUT: "600",
      MIGRATION_LOCK_WAIT: "300",
      MIGRATION_LOCK_RETRIES: "5",
      MIGRATION_LOCK_PAUSE: "5",
    });
  });

  it("has the app's root, folders, volumes, limits and environment", async () => {
    const over = {
      readOnlyRoot: false,
      tmp: { size: "100MiB", exec: true },
      tmpfs: ["/cache"],
      volumes: [{ name: "uploads", path: "/srv/uploads" }],
      memory: "1GiB",
      pids: 99,
      env: { HOME: "/srv/uploads", MODE: "app" },
    };
    const migrate = { command, env: { MODE: "migrate", DATABASE_POOL_SIZE: "2" } };
    const settings = { environment: "local", app: { ...app, ...over, migrate } };
    const run = await runSettings(settingsFrom(settings));
    const { environment } = run.inputs("shop-test-app-migrate");
    const args = JSON.parse(
      (plain(environment) as Record<string, string>)["MIGRATION_RUN"] ?? "",
    ) as string[];
    const line = args.join(" ");
    expect(line).toMatch(
      /^--cap-drop ALL --security-opt no-new-privileges --pids-limit 99 --memory 1024m --init /,
    );
    const container = run.inputs("shop-test-app");
    for (const [path, mount] of Object.entries(container["tmpfs"] as Record<string, string>)) {
      expect(line).toContain(` --tmpfs ${path}:${mount} `);
    }
    expect(line).toContain(" --volume shop-test-app-uploads:/srv/uploads ");
    expect(line).toContain(" --env HOME=/srv/uploads ");
    expect(line).toContain(" --env MODE=migrate ");
    expect(line).toContain(" --env DATABASE_POOL_SIZE=2 ");
    expect(line).not.toContain("MODE=app");
    const networks = (container["networksAdvanced"] as { name: string }[]).map(({ name }) => name);
    expect(plain(environment)).toMatchObject({
      MIGRATION_NETWORKS: JSON.stringify(networks.filter((each) => each.includes("edge"))),
    });
  });

  it("has a memory of its own where the settings name one", async () => {
    const own = await step({ memory: "64MiB", allowNotValid: true });
    expect(own.args("MIGRATION_RUN").join(" ")).toContain(" --memory 64m ");
    expect(own.environment).toMatchObject({
      MIGRATION_MEMORY: "64MiB",
      MIGRATION_NOT_VALID: "allowed",
    });
  });

  it("judges what serves by its liveness meanwhile, where that is another path than its readiness", async () => {
    const health = { readyPath: "/ready", command: ["bin/alive"] };
    const settings = { environment: "local", app: { ...app, health, migrate: { command } } };
    const run = await runSettings(settingsFrom(settings));
    expect(run.inputs("shop-test-app-migrate")["environment"]).toMatchObject({
      MIGRATION_LIVE_PATH: "/health",
      READY_PATH: "/ready",
      SITE_HOST: "localhost",
      SITE_SCHEME: "http",
    });
  });

  it("takes the lock in a container of the tools, on the same network and without secrets", async () => {
    const { args } = await usual();
    const holder = args("MIGRATION_HOLDER");
    expect(holder.join(" ")).toContain(" --user 10002:10002 --network shop-test-data-1234567 ");
    expect(holder.at(-1)).toBe("/usr/local/bin/migration-lock");
    expect(holder).not.toContain("--volume");
    expect(holder).not.toContain("--env");
  });

  it("gets the migrator's login over stdin, as a secret", async () => {
    const { inputs } = await usual();
    expect(isSecret(inputs["stdin"])).toBe(true);
    expect(plain(inputs["stdin"])).toMatch(
      /^user=shop_local_migrator\npassword=canary-generated-/m,
    );
  });

  it("knows the container of the backups where it is to make one, and so waits for it", async () => {
    const { environment, run } = await step({ dumpBefore: true });
    expect(environment["MIGRATION_BACKUP"]).toBe("shop-test-backup-1234567");
    expect(run.before("shop-test-app-migrate")).toContain("shop-test-backup-ready");
  });

  it("has no server to make a restore point on where the database is external", async () => {
    const over = { ...external, backup: { enabled: false } };
    const { environment, args, inputs } = await step({ lockTimeout: "1m" }, over);
    expect(environment).toMatchObject({ MIGRATION_SERVER: "", MIGRATION_RESET: "" });
    expect(args("MIGRATION_RUN")).toContain("PGOPTIONS=-c lock_timeout=60s");
    expect(plain(inputs["stdin"])).toContain("\nhost=db.example.com\n");
    const without = await step({ lockTimeout: null }, over);
    expect(without.environment["MIGRATION_RUN"]).not.toContain("PGOPTIONS");
  });

  it("is refused a URL that psql could not use", () => {
    const settings = settingsFrom({
      environment: "local",
      app: { ...app, migrate: { command } },
      ...external,
      backup: { enabled: false },
    });
    expect(secretProblems(settings, { DB: "mysql://me@db/app" })).toEqual([
      "secrets.DB: is not the URL of a PostgreSQL database; write postgresql://user:password@host:port/database",
    ]);
    expect(secretProblems(settings, { DB: url })).toEqual([]);
  });

  it("has the migrator's time for locks set in the database", async () => {
    const { run } = await usual();
    expect(plain(run.get("shop-test-database-ensure").inputs["stdin"])).toContain(
      "SET lock_timeout = '5s'",
    );
    const ensured = (migrate: object) => {
      const sections = { environment: "local", app: { ...app, migrate: { command, ...migrate } } };
      const settings = settingsFrom(sections);
      const options = rolesOf(settings, false);
      return ensureSql("shop_local", passwords, options);
    };
    expect(ensured({})).toContain("SET lock_timeout = '5s'");
    expect(ensured({ lockTimeout: "2m" })).toContain("SET lock_timeout = '120s'");
    expect(ensured({ lockTimeout: null })).toContain("SET lock_timeout = '0'");
  });
});
