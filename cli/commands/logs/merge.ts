/** A line that waits for its turn. */
interface Waiting<T> {
  readonly time: string;
  readonly line: T;
  readonly arrived: number;
}

/** A source of lines, nearly in the order of their time. */
interface Source<T> {
  readonly queue: Waiting<T>[];
  hasEnded: boolean;
  /** Holds what it reads from, or lets it go on. */
  readonly hold: (hold: boolean) => void;
}

/** Waiting times of a merge. */
export interface MergeOptions {
  /**
   * Milliseconds for which a line waits for earlier ones of other sources; undefined: until each of them has ended, or
   * has so many lines that none of an earlier time can follow.
   */
  readonly settleMs?: number;
  /** Lines of a source that may be out of order: its two outputs are read one after the other. */
  readonly window?: number;
}

/** Merges lines of several sources in the order of their time, with a bounded number of them in memory. */
export class Merge<T> {
  readonly #emit: (line: T) => void;
  readonly #settleMs: number | undefined;
  readonly #window: number;
  readonly #sources = new Map<string, Source<T>>();
  #timer: NodeJS.Timeout | undefined;

  public constructor(emit: (line: T) => void, { settleMs, window = 2000 }: MergeOptions = {}) {
    this.#emit = emit;
    this.#settleMs = settleMs;
    this.#window = window;
  }

  /** Begins a source. @param hold is called with true while the source has more lines than are needed */
  public begin(source: string, hold: (hold: boolean) => void = () => undefined): void {
    this.#sources.set(source, { queue: [], hasEnded: false, hold });
  }

  /** Takes a line of a source that has begun. */
  public push(source: string, time: string, line: T): void {
    const of = this.#sources.get(source);
    if (of === undefined) throw new Error(`${source} is no source of this merge`);
    let at = of.queue.length;
    while (at > 0 && (of.queue[at - 1] as Waiting<T>).time > time) at -= 1;
    of.queue.splice(at, 0, { time, line, arrived: Date.now() });
    if (of.queue.length > 3 * this.#window) of.hold(true);
    this.#drain();
  }

  /** A source has no more lines. */
  public end(source: string): void {
    const of = this.#sources.get(source);
    if (of === undefined) return;
    of.hasEnded = true;
    this.#drain();
  }

  /** Gives out all that waits. */
  public flush(): void {
    clearTimeout(this.#timer);
    for (const each of this.#sources.values()) each.hasEnded = true;
    this.#drain();
  }

  #drain(): void {
    for (;;) {
      const next = this.#earliest();
      if (next === undefined) return;
      const { source, head } = next;
      const wait = this.#waitFor(head);
      if (wait > 0) {
        this.#later(wait);
        return;
      }
      source.queue.shift();
      if (source.queue.length <= this.#window) source.hold(false);
      this.#forget();
      this.#emit(head.line);
    }
  }

  #earliest(): { readonly source: Source<T>; readonly head: Waiting<T> } | undefined {
    let found: { readonly source: Source<T>; readonly head: Waiting<T> } | undefined;
    for (const source of this.#sources.values()) {
      const [head] = source.queue;
      if (head === undefined) continue;
      if (found === undefined || head.time < found.head.time) found = { source, head };
    }
    return found;
  }

  /** Milliseconds; endless where another line or end is waited for. */
  #waitFor(head: Waiting<T>): number {
    const all = [...this.#sources.values()];
    if (all.every((each) => each.hasEnded || each.queue.length > this.#window)) return 0;
    if (this.#settleMs === undefined) return Infinity;
    return head.arrived + this.#settleMs - Date.now();
  }

  #later(ms: number): void {
    if (ms === Infinity) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#drain();
    }, ms);
  }

  #forget(): void {
    for (const [name, { hasEnded, queue }] of this.#sources) {
      if (hasEnded && queue.length === 0) this.#sources.delete(name);
    }
  }
}
