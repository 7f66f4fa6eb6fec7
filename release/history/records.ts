import { inKeyOrder } from "#lib/merge";
import type { ProxySession } from "../proxy-session.js";
import { StepFailure } from "../step-failure.js";
import { counted, countersIn, nothing, type Counters } from "./counters.js";
import { historyOf, prunableOf, type ToldRecord } from "./history.js";
import { numberOf, recordIn, releaseRecord, type ReleaseRecord } from "./record.js";

/** The end of a release. */
export interface ReleaseEnd {
  readonly result: "live" | "failed" | "rolled-back";
  /** The reason why it failed or was taken back. */
  readonly reason?: string;
  /** Id of the image that went live. */
  readonly imageId?: string;
}

/** The releaser, its process (`<pid>@<host>`), and the release that it rolls back to, if it is a rollback. */
export interface Releaser {
  readonly who: string;
  readonly by: string;
  readonly backTo: string | null;
}

const lockSeconds = 30;

/** The records of a stack's releases, which are written by the steps of each on the volume of its proxy. */
export class Records {
  readonly #session: ProxySession;
  readonly #releaser: Releaser;

  constructor(session: ProxySession, releaser: Releaser) {
    this.#session = session;
    this.#releaser = releaser;
  }

  /**
   * Begins a release, and returns its id. One that runs and has the same content is gone on with: a kill and the run
   * after it make one record.
   * @param content as JSON
   */
  begin(content: string): Promise<string> {
    return this.#locked(async () => {
      const parsed = contentIn(content);
      const last = await this.#last();
      if (last?.result !== "running") return this.#begin(parsed, last);
      if (sameText(last.content, parsed)) {
        await this.#save({ ...last, by: this.#releaser.by });
        return last.id;
      }
      const end = {
        result: "failed",
        reason: "it was interrupted, and another one began",
      } as const;
      await this.#end(last, end);
      return this.#begin(parsed, last);
    });
  }

  /** Takes up the release that runs; one that failed, and is tried again, is begun again. */
  resume(): Promise<void> {
    return this.#locked(async () => {
      const last = await this.#last();
      if (last?.result === "running") await this.#save({ ...last, by: this.#releaser.by });
      else if (last !== undefined && last.result !== "live") await this.#begin(last.content, last);
    });
  }

  /** Writes something down in the release that runs, if one does. */
  note(more: Partial<Pick<ReleaseRecord, "migration" | "watch">>): Promise<void> {
    return this.#change((running) => ({ ...running, ...more }));
  }

  /** Writes down that an image of the release that runs was brought to the host, so that it may be removed again. */
  fetched(image: string): Promise<void> {
    return this.#change((running) => {
      if (image === running.content.image) return { ...running, fetched: true };
      const images = new Set([...(running.serviceImages ?? []), image]);
      return { ...running, serviceImages: [...images].toSorted() };
    });
  }

  /** The release that runs takes the traffic now. */
  switched(): Promise<void> {
    return this.#change((running) => ({ ...running, switched: running.switched ?? now() }));
  }

  /** Looks at the counters, before what may end the worker that has them. */
  count(): Promise<void> {
    return this.#change(async (running) => counted(running, await this.#counters()));
  }

  /** Ends the release that runs, if one does. */
  end(end: ReleaseEnd): Promise<void> {
    return this.#locked(async () => {
      const last = await this.#last();
      if (last?.result === "running") await this.#end(last, end);
    });
  }

  /** All of them with what follows from each other, oldest first. */
  async all(): Promise<ToldRecord[]> {
    return historyOf((await this.#session.records()).map(recordIn));
  }

  /** Images that none of the last so many releases needs. It is kept for other stacks that ask for theirs. */
  async prunable(keep: number): Promise<string[]> {
    await this.#session.write("releases/keep", `${String(keep)}\n`);
    return prunableOf(await this.all(), keep);
  }

  /** Such an image is gone. */
  pruned(image: string): Promise<void> {
    return this.#locked(async () => {
      const records = (await this.#session.records()).map(recordIn);
      for (const each of records) {
        if (each.content.image === image) await this.#save({ ...each, pruned: true });
        if (each.serviceImages?.includes(image) === true) {
          const serviceImages = each.serviceImages.filter((other) => other !== image);
          await this.#save({ ...each, serviceImages });
        }
      }
    });
  }

  async #begin(content: ReleaseRecord["content"], last: ReleaseRecord | undefined) {
    const id = `v${String((last === undefined ? 0 : numberOf(last)) + 1)}`;
    const fresh: ReleaseRecord = {
      id,
      begin: now(),
      switched: null,
      end: null,
      result: "running",
      reason: null,
      ...this.#releaser,
      migration: null,
      imageId: null,
      counters: await this.#counters(),
      counted: nothing,
      content,
    };
    await this.#save(fresh);
    return id;
  }

  async #end(record: ReleaseRecord, { result, reason, imageId }: ReleaseEnd): Promise<void> {
    const last = counted(record, await this.#counters());
    await this.#save({
      ...last,
      result,
      end: now(),
      imageId: imageId ?? last.imageId,
      reason: reason ?? null,
    });
  }

  #change(to: (running: ReleaseRecord) => ReleaseRecord | Promise<ReleaseRecord>): Promise<void> {
    return this.#locked(async () => {
      const last = await this.#last();
      if (last?.result === "running") await this.#save(await to(last));
    });
  }

  async #last(): Promise<ReleaseRecord | undefined> {
    const [line] = await this.#session.records(1);
    return line === undefined ? undefined : recordIn(line);
  }

  async #save(record: ReleaseRecord): Promise<void> {
    await this.#session.write(`releases/${record.id}.json`, `${JSON.stringify(record)}\n`);
  }

  /** Null while HAProxy does not answer, as before its first configuration. */
  async #counters(): Promise<Counters | null> {
    const info = await this.#session.tryAdmin("show info");
    const stat = await this.#session.tryAdmin("show stat");
    return info === undefined || stat === undefined ? null : countersIn(info, stat);
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return this.#session.locked("releases", lockSeconds, work);
  }
}

function contentIn(text: string): ReleaseRecord["content"] {
  const parsed = releaseRecord.shape.content.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new StepFailure(`the release's content is none: ${parsed.error.message}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(inKeyOrder(a)) === JSON.stringify(inKeyOrder(b));
}

const now = () => new Date().toISOString();
