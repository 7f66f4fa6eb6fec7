import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { samplerOf } from "#cli/commands/status/sampler";
import { Failure } from "#cli/io/failure";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keelson-sampler-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

const fromDocker = {
  read: "2026-03-01T12:00:01Z",
  cpu_stats: { cpu_usage: { total_usage: 5 } },
  memory_stats: { usage: 100, limit: 400, stats: {} },
};

/** What was asked of Docker, which has the processes of containers by their ids. */
async function look(pids: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const api = {
    get: (path: string): Promise<unknown> => {
      asked.push(path);
      const [, , id = "", what = ""] = path.split("/");
      if (pids[id] === undefined) return Promise.reject(new Failure(`No such container: ${id}`));
      return Promise.resolve(what === "json" ? { State: { Pid: pids[id] } } : fromDocker);
    },
  };
  const found = await (await samplerOf(api, Object.keys(pids).concat("gone"), root))();
  return { found, stats: asked.filter((each) => each.includes("/stats")) };
}

describe("a look at containers", () => {
  it("reads this host's control groups of version 2, and asks Docker nothing", async () => {
    const group = "sys/fs/cgroup/system.slice/docker-a.scope";
    put({
      "proc/7/cgroup": "0::/system.slice/docker-a.scope\n",
      [`${group}/memory.current`]: "1000\n",
      [`${group}/memory.max`]: "5000\n",
      [`${group}/memory.stat`]: "anon 600\ninactive_file 300\n",
      [`${group}/cpu.stat`]: "usage_usec 42\nuser_usec 40\n",
    });
    const { found, stats } = await look({ a: 7 });
    expect(found.get("a")).toMatchObject({
      cpu_stats: { cpu_usage: { total_usage: 42_000 } },
      memory_stats: { usage: 1000, limit: 5000, stats: { inactive_file: 300 } },
    });
    expect(stats).toEqual(["/containers/gone/stats?stream=false&one-shot=true"]);
  });

  it("reads those of version 1, where no limit is the largest number of pages", async () => {
    put({
      "proc/7/cgroup": "4:memory:/docker/a\n2:cpu,cpuacct:/docker/a\n0::/docker/a\n",
      "sys/fs/cgroup/memory/docker/a/memory.usage_in_bytes": "1000\n",
      "sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/docker/a/memory.stat": "inactive_file 1\ntotal_inactive_file 300\n",
      "sys/fs/cgroup/cpuacct/docker/a/cpuacct.usage": "42000\n",
    });
    const { found } = await look({ a: 7 });
    expect(found.get("a")).toMatchObject({
      cpu_stats: { cpu_usage: { total_usage: 42_000 } },
      memory_stats: { usage: 1000, limit: totalmem(), stats: { total_inactive_file: 300 } },
    });
  });

  it("asks Docker of those that run elsewhere, and leaves out one that has ended meanwhile", async () => {
    // Process 7 of this host is another one than that of the engine's.
    put({ "proc/7/cgroup": "0::/system.slice/ssh.service\n" });
    const { found, stats } = await look({ a: 7, b: 8 });
    expect([...found]).toEqual([
      ["a", fromDocker],
      ["b", fromDocker],
    ]);
    expect(stats.length).toBe(3);
  });

  it("says that Docker does not answer", async () => {
    const broken = { get: () => Promise.reject(new Failure("no answer in time")) };
    await expect(samplerOf(broken, ["a"], root)).rejects.toThrow("no answer in time");
  });
});
