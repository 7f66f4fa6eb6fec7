import type { Prepared, RetainedRestore } from "../../documents/restores.js";
import { differences, keptText, type Difference, type RestoreRequest } from "./judge.js";
import type { Swapped } from "./swap.js";

/** Returns the data that would go live and those that would be lost, for a person who is about to decide. */
export function planText(
  request: RestoreRequest,
  prepared: Prepared,
  kept: readonly RetainedRestore[] = [],
  now = Date.now(),
): string[] {
  return [
    whatText(request, prepared, kept),
    ...prepared.checks.map(
      ({ name, ok, detail }) => `  ${ok ? "ok" : "FAILED"}  ${name}: ${detail}`,
    ),
    ...lossText(request, prepared, now),
    ...(prepared.archived === false
      ? [
          "The newest WAL is not archived (see keelson backups): what is in it is in the kept data alone.",
        ]
      : []),
    ...(prepared.roles === false
      ? [
          "The live server does not answer: roles have the passwords of then, but for the superuser.",
        ]
      : []),
    "Then: maintenance on, the app is stopped, the data is exchanged, the app is started, maintenance off.",
    "What is live now is kept: keelson restore --undo brings it back, keelson restore --discard removes it.",
  ];
}

function whatText(
  request: RestoreRequest,
  { id, target = "", at, backup = "", repository = 1 }: Prepared,
  kept: readonly RetainedRestore[],
): string {
  switch (request.kind) {
    case "undo": {
      const last = kept.find((each) => each.id === id);
      return `Ready alongside the live data: ${last === undefined ? `what ${id} keeps` : keptText(last)}.`;
    }
    case "dump":
      return `Restored alongside the live data: the dump ${request.asked}.`;
    default: {
      const when = at === undefined ? "" : `, made ${at}`;
      const from = repository === 1 ? "" : ` in repository ${String(repository)}`;
      return `Restored alongside the live data: the backup ${backup}${from} to ${target}${when}.`;
    }
  }
}

function lossText(request: RestoreRequest, prepared: Prepared, now: number): string[] {
  const { rows, liveRows, liveXid, restoredXid } = prepared;
  if (liveRows === null) {
    return ["What would be lost is unknown: the live database does not answer."];
  }
  const span = request.kind === "at" || request.kind === "point" ? spanText(prepared, now) : "";
  const writes =
    liveXid === undefined || restoredXid === undefined || request.kind === "undo"
      ? ""
      : ` About ${Math.max(liveXid - restoredXid, 0)} transactions have written since, the heartbeat's among them (6 a minute).`;
  const written = prepared.written ?? undefined;
  const differing = differences(liveRows, rows, written);
  const same =
    written === undefined
      ? "Every table has as many rows as the live one; rows that were changed are not counted."
      : "Every table has as many rows as the live one, and none was written since.";
  return [
    `Lost once it goes live: all that is not in it${span}.${writes}`,
    ...(differing.length === 0 ? [same] : differing.map(differenceText)),
  ];
}

function differenceText({ table, live, restored, written }: Difference): string {
  const since = written === 0 ? "" : `; ${written} written since`;
  if (live === null) return `  ${table}: not live, ${restored ?? 0} rows restored`;
  if (restored === null) return `  ${table}: ${live} rows now, not there any more${since}`;
  const change = restored - live;
  return `  ${table}: ${live} rows now, ${restored} restored (${change > 0 ? "+" : ""}${change})${since}`;
}

function spanText({ target = "", at }: Prepared, now: number): string {
  const time = Date.parse((at ?? target).replace(" ", "T").replace(/\+00$/, "Z"));
  if (Number.isNaN(time)) return "";
  const minutes = (now - time) / 60_000;
  const long =
    minutes < 2
      ? `${Math.round(minutes * 60)} s`
      : minutes < 120
        ? `${Math.round(minutes)} min`
        : `${(minutes / 60).toFixed(1)} h`;
  return `: what was written in the last ${long}`;
}

/** Returns the result, in lines for a person. */
export function doneText(
  id: string,
  request: RestoreRequest,
  o: Omit<Swapped, "wasOn" | "endedAt">,
): string[] {
  const what = request.kind === "undo" ? "The last restore is undone" : `Restored (${id})`;
  return [
    `${what}; the app was away for ${o.seconds.toFixed(1)} s.`,
    ...(o.inMaintenance ? ["Maintenance stays on, as it was: keelson maintenance off."] : []),
    ...(o.backup ? ["A full backup is being taken."] : []),
    "What was live before is kept until keelson restore --discard; keelson restore --undo brings it back.",
  ];
}
