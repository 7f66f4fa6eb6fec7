import { isAmong } from "../haproxy/in-service.js";
import { placesIn, type ServerSlot } from "../haproxy/servers.js";
import { isFit, lookAtServers } from "../haproxy/state.js";
import { count, statRows } from "../history/counters.js";
import type { WatchNote } from "../history/record.js";
import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { containerProblem, type Start } from "../stays-up.js";
import { secondsSince, stillWanted, type StepContext } from "../step-context.js";
import {
  answersIn,
  answersSince,
  watchTable,
  type Answers,
  type Looked,
  type PartAnswers,
} from "./answers.js";
import { errorShare, sumOf, worse, type WatchLimits } from "./judge.js";

/** A release that has taken the traffic. */
export interface Watched extends WatchLimits {
  readonly starts: readonly Start[];
  readonly seconds: number;
  /** Answers of the version before in its last minute. */
  readonly before: readonly PartAnswers[];
}

/** The end of a watch; `problem` is a sentence where the release is bad. */
export interface Seen {
  readonly note: WatchNote;
  readonly problem: string | undefined;
}

/** Returns the answers up to now. None where the configuration does not count them yet. */
export async function lookAtAnswers(session: ProxySession): Promise<Looked> {
  return answersIn(await session.admin([`show table ${watchTable}`]));
}

/** Watches a release that has taken the traffic: what clients get, what the proxy's checks say, and its containers. */
export class Watch {
  readonly #context: StepContext;
  readonly #watched: Watched;
  readonly #began: number;

  constructor(context: StepContext, watched: Watched) {
    this.#context = context;
    this.#watched = watched;
    this.#began = context.now();
  }

  async run(session: ProxySession): Promise<Seen> {
    // A proxy that has restarted counts from 0.
    const before = (await lookAtAnswers(session)).total;
    const down = await timesDown(session);
    for (;;) {
      await this.#context.wait(1000);
      stillWanted(this.#context);
      const now = answersSince(before, (await lookAtAnswers(session)).total);
      const problem =
        (await containerProblem(this.#context, this.#watched.starts, this.#began)) ??
        (await this.#atProxy(session, down)) ??
        this.#inAnswers(now);
      const seconds = secondsSince(this.#context, this.#began);
      if (problem !== undefined || seconds >= this.#watched.seconds) {
        return { problem, note: this.#note(now, seconds) };
      }
    }
  }

  #inAnswers(now: readonly Answers[]): string | undefined {
    const problem = worse(this.#watched.before, now, this.#watched);
    return problem === undefined ? undefined : `within ${this.#elapsed()} ${problem}`;
  }

  async #atProxy(session: ProxySession, before: number): Promise<string | undefined> {
    const states = await lookAtServers(session);
    const missing = (await placesOf(session)).find((place) => !isFit(place, states));
    const name = missing === undefined ? "" : ` of ${missing.host}`;
    const failed = missing !== undefined || (await timesDown(session)) > before;
    return failed ? `the proxy's check${name} failed after ${this.#elapsed()}` : undefined;
  }

  #note(now: readonly Answers[], seconds: number): WatchNote {
    const { requests, errors, slow } = sumOf(now, undefined);
    const note = { seconds, requests, errors, errorShareBefore: errorShare(this.#watched.before) };
    return this.#watched.latency === undefined ? note : { ...note, slow };
  }

  #elapsed(): string {
    return `${String(secondsSince(this.#context, this.#began))} s`;
  }
}

/** Returns the number of times that HAProxy found a server of the release down. What served before may end as it likes. */
async function timesDown(session: ProxySession): Promise<number> {
  const places = await placesOf(session);
  const rows = statRows(await session.admin(["show stat"]));
  const servers = rows.filter(({ pxname: section = "", svname: server = "" }) =>
    isAmong({ section, server }, places),
  );
  return servers.reduce((sum, row) => sum + count(row["chkdown"]), 0);
}

async function placesOf(session: ProxySession): Promise<ServerSlot[]> {
  const configuration = await session.read(proxyFiles.configuration);
  return placesIn(configuration).filter(({ used }) => used);
}
