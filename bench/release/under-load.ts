import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Ran } from "../bounded.js";
import { startLoad } from "../load/load.js";
import type { Effort, LoadPlan } from "../load/plan.js";
import { figuresOf, type Figures, type Span } from "./figures.js";

/** Something to do under load. */
export interface Act {
  readonly name: string;
  /** Version that it is to bring. */
  readonly version: string;
  /** It has to succeed; a bad one has to fail. */
  readonly good: boolean;
  readonly run: () => Promise<Ran>;
}

/** Condition under which the load is enough. */
export interface Course {
  /** Seconds of load alone before each act and after the last. */
  readonly gap: number;
  /** The load goes on until it has made so many requests. */
  readonly leastRequests: number;
}

/** The result. */
export interface Outcome {
  readonly figures: Figures;
  readonly effort: Effort;
}

/** Does one thing after the other while a constant load goes on. @throws Error when one ends as it should not */
export async function underLoad(
  bench: Bench,
  plan: LoadPlan,
  acts: readonly Act[],
  course: Course,
): Promise<Outcome> {
  const load = startLoad(bench, plan);
  const alone = () => pause(course.gap * 1000, undefined, { signal: bench.signal });
  const spans: Span[] = [];
  try {
    for (const act of acts) {
      await alone();
      const span = await done(act);
      console.log(`${act.name}: ${((span.ended - span.began) / 1000).toFixed(1)} s`);
      spans.push(span);
      if (load.over()) throw new Error(`the load ended by itself before ${act.name} did`);
    }
    await alone();
    while (load.count() < course.leastRequests && !load.over()) {
      await pause(200, undefined, { signal: bench.signal });
    }
  } catch (error) {
    // What clients met may say why.
    if (!bench.signal.aborted) showFailures((await load.stop()).failures);
    throw error;
  }
  const { samples, failures, effort } = await load.stop();
  showFailures(failures);
  return { figures: figuresOf(samples, spans), effort };
}

function showFailures(failures: Readonly<Record<string, number>>): void {
  const most = Object.entries(failures).sort(([, a], [, b]) => b - a);
  for (const [failure, times] of most.slice(0, 10)) console.log(`  ${times} × ${failure}`);
}

async function done({ name, version, good, run }: Act): Promise<Span> {
  const { code, text, began, ended } = await run();
  if ((code === 0) === good) return { name, version, good, began, ended };
  // The app's own log lines are many, and say little of a release.
  const lines = text.split("\n").filter((line) => !line.startsWith("{") && line.trim() !== "");
  const last = lines
    .map((line) => line.slice(0, 200))
    .slice(-20)
    .join("\n");
  throw new Error(`${name} was to ${good ? "succeed" : "fail"} and ended with ${code}:\n${last}`);
}
