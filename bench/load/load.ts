import { fork } from "node:child_process";
import { join } from "node:path";
import type { Bench } from "../bounded.js";
import type { Order, Report } from "./generator.js";
import type { Effort, LoadPlan } from "./plan.js";
import { samplesOf, type Sample } from "./samples.js";

/** The result of a load. */
export interface Loaded {
  readonly samples: readonly Sample[];
  /** Numbers of failures by their reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly effort: Effort;
}

/** A load that is going on. */
export interface Load {
  /** Requests begun so far. */
  readonly count: () => number;
  /** It has come to the end of its plan, or of its process. */
  readonly over: () => boolean;
  readonly stop: () => Promise<Loaded>;
  /** It comes to its end by itself. */
  readonly stopped: () => Promise<Loaded>;
}

/** Begins a load in a process of its own, so that what the benchmark itself does delays no request. */
export function startLoad(bench: Bench, plan: LoadPlan): Load {
  // A group of its own: Ctrl-C is for the benchmark, which then ends its load.
  const worker = fork(join(import.meta.dirname, "generator.ts"), {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
    detached: true,
  });
  const tell = (order: Order) => {
    worker.send(order);
  };
  let count = 0;
  let loaded: Loaded | undefined;
  worker.on("message", (report: Report) => {
    if ("count" in report) count = report.count;
    else loaded = { ...report, samples: samplesOf(report.columns) };
  });
  const ended = new Promise<Loaded>((resolve, reject) => {
    worker.on("error", reject);
    worker.on("exit", (code, signal) => {
      if (loaded !== undefined) resolve(loaded);
      else reject(new Error(`the load generator ended without a report (${signal ?? code ?? ""})`));
    });
  });
  // Whoever stops the load hears of it; until then it is nobody's.
  ended.catch(() => undefined);
  bench.atEnd("the load generator", () => {
    worker.kill("SIGKILL");
  });
  tell({ begin: plan });
  return {
    count: () => count,
    over: () => worker.exitCode !== null || worker.signalCode !== null,
    stop: () => {
      if (worker.connected) tell("stop");
      return ended;
    },
    stopped: () => ended,
  };
}
