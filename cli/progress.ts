/** Prints one line for a person. */
export type Say = (line: string) => void;

/** Awaits something, saying every few seconds that it still runs; quick work says nothing. */
export async function withProgress<T>(
  say: Say,
  what: string,
  work: Promise<T>,
  firstMs = 2000,
  everyMs = 5000,
): Promise<T> {
  const began = Date.now();
  const tell = () => {
    say(`  … ${what} (${Math.round((Date.now() - began) / 1000)} s)`);
    timer = setTimeout(tell, everyMs);
  };
  let timer = setTimeout(tell, firstMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again until something is there; undefined when the deadline has passed without it. */
export async function poll<T>(
  ask: () => Promise<T | undefined>,
  deadlineMs: number,
  everyMs = 500,
): Promise<T | undefined> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() >= end) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
