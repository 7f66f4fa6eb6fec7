import { setTimeout as pause } from "node:timers/promises";
import { account, listed } from "#test/support/jobs/account";
import type { Work } from "#test/support/services/work";
import type { Stack } from "#test/support/stack";
import type { Bench } from "../bounded.js";
import type { Figures } from "../release/figures.js";

/** Tasks of one kind. */
export interface Tasks {
  readonly made: number;
  readonly lost: number;
  readonly doubled: number;
}

/** The account of all work. */
export interface Books {
  readonly queue: Tasks;
  readonly table: Tasks;
  readonly calls: { readonly made: number; readonly failed: number; readonly why: string };
  /** Runs of the job, and times of its schedule that had none or two; runs that were ended by something else. */
  readonly job: {
    readonly runs: number;
    readonly missed: number;
    readonly doubled: number;
    readonly interrupted: number;
  };
  /** Pairs of schedulers that ran at the same time. */
  readonly overlaps: number;
}

/** Figures of a whole run. */
export interface WorkloadFigures extends Books {
  readonly releases: Figures;
}

const patienceSeconds = 180;

/** Closes the books once nothing is left to do. @param made tasks of each kind @throws Error where work is left */
export async function booksOf(
  bench: Bench,
  stack: Stack,
  work: Work,
  made: number,
): Promise<Books> {
  const done = await whenDone(bench, work);
  const [worked = "0", twice = "0"] = (
    await work.sql(
      "SELECT count(*), coalesce(sum(times - 1), 0) FROM (SELECT count(*) AS times FROM work GROUP BY task) AS each",
    )
  ).split("|");
  const [calls = "0", failed = "0"] = (
    await work.sql("SELECT count(*), count(failure) FROM calls")
  ).split("|");
  const why = await work.sql(
    "SELECT string_agg(times || ' × ' || kind || ' ' || failure, ', ') FROM" +
      " (SELECT kind, failure, count(*) AS times FROM calls WHERE failure IS NOT NULL GROUP BY 1, 2) AS each",
  );
  const { runs, skipped, doubled } = await account(stack, "minute", 60);
  const { interrupted = 0, missed = 0 } = (await listed(stack))["minute"]?.totals ?? {};
  // The queue's account has those of the table done twice as well.
  const doubledInTable = Number(twice);
  return {
    queue: { made, lost: done.lost.length, doubled: done.doubled.length - doubledInTable },
    table: { made, lost: made - Number(worked), doubled: doubledInTable },
    calls: { made: Number(calls), failed: Number(failed), why },
    job: { runs, missed: skipped.length + missed, doubled: doubled.length, interrupted },
    overlaps: (await work.overlaps()).length,
  };
}

/** The account once no work is left, nor in hand. Work that was lost is in hand for ever: it is waited for once. */
async function whenDone({ signal }: Bench, work: Work) {
  for (let second = 0; second < patienceSeconds; second += 1) {
    const now = await work.account();
    if (now.queued === 0 && now.waiting === 0) {
      await pause(5_000, undefined, { signal });
      return work.account();
    }
    await pause(1_000, undefined, { signal });
  }
  throw new Error(`work is left after ${String(patienceSeconds)} s; are the workers there?`);
}
