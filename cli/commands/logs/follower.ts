import type { LineFilter } from "./filter.js";
import { Merge } from "./merge.js";
import { LogReader, type LoggedContainer, type StartDocker } from "./reader.js";
import type { LogsRequest } from "./request.js";
import type { LogLine } from "./text.js";

/** Time in which lines of several containers are put in order, in milliseconds. */
const settleMs = 300;

/** Progress in the log of a container. */
interface Followed {
  reader: LogReader | undefined;
  /** Time of the last line. */
  last: string | undefined;
  /** It has started again, as far as is known, before its reader was at its end. */
  isDue: boolean;
}

/** Follows the logs of containers, those that start later among them; one that starts again is gone on with. */
export class Follower {
  readonly #start: StartDocker;
  readonly #request: LogsRequest;
  readonly #warn: (text: string) => void;
  readonly #merge: Merge<Omit<LogLine, "level">>;
  readonly #followed = new Map<string, Followed>();
  /** Those that were there at the beginning show their last lines alone, the others all. */
  #hasBegun = false;
  #runs = 0;

  public constructor(
    start: StartDocker,
    request: LogsRequest,
    filter: LineFilter,
    warn: (text: string) => void,
  ) {
    this.#start = start;
    this.#request = request;
    this.#warn = warn;
    const emit = (line: Omit<LogLine, "level">) => {
      filter.take(line);
    };
    this.#merge = new Merge(emit, { settleMs });
    setImmediate(() => {
      this.#hasBegun = true;
    });
  }

  /** Follows the log of a container, unless it is followed already. */
  public follow(container: LoggedContainer): void {
    const of = this.#followedOf(container.id);
    if (of.reader !== undefined) {
      of.isDue = true;
      return;
    }
    of.isDue = false;
    this.#runs += 1;
    const source = `${container.id} ${String(this.#runs)}`;
    const from = of.last;
    const options = { ...this.#from(of.last), follow: true };
    const reader = new LogReader(this.#start, container, options, {
      line: (line) => {
        // What was read last stands at the beginning again.
        if (from !== undefined && line.time <= from) return;
        if (of.last === undefined || line.time > of.last) of.last = line.time;
        this.#merge.push(source, line.time, line);
      },
      problem: (text) => {
        // It may be gone by now.
        if (!/no such container/i.test(text)) this.#warn(`${container.name}: ${text}`);
      },
      end: () => {
        of.reader = undefined;
        this.#merge.end(source);
        if (of.isDue) this.follow(container);
      },
    });
    of.reader = reader;
    this.#merge.begin(source, (hold) => {
      reader.hold(hold);
    });
  }

  /** Reads no more. */
  public stop(): void {
    for (const of of this.#followed.values()) {
      of.isDue = false;
      of.reader?.stop();
    }
    this.#merge.flush();
  }

  #followedOf(id: string): Followed {
    const of = this.#followed.get(id) ?? { reader: undefined, last: undefined, isDue: false };
    this.#followed.set(id, of);
    return of;
  }

  #from(last: string | undefined): { readonly since: string | undefined; readonly tail: string } {
    if (last !== undefined) return { since: last, tail: "all" };
    const { since, tail } = this.#request;
    return this.#hasBegun ? { since, tail: "all" } : { since, tail };
  }
}
