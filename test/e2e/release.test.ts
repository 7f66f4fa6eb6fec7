// Releases under traffic: good ones are not noticed, bad ones change nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deepMerge, type Mapping } from "#lib/merge";
import { ask } from "../support/app.js";
import type { Outcome } from "../support/docker.js";
import { containerOf } from "../support/inspect.js";
import { long } from "../support/long.js";
import { engine, Stack } from "../support/stack.js";
import { traffic, type Traffic } from "../support/traffic.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "tcp", "admin");

const stack = new Stack("test-rel", {
  app: {
    version: "1",
    env: { FAULT: "none" },
    health: { interval: "1s", retries: 2, startPeriod: "1s", startTimeout: "12s" },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
  release: {
    drain: "4s",
    watch: {
      ...{ window: "3s", minRequests: 5, maxErrorShare: 0.2 },
      // Some of the clients ask for what is slow by itself.
      latency: { limit: "200ms", maxShare: 0.5 },
    },
  },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

interface Released extends Outcome {
  readonly text: string;
  readonly seen: Traffic;
}

const harmless = { env: { FAULT: "none" }, migrate: { command: ["node", "migrate.js"] } };

/** Releases a version while clients converse. */
async function release(version: string, app: Mapping): Promise<Released> {
  const clients = traffic(ports);
  stack.configure({ app: deepMerge({ version, ...harmless }, app) });
  const outcome = await stack.keelson("up");
  const seen = await clients.stop();
  return { ...outcome, text: outcome.stdout + outcome.stderr, seen };
}

const app = async () => (await containerOf(stack, "app")).Id;
const live = async () =>
  (JSON.parse((await ask(ports.http, "/version")).body) as { version: string }).version;

/** Opens a WebSocket that nobody closes; the promise is of its end. */
function lastingSocket(): Promise<number> {
  const socket = new WebSocket(`ws://localhost:${ports.http}/ws`);
  return new Promise((resolve) => {
    socket.addEventListener("close", ({ code }) => {
      resolve(code);
    });
  });
}

describe("a good release", () => {
  it("is not noticed by a client, and ends a connection that outlasts the drain", async () => {
    const before = await app();
    const ended = lastingSocket();
    const { code, text, seen } = await release("2", {});
    expect([code, text]).toEqual([0, expect.stringMatching(/smoke: http:.+:3000 passed 2 checks/)]);
    expect(seen.failed).toEqual([]);
    expect(seen.versions).toEqual(["1", "2"]);
    for (const kind of ["keep-alive", "fresh", "slow", "websocket", "tcp"]) {
      expect(seen.done[kind] ?? 0, kind).toBeGreaterThan(3);
    }
    // Pulumi's CLI shows the last line of a step only.
    if (engine === "embedded")
      expect(text).toMatch(/watched for [34] s: 0 of \d+ answers were errors/);
    expect(text).toMatch(/drained e2e-test-rel-app-[0-9a-f]{7} for [45] s; connections left: 1/);
    expect(await ended).toBe(1001);
    expect(await app()).not.toBe(before);
  });
});

describe("a bad release", () => {
  type Bad = [what: string, settings: Mapping, messages: RegExp[]];

  async function expectNothingChanged(...[what, settings, messages]: Bad): Promise<void> {
    const before = await app();
    const { code, text, seen } = await release("3", settings);
    expect([code, text]).toEqual([1, expect.stringMatching(messages[0] ?? "")]);
    for (const message of messages) expect(text).toMatch(message);
    expect(text).toMatch(/the last 50 log lines of .*"level":/s);
    expect(seen.failed).toEqual([]);
    if (what.startsWith("errors")) expect(seen.onPurpose).toBeGreaterThan(0);
    else expect(seen.onPurpose).toBe(0);
    // There is one container of the app, and it is the old one.
    expect(await app()).toBe(before);
    expect(await live()).toBe("2");
  }

  it.each<Bad>([
    [
      "errors after the switch",
      { env: { FAULT: "errors" } },
      [/watch: within \d+ s \d+ of \d+ answers.* were errors/, /switched back to/],
    ],
  ])("with %s changes nothing", expectNothingChanged);

  it.each<Bad>([
    [
      "slow answers after the switch",
      { env: { FAULT: "slow" } },
      [/watch: within \d+ s \d+ of \d+ answers.* were slow \(over 0\.2 s\)/, /switched back to/],
    ],
    [
      "a red smoke test",
      { env: { FAULT: "smoke" } },
      [/smoke test of the new container: \/version answers 200 .*version is "wrong", not "3"/],
    ],
    [
      "red through the proxy only",
      { env: { FAULT: "proxied" } },
      [/smoke test through the proxy: \/\S+ /, /switched back to e2e-test-rel-app-/],
    ],
    [
      "never healthy",
      { env: { FAULT: "unhealthy" } },
      [/health: the container is running\/unhealthy/],
    ],
    [
      "a failing migration",
      // For other variables alone it would not run again.
      { migrate: { command: ["env", "MIGRATION_FAIL=1", "node", "migrate.js"] } },
      [/app-migrate/, /9999_fails_on_demand\.sql failed and was rolled back: division by zero/],
    ],
  ])("with %s changes nothing", long, expectNothingChanged);

  it(
    "is followed by a good one, alongside which no other is let in, and nothing is left over",
    long,
    async () => {
      const first = release("4", {});
      const second = await stack.keelson("up");
      const { code, text, seen } = await first;
      // Whichever came second.
      expect([code, second.code].sort()).toEqual([0, 1]);
      expect(text + second.stdout + second.stderr).toMatch(
        /Another run holds this stack: process \d+ of \w+ on |created by \w+@\S+ \(pid \d+\)/,
      );
      expect(seen.failed).toEqual([]);
      expect(await live()).toBe("4");
      expect((await stack.present()).containers).toHaveLength(3);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    },
  );
});
