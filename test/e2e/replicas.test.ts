// Several instances under traffic: released together, one of them lost, more of them and fewer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/app.js";
import { docker, until, type Outcome } from "../support/docker.js";
import { addressOn, instancesOf } from "../support/inspect.js";
import { long } from "../support/long.js";
import { Stack } from "../support/stack.js";
import { traffic, type Traffic } from "../support/traffic.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "tcp", "admin");

const stack = new Stack("test-repl", {
  app: {
    version: "1",
    replicas: 2,
    env: { FAULT: "none" },
    // A slow machine takes long to start a healthcheck.
    health: { startPeriod: "1s", timeout: "20s", startTimeout: "180s" },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** Does something while clients converse. */
async function underTraffic<T>(act: () => Promise<T>): Promise<{ came: T; seen: Traffic }> {
  const clients = traffic(ports);
  try {
    const came = await act();
    return { came, seen: await clients.stop() };
  } finally {
    await clients.stop();
  }
}

function up(app: Readonly<Record<string, unknown>>): Promise<Outcome> {
  stack.configure({ app });
  return stack.keelson("up");
}

/** The host names of the app's containers: what they answer as. */
const instances = async () =>
  (await instancesOf(stack, "app")).map(({ Id }) => Id.slice(0, 12)).sort();

/** How many servers of the proxy's section are in service. */
async function inService(section: string): Promise<number> {
  const script = `echo "show servers state ${section}" | socat - /run/haproxy/admin.sock`;
  const [{ Id } = { Id: "" }] = await instancesOf(stack, "proxy");
  const lines = (await docker(["exec", Id, "sh", "-c", script])).split("\n");
  const servers = lines.map((line) => line.split(" ")).filter((args) => args.length > 18);
  return servers.filter(([, , , , , operational]) => operational === "2").length;
}

describe("several instances", () => {
  it("are all replaced by a release that nobody notices", async () => {
    const before = await instances();
    expect(before).toHaveLength(2);
    const { came, seen } = await underTraffic(() => up({ version: "2" }));
    expect([came.code, came.stderr]).toEqual([0, expect.any(String)]);
    expect(seen.failed).toEqual([]);
    expect(seen.versions).toEqual(["1", "2"]);
    const after = await instances();
    expect(after).toHaveLength(2);
    expect(after.filter((each) => before.includes(each))).toEqual([]);
    expect(seen.instances).toEqual([...before, ...after].sort());
  });

  it("are one less when one is killed: only what is open to it ends, and no GET of it fails", async () => {
    const [, second] = await instancesOf(stack, "app");
    const { seen } = await underTraffic(async () => {
      await docker(["kill", second?.Id ?? ""]);
      for (const section of ["app", `tcp-${ports.tcp}`]) {
        await until(`${section} is without it`, async () => (await inService(section)) === 1);
      }
    });
    // Of what a client has open to it at a time, the WebSocket and the TCP connection can't be begun again for it.
    const cut = (kind: string) =>
      seen.failed.filter((line) => line.startsWith(`${kind}: `) && line.includes("cut after"));
    expect(seen.failed.filter((line) => !/^(websocket|tcp): /.test(line))).toEqual([]);
    expect(cut("websocket").length + cut("tcp").length).toBe(seen.failed.length);
    expect([cut("websocket").length <= 1, cut("tcp").length <= 1]).toEqual([true, true]);
  });

  it(
    "are as many again after the next run, then one more, then one, without a request lost",
    long,
    async () => {
      const before = await instances();
      const { seen } = await underTraffic(async () => {
        await stack.up();
        expect(await instances()).toEqual(before);
        expect(await inService("app")).toBe(2);
        expect((await up({ replicas: 3 })).code).toBe(0);
        expect(await instances()).toEqual(expect.arrayContaining(before));
        expect([(await instances()).length, await inService("app")]).toEqual([3, 3]);
        expect((await up({ replicas: 1 })).code).toBe(0);
      });
      expect(seen.failed).toEqual([]);
      expect(seen.instances).toHaveLength(3);
      const [last, ...more] = await instances();
      expect(before).toContain(last);
      expect([more, await inService("app")]).toEqual([[], 1]);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    },
  );

  it(
    "are none when a release of three is bad: what served goes on, and nothing is left of them",
    long,
    async () => {
      const before = await instances();
      const bad = { version: "3", replicas: 3, env: { FAULT: "smoke" } };
      const { came, seen } = await underTraffic(() => up(bad));
      expect(came.code).toBe(1);
      expect(came.stdout + came.stderr).toMatch(/smoke test of the new container: \//);
      expect([seen.failed, await instances()]).toEqual([[], before]);
      stack.configure({ app: { version: "2", replicas: 1, env: { FAULT: "none" } } });
    },
  );
});

describe("maintenance", () => {
  const status = async () => (await ask(ports.http, "/version")).status;

  it("turns all away but those that are named, also through a release, until it is off", async () => {
    const [proxy] = await instancesOf(stack, "proxy");
    if (proxy === undefined) throw new Error("there is no proxy");
    const { gateway } = addressOn(proxy, "edge");
    const on = await stack.must("maintenance", "on", "--retry-after", "2m");
    expect(on).toMatch(/^Maintenance is on since .* get a 503 with Retry-After 120; /);
    expect(await status()).toBe(503);
    const { code, stdout } = await up({ version: "3" });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Maintenance is on since /m)]);
    expect(await status()).toBe(503);
    await stack.must("maintenance", "on", "--allow", gateway, "203.0.113.0/24");
    expect(await status()).toBe(200);
    expect(await stack.must("maintenance", "off")).toBe("Maintenance is off.\n");
    expect(JSON.parse(await stack.must("maintenance", "status", "--json"))).toEqual({ on: false });
    expect(await status()).toBe(200);
  });
});
