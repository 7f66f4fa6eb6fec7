import { readMaintenance } from "#release/haproxy/maintenance";
import { count, countersIn, statRows } from "#release/history/counters";
import { historyOf } from "#release/history/history";
import { recordIn } from "#release/history/record";
import type { ProxySession } from "#release/proxy-session";
import { releaseIn, type Release } from "../../stack/releases.js";

/** Requests to the app since HAProxy's process began. */
export interface RequestFacts {
  readonly since: Date;
  readonly requests: number;
  /** The proxy gave an error of its own, or the connection was cut. */
  readonly failed: number;
  /** The app answered with 5xx. */
  readonly errors: number;
  /** In the last second. */
  readonly perSecond: number;
  /** Mean over the last thousand requests. */
  readonly milliseconds: number;
}

/** Facts of a stack's proxy. */
export interface ProxyFacts {
  /** Undefined where nothing went live yet. */
  readonly live: Release | undefined;
  /** The newest one, where it is another one than the live. */
  readonly newest: Release | undefined;
  /** Undefined while HAProxy does not answer. */
  readonly requests: RequestFacts | undefined;
  readonly isInMaintenance: boolean;
}

const recent = 20;

/** Asks the proxy, in one conversation. */
export async function askProxy(session: ProxySession): Promise<ProxyFacts> {
  const releases = await newestReleases(session);
  const live = releases.find(({ result }) => result === "live");
  const [newest] = releases;
  const info = await session.tryAdmin("show info");
  const stat = await session.tryAdmin("show stat");
  const maintenance = await readMaintenance(session);
  return {
    live,
    newest: newest === live ? undefined : newest,
    requests: info === undefined || stat === undefined ? undefined : requestsIn(info, stat),
    isInMaintenance: maintenance.on,
  };
}

/** The newest first; all of them only where the live one is not among the last. */
async function newestReleases(session: ProxySession): Promise<Release[]> {
  const told = (lines: readonly string[]) =>
    historyOf(lines.map(recordIn))
      .map((each) => releaseIn(each))
      .toReversed();
  const some = told(await session.records(recent));
  if (some.length < recent || some.some(({ result }) => result === "live")) return some;
  return told(await session.records());
}

/** Returns HAProxy's counts of requests. @param info output of `show info` @param stat output of `show stat` */
export function requestsIn(info: string, stat: string): RequestFacts | undefined {
  const counters = countersIn(info, stat);
  const began = Number(/^Start_time_sec: *(\d+)/m.exec(info)?.[1]);
  if (counters === null || Number.isNaN(began)) return undefined;
  const app = statRows(stat).find((row) => row["pxname"] === "app" && row["svname"] === "BACKEND");
  const { requests, failed, errors } = counters;
  return {
    since: new Date(began * 1000),
    requests,
    failed,
    errors,
    perSecond: count(app?.["rate"]),
    milliseconds: count(app?.["ttime"]),
  };
}
