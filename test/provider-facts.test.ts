import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { oneShotLine, root, runSettings, runStackFile, stacks } from "./support/program.js";
import { generatedValue, isSecret, plain, type Registration, type Run } from "./support/pulumi.js";

// What the providers really do decides the design; each of these facts was measured, and each can lose
// data or requests if the program forgets it. All three stacks, and one with everything switched on.
const runs: Run[] = [];
beforeAll(async () => {
  for (const stack of stacks) runs.push(await runStackFile(stack));
  runs.push(await runSettings(settingsFrom(everything)));
});

const everything = {
  environment: "prod",
  app: {
    name: "shop",
    build: { context: "images/sample-app" },
    migrate: { command: ["migrate"] },
    secrets: ["TLS_CERTIFICATE"],
    volumes: [{ name: "uploads", path: "/uploads" }],
    tmpfs: ["/cache"],
    stopTimeout: "90s",
    health: { interval: "90s", startPeriod: "1h", startTimeout: "2h" },
    cpus: 0.25,
  },
  secrets: { TLS_CERTIFICATE: {} },
  postgres: { cpus: 3 },
  database: { extensions: ["pg_trgm"] },
  backup: { heartbeatSecret: "TLS_CERTIFICATE" },
  proxy: {
    tls: { mode: "files", certificateSecret: "TLS_CERTIFICATE" },
    tcp: [{ port: 1982, target: 1982 }],
  },
};

function all(type: string): Registration[] {
  const found = runs.flatMap((run) => run.ofType(type));
  expect(found.length).toBeGreaterThanOrEqual(runs.length);
  return found;
}

const containers = () => all("docker:index/container:Container");
const commands = () => all("command:local:Command");
const volumes = () => all("docker:index/volume:Volume");
const apps = () => containers().filter(({ name }) => name.endsWith("-app"));
const namesOf = (found: readonly Registration[]) => found.map(({ name }) => name);

describe("1. Docker's provider stops the old container first, even one with a generated name", () => {
  it("so a new app starts alongside the old one: told so, auto-named, without a host port", () => {
    expect(apps()).toHaveLength(runs.length);
    for (const { inputs, options } of apps()) {
      expect(options.deleteBeforeReplace).toBe(false);
      expect(inputs).not.toHaveProperty("name");
      expect(inputs).not.toHaveProperty("ports");
      expect(inputs).not.toHaveProperty("hostname");
    }
  });

  it("and no new app answers to a name of the old one before it is healthy", () => {
    const networks = apps().flatMap(({ inputs }) => inputs["networksAdvanced"] as object[]);
    expect(networks.length).toBeGreaterThanOrEqual(2 * runs.length);
    expect(networks.filter((network) => "aliases" in network)).toEqual([]);
  });

  it("and whatever holds a host port or a volume that one server may use goes first", () => {
    const others = containers().filter(({ name }) => !name.endsWith("-app"));
    expect(others.filter(({ options }) => options.deleteBeforeReplace !== true)).toEqual([]);
  });
});

describe("2. without destroyGraceSeconds a container is killed at once", () => {
  it("so every container has it, as long as its stop timeout", () => {
    const grace = containers().map(({ name, inputs }) => [
      name.split("-").at(-1),
      inputs["destroyGraceSeconds"],
      inputs["stopTimeout"],
    ]);
    expect(new Set(grace.map((each) => each.join(" ")))).toEqual(
      new Set([
        "app 30 30",
        "app 90 90",
        "backup 60 60",
        "drill 60 60",
        "postgres 120 120",
        "proxy 35 35",
      ]),
    );
  });

  it("and Postgres is asked to stop fast, not to wait for every client", () => {
    const servers = containers().filter(({ name }) => name.endsWith("-postgres"));
    expect(servers.map(({ inputs }) => inputs["stopSignal"])).toEqual(runs.map(() => "SIGINT"));
  });
});

