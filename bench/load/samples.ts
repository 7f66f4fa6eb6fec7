/** Acts of the generator: a request, or a short conversation that must not be cut. */
export const kinds = ["keep-alive", "fresh", "slow", "upload", "websocket", "tcp"] as const;
export type Kind = (typeof kinds)[number];

/** Results of a request: `onPurpose` is an error that the app made on request. */
export const outcomes = ["ok", "failed", "onPurpose"] as const;
export type Outcome = (typeof outcomes)[number];

/** One request. Times are milliseconds, `began` since the epoch and as planned, not as sent. */
export interface Sample {
  readonly kind: Kind;
  readonly began: number;
  readonly ms: number;
  readonly outcome: Outcome;
  /** Version of the app that answered; undefined where none did, or where it does not say. */
  readonly version: string | undefined;
}

/** Every request of a load, a column each: hundreds of thousands cross from one process to another. */
export interface Columns {
  readonly kind: Uint8Array;
  readonly began: Float64Array;
  readonly ms: Float64Array;
  readonly outcome: Uint8Array;
  readonly version: Uint16Array;
  readonly versions: readonly string[];
}

/** Notes samples as they come. */
export class Recorder {
  #length = 0;
  #rows = new Float64Array(5 * 1024);
  readonly #versions: string[] = [""];
  readonly #failures = new Map<string, number>();

  /** Number of entries. */
  get length(): number {
    return this.#length;
  }

  /** Numbers of failures by their reason. */
  get failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures);
  }

  add({ kind, began, ms, outcome, version = "" }: Sample, failure = ""): void {
    if ((this.#length + 1) * 5 > this.#rows.length) {
      const longer = new Float64Array(this.#rows.length * 2);
      longer.set(this.#rows);
      this.#rows = longer;
    }
    const codes = [kinds.indexOf(kind), began, ms, outcomes.indexOf(outcome)];
    this.#rows.set([...codes, this.#versionCode(version)], this.#length * 5);
    this.#length += 1;
    if (failure !== "") this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
  }

  columns(): Columns {
    const column = (at: number) =>
      Float64Array.from({ length: this.#length }, (_, row) => this.#rows[row * 5 + at] ?? 0);
    return {
      kind: Uint8Array.from(column(0)),
      began: column(1),
      ms: column(2),
      outcome: Uint8Array.from(column(3)),
      version: Uint16Array.from(column(4)),
      versions: this.#versions,
    };
  }

  #versionCode(version: string): number {
    const known = this.#versions.indexOf(version);
    return known === -1 ? this.#versions.push(version) - 1 : known;
  }
}

/** The samples of columns, in the order in which they ended. */
export function samplesOf(columns: Columns): Sample[] {
  return Array.from(columns.kind, (kind, row) => ({
    kind: kinds[kind] ?? "keep-alive",
    began: columns.began[row] ?? 0,
    ms: columns.ms[row] ?? 0,
    outcome: outcomes[columns.outcome[row] ?? 1] ?? "failed",
    version: columns.versions[columns.version[row] ?? 0] || undefined,
  }));
}
