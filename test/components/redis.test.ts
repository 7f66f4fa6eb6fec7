import { describe, expect, it } from "vitest";
import { redisHealth } from "#components/redis";
import { redisServer } from "#components/redis/settings";
import { SettingsError } from "#lib/settings";
import { settingsFrom } from "#config";
import { deepMerge } from "#lib/merge";
import { runSettings, shared } from "../support/program.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0" },
  backup: { enabled: false },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const settings = (redis: object, more = {}) => settingsFrom(deepMerge({ ...base, redis }, more));

const both = {
  cache: { for: "cache", variable: "CACHE_URL" },
  queue: { for: "queue", memory: "256MiB", appendfsync: "everysec" },
};

const cacheEnvironment = {
  KIND: "cache",
  MAXMEMORY: "100663296",
  FSYNC: "always",
  MAXMEMORY_CLIENTS: "16777216",
};
const queueEnvironment = {
  KIND: "queue",
  MAXMEMORY: "134217728",
  FSYNC: "everysec",
  MAXMEMORY_CLIENTS: "67108864",
};

describe("a Redis server", () => {
  const run = shared(() => runSettings(settings(both)));

  it.each([
    ["cache", cacheEnvironment, []],
    ["queue", queueEnvironment, ["/data"]],
  ])("for a %s gets its limits, and keeps on disk what it has to", async (name, env, kept) => {
    const inputs = (await run()).inputs(`shop-test-redis-${name}`);
    expect(inputs["envs"]).toEqual(Object.entries(env).map((each) => each.join("=")));
    const volumes = inputs["volumes"] as { containerPath: string }[];
    expect(volumes.map(({ containerPath }) => containerPath)).toEqual([...kept, "/run/secrets"]);
    expect(inputs["networksAdvanced"]).toMatchObject([{ aliases: [name] }]);
    expect(inputs["ports"]).toBeUndefined();
  });

  it("is seen to start before the one that runs is replaced, and is there before the app", async () => {
    const all = await run();
    expect(all.before("shop-test-redis-queue")).toContain("shop-test-redis-queue-trial");
    expect(all.before("shop-test-app")).toEqual(
      expect.arrayContaining(["shop-test-redis-queue-ready", "shop-test-redis-cache-ready"]),
    );
  });

  it("for a queue has a volume that outlives the stack, unless the settings say otherwise", async () => {
    const name = "shop-test-redis-queue-data";
    expect((await run()).get(name).options.retainOnDelete).toBe(true);
    const given = settings({ queue: { for: "queue", keepData: false } });
    expect((await runSettings(given)).get(name).options.retainOnDelete).toBe(false);
  });

  it("has as long for its start as its log takes to be read", () => {
    const startTimeout = (given: object) => redisHealth(redisServer.parse(given)).startTimeout;
    expect(startTimeout({ for: "queue" })).toBe("120s");
    expect(startTimeout({ for: "cache", memory: "8GiB" })).toBe("120s");
    expect(startTimeout({ for: "queue", memory: "8GiB" })).toBe("820s");
  });

  it("tells of keyspace events where the settings say which, since clients may not say it", async () => {
    const given = settings({ queue: { for: "queue", keyspaceEvents: "Ex" } });
    const inputs = (await runSettings(given)).inputs("shop-test-redis-queue");
    expect(inputs["envs"]).toContain("EVENTS=Ex");
  });

  it("is passed to the app and its migration as a secret, by the variable of the settings", async () => {
    const given = settings(both, {
      app: { secretsAs: "files", migrate: { command: ["migrate"] } },
    });
    const inputs = (await runSettings(given)).inputs("shop-test-app");
    expect(inputs["envs"]).toEqual(
      expect.arrayContaining([
        "CACHE_URL_FILE=/run/secrets/CACHE_URL",
        "REDIS_URL_FILE=/run/secrets/REDIS_URL",
      ]),
    );
  });

  it("is reached by an app whose database is external", async () => {
    const given = settings(both, {
      database: { externalUrlSecret: "DB" },
      secrets: { DB: {} },
    });
    const environment = { DB: "postgresql://u:p@db.example.com/shop" };
    const networks = (await runSettings(given, { environment })).inputs("shop-test-app");
    expect(networks["networksAdvanced"]).toHaveLength(2);
  });
});

describe("wrong settings of Redis servers", () => {
  it.each([
    [
      { postgres: { for: "cache" } },
      {},
      "redis.postgres: is the host name of another container; give it another name",
    ],
    [
      { one: { for: "cache" }, two: { for: "queue" } },
      {},
      "redis.two.variable: variable REDIS_URL is already taken by redis.one.variable; choose another variable",
    ],
    [
      { one: { for: "cache" } },
      { app: { env: { REDIS_URL: "redis://elsewhere" } } },
      "app.env.REDIS_URL: is set by the platform; remove it, or rename app.variables",
    ],
    [{ one: {} }, {}, /^redis\.one\.for: /],
    [
      { one: { for: "cache", keyspaceEvents: "x" } },
      {},
      "redis.one.keyspaceEvents: is not a list of classes of events; write K or E and the classes as notify-keyspace-events takes them, such as Ex",
    ],
    [
      { one: { for: "queue", backup: true } },
      {},
      "redis.one.backup: is true, and backup.enabled is not; set both to the same",
    ],
    [
      { one: { for: "cache", backup: true } },
      {},
      "redis.one.backup: is true, and a cache keeps nothing on disk; remove it",
    ],
    [{ "Not-A-Name": { for: "cache" } }, {}, /^redis\.Not-A-Name: /],
  ])("%j are refused", (redis, more, expected) => {
    let problems: readonly string[] = [];
    try {
      settings(redis, more);
    } catch (error) {
      if (error instanceof SettingsError) ({ problems } = error);
      else throw error;
    }
    expect(problems).toEqual([
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    ]);
  });
});
