import { hostname } from "node:os";
import { hasEnded } from "#lib/processes";
import { Failure } from "../io/failure.js";
import { historyOf, type ToldRecord } from "#release/history/history";
import { recordIn, type MigrationNote, type WatchNote } from "#release/history/record";
import { Records } from "#release/history/records";
import type { Converse, ProxySession } from "#release/proxy-session";
import { releaser } from "#release/step-context";
import { withProxySession, type StackAddress } from "./proxy.js";

/** A release, as the history tells of it. */
export interface Release {
  readonly id: string;
  readonly result: "running" | "live" | "failed" | "rolled-back" | "superseded";
  readonly reason: string | null;
  readonly begin: string;
  readonly switched: string | null;
  readonly end: string | null;
  /** From its begin to its end. */
  readonly seconds: number | null;
  readonly image: string;
  readonly imageId: string | null;
  /** The tag that the image was resolved from; undefined where the settings named the image itself. */
  readonly tag?: string | undefined;
  readonly version: string;
  readonly gitSha: string;
  readonly who: string;
  /** The release that it rolls back to. */
  readonly backTo: string | null;
  /** Requests to the proxy meanwhile, those that it could not have answered, and the app's answers with 5xx. */
  readonly requests: number;
  readonly failed: number;
  readonly errors: number;
  readonly migration: MigrationNote | null;
  /** Observations after it took the traffic; undefined where it was not watched. */
  readonly watch?: WatchNote | null | undefined;
  /** The app's settings, whole. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** It was live once, so a rollback to it is possible. */
  readonly wasLive: boolean;
  /** It is the one that a rollback goes to. */
  readonly previous: boolean;
  /** `<process>@<host>` that it runs in. */
  readonly by: string;
}

/** The releases of a stack, newest first: its proxy keeps them. @throws Failure where the proxy does not run */
export async function history(of: StackAddress, speak?: Converse): Promise<Release[]> {
  const told = await read(of, speak);
  if (told !== undefined) return told.map((each) => releaseIn(each)).toReversed();
  const { stack } = of;
  throw new Failure(
    `The proxy of ${stack}, which keeps its releases, does not run; run keelson up.`,
  );
}

/** Ends the release that runs, unless a process that is still there is at it: then it is another one's. */
export async function endUnfinished(
  of: StackAddress,
  reason: string,
  speak?: Converse,
): Promise<void> {
  const complaint = `The releases of ${of.stack} can't be written`;
  await withProxySession(
    of,
    complaint,
    async (session) => {
      const [line] = await session.records(1);
      // What ran before there is a proxy has no record.
      if (line === undefined) return;
      const newest = recordIn(line);
      if (newest.result !== "running" || isAlive(newest.by)) return;
      // Two commands that find it at once write the same.
      await new Records(session, releaser(process.env)).end({ result: "failed", reason });
    },
    speak,
  );
}

/** Result of a release that nobody ended. */
export const interrupted = "it was interrupted";

/** A record as the commands tell of it; one that runs in no process any more was interrupted. */
export function releaseIn(record: ToldRecord, alive = isAlive): Release {
  const { begin, end, content, counted } = record;
  const lost = record.result === "running" && !alive(record.by);
  const outcome = lost
    ? { result: "failed" as const, reason: interrupted }
    : { result: record.result, reason: record.reason };
  return {
    id: record.id,
    ...outcome,
    begin,
    switched: record.switched,
    end,
    seconds: end === null ? null : (Date.parse(end) - Date.parse(begin)) / 1000,
    image: content.image,
    imageId: record.imageId,
    ...(content.tag === undefined ? {} : { tag: content.tag }),
    version: content.version,
    gitSha: content.gitSha,
    who: record.who,
    backTo: record.backTo,
    requests: counted.requests,
    failed: counted.failed,
    errors: counted.errors,
    migration: record.migration,
    ...(record.watch === undefined ? {} : { watch: record.watch }),
    settings: content.settings,
    wasLive: record.wasLive,
    previous: record.previous,
    by: record.by,
  };
}

/** True where the process `<process>@<host>` is alive. One on another machine is assumed to be; this process counts as ended, since its release has failed. */
export function isAlive(by: string): boolean {
  const [pid, host] = by.split("@");
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return !hasEnded(Number(pid));
  } catch (error) {
    // One of another user is there all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Oldest first; undefined where no proxy runs. */
function read(of: StackAddress, speak?: Converse): Promise<ToldRecord[] | undefined> {
  const complaint = `The releases of ${of.stack} can't be read`;
  const work = async (session: ProxySession) => historyOf((await session.records()).map(recordIn));
  return withProxySession(of, complaint, work, speak);
}
