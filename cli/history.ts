import { hostname } from "node:os";
import { hasEnded } from "../lib/processes.js";
import { Failure } from "./failure.js";
import { inProxy, type StackProxy } from "./proxy-script.js";

/** What a migration that belongs to a release has done. */
export interface MigrationNote {
  readonly ran: boolean;
  readonly backwardCompatible: boolean;
  readonly restorePoint?: string | null;
  /** File on the volume of the dumps that was written before it. */
  readonly dump?: string | null;
}

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
  readonly version: string;
  readonly gitSha: string;
  readonly who: string;
  /** The release that it goes back to. */
  readonly backTo: string | null;
  /** What the proxy was asked meanwhile, what it could not have answered, and what the app answered with 5xx. */
  readonly requests: number;
  readonly failed: number;
  readonly errors: number;
  readonly migration: MigrationNote | null;
  /** The app's settings, whole. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** It was live once, so it can be gone back to. */
  readonly wasLive: boolean;
  /** It is the one that a rollback goes to. */
  readonly previous: boolean;
  /** `<process>@<host>` that it runs in. */
  readonly by: string;
}

/** The releases of a stack, newest first: its proxy keeps them. @throws Failure where the proxy does not run */
export async function history(of: StackProxy): Promise<Release[]> {
  const read = await releases(of, "list");
  if (read === undefined) {
    const { stack } = of;
    throw new Failure(
      `The proxy of ${stack}, which keeps its releases, does not run; run keelson up.`,
    );
  }
  const lines = read.split("\n").filter((line) => line !== "");
  return lines.map((line) => releaseIn(JSON.parse(line) as Written));
}

/** Ends the release that runs, unless a process that is still there is at it: then it is somebody else's. */
export async function endUnfinished(of: StackProxy, reason: string): Promise<void> {
  const read = await releases(of, "list");
  // What ran before there is a proxy has no record.
  const [line = ""] = (read ?? "").split("\n");
  if (line === "") return;
  const newest = releaseIn(JSON.parse(line) as Written);
  if (newest.result !== "failed" || newest.reason !== interrupted) return;
  await releases(of, "end", "failed", reason);
}

/** A line of the history as the proxy writes it. */
interface Written extends Omit<
  Release,
  "seconds" | "image" | "version" | "gitSha" | "settings" | "requests" | "failed" | "errors"
> {
  readonly counted: Pick<Release, "requests" | "failed" | "errors">;
  readonly content: Pick<Release, "image" | "version" | "gitSha" | "settings">;
}

/** What is said of a release that nobody ended. */
export const interrupted = "it was interrupted";

/** A line of the history; one that runs in no process any more was interrupted. */
export function releaseIn(written: Written, alive = isAlive): Release {
  const { counted, content, ...rest } = written;
  const { image, version, gitSha, settings } = content;
  const { requests, failed, errors } = counted;
  const seconds = rest.end === null ? null : (Date.parse(rest.end) - Date.parse(rest.begin)) / 1000;
  const lost = rest.result === "running" && !alive(rest.by);
  const outcome = lost ? { result: "failed" as const, reason: interrupted } : {};
  const told = { image, version, gitSha, settings, requests, failed, errors };
  return { ...rest, ...told, seconds, ...outcome };
}

/** Whether `<process>@<host>` is there. Of another machine's nothing is known: they count as alive. Our own ended its release by failing. */
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

function releases(of: StackProxy, ...words: string[]) {
  return inProxy(of, ["releases", ...words], `The releases of ${of.stack} can't be read`);
}
