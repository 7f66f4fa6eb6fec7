// A stack with a queue: its backups, their proof, and a restore by the commands.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VolumeInventory, VolumeProof } from "#cli/documents/volumes";
import { takePorts } from "../support/claims.js";
import { until } from "../support/docker.js";
import { inside } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const without = { redis: { jobs: { for: "queue", backup: false } } };
const stack = new Stack("test-queue", {
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  ...without,
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** What the server of the queue answers. */
const ask = (command: string) =>
  inside(
    stack,
    "redis",
    "bash",
    "-ec",
    `REDISCLI_AUTH=$(</run/secrets/PASSWORD) valkey-cli --user app ${command}`,
  );

const snapshots = async () => {
  const all = JSON.parse(await stack.must("backups", "--json")) as { volumes?: VolumeInventory };
  return (all.volumes?.snapshots ?? []).map(({ volume }) => volume);
};

const restore = (...args: string[]) => stack.keelson("restore", "--volume", ...args);

describe("a queue of a stack that was there before its backups", () => {
  it("gets these without losing a task, and nothing of it is replaced", async () => {
    expect(await ask("RPUSH tasks one two three")).toBe("3");
    const before = await stack.present();
    stack.configure({ redis: { jobs: { for: "queue", backup: true } } });
    await stack.up();
    expect(await ask("LLEN tasks")).toBe("3");
    const { volumes } = await stack.present();
    expect(volumes).toEqual(expect.arrayContaining(before.volumes));
    await until("its first snapshot", async () => (await snapshots()).includes("redis-jobs"));
  });

  it("is proven by a drill, which has a server read it", async () => {
    await stack.must("backup now", "--type", "volumes");
    const proof = JSON.parse(await stack.must("drill now", "--json")) as { volumes: VolumeProof };
    expect(proof.volumes.checks.map(({ ok, detail }) => [ok, detail])).toContainEqual([
      true,
      expect.stringMatching(/; a server reads 1 keys; it is as the server has it$/),
    ]);
    expect(await stack.must("backups")).toMatch(/^ {2}volume {2}redis-jobs .* proven /m);
  });

  it("comes back by a restore, which can be undone", async () => {
    expect(await ask("RPOP tasks")).toBe("three");
    const unasked = await restore("redis-jobs");
    expect([unasked.code, unasked.stderr]).toEqual([
      1,
      expect.stringMatching(/what was done since is in it again\..*add --yes to do it/),
    ]);
    const done = await restore("redis-jobs", "--yes");
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringMatching(/redis-jobs is restored; the app was away for [\d.]+ s\./),
    ]);
    expect(await ask("LLEN tasks")).toBe("3");
    expect((await restore("redis-jobs", "--undo", "--yes")).code).toBe(0);
    expect(await ask("LLEN tasks")).toBe("2");
    expect((await stack.up()).changes).toMatchObject({ create: 0, replace: 0, delete: 0 });
  });
});
