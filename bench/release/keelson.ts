import { Stack } from "#test/support/stack";
import { command, mustRun, type Bench } from "../bounded.js";
import { usualLoad } from "../load/plan.js";
import { good, goodAndBad, type Candidate } from "./candidates.js";
import { imagesOf } from "./images.js";
import { underLoad, type Act, type Outcome } from "./under-load.js";

const ports = { http: 19_350, tcp: 19_351, admin: 19_352 } as const;

/** Ten releases and a rollback by Keelson, in a stack of its own, under load. */
export async function keelsonReleases(bench: Bench): Promise<Outcome> {
  const [first, candidates] = [good("1.0"), goodAndBad()];
  await imagesOf(
    bench,
    [first, ...candidates].map(({ version }) => version),
  );
  const stack = new Stack("test-bench", settings);
  bench.atEnd("the stack test-bench", () => stack.remove());
  await stack.sweep();
  const run =
    (name: string, ...more: string[]): Act["run"] =>
    () =>
      command(bench, [process.execPath, ...stack.args(name, ...more)], { env: stack.env });
  const release = (candidate: Candidate): Act => ({
    ...candidate,
    run: () => {
      stack.configure({ app: candidate.app });
      return run("up")();
    },
  });
  stack.configure({ app: first.app });
  console.log("Bringing up the stack test-bench …");
  await mustRun(bench, [process.execPath, ...stack.args("up")], { env: stack.env });
  const plan = { ...usualLoad, http: ports.http, tcp: ports.tcp };
  const acts = [...candidates.map(release), rollback(candidates, run)];
  return underLoad(bench, plan, acts, { gap: 8, leastRequests: 100_000 });
}

/** Back from the last good release to the one before it. */
function rollback(candidates: readonly Candidate[], run: (...args: string[]) => Act["run"]): Act {
  const before = candidates.filter((each) => each.good).at(-2);
  return {
    name: "rollback",
    version: before?.version ?? "",
    good: true,
    run: run("rollback", "--yes"),
  };
}

/** As a small production stack has them; `drain` and `watch` are shorter than their 30 s, which only lengthen a release. */
const settings = {
  // Instead of the project's, which build the app.
  defaults: {},
  app: {
    name: "bench",
    port: 3000,
    health: {
      path: "/health",
      readyPath: "/ready",
      command: ["./healthcheck"],
      interval: "1s",
      retries: 2,
      startPeriod: "2s",
      startTimeout: "20s",
    },
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
