import type { Answers, PartAnswers } from "./answers.js";

/** A limit of the share of slow answers. */
export interface LatencyLimit {
  /** Until an answer begins; it is slow beyond. */
  readonly seconds: number;
  /** The highest excess over the share of just before. */
  readonly maxShare: number;
}

/** Limits beyond which the answers of a new version are worse than those of the one before. */
export interface WatchLimits {
  /** Answers before a share counts. */
  readonly minRequests: number;
  /** The highest excess of the share of errors (5xx) over that of just before. */
  readonly maxErrorShare: number;
  /** Undefined where latency is not judged. */
  readonly latency?: LatencyLimit | undefined;
}

/** A part of a site that answered, and is now refused: 4xx to nearly all where it was hardly any. */
const turned = { from: 0.1, to: 0.9 } as const;

/**
 * Returns the answers that are worse than before, in a sentence; undefined where none are. It counts where more than one client met it:
 * what a single one of several can bring about takes no release back.
 */
export function worse(
  before: readonly PartAnswers[],
  now: readonly Answers[],
  { minRequests, maxErrorShare, latency }: WatchLimits,
): string | undefined {
  const judged = [undefined, ...new Set(now.map(({ part }) => part))];
  for (const part of judged) {
    const [old, fresh] = [before, now].map((each) => sumOf(each, part)) as [Sum, Sum];
    if (fresh.requests < minRequests) continue;
    const errors = share(fresh.errors, fresh.requests);
    const errorsBefore = share(old.errors, old.requests);
    if (errors > errorsBefore + maxErrorShare && fromSeveral(now, part, "errors")) {
      return `${said(fresh.errors, fresh, part)} were errors (5xx); before the switch ${said(old.errors, old)}`;
    }
    if (latency !== undefined) {
      const excess = share(fresh.slow, fresh.requests) - share(old.slow, old.requests);
      if (excess > latency.maxShare && fromSeveral(now, part, "slow")) {
        return `${said(fresh.slow, fresh, part)} were slow (over ${String(latency.seconds)} s); before the switch ${said(old.slow, old)}`;
      }
    }
    const [refused, refusedBefore] = [fresh, old].map((each) => share(each.refused, each.requests));
    const answered = part !== undefined && old.requests >= minRequests;
    const turnedAway = (refused ?? 0) >= turned.to && (refusedBefore ?? 0) <= turned.from;
    if (answered && turnedAway && fromSeveral(now, part, "refused")) {
      return `${said(fresh.refused, fresh, part)} were refused (4xx); before the switch ${said(old.refused, old)}`;
    }
  }
  return undefined;
}

/** Share of errors among all answers; null where there were none. */
export function errorShare(answers: readonly PartAnswers[]): number | null {
  const { errors, requests } = sumOf(answers, undefined);
  return requests === 0 ? null : errors / requests;
}

/** Answers together. */
export interface Sum {
  readonly requests: number;
  readonly refused: number;
  readonly errors: number;
  readonly slow: number;
}

/** The answers of a part together; of all parts where it is undefined. */
export function sumOf(answers: readonly PartAnswers[], part: string | undefined): Sum {
  const sum = { requests: 0, refused: 0, errors: 0, slow: 0 };
  for (const each of answers) {
    if (part !== undefined && each.part !== part) continue;
    sum.requests += each.requests;
    sum.refused += each.refused;
    sum.errors += each.errors;
    sum.slow += each.slow;
  }
  return sum;
}

/** True where more than one client met it, or there is only one. */
function fromSeveral(
  answers: readonly Answers[],
  part: string | undefined,
  what: "errors" | "refused" | "slow",
): boolean {
  const asked = answers.filter((each) => part === undefined || each.part === part);
  const clients = (some: readonly Answers[]) => new Set(some.map(({ client }) => client)).size;
  return clients(asked.filter((each) => each[what] > 0)) > 1 || clients(asked) === 1;
}

function share(some: number, all: number): number {
  return all === 0 ? 0 : some / all;
}

function said(some: number, { requests }: Sum, part?: string): string {
  const where = part === undefined ? "" : ` below ${part}`;
  return `${String(some)} of ${String(requests)} answers${where}`;
}
