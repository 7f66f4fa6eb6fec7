import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, cleanUp, docker, tryDocker, until, untilHealthy } from "#test/support/docker";
import { putConfiguration } from "#test/support/put";
import { mustRun, type Bench } from "../bounded.js";
import { benchImage } from "../image.js";
import { contenders, page, upstreamConfig, type Contender, type Question } from "./contenders.js";
import { roundOf, type Round } from "./wrk.js";

const prefix = "test-bench-proxy";
const [network, upstream, load] = [`${prefix}-net`, `${prefix}-upstream`, `${prefix}-load`];

/** Costs of one round for the proxy. */
export interface Measured extends Round {
  /** Microseconds of processor time for each request. */
  readonly cpuMicros: number;
}

/** Proxies that run, an upstream and a load, each on processors of its own. */
export interface Arena {
  readonly contenders: readonly Contender[];
  readonly pinning: string;
  readonly round: (contender: Contender, question: Question, seconds: number) => Promise<Measured>;
}

/** Starts everything, and sees each proxy answer. */
export async function arena(bench: Bench): Promise<Arena> {
  const images = { proxy: await buildImage("proxy"), bench: await benchImage() };
  const folder = mkdtempSync(join(tmpdir(), "keelson-bench-"));
  bench.atEnd(folder, () => {
    rmSync(folder, { recursive: true });
  });
  // The proxies read it as users of their own.
  chmodSync(folder, 0o755);
  await cleanUp(prefix);
  bench.atEnd(`what is named ${prefix}`, () => cleanUp(prefix));
  await docker(["network", "create", network]);
  const all = contenders(upstream);
  const pins = pinsOf(cpus().length);
  const start = (name: string, pin: string, ...args: readonly string[]) =>
    mustRun(bench, [
      ...(["docker", "run", "--detach", "--name", name, "--network", network] as const),
      "--cpuset-cpus",
      pin,
      "--init",
      "--volume",
      `${folder}:/bench:ro`,
      // As a stack limits the log of its containers.
      "--log-opt",
      "max-size=10m",
      "--log-opt",
      "max-file=5",
      "--tmpfs",
      "/run/haproxy:uid=99,gid=99",
      "--tmpfs",
      "/config:uid=99,gid=99",
      ...args,
    ]);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  };
  file("upstream", upstreamConfig);
  file("page.html", page);
  await start(upstream, pins.upstream, images.bench, "nginx", "-c", "/bench/upstream");
  await start(load, pins.load, images.bench, "sleep", "infinity");
  for (const { name, config, image, command } of all) {
    const container = `${prefix}-${name}`;
    file(name, config);
    if (command === "as in a stack") {
      await start(container, pins.proxy, images[image]);
      await untilHealthy(container);
      await putConfiguration(container, config);
    } else {
      const [entry = "", ...args] = command;
      await start(container, pins.proxy, "--entrypoint", entry, images[image], ...args);
    }
  }
  for (const each of all) await untilItAnswers(each);
  return {
    contenders: all,
    pinning: `the proxy on processor ${pins.proxy}, the upstream on ${pins.upstream}, wrk on ${pins.load}`,
    round: (contender, question, seconds) => round(bench, contender, question, seconds),
  };
}

/** Nobody shares the proxy's processor; on two, load and upstream share the other, of which they need less. */
export function pinsOf(count: number): { proxy: string; upstream: string; load: string } {
  if (count < 2) throw new Error("the proxy needs a processor of its own; this machine has one");
  const rest = count < 3 ? "1" : count === 3 ? "2" : `2-${count - 1}`;
  return { proxy: "0", upstream: "1", load: rest };
}

async function round(
  bench: Bench,
  { name }: Contender,
  { path }: Question,
  seconds: number,
): Promise<Measured> {
  const before = await processorTime(name);
  const { text } = await mustRun(bench, [
    ...(["docker", "exec", load, "wrk", "--threads", "1", "--connections", "64"] as const),
    "--duration",
    `${seconds}s`,
    "--latency",
    "--header",
    "Host: localhost",
    urlOf(name, path),
  ]);
  const measured = roundOf(text);
  const used = (await processorTime(name)) - before;
  return { ...measured, cpuMicros: used / 1000 / measured.requests };
}

/** Nanoseconds of processor time that a container has used, by either version of control groups. */
async function processorTime(name: string): Promise<number> {
  const script =
    "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || awk '/^usage_usec/ { print $2 * 1000 }' /sys/fs/cgroup/cpu.stat";
  return Number(await docker(["exec", `${prefix}-${name}`, "sh", "-c", script]));
}

async function untilItAnswers({ name, title }: Contender): Promise<void> {
  const args = [
    "wrk",
    "-t1",
    "-c1",
    "-d1s",
    "--latency",
    "-H",
    "Host: localhost",
    urlOf(name, "/"),
  ];
  await until(`an answer from ${title}`, async () => {
    const { code, stdout } = await tryDocker(["exec", load, ...args]);
    return code === 0 && !/Socket errors|Non-2xx/.test(stdout);
  });
}

function urlOf(name: string, path: string): string {
  return `http://${prefix}-${name}:8080${path}`;
}
