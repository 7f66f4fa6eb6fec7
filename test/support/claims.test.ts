// The allocator that lets test files run side by side.
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { balanced } from "./balance.js";
import { claimName, portRange, takePorts } from "./claims.js";
import { root } from "./root.js";

/** Runs a text of TypeScript in a process of its own that has the allocator. */
function elsewhere(text: string) {
  const script = `import { claimName, takePorts } from ${JSON.stringify(join(root, "test/support/claims.ts"))};\n${text}`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  return spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
}

describe("takePorts", () => {
  it("gives each name a port of its own, none of which outgoing connections use", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `port-${String(index)}`);
    const ports = Object.values(await takePorts(...names));
    expect(new Set(ports).size).toBe(50);
    expect(Math.min(...ports)).toBeGreaterThan(portRange.first);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it("gives nobody else a port of a block that this process has", async () => {
    const { mine } = await takePorts("mine");
    const all = `const names = Array.from({ length: 2000 }, (_, i) => "p" + i);
      console.log(Object.values(await takePorts(...names)).join(" "));`;
    const { stdout, stderr } = elsewhere(all);
    const theirs = stdout.trim().split(" ").map(Number);
    expect([theirs.length, stderr]).toEqual([2000, ""]);
    expect(theirs.filter((port) => Math.floor(port / 20) === Math.floor(mine / 20))).toEqual([]);
  });

  it("passes over a port that somebody holds", async () => {
    const { here } = await takePorts("here");
    const server = createServer().listen(here + 1, "0.0.0.0");
    await once(server, "listening");
    afterAll(() => server.close());
    expect((await takePorts("next")).next).not.toBe(here + 1);
  });
});

describe("claimName", () => {
  it("is for one process at a time, for as long as it lives", async () => {
    const name = `test-claim-${String(process.pid)}`;
    expect(elsewhere(`await claimName("${name}");`)).toMatchObject({ status: 0, stderr: "" });
    await claimName(name);
    await claimName(name);
    const refused = elsewhere(`await claimName("${name}");`);
    expect(refused.stderr).toContain(`${name} is in use by another run of the tests;`);
  });
});

describe("balanced", () => {
  it("parts files into shards of about the same length, the same in any order", () => {
    const weights: Record<string, number> = { a: 50, b: 40, c: 30, d: 20, e: 10 };
    const files = Object.keys(weights).map((moduleId) => ({ moduleId }));
    const shards = (order: typeof files, first?: number) =>
      balanced(order, 2, ({ moduleId }) => weights[moduleId] ?? 0, first).map((shard) =>
        shard.map(({ moduleId }) => moduleId).join(""),
      );
    expect(shards(files)).toEqual(["ade", "bc"]);
    expect(shards([...files].reverse())).toEqual(shards(files));
    // The first one has something else to do, too.
    expect(shards(files, 60)).toEqual(["cd", "abe"]);
  });
});
