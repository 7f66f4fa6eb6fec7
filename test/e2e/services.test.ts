// Workers and a scheduler are released with the app, while there is work: good releases and bad ones lose none of it.
import { long } from "../support/long.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deepMerge, type Mapping } from "#lib/merge";
import { callers } from "../support/callers.js";
import { takePorts } from "../support/claims.js";
import { Stack } from "../support/stack.js";
import { expectAllDone, runningServices, script, Work } from "../support/services/work.js";
import { traffic } from "../support/traffic.js";

const ports = await takePorts("http", "tcp", "admin");

const quick = { startPeriod: "2s", startTimeout: "20s" };
const services = {
  mail: { command: script("queue-worker"), replicas: 2, health: quick, stopTimeout: "5s" },
  table: { command: script("table-worker"), health: quick, poolSize: 2 },
  beat: { command: script("scheduler"), exclusive: true, health: quick, poolSize: 1 },
};

const stack = new Stack("test-services", {
  app: {
    version: "1",
    health: { startPeriod: "1s" },
    migrate: { command: script("migrate") },
  },
  services,
  redis: { queue: { for: "queue" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
  release: { drain: "3s", watch: { window: "3s", minRequests: 10, maxErrorShare: 0.2 } },
});
const work = new Work(stack);

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** Runs a command under load. */
async function underLoad(settings: Mapping, command = "up", ...args: string[]) {
  stack.configure(settings);
  const clients = traffic(ports);
  await work.begin(100);
  const { code, stdout, stderr } = await stack.keelson(command, ...args);
  const { failed } = await clients.stop();
  return { code, text: stdout + stderr, failed };
}

const versions = async () =>
  (JSON.parse(await stack.must("releases", "--json")) as { result: string; id: string }[]).map(
    ({ id, result }) => `${id} ${result}`,
  );

describe("services", () => {
  it("run from the first up on, as many as the settings say", async () => {
    const { app, mail, table, beat } = await runningServices(stack);
    expect([app, mail, table, beat].map((ids) => ids?.length)).toEqual([1, 2, 1, 1]);
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("are replaced by a release, and no task is lost, done twice or held up", async () => {
    const before = await runningServices(stack);
    const calling = await callers(stack, "http://app:3000/ready", "http://app:3000/version");
    const { code, text, failed } = await underLoad({ app: { version: "2" } });
    const called = await calling.stop();
    expect([code, text]).toEqual([0, expect.any(String)]);
    expect(failed).toEqual([]);
    // By the name that processes call it by.
    expect(called.failed).toEqual([]);
    expect(called.answered).toBeGreaterThan(50);
    const after = await runningServices(stack);
    for (const [name, ids] of Object.entries(before)) {
      expect(after[name], name).toHaveLength(ids.length);
      expect(
        after[name]?.some((id) => ids.includes(id)),
        name,
      ).toBe(false);
    }
    await expectAllDone(work);
  });

  async function undone(name: string, message: RegExp): Promise<void> {
    const bad = { [name]: { env: { FAULT: "exit" } } };
    const before = await runningServices(stack);
    const { code, text, failed } = await underLoad({
      app: { version: "3" },
      services: deepMerge(services, bad),
    });
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
    expect(text).toMatch(/ends by itself/);
    expect(failed).toEqual([]);
    expect(await runningServices(stack)).toEqual(before);
    await expectAllDone(work);
    stack.replace({
      ...stack.settings,
      app: { ...(stack.settings["app"] as Mapping), version: "2" },
      services,
    });
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  }

  it("are as they were after a release with a worker that ends by itself", long, () =>
    undone(
      "table",
      /services\.table: health: the container has ended \d times while it starts.*with 3/,
    ),
  );

  it("are as they were after a release with a scheduler that ends by itself", long, () =>
    undone(
      "beat",
      /services\.beat: health: the container has ended \d times while it starts.*with 3/,
    ),
  );

  it("are a release by themselves, which does not touch the app and can be rolled back", async () => {
    const before = await runningServices(stack);
    const { code, text } = await underLoad({ services: { mail: { env: { LEVEL: "2" } } } });
    expect([code, text]).toEqual([0, expect.any(String)]);
    const after = await runningServices(stack);
    expect({ ...after, mail: [] }).toEqual({ ...before, mail: [] });
    expect(after["mail"]).not.toEqual(before["mail"]);
    await expectAllDone(work);
    expect((await versions())[0]).toMatch(/^v\d+ live$/);
    const back = await stack.keelson("rollback", "--yes", "--keep-data");
    expect([back.code, back.stdout]).toEqual([
      0,
      expect.stringContaining("services.mail.env.LEVEL"),
    ]);
    const now = await runningServices(stack);
    expect(now["app"]).toEqual(before["app"]);
    expect(now["mail"]).not.toEqual(after["mail"]);
  });

  it("are rolled back with the app", long, async () => {
    stack.configure({ app: { version: "4" } });
    await stack.up();
    const before = await runningServices(stack);
    const { code, text, failed } = await underLoad({}, "rollback", "--yes", "--keep-data");
    expect([code, text]).toEqual([0, expect.any(String)]);
    expect(failed).toEqual([]);
    const after = await runningServices(stack);
    expect(Object.keys(after).sort()).toEqual(["app", "beat", "mail", "table"]);
    for (const name of Object.keys(before)) expect(after[name]).not.toEqual(before[name]);
    await expectAllDone(work);
  });

  it(
    "that are removed are stopped in their time, and one that is put back runs again",
    long,
    async () => {
      const { mail, beat } = services;
      stack.replace({ ...stack.settings, services: { mail, beat } });
      await stack.up();
      expect(Object.keys(await runningServices(stack)).sort()).toEqual(["app", "beat", "mail"]);
      stack.replace({ ...stack.settings, services });
      await stack.up();
      expect(Object.keys(await runningServices(stack)).sort()).toEqual([
        "app",
        "beat",
        "mail",
        "table",
      ]);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      await expectAllDone(work);
    },
  );
});
