import type { Rows } from "../../documents/checks.js";
import type { RetainedRestore } from "../../documents/restores.js";
import { Failure } from "../../io/failure.js";
import type { RestoreFlags } from "../../registrations/restore.js";

/** One thing to do. */
export type RestoreRequest =
  | { readonly kind: "at" | "point" | "dump"; readonly asked: string }
  | { readonly kind: "undo" }
  | { readonly kind: "discard" };

/** Returns the request of a command's flags. @throws Failure */
export function parseRequest({
  at,
  point,
  dump,
  undo,
  discard,
  repository,
}: RestoreFlags): RestoreRequest {
  const wishes: RestoreRequest[] = [
    ...(at === undefined ? [] : [{ kind: "at" as const, asked: at }]),
    ...(point === undefined ? [] : [{ kind: "point" as const, asked: point }]),
    ...(dump === undefined ? [] : [{ kind: "dump" as const, asked: dump }]),
    ...(undo === true ? [{ kind: "undo" as const }] : []),
    ...(discard === true ? [{ kind: "discard" as const }] : []),
  ];
  const [request, another] = wishes;
  if (request === undefined || another !== undefined) {
    throw new Failure(
      "Say one of --at <time with zone>, --point <restore point>, --dump <file>, --undo and --discard.",
    );
  }
  if (request.kind === "at") requireTime(request.asked);
  if (repository !== undefined && (request.kind === "dump" || request.kind === "discard")) {
    throw new Failure("--repository goes with --at, --point, --undo and --volume.");
  }
  return request;
}

const zone = /(Z|UTC|[+-]\d{2}(:?\d{2})?)$/;
const anyTime =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)$/;

function requireTime(text: string): void {
  const example = `write it as in "2026-02-03 04:05:06+00" or "2026-02-03T04:05:06Z"`;
  if (text === "latest") return;
  if (!zone.test(text.slice(10))) {
    throw new Failure(`--at: "${text}" has no time zone; ${example}.`);
  }
  if (!anyTime.test(text)) throw new Failure(`--at: "${text}" is not a time; ${example}.`);
}

/** Returns the time of a restore point, in seconds since 1970: its name ends with it. */
export function pointTime(name: string): number | undefined {
  const found = /-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(name);
  if (found === null) return undefined;
  const [year = 0, month = 1, ...rest] = found.slice(1).map(Number);
  const [day, hour, minute, second] = rest;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** Returns the reason why a restore point can't be restored to; undefined when it is one that a release has made. */
export function pointRefusal(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const there =
    known.length === 0 ? "no release of this stack has made one" : `there are ${known.join(", ")}`;
  return `There is no restore point ${name}; ${there}.`;
}

/** A table that is not the same in the live database; null rows: it is not there. */
export interface Difference {
  readonly table: string;
  readonly live: number | null;
  readonly restored: number | null;
  /** Rows of the live one that were inserted or changed since. */
  readonly written: number;
}

export function differences(live: Rows, restored: Rows, written: Rows = {}): Difference[] {
  const tables = [...new Set([...Object.keys(live), ...Object.keys(restored)])].sort();
  return tables
    .map((table) => ({
      table,
      live: live[table] ?? null,
      restored: restored[table] ?? null,
      written: written[table] ?? 0,
    }))
    .filter((each) => each.live !== each.restored || each.written > 0);
}

/** The newest restore that can be undone. */
export function undoable(kept: readonly RetainedRestore[]): RetainedRestore | undefined {
  return [...kept].sort((a, b) => (a.id < b.id ? 1 : -1)).find(({ phase }) => phase === "done");
}

/** Description of a restore. */
export function keptText({
  id,
  kind,
  asked = "",
  restoredIsLive,
  keeps,
  bytes,
}: RetainedRestore): string {
  const to = kind === "dump" ? `of the dump ${asked}` : `to ${asked}`;
  const old = kind === "dump" ? keeps === "before" : restoredIsLive === true;
  const what = old ? "the data from before it" : "what it restored";
  return `the restore ${id} ${to} keeps ${what}, ${(bytes / 1e6).toFixed(1)} MB`;
}
