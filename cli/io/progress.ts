/** Prints one line for a person. */
export type Say = (line: string) => void;

/** Awaits something, saying every few seconds that it still runs; quick work says nothing. */
export async function withProgress<T>(say: Say, what: string, work: Promise<T>): Promise<T> {
  const heartbeat = new Heartbeat(say, what);
  try {
    return await work;
  } finally {
    heartbeat.stop();
  }
}

/** Says that work still runs whenever nothing else was said for a while. */
export class Heartbeat {
  readonly #say: Say;
  readonly #what: string;
  readonly #everyMs: number;
  readonly #began = Date.now();
  #timer: NodeJS.Timeout;

  public constructor(say: Say, what: string, firstMs = 2000, everyMs = 5000) {
    this.#say = say;
    this.#what = what;
    this.#everyMs = everyMs;
    this.#timer = setTimeout(this.#tell, firstMs);
  }

  /** Prints a line of the work itself. */
  public readonly line = (text: string): void => {
    this.#say(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tell, this.#everyMs);
  };

  public stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #tell = (): void => {
    this.line(`  … ${this.#what} (${Math.round((Date.now() - this.#began) / 1000)} s)`);
  };
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
