import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0" },
  backup: { enabled: false },
};
const worker = { command: ["work"] };

function problems(services: object, more: Mapping = {}): readonly string[] {
  try {
    settingsFrom(deepMerge({ ...base, services }, more));
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe("services", () => {
  it.each([
    ["a worker", { worker }, {}, []],
    [
      "a tool",
      { tool: { image: "tool:1", inherit: false, port: 80, health: { path: "/up" } } },
      {},
      [],
    ],
    [
      "a name that is taken",
      { postgres: worker },
      {},
      ["services.postgres: is the host name of another container; give it another name"],
    ],
    [
      "the name of a Redis server",
      { cache: worker },
      { redis: { cache: { for: "cache" } } },
      ["services.cache: is the host name of another container; give it another name"],
    ],
    [
      "no command with the app's image",
      { worker: {} },
      {},
      [
        "services.worker.command: is missing, and the app's image would start a second web process; name the command that this service runs",
      ],
    ],
    [
      "no image without one to inherit",
      { tool: { inherit: false, command: ["x"] } },
      {},
      [
        "services.tool.image: is missing; set it, or services.tool.build; or inherit the app's (inherit: true)",
      ],
    ],
    [
      "two images",
      { tool: { image: "a:1", build: { context: "." } } },
      {},
      ["services.tool.image: is set together with services.tool.build; keep one of them"],
    ],
    [
      "several that must be one",
      { beat: { ...worker, exclusive: true, replicas: 2 } },
      {},
      [
        "services.beat.replicas: is 2, and services.beat.exclusive allows one; remove one of the two",
      ],
    ],
    [
      "a path without a port",
      { worker: { ...worker, health: { path: "/up" } } },
      {},
      [
        "services.worker.port: is missing, and services.worker.health.path needs it; name the port on which the service listens",
      ],
    ],
    [
      "two health tests",
      { worker: { ...worker, port: 80, health: { path: "/up", command: ["x"] } } },
      {},
      [
        "services.worker.health.path: is set together with services.worker.health.command; keep one of them",
      ],
    ],
    [
      "a start that can't end in time",
      { worker: { ...worker, health: { startPeriod: "60s" } } },
      {},
      [
        "services.worker.health.startTimeout: 60s is not more than services.worker.health.startPeriod (60s), which it has to run without a health test; raise it, or lower startPeriod",
      ],
    ],
    [
      "a secret that is not there",
      { worker: { ...worker, secrets: ["TOKEN"] } },
      {},
      ['services.worker.secrets[0]: "TOKEN" is not in secrets; add secrets.TOKEN, or correct it'],
    ],
    [
      "a variable of the platform",
      { worker: { ...worker, env: { DATABASE_URL: "x" } } },
      {},
      [
        "services.worker.env.DATABASE_URL: DATABASE_URL is set by the platform; remove it, or rename app.variables",
      ],
    ],
    [
      "a variable of the platform that is none without inheritance",
      { tool: { image: "t:1", inherit: false, env: { DATABASE_URL: "x" } } },
      {},
      [],
    ],
    [
      "a file of a secret that is a variable as well",
      { worker: { ...worker, env: { DATABASE_URL_FILE: "x" } } },
      {},
      [
        "services.worker.env.DATABASE_URL_FILE: is set by the platform, to the file of the secret DATABASE_URL; remove it, or rename one of them",
      ],
    ],
    [
      "a volume at /tmp",
      { worker: { ...worker, volumes: [{ name: "data", path: "/tmp/" }] } },
      {},
      [
        "services.worker.volumes[0].path: is /tmp, which is in memory already; remove it: services.worker.tmp.size says how large it is; a volume takes another path, which services.worker.env.TMPDIR names",
      ],
    ],
    [
      "a volume to back up without backups",
      { worker: { ...worker, volumes: [{ name: "data", path: "/data", backup: true }] } },
      {},
      [
        "services.worker.volumes[0].backup: is true, and backup.enabled is not; set both to the same",
      ],
    ],
    [
      "a /tmp that is more than its memory",
      { worker: { ...worker, memory: "64MiB", tmp: { size: "128MiB" } } },
      {},
      [
        "services.worker.tmp.size: 128MiB is more than services.worker.memory (64MiB), of which /tmp is a part; raise services.worker.memory, or set services.worker.tmp.size",
      ],
    ],
    [
      "a signal that is none",
      { worker: { ...worker, stopSignal: "TERM" } },
      {},
      [
        "services.worker.stopSignal: is not a signal; write its name, such as SIGTERM, SIGINT or SIGQUIT",
      ],
    ],
  ])("with %s", (_what, services, more, expected) => {
    expect(problems(services, more)).toEqual(expected);
  });

  it("count towards the connections of the server, twice where the old ones run on meanwhile", () => {
    const services = {
      worker: { ...worker, replicas: 4, poolSize: 10 },
      beat: { ...worker, exclusive: true, poolSize: 2 },
      mail: { ...worker, poolSize: 0 },
    };
    expect(
      problems(services, { app: { poolSize: 10 }, postgres: { maxConnections: 100 } }),
    ).toEqual([
      "app.poolSize: 10 × 2 during a release + 2 of services.beat + 10 × 4 instances × 2 during a release of services.worker + 15 reserved = 117 is more than postgres.maxConnections (100); lower it, or poolSize of a service, or raise postgres.maxConnections",
    ]);
    expect(problems(services, { app: { poolSize: 1 }, postgres: { maxConnections: 100 } })).toEqual(
      [],
    );
  });
});
