import { setTimeout as pause } from "node:timers/promises";
import { deepMerge } from "#lib/merge";
import { Work } from "#test/support/services/work";
import { Stack } from "#test/support/stack";
import { command, mustRun, type Bench } from "../bounded.js";
import { usualLoad } from "../load/plan.js";
import { imagesOf } from "../release/images.js";
import { underLoad, type Act } from "../release/under-load.js";
import { goodAndBad, goodRelease, type WorkloadCandidate } from "./candidates.js";
import { booksOf, type WorkloadFigures } from "./figures.js";
import { ports, settings } from "./settings.js";

/** Releases of an app with workers, a scheduler, a job each minute and calls between processes, all of them at work. */
export async function workloadReleases(bench: Bench, rounds?: number): Promise<WorkloadFigures> {
  const [first, candidates] = [goodRelease("1.0"), goodAndBad(rounds)];
  await imagesOf(
    bench,
    [first, ...candidates].map(({ version }) => version),
  );
  const stack = new Stack("test-bench-workload", deepMerge(withoutProject, settings));
  bench.atEnd("the stack test-bench-workload", () => stack.remove());
  await stack.sweep();
  stack.configure(first.settings);
  console.log("Bringing up the stack test-bench-workload …");
  await mustRun(bench, [process.execPath, ...stack.args("up")], { env: stack.env });
  const work = new Work(stack);
  const making = makeWork(bench, work);
  const plan = { ...usualLoad, ...load, http: ports.http, tcp: ports.tcp };
  try {
    const acts = candidates.map((each) => release(bench, stack, each));
    const { figures } = await underLoad(bench, plan, acts, { gap: 8, leastRequests: 0 });
    return { releases: figures, ...(await booksOf(bench, stack, work, await making.stop())) };
  } finally {
    await making.stop();
  }
}

function release(bench: Bench, stack: Stack, candidate: WorkloadCandidate): Act {
  return {
    ...candidate,
    run: () => {
      stack.configure(candidate.settings);
      return command(bench, [process.execPath, ...stack.args("up")], { env: stack.env });
    },
  };
}

/** Tasks of one portion, which are made within as many tenths of a second. */
const portion = 100;

/** Makes a task each 100 ms for either kind of worker, until it is stopped. @returns how many of each it has made */
function makeWork(bench: Bench, work: Work): { readonly stop: () => Promise<number> } {
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, bench.signal]);
  let made = 0;
  const loop = (async () => {
    while (!signal.aborted) {
      await work.begin(portion);
      made += portion;
      // The last portion comes to its end as well: who stops this waits for it.
      await pause(portion * 100);
    }
  })();
  // Whoever stops it hears of a failure; until then it is nobody's.
  loop.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await loop;
      return made;
    },
  };
}

/** In the place of the project's defaults, which build the app. */
const withoutProject = { defaults: {} };

/** Less than the load of requests alone: there is other work on the same processors. */
const load = {
  rates: { keepAlive: 60, fresh: 10 },
  clients: { slow: 4, upload: 2, websocket: 2, tcp: 2 },
};
