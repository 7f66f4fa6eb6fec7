import { buildImage } from "../../test/support/docker.js";
import { Stack } from "../../test/support/stack.js";
import { command, mustRun, type Bench } from "../bounded.js";
import { usualLoad } from "../load/plan.js";
import { good, goodAndBad, type Candidate } from "./candidates.js";
import { underLoad, type Act, type Outcome } from "./under-load.js";

const ports = { http: 19_350, tcp: 19_351, admin: 19_352 } as const;

/** Ten releases and a rollback by Keelson, in a stack of its own, under load. */
export async function keelsonReleases(bench: Bench): Promise<Outcome & { rolledBack: boolean }> {
  const image = await buildImage("sample-app");
  const stack = new Stack("test-bench", settings(image));
  bench.atEnd("the stack test-bench", () => stack.remove());
  await stack.sweep();
  const run = (name: string, ...more: string[]) =>
    command(bench, [process.execPath, ...stack.words(name, ...more)], { env: stack.env });
  const release = (candidate: Candidate): Act => ({
    ...candidate,
    run: () => {
      stack.configure({ app: candidate.app });
      return run("up");
    },
  });
  const first = good("1.0", image);
  stack.configure({ app: first.app });
  console.log("Bringing up the stack test-bench …");
  await mustRun(bench, [process.execPath, ...stack.words("up")], { env: stack.env });
  const candidates = goodAndBad(image);
  const plan = { ...usualLoad, http: ports.http, tcp: ports.tcp };
  const rollback = await rollbackOf(candidates, run);
  const acts = [...candidates.map(release), ...rollback];
  const outcome = await underLoad(bench, plan, acts, { gap: 8, leastRequests: 100_000 });
  return { ...outcome, rolledBack: rollback.length > 0 };
}

/** Back from the last good release to the one before it. */
async function rollbackOf(
  candidates: readonly Candidate[],
  run: (name: string, ...more: string[]) => ReturnType<typeof command>,
): Promise<Act[]> {
  const { code } = await run("rollback", "--help");
  if (code !== 0) return [];
  const before = candidates.filter((each) => each.good).at(-2);
  return [
    { name: "rollback", version: before?.version ?? "", good: true, run: () => run("rollback") },
  ];
}

/** As a small production stack has them; `drain` and `watch` are shorter than their 30 s, which only lengthen a release. */
function settings(image: string) {
  return {
    // Instead of the project's, which build the app.
    defaults: {},
    app: {
      name: "bench",
      image,
      port: 3000,
      health: {
        path: "/health",
        readyPath: "/ready",
        command: ["node", "healthcheck.js"],
        interval: "1s",
        retries: 2,
        startPeriod: "2s",
        startTimeout: "20s",
      },
      migrate: { command: ["node", "migrate.js"] },
      stopTimeout: "30s",
    },
    postgres: { adminPort: ports.admin },
    proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
    release: {
      smoke: [{ path: "/ready" }, { path: "/version", json: { version: "$version" } }],
      drain: "10s",
      watch: { window: "10s" },
    },
  };
}
