import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge } from "#lib/merge";
import { servicesOf } from "#release/services/described";
import { runSettings, shared } from "../support/program.js";
import { plain } from "../support/pulumi.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0", env: { TZ: "UTC" }, user: "33:34" },
  backup: { enabled: false },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const settings = (services: object, more = {}) =>
  settingsFrom(deepMerge({ ...base, services }, more));
const run = (services: object, more = {}) => runSettings(settings(services, more));

const worker = { command: ["node", "worker.js"] };
const both = {
  worker: { ...worker, replicas: 2, stopTimeout: "60s", memory: "512MiB", poolSize: 3 },
  beat: { command: ["node", "beat.js"], exclusive: true, env: { TZ: "Europe/Berlin" } },
};
const usual = shared(() =>
  run(both, {
    app: { migrate: { command: ["migrate"] } },
    release: { smoke: [{ path: "/" }] },
    redis: { queue: { for: "queue" } },
  }),
);

describe("a service", () => {
  it("has the app's image, user, environment and hardening, and its own command and limits", async () => {
    const inputs = (await usual()).inputs("shop-test-service-worker");
    expect(inputs).toMatchObject({
      image: "shop:1.0",
      command: ["node", "worker.js"],
      user: "33:34",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      memory: 512,
      stopTimeout: 60,
      destroyGraceSeconds: 60,
      healthcheck: { tests: ["NONE"] },
      logOpts: { "max-size": "10m", "max-file": "5" },
    });
    expect(inputs["envs"]).toEqual(
      expect.arrayContaining([
        "TZ=UTC",
        "APP_NAME=shop",
        "APP_VERSION=1.2.3",
        "DATABASE_POOL_SIZE=3",
        "DATABASE_URL_FILE=/run/secrets/DATABASE_URL",
        "REDIS_URL_FILE=/run/secrets/REDIS_URL",
      ]),
    );
    // It does not listen where the app does.
    expect(inputs["envs"]).not.toContain("PORT=3000");
    expect(inputs["ports"]).toBeUndefined();
  });

  it("is labelled as what it is, so that every command finds it", async () => {
    const { labels } = (await usual()).inputs("shop-test-service-worker");
    expect(labels).toEqual(
      expect.arrayContaining([
        { label: "dev.keelson.workload", value: "service" },
        { label: "dev.keelson.service", value: "worker" },
      ]),
    );
  });

  it("has volumes that are filled for its user before it is created", async () => {
    const volumes = [{ name: "spool", path: "/spool" }];
    const all = await run({ worker: { ...worker, volumes } });
    expect(all.inputs("shop-test-service-worker-volumes")["environment"]).toMatchObject({
      IMAGE: "shop:1.0",
      UID: "33",
      VOLUMES: JSON.stringify([{ name: "shop-test-service-worker-spool", path: "/spool" }]),
    });
    expect(all.before("shop-test-service-worker")).toContain("shop-test-service-worker-volumes");
  });

  it("has its own variables over those that it inherits", async () => {
    const { envs } = (await usual()).inputs("shop-test-service-beat");
    expect(envs).toContain("TZ=Europe/Berlin");
    expect(envs).not.toContain("TZ=UTC");
  });

  it("is created, and neither started nor stopped by an engine", async () => {
    const all = await usual();
    for (const name of ["worker", "worker-2", "beat"]) {
      const { inputs, options } = all.get(`shop-test-service-${name}`);
      expect(inputs).toMatchObject({ start: false, mustRun: false, wait: false });
      expect(options.deleteBeforeReplace).toBe(false);
    }
  });

  it("is started once the app's new containers are healthy, and before the smoke test", async () => {
    const all = await usual();
    expect(all.before("shop-test-service-worker")).toContain("shop-test-app-migrate");
    expect(all.before("shop-test-services-start")).toEqual(
      expect.arrayContaining(["shop-test-app-ready", "shop-test-service-worker"]),
    );
    expect(all.before("shop-test-app-smoke")).toContain("shop-test-services-start");
  });

  it("that is exclusive is exchanged after the smoke test, and before the switch", async () => {
    const all = await usual();
    expect(all.before("shop-test-services-exchange")).toContain("shop-test-app-smoke");
    expect(all.before("shop-test-proxy-route")).toContain("shop-test-services-exchange");
  });

  it("is described to the steps of the release as these read it", async () => {
    const { environment } = (await usual()).inputs("shop-test-proxy-route");
    expect(servicesOf({ environment: environment as Record<string, string> })).toEqual([
      {
        name: "beat",
        exclusive: true,
        containers: ["shop-test-service-beat-id"],
        pids: 256,
        startSeconds: 60,
        settleSeconds: 10,
        stopSeconds: 30,
      },
      {
        name: "worker",
        exclusive: false,
        containers: ["shop-test-service-worker-id", "shop-test-service-worker-2-id"],
        pids: 256,
        startSeconds: 60,
        settleSeconds: 10,
        stopSeconds: 60,
      },
    ]);
  });

  it("is in the release's record with its settings, so that a rollback brings it back", async () => {
    const all = await run({ ...both, tool: { image: "tool:3", inherit: false } });
    const { stdin } = plain(all.get("shop-test-app-begin").inputs) as { stdin: string };
    const content = JSON.parse(stdin) as { settings: { services: Record<string, object> } };
    expect(Object.keys(content.settings.services)).toEqual(["beat", "tool", "worker"]);
    expect(content.settings.services).toMatchObject({ tool: { image: "tool:3" }, worker });
    const { app, services, ...rest } = content.settings as Record<string, unknown>;
    expect(app).toBeUndefined();
    const back = settingsFrom(base, { ...rest, services });
    expect(back.services).toEqual(
      settings({ ...both, tool: { image: "tool:3", inherit: false } }).services,
    );
  });

  it("that inherits nothing has its own image, environment and nothing of the database", async () => {
    const tool = { image: "tool:3", inherit: false, port: 7700, env: { MODE: "fast" } };
    const all = await run({ tool });
    const inputs = all.inputs("shop-test-service-tool");
    expect(inputs["image"]).toBe("tool:3");
    expect(inputs["envs"]).toEqual(["MODE=fast"]);
    expect(inputs["networksAdvanced"]).toMatchObject([{ aliases: ["tool-instances"] }]);
    expect(inputs["networksAdvanced"]).toHaveLength(1);
    expect(inputs["user"]).toBe("10001:10001");
  });

  it("that has an image of its own sees to it before the database is migrated", async () => {
    const all = await run(
      { tool: { image: "tool:3", inherit: false } },
      { app: { migrate: { command: ["migrate"] } } },
    );
    expect(all.before("shop-test-app-migrate")).toContain("shop-test-service-tool-image-fits");
  });

  it("is not there where the settings have none, and changes nothing of the app", async () => {
    const all = await run({});
    expect(all.names.filter((name) => name.includes("service"))).toEqual([]);
    expect(all.inputs("shop-test-proxy-route")["environment"]).not.toHaveProperty("SERVICES");
    const { stdin } = plain(all.get("shop-test-app-begin").inputs) as { stdin: string };
    expect(stdin).not.toContain("services");
  });

  it.each([
    ["a command", { health: { command: ["ping"] } }, ["CMD", "ping"], 0],
    [
      "a path",
      { port: 80, health: { path: "/up" } },
      ["CMD-SHELL", expect.stringContaining("'http://127.0.0.1:80/up'")],
      0,
    ],
    ["none, and runs so long", { health: { startPeriod: "7s" } }, ["NONE"], 7],
  ])("has as its health test %s", async (_what, over, tests, settleSeconds) => {
    const all = await run({ worker: { ...worker, ...over } });
    expect(all.inputs("shop-test-service-worker")["healthcheck"]).toMatchObject({ tests });
    const { environment } = all.inputs("shop-test-services-start");
    expect(servicesOf({ environment: environment as Record<string, string> })).toMatchObject([
      { settleSeconds },
    ]);
  });
});
