// A queue's data are backed up as a volume is, and come back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");

const stack = new Stack("test-queue-backup", {
  app: { health: { startPeriod: "1s" } },
  redis: { queue: { for: "queue" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** What the queue's server answers to the app's user. */
async function ask(command: string): Promise<string> {
  const filter = ["--filter", "label=dev.keelson.workload=redis", ...stack.filter];
  const id = await docker(["ps", "--quiet", ...filter]);
  const text = `valkey-cli --user app --pass "$(cat /run/secrets/PASSWORD)" --no-auth-warning ${command}`;
  return (await docker(["exec", id, "bash", "-c", text])).trim();
}

describe("a queue", () => {
  it("keeps its data when its backup is switched on, and off again", async () => {
    expect(await ask("RPUSH tasks one two three")).toBe("3");
    for (const backup of [true, false, true]) {
      stack.configure({ redis: { queue: { for: "queue", backup } } });
      await stack.up();
      expect(await ask("LRANGE tasks 0 -1")).toBe("one\ntwo\nthree");
    }
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("is backed up while it is written, proven, and restored", async () => {
    await stack.must("backup now", "--type", "volumes");
    const inventory = await stack.must("backups");
    expect(inventory).toMatch(/volume {2}redis-queue {2}[0-9a-f]{8} /);
    await stack.must("drill now");
    expect(await ask("DEL tasks")).toBe("1");
    await ask("BGREWRITEAOF");
    await stack.must("restore", "--volume", "redis-queue", "--yes");
    expect(await ask("LRANGE tasks 0 -1")).toBe("one\ntwo\nthree");
    expect(await ask("RPUSH tasks four")).toBe("4");
    await stack.must("restore", "--volume", "redis-queue", "--undo", "--yes");
    expect(await ask("LLEN tasks")).toBe("0");
  });
});
