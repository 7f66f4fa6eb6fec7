import { setTimeout as sleep } from "node:timers/promises";
import { SourceFailure, type SourceContext } from "./source.js";

/** Pauses before a request is sent again, where nobody says how long, in milliseconds. */
const pauses = [500, 1000, 2000, 4000, 8000];

/**
 * Waits before a source is asked again.
 *
 * @param attempt number of failed requests before, from 0
 * @param asked pause that the source asks for, in milliseconds
 * @throws SourceFailure where the pause would end after the deadline
 */
export async function pauseBefore(
  attempt: number,
  { deadline }: SourceContext,
  why: string,
  asked?: number,
): Promise<void> {
  const pause = asked ?? pauses[Math.min(attempt, pauses.length - 1)] ?? 0;
  if (Date.now() + pause >= deadline) {
    const wrong =
      asked === undefined ? why : `${why} for another ${String(Math.ceil(pause / 1000))} s`;
    throw new SourceFailure(wrong, "try again later, or raise timeout of this source");
  }
  await sleep(pause);
}

/** The pause of a `Retry-After` header, seconds or a date, in milliseconds; undefined where it says none. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
