import { setTimeout as pause } from "node:timers/promises";

const pollMilliseconds = 250;

/**
 * Asks until the answer is true. Docker tells of no event for what is asked here, hence the pauses.
 * Throws the last answer when the time is over.
 */
export async function until(
  seconds: number,
  ask: () => Promise<true | Error>,
  signal?: AbortSignal,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer === true) return;
    if (performance.now() >= end || signal?.aborted === true) throw answer;
    await pause(pollMilliseconds);
  }
}
