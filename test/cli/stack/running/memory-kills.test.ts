import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryKills } from "#cli/stack/running/memory-kills";
import type { Docker } from "#lib/docker";

const id = "65e40323a34d18704ad5b490a5346f98c210d9c91784364db210ca9d0125b459";
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keelson-cgroup-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** Kills by a container of process 7, and what was asked of the container. */
async function look(answer = { code: 127, stdout: "", stderr: "" }) {
  const asked: string[] = [];
  const docker: Docker = (args) => {
    asked.push(args.slice(0, 3).join(" "));
    return Promise.resolve(answer);
  };
  return { kills: await memoryKills(docker, { id, pid: 7 }, root), asked };
}

describe("processes killed for memory", () => {
  it.each<[string, string, string, string]>([
    [
      "version 2, by systemd",
      `0::/system.slice/docker-${id}.scope\n`,
      `sys/fs/cgroup/system.slice/docker-${id}.scope/memory.events`,
      "low 0\noom 5\noom_kill 4\noom_group_kill 0\n",
    ],
    [
      "version 1",
      `9:name=systemd:/docker/${id}\n4:memory:/docker/${id}\n0::/docker/${id}\n`,
      `sys/fs/cgroup/memory/docker/${id}/memory.oom_control`,
      "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
    ],
  ])("are read from this host's cgroup of %s", async (_what, cgroups, file, text) => {
    put("proc/7/cgroup", cgroups);
    put(file, text);
    expect(await look()).toEqual({ kills: 4, asked: [] });
  });

  it("are asked of the container where its process is of another host", async () => {
    put("proc/7/cgroup", "0::/system.slice/ssh.service\n");
    put("sys/fs/cgroup/system.slice/ssh.service/memory.events", "oom_kill 9\n");
    const answer = { code: 1, stdout: "oom_kill 2\n", stderr: "" };
    expect(await look(answer)).toEqual({ kills: 2, asked: [`exec ${id} cat`] });
  });

  it("are unknown where neither can be read", async () => {
    put("proc/7/cgroup", `0::/docker/${id}\n`);
    expect(await look()).toEqual({ kills: undefined, asked: [`exec ${id} cat`] });
  });
});
