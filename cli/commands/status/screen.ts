import { age, size } from "#lib/amounts";
import type { Inventory } from "../../documents/backups.js";
import { shortImage } from "../releases.js";
import { table } from "../../io/table.js";
import type { ProcessFacts, StatusFacts } from "./facts.js";
import { daysUntil } from "./judge.js";

/** The screen: what is live, how it does, and last what is wrong. */
export function screen(facts: StatusFacts, problems: readonly string[]): string[] {
  return [
    ...releaseLines(facts),
    siteLine(facts),
    ...requestLines(facts),
    "",
    ...table([heads, ...facts.processes.map((each) => row(each, facts.at))]),
    "",
    ...table(
      [databaseLine(facts), backupLine(facts), ...jobLines(facts), diskLine(facts)].flatMap(
        (each) => (each === undefined ? [] : [each]),
      ),
      "",
    ),
    "",
    ...(problems.length === 0 ? ["Nothing is wrong."] : problems.map((text) => `WRONG: ${text}`)),
  ];
}

const heads = ["process", "state", "since", "restarts", "memory", "CPU"];

function releaseLines({ stack, proxy, at }: StatusFacts): string[] {
  if (!("found" in proxy) || proxy.found === undefined) return [`${stack}: the proxy does not run`];
  const { live, newest } = proxy.found;
  if (live === undefined) return [`${stack}: nothing is live yet`];
  const since = new Date(live.switched ?? live.end ?? live.begin);
  const what = `${live.version} (${live.gitSha.slice(0, 10)}), ${shortImage(live.image)}`;
  const line = `${stack}: ${live.id} ${what}, live for ${age(since, at)}, by ${live.who}`;
  if (newest === undefined) return [line];
  const reason = newest.reason === null ? "" : `: ${newest.reason.split("\n")[0] ?? ""}`;
  return [line, `  ${newest.id} ${newest.version} ${newest.result.replace("-", " ")}${reason}`];
}

function siteLine({ site, at }: StatusFacts): string {
  const { url, status, error, milliseconds, validUntil } = site;
  const answer = status === undefined ? (error ?? "no answer") : `HTTP ${String(status)}`;
  const certificate =
    validUntil === undefined
      ? ""
      : `, certificate for ${String(daysUntil(validUntil, at))} more days`;
  return `${url}: ${answer} in ${String(milliseconds)} ms${certificate}`;
}

function requestLines({ proxy, at }: StatusFacts): string[] {
  const requests = "found" in proxy ? proxy.found?.requests : undefined;
  if (requests === undefined) return [];
  const { since, requests: all, failed, errors, perSecond, milliseconds } = requests;
  return [
    `${String(all)} requests in ${age(since, at)}, ${String(failed)} failed, ${String(errors)} answered with 5xx; ` +
      `now ${String(perSecond)} a second, ${String(milliseconds)} ms on average`,
  ];
}

function row({ instance, running, health, restarts, startedAt, usage }: ProcessFacts, at: Date) {
  const memory =
    usage === undefined
      ? ""
      : `${size(usage.memory)} of ${size(usage.memoryLimit)} (${percent(usage.memory / usage.memoryLimit)})`;
  return [
    instance,
    running ? (health ?? "running") : "stopped",
    running ? age(new Date(startedAt), at) : "",
    String(restarts),
    memory,
    usage === undefined ? "" : `${usage.cpuPercent.toFixed(1)} %`,
  ];
}

function databaseLine({ database }: StatusFacts): [string, string] | undefined {
  if (database === undefined || !("found" in database)) return undefined;
  const { size: bytes, connections, connectionLimit, ...more } = database.found;
  const seconds = (value: number | null) => (value === null ? "none" : `${value.toFixed(1)} s`);
  return [
    "database",
    `${size(bytes)}, ${String(connections)} of ${String(connectionLimit)} connections, ` +
      `longest query ${seconds(more.longestQuery)}, oldest transaction ${seconds(more.oldestTransaction)}, ` +
      `${String(more.waitingForLocks)} wait for a lock`,
  ];
}

function backupLine({ backups }: StatusFacts): [string, string] | undefined {
  if (backups === undefined || !("found" in backups)) return undefined;
  const { drills } = backups.found;
  const restorable = restorableText(backups.found);
  const { lastProven } = drills;
  if (lastProven === null) return ["backups", `${restorable}, not proven yet`];
  const { endedAt, rpoSeconds, rtoSeconds } = lastProven;
  const [rpo, rto] = [rpoSeconds, rtoSeconds].map((each) =>
    each === undefined ? "-" : `${String(each)} s`,
  );
  return ["backups", `${restorable}, proven ${endedAt} (RPO ${rpo ?? "-"}, RTO ${rto ?? "-"})`];
}

function restorableText({ window, dumps, physical }: Inventory): string {
  if (physical === false) {
    const newest = dumps.at(-1);
    return newest === undefined ? "no dump yet" : `dumps, the newest of ${newest.createdAt}`;
  }
  return window.from === null ? "no moment can be restored yet" : `any moment since ${window.from}`;
}

function jobLines({ jobs, at }: StatusFacts): [string, string][] {
  if (jobs === undefined || !("found" in jobs)) return [];
  return jobs.found.map(({ name, last, next, running }) => {
    const now = running.length === 0 ? [] : ["runs now"];
    const before =
      last === null ? "has not run yet" : `${last.result} ${age(new Date(last.begin), at)} ago`;
    const then = next === null ? "not again" : `next in ${age(at, new Date(next))}`;
    return [`job ${name}`, [...now, before, then].join(", ")];
  });
}

function diskLine({ disk, backups }: StatusFacts): [string, string] | undefined {
  const of = backups !== undefined && "found" in backups ? backups.found.disks : [];
  const all = [
    ...of.map(
      ({ name, size: bytes, free }) =>
        `${name} ${percent(1 - free / bytes)} full, ${size(free)} free`,
    ),
    ...(disk === undefined ? [] : [`${disk.name} ${size(disk.free)} free`]),
  ];
  return all.length === 0 ? undefined : ["disks", all.join("; ")];
}

function percent(share: number): string {
  return `${String(Math.round(share * 100))} %`;
}
