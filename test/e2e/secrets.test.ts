// Secrets from a source that is not the environment, and a generated one that is rotated under load.
// @module-tag long
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";
import { traffic } from "../support/traffic.js";

const ports = await takePorts("http", "tcp", "admin");
const stack = new Stack("test-secrets", {
  app: { health: { startPeriod: "1s" }, secrets: ["SESSION_SECRET", "API_KEY", "LICENCE"] },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
  release: { drain: "3s" },
});
const file = join(stack.home, "values.json");
const apiKey = `canary "key" '$HOME' \\n Größe 鍵`;
// Longer than any variable may be.
const licence = `canary-licence\n${"x".repeat(300_000)}\n`;
stack.configure({
  secrets: { API_KEY: {}, LICENCE: {} },
  secretSources: [{ environment: {} }, { command: { command: ["cat", file] } }],
});
const put = (values: object) => {
  writeFileSync(file, JSON.stringify(values));
};

beforeAll(async () => {
  put({ API_KEY: apiKey, LICENCE: licence, OTHER: "canary-other" });
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** Files of secrets of the running app, by name. */
async function delivered(name: string): Promise<string> {
  const { Id } = await containerOf(stack, "app");
  return docker(["exec", Id, "cat", `/run/secrets/${name}`]);
}

async function present(): Promise<string[]> {
  const { Id } = await containerOf(stack, "app");
  return (await docker(["exec", Id, "ls", "/run/secrets"])).split("\n");
}

describe("secrets of a source", () => {
  it("reach the app as they are, whatever is in them and however long they are", async () => {
    expect(await delivered("API_KEY")).toBe(apiKey);
    expect((await delivered("LICENCE")) === licence.trim()).toBe(true);
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("that does not answer are a sentence before anything is changed, and asked for by no command that changes none", async () => {
    writeFileSync(file, "canary: no JSON");
    const { code, stderr } = await stack.keelson("up");
    expect([code, stderr]).toEqual([
      1,
      "secretSources[1].command: the output of `cat` is not a JSON object; see what it is by hand\n",
    ]);
    expect(await stack.must("outputs")).toContain(`http://localhost:${ports.http}`);
    put({ LICENCE: licence });
    expect(await stack.must("preview")).toContain(
      "Not in the environment, so taken from the stack's state: API_KEY.",
    );
  });

  it("are in nothing that is printed", () => {
    expect(stack.printed).not.toContain("canary");
  });
});

describe("keelson secrets rotate", () => {
  it("makes a new value under load, hands the one before over until told, and loses no request", async () => {
    put({ API_KEY: apiKey, LICENCE: licence });
    const first = await delivered("SESSION_SECRET");
    const clients = traffic(ports);
    await stack.must("secrets rotate", "SESSION_SECRET");
    const second = await delivered("SESSION_SECRET");
    expect(second).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(second).not.toBe(first);
    expect(await delivered("SESSION_SECRET_PREVIOUS")).toBe(first);
    const again = await stack.keelson("secrets rotate", "SESSION_SECRET");
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining("SESSION_SECRET_PREVIOUS is still handed over, and would be lost"),
    ]);
    await stack.must("secrets rotate", "SESSION_SECRET", "--finish");
    const { failed, done } = await clients.stop();
    expect(failed).toEqual([]);
    expect(Math.min(...Object.values(done))).toBeGreaterThan(0);
    expect(await delivered("SESSION_SECRET")).toBe(second);
    expect(await present()).not.toContain("SESSION_SECRET_PREVIOUS");
    const shown = await stack.must("secrets show", "SESSION_SECRET", "--reveal");
    expect(shown.trim()).toBe(second);
  });
});
