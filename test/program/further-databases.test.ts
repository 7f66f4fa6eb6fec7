// Further databases of the stack's server: their URLs, their roles, and their place in dumps and sums.
import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { SettingsError } from "#lib/settings";
import { runSettings, shared } from "../support/program.js";
import { secretFilesIn } from "../support/secret-lines.js";

const sections = {
  environment: "prod",
  app: { name: "shop", image: "shop:1", migrate: { command: ["migrate"] } },
  proxy: { tls: { mode: "off" } },
  secrets: {},
  database: { more: { queue: {}, "solid-cache": { variable: "CACHE_URL", name: "shop_cache" } } },
};
const ran = shared(() => runSettings(settingsFrom(sections)));

/** What some settings besides are refused for. */
const problems = (settings: object) => {
  try {
    settingsFrom({ ...sections, ...settings });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.join("\n");
    throw error;
  }
  return "";
};

describe("further databases", () => {
  it("have roles, an owner among them, and are made one after another", async () => {
    const run = await ran();
    const sql = String(run.inputs("shop-test-database-queue-ensure")["stdin"]);
    expect(sql).toContain('CREATE DATABASE "shop_prod_queue" OWNER "shop_prod_queue_owner"');
    expect(run.before("shop-test-database-solid-cache-ensure")).toEqual(
      expect.arrayContaining(["shop-test-database-ensure", "shop-test-database-queue-ensure"]),
    );
    const connects = run.names.flatMap(
      (each) => /(shop-test-database-queue-\w+-connect)$/.exec(each)?.[1] ?? [],
    );
    expect(connects.map((each) => run.inputs(each)["role"])).toEqual([
      "shop_prod_queue_app",
      "shop_prod_backup",
      "shop_prod_queue_readonly",
    ]);
  });

  it("give the app its role's URL, and the migration the migrator's", async () => {
    const run = await ran();
    const files = (step: string) => secretFilesIn(run.inputs(step)["stdin"]);
    const [app, migration] = [
      files("shop-test-app-secrets-fill"),
      files("shop-test-app-migrate-secrets-fill"),
    ];
    expect(app["CACHE_URL"]).toMatch(/^postgres(ql)?:\/\/shop_cache_app:.*\/shop_cache$/);
    expect(migration["QUEUE_DATABASE_URL"]).toMatch(
      /:\/\/shop_prod_queue_migrator:.*\/shop_prod_queue$/,
    );
  });

  it("are dumped, each into a folder of its name, once they are there", async () => {
    const run = await ran();
    expect(run.inputs("shop-test-backup")["envs"]).toContain(
      "DUMP_FURTHER=shop_prod_queue shop_cache",
    );
    expect(run.before("shop-test-backup")).toContain("shop-test-database-solid-cache-ensure");
  });

  it("count in the sum of the pools", () => {
    expect(
      problems({
        postgres: { maxConnections: 40 },
        services: { mail: { command: ["mail"], poolSize: 1 } },
      }),
    ).toContain("5 × 2 instances × 2 during a release of database.more.queue");
  });

  it.each([
    [
      { database: { more: { queue: { name: "shop_prod" } } } },
      "database.more.queue.name: shop_prod is that of database.name as well; set another one",
    ],
    [
      { database: { more: { queue: { name: "postgres" } } } },
      "database.more.queue.name: postgres is the server's own; set another one",
    ],
    [
      { database: { more: { queue: { variable: "DATABASE_URL" } } } },
      "database.more.queue.variable: variable DATABASE_URL is already taken by app.variables.databaseUrl",
    ],
    [
      { database: { more: { queue: { extensions: ["vector"] } } } },
      "database.more.queue.extensions[0]: vector is in no image",
    ],
    [
      {
        database: { externalUrlSecret: "DB", more: { queue: {} } },
        secrets: { DB: {} },
      },
      "database.more.queue: is set, and the database is external; make it there, and give the app its URL by app.secrets",
    ],
    [
      { app: { ...sections.app, env: { QUEUE_DATABASE_URL: "x" } } },
      "app.env.QUEUE_DATABASE_URL: is set by the platform",
    ],
  ])("are refused where they contradict: %j", (settings, message) => {
    expect(problems(settings)).toContain(message);
  });
});
