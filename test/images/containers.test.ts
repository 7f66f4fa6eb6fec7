import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "keelson-cgroups-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const id = (letter: string) => letter.repeat(64);
/** What Docker's DNS knows: addresses by the beginning of an id, names by address. */
const known: Readonly<Record<string, string>> = {
  [id("a").slice(0, 12)]: "10.0.0.2",
  [id("b").slice(0, 12)]: "10.0.0.3",
  [id("c").slice(0, 12)]: "10.0.0.4",
  "10.0.0.2": "shop-prod-app-2-0a1b2c3.shop-prod-edge-1",
  "10.0.0.3": "shop-prod-redis-cache-0a1b2c3.shop-prod-data-1",
  "10.0.0.4": "other-prod-app-0a1b2c3.shared",
};

beforeAll(() => {
  const lines = Object.entries(known).map(
    ([key, value]) => `${key}) echo "${answer(key, value)}" ;;`,
  );
  const script = `#!/bin/sh\ncase $4 in\n${lines.join("\n")}\n*) exit 2 ;;\nesac\n`;
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "getent"), script, { mode: 0o755 });
});

/** As getent prints an address of a name, and the name of an address. */
function answer(key: string, value: string): string {
  return key.includes(".") ? `${key}      ${value}` : `${value}      STREAM ${key}`;
}

function put(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, path), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
}

/** Metrics but the start, which is the time of the folder, and the file of targets. */
async function look(tree: string, port = "3000") {
  const output = join(folder, `${tree}-output`);
  mkdirSync(join(output, "textfile"), { recursive: true });
  const env = {
    PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`,
    CGROUPS: join(folder, tree),
    OUTPUT: output,
    KEELSON_STACK: "shop-prod",
    APP_PORT: port,
  };
  await run("bash", [join(root, "images/monitoring/measure-containers"), "once"], { env });
  const text = readFileSync(join(output, "textfile", "containers.prom"), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  return {
    lines: lines.filter((line) => !line.includes("start_timestamp")),
    starts: lines.filter((line) => line.includes("start_timestamp")),
    targets: () => JSON.parse(readFileSync(join(output, "app.json"), "utf8")) as unknown,
  };
}

const app = '{container="shop-prod-app-2-0a1b2c3",workload="app"}';
const redis = '{container="shop-prod-redis-cache-0a1b2c3",workload="redis-cache"}';

describe("the collector of containers", () => {
  it("reads control groups of version 2, by systemd's names and by Docker's", async () => {
    put("v2", { "cgroup.controllers": "cpu memory\n" });
    const of = (limit: string) => ({
      "memory.stat": "anon 1000\nfile 5000\nshmem 200\n",
      "memory.max": `${limit}\n`,
      "memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 0\n",
      "cpu.stat": "usage_usec 7000\nnr_throttled 1\nthrottled_usec 50\n",
    });
    put(`v2/system.slice/docker-${id("a")}.scope`, of("4096"));
    put(`v2/docker/${id("b")}`, of("max"));
    put(`v2/docker/${id("c")}`, of("max"));
    put(`v2/docker/${id("d")}`, of("max"));
    const { lines, starts, targets } = await look("v2");
    expect(lines).toEqual([
      `keelson_container_cpu_microseconds_total${app} 7000`,
      `keelson_container_cpu_microseconds_total${redis} 7000`,
      `keelson_container_cpu_throttled_microseconds_total${app} 50`,
      `keelson_container_cpu_throttled_microseconds_total${redis} 50`,
      `keelson_container_memory_limit_bytes${app} 4096`,
      `keelson_container_memory_used_bytes${app} 1200`,
      `keelson_container_memory_used_bytes${redis} 1200`,
      `keelson_container_oom_kills_total${app} 2`,
      `keelson_container_oom_kills_total${redis} 2`,
    ]);
    expect(starts.length).toBe(2);
    const started = Number(starts[0]?.split(" ").at(-1));
    expect(Math.abs(Date.now() / 1000 - started)).toBeLessThan(600);
    expect(targets()).toEqual([
      { targets: ["10.0.0.2:3000"], labels: { instance: "shop-prod-app-2-0a1b2c3" } },
    ]);
  });

  it("reads control groups of version 1", async () => {
    put(`v1/memory/docker/${id("a")}`, {
      "memory.stat": "rss 1\ntotal_rss 1000\ntotal_shmem 200\n",
      "memory.limit_in_bytes": "9223372036854771712\n",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
    });
    put(`v1/cpuacct/docker/${id("a")}`, { "cpuacct.usage": "7000000\n" });
    put(`v1/cpu/docker/${id("a")}`, { "cpu.stat": "nr_periods 0\nthrottled_time 50000\n" });
    expect((await look("v1")).lines).toEqual([
      `keelson_container_cpu_microseconds_total${app} 7000`,
      `keelson_container_cpu_throttled_microseconds_total${app} 50`,
      `keelson_container_memory_used_bytes${app} 1200`,
      `keelson_container_oom_kills_total${app} 4`,
    ]);
  });

  it("writes an empty file where there is nothing, and no target without a port", async () => {
    put("none/memory", {});
    const { lines, targets } = await look("none", "");
    expect(lines).toEqual([]);
    expect(targets).toThrow();
  });
});
