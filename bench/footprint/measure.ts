import { setTimeout as pause } from "node:timers/promises";
import { samplerOf } from "#cli/commands/status/sampler";
import { usageOf, type Usage } from "#cli/commands/status/usage";
import { DockerApi } from "#cli/stack/docker-api";
import { dockerAt } from "#lib/docker";
import { docker } from "#test/support/docker";
import { Stack } from "#test/support/stack";
import { mustRun, type Bench } from "../bounded.js";
import { startLoad } from "../load/load.js";

/** Resources that the containers of a stack used, by their role, at rest and under load. */
export interface Footprint {
  readonly monitoring: boolean;
  /** Requests a second. */
  readonly rate: number;
  readonly roles: ReadonlyMap<string, Pick<Usage, "memory" | "cpuPercent">>;
}

const ports = { http: 19_360, admin: 19_361 } as const;
const rate = 200;
/** Prometheus has read its targets a few times by then, and what a start costs is over. */
const settleSeconds = 45;

/** A stack as a small production host has it: idle and under load, without monitoring and with it. */
export async function footprints(bench: Bench, seconds: number): Promise<Footprint[]> {
  const stack = new Stack("test-footprint", {
    app: { name: "footprint", health: { interval: "10s" } },
    postgres: { adminPort: ports.admin },
    proxy: { httpPort: ports.http },
  });
  bench.atEnd("the stack test-footprint", () => stack.remove());
  await stack.sweep();
  const results: Footprint[] = [];
  for (const monitoring of [false, true]) {
    stack.configure({ monitoring: { enabled: monitoring } });
    console.log(`Bringing up a stack ${monitoring ? "with" : "without"} monitoring …`);
    await mustRun(bench, [process.execPath, ...stack.args("up")], { env: stack.env });
    await pause(settleSeconds * 1000, undefined, { signal: bench.signal });
    results.push({ monitoring, rate: 0, roles: await used(bench, stack, seconds) });
    results.push({ monitoring, rate, roles: await usedUnderLoad(bench, stack, seconds) });
  }
  return results;
}

async function usedUnderLoad(bench: Bench, stack: Stack, seconds: number) {
  const load = startLoad(bench, {
    http: ports.http,
    tcp: ports.http,
    rates: { keepAlive: rate, fresh: 0 },
    clients: { slow: 0, upload: 0, websocket: 0, tcp: 0 },
    most: { requests: rate * (seconds + 60), seconds: seconds + 60 },
  });
  const roles = await used(bench, stack, seconds);
  const { failures } = await load.stop();
  const failed = Object.entries(failures).map(([what, times]) => `${String(times)} × ${what}`);
  if (failed.length > 0) throw new Error(`requests of the load failed: ${failed.join("; ")}`);
  return roles;
}

/** Sums of the containers of each role. */
async function used({ signal }: Bench, stack: Stack, seconds: number) {
  const roles = await rolesOf(stack);
  const api = new DockerApi(dockerAt());
  try {
    const samples = await samplerOf(api, [...roles.keys()]);
    const before = await samples();
    await pause(seconds * 1000, undefined, { signal });
    const after = await samples();
    const sums = new Map<string, Pick<Usage, "memory" | "cpuPercent">>();
    for (const [id, role] of roles) {
      const [first, last] = [before.get(id), after.get(id)];
      const usage = first === undefined || last === undefined ? undefined : usageOf(first, last);
      if (usage === undefined) throw new Error(`Docker does not tell what ${role} uses`);
      const sum = sums.get(role) ?? { memory: 0, cpuPercent: 0 };
      sums.set(role, {
        memory: sum.memory + usage.memory,
        cpuPercent: sum.cpuPercent + usage.cpuPercent,
      });
    }
    return sums;
  } finally {
    api.close();
  }
}

/** Roles of the running containers, by their ids. */
async function rolesOf(stack: Stack): Promise<Map<string, string>> {
  const format = '{{.ID}} {{.Label "dev.keelson.workload"}}';
  const text = await docker(["ps", "--no-trunc", "--format", format, ...stack.filter]);
  return new Map(text.split("\n").map((line) => line.split(" ") as [string, string]));
}