describe("3. a retry after a failed health wait succeeds without any health", () => {
  it("so a step of its own looks at the health of every container", () => {
    for (const run of runs) {
      for (const { name, inputs } of run.ofType("docker:index/container:Container")) {
        expect(inputs["wait"]).toBe(false);
        const ready = run.inputs(`${name}-ready`);
        const several = name.endsWith("-app");
        const step = several ? "ready" : "ready-alone";
        expect(ready["create"]).toBe(`exec node bin/step.mjs ${step}`);
        expect(ready["environment"]).toMatchObject(
          several ? { CONTAINERS: `${name}-id` } : { CONTAINER: `${name}-id` },
        );
        expect((ready["environment"] as { TIMEOUT: string }).TIMEOUT).toMatch(/^[1-9]\d*$/);
      }
    }
  });

  it("and a workload's name is only known to others once that step is done", () => {
    for (const run of runs) {
      const [prefix] = namesOf(run.ofType("random:index/randomPassword:RandomPassword")).filter(
        (each) => each.endsWith("-secrets-hash-key"),
      );
      const stack = (prefix ?? "").replace("-secrets-hash-key", "");
      expect(run.before(`${stack}-database-ensure`)).toContain(`${stack}-postgres-ready`);
      expect(run.before(`${stack}-proxy-route`)).toContain(`${stack}-proxy-ready`);
    }
  });

  it("and the switch itself waits until the proxy sees the new app as up", () => {
    const routes = commands().filter(({ name }) => name.endsWith("-route"));
    expect(routes).toHaveLength(runs.length);
    for (const { inputs } of routes) {
      expect(inputs["create"]).toBe("exec node bin/step.mjs switch");
      expect(inputs["environment"]).toMatchObject({
        READY_PATH: expect.stringMatching(/^\//) as unknown,
      });
    }
  });
});

describe("4. after a failed release the old container still runs", () => {
  it("so traffic moves only in a step that waits for the new app's health", () => {
    for (const run of runs) {
      const route = run.ofType("command:local:Command").find(({ name }) => name.endsWith("-route"));
      const before = run.before(route?.name ?? "");
      expect(before.filter((name) => name.endsWith("-app-ready"))).toHaveLength(1);
    }
  });

  it("in place, since a trigger would replace the step, and nothing waits for it but the URL", () => {
    const routes = commands().filter(({ name }) => name.endsWith("-route"));
    expect(routes).toHaveLength(runs.length);
    for (const { name, inputs } of routes) {
      expect(inputs).not.toHaveProperty("triggers");
      expect(inputs).not.toHaveProperty("delete");
      const app = name.replace("-proxy-route", "-app");
      expect(inputs["environment"]).toMatchObject({ CONTAINERS: `${app}-1234567` });
    }
  });

  it("and the app only starts once its migration has worked", () => {
    const migrating = runs.filter((run) => run.names.some((name) => name.endsWith("-migrate")));
    expect(migrating).toHaveLength(runs.length);
    for (const run of migrating) {
      const [app] = run
        .ofType("docker:index/container:Container")
        .filter(({ name }) => name.endsWith("-app"));
      expect(run.before(app?.name ?? "")).toContain(`${app?.name ?? ""}-migrate`);
    }
  });
});

describe("5. a change of healthcheck, init, tmpfs, cpuPeriod or cpuQuota is reported and not made", () => {
  it("so such a change replaces every container", () => {
    for (const { options } of containers()) {
      expect(options.replaceOnChanges).toEqual(
        expect.arrayContaining(["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"]),
      );
    }
  });
});

describe("6. a container is replaced when the daemon stopped it, and takes anonymous volumes along", () => {
  it("so everything that is mounted is a named volume of the stack", () => {
    for (const run of runs) {
      const known = run
        .ofType("docker:index/volume:Volume")
        .map(({ name, inputs }) => plain(inputs["name"] ?? `${name}-1234567`));
      for (const { inputs } of run.ofType("docker:index/container:Container")) {
        expect(inputs).not.toHaveProperty("mounts");
        expect(inputs).not.toHaveProperty("uploads");
        const mounted = inputs["volumes"] as Record<string, unknown>[];
        for (const volume of mounted) {
          expect(known).toContain(volume["volumeName"]);
          expect(volume).not.toHaveProperty("hostPath");
        }
      }
    }
  });

  it("and no image of the platform makes an anonymous one", () => {
    const images = readdirSync(join(root, "images"), { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map((each) => readFileSync(join(root, "images", each.name, "Dockerfile"), "utf8"));
    expect(images.length).toBeGreaterThanOrEqual(4);
    expect(images.filter((text) => /^\s*VOLUME\b/im.test(text))).toEqual([]);
  });

  it("and data outlives its resource: Postgres, backups, the app's own", () => {
    const data = volumes().filter(({ name }) =>
      /-(postgres-data|backup-dumps|uploads)$/.test(name),
    );
    const lost = data.filter(({ options }) => !options.retainOnDelete);
    expect(namesOf(lost)).toEqual(["sample-preview-postgres-data", "sample-preview-backup-dumps"]);
    expect(data).toHaveLength(2 * runs.length + 1);
  });
});

describe("7. a one-shot container that fails does not fail the run", () => {
  it("so every one-shot is a command, and every container stays", () => {
    for (const { inputs } of containers()) {
      expect(inputs).toMatchObject({ mustRun: true, restart: "unless-stopped" });
      expect(inputs).not.toHaveProperty("attach");
      expect(inputs).not.toHaveProperty("rm");
    }
    // A migration's container stays for its log; its step removes it.
    const oneShots = commands().filter(
      ({ inputs }) => plain(inputs["create"]) === "exec node bin/step.mjs one-shot",
    );
    expect(oneShots.length).toBeGreaterThan(5 * runs.length);
    for (const { inputs } of oneShots)
      expect(oneShotLine(inputs)).toMatch(/^--read-only --cap-drop ALL /);
  });
});

describe("8. what a command prints is kept in clear", () => {
  it("so its output is secret, and no earlier output is passed on", () => {
    for (const { name, options, inputs } of commands()) {
      expect(options.additionalSecretOutputs, name).toContain("stderr");
      expect(options.additionalSecretOutputs.includes("stdout"), name).toBe(!recordsTimes(inputs));
      expect(inputs["addPreviousOutputInEnv"]).toBe(false);
    }
  });

  it("but for the times of a start, among which no secret can be", () => {
    const recording = commands().filter(({ inputs }) => recordsTimes(inputs));
    expect(recording.length).toBeGreaterThanOrEqual(2 * runs.length);
    for (const { inputs } of recording) {
      expect(Object.values(inputs).some(isSecret)).toBe(false);
      const asked = String(inputs["create"]).match(/--format '[^']*'/g) ?? [];
      expect(asked.join(" ")).not.toMatch(/Env|Output|Cmd|Args|Labels/);
    }
  });

  function recordsTimes(inputs: Readonly<Record<string, unknown>>): boolean {
    return inputs["logging"] === "stderr";
  }
});

describe("9. a role's password is never compared with what the server has", () => {
  it("so the step that sets every password runs again when one of them changes", () => {
    const ensures = commands().filter(({ name }) => name.endsWith("-database-ensure"));
    expect(ensures).toHaveLength(runs.length);
    for (const { name, inputs } of ensures) {
      expect(isSecret(inputs["stdin"])).toBe(true);
      const sql = String(plain(inputs["stdin"]));
      for (const role of ["migrator", "app", "readonly", "backup", "monitor"]) {
        const password = generatedValue(name.replace("-ensure", `-${role}-password`));
        expect(sql).toMatch(
          new RegExp(`ALTER ROLE "\\S+_${role}" .*LOGIN.* PASSWORD '${password}';`),
        );
      }
    }
  });
});

describe("10. a changed locale drops the database", () => {
  it("so no database and no role is a resource", () => {
    const types = new Set(runs.flatMap((run) => run.registrations.map(({ type }) => type)));
    const postgresql = [...types].filter((type) => type.startsWith("postgresql:")).sort();
    expect(postgresql).toEqual([
      "postgresql:index/defaultPrivileges:DefaultPrivileges",
      "postgresql:index/extension:Extension",
      "postgresql:index/grant:Grant",
    ]);
  });

  it("and what is made in the server stays there when its resource goes", () => {
    const inServer = runs.flatMap((run) =>
      run.registrations.filter(({ type }) => type.startsWith("postgresql:")),
    );
    expect(inServer.length).toBeGreaterThan(10 * runs.length);
    expect(namesOf(inServer.filter(({ options }) => !options.retainOnDelete))).toEqual([]);
  });

  it("and the volumes of prod refuse to go", () => {
    const kept = volumes().filter(({ options }) => options.protect && options.retainOnDelete);
    expect(namesOf(kept).sort()).toEqual(
      ["backup-dumps", "backup-proofs", "postgres-data", "repository-key", "repository-volume"].map(
        (name) => `sample-prod-${name}`,
      ),
    );
  });
});

describe("inputs that would never compare equal to what Docker says", () => {
  it("processors are written as Docker prints them", () => {
    const cpus = new Set(containers().map(({ inputs }) => inputs["cpus"]));
    expect([...cpus].sort()).toEqual(["0.25", "0.5", "1.0", "2.0", "3.0"]);
  });

  it("swap is set together with memory", () => {
    for (const { inputs } of containers()) {
      expect(inputs["memory"]).toBeGreaterThan(0);
      expect(inputs["memorySwap"]).toBe(inputs["memory"]);
    }
  });

  it("durations are written as Go prints them", () => {
    const canonical = /^((\d+h)?[1-5]?\dm)?[1-5]?\ds$/;
    const durations = containers().flatMap(({ inputs }) => {
      const { interval, timeout, startPeriod } = inputs["healthcheck"] as Record<string, string>;
      return [interval, timeout, startPeriod];
    });
    expect(durations.filter((each) => !canonical.test(each ?? ""))).toEqual([]);
    expect(durations).toContain("1m30s");
    expect(durations).toContain("1h0m0s");
  });

  it("capabilities are dropped and none added", () => {
    for (const { inputs } of containers())
      expect(inputs["capabilities"]).toEqual({ drops: ["ALL"] });
  });

  it("no port inside a container is published twice", () => {
    for (const { inputs } of containers()) {
      const internal = ((inputs["ports"] ?? []) as { internal: number }[]).map(
        (each) => each.internal,
      );
      expect(internal).toEqual([...new Set(internal)]);
    }
  });
});
