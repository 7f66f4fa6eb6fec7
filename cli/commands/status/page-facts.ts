import type {
  BackupState,
  DatabaseState,
  IncidentHistory,
  JobFacts,
  PageFacts,
  ProcessState,
  ProofFacts,
  ReleaseFacts,
  SiteState,
} from "#page/facts";
import { alertFacts } from "#page/alerts";
import { lastingName, type DaySeries } from "#page/series";
import type { Release } from "../../stack/releases.js";
import type { FiringAlert } from "../alerts/alertmanager.js";
import type { Inventory } from "../../documents/backups.js";
import type { JobState, ProcessFacts, StatusFacts } from "./facts.js";

/** Facts of a stack's monitoring, or the reason why it can't be asked. */
export type Watched =
  | {
      readonly alerts: readonly FiringAlert[];
      readonly series: DaySeries;
      readonly outages: IncidentHistory | undefined;
    }
  | { readonly unknown: string };

/** Returns facts for the page: sentences and figures, no setting and no value of one. @param name `<app>-<stack>` */
export function pageFacts(
  name: string,
  facts: StatusFacts,
  more: {
    readonly problems: readonly string[];
    readonly releases: readonly Release[];
    readonly watched: Watched | undefined;
  },
): PageFacts {
  const { problems, releases, watched } = more;
  const known = watched === undefined || "unknown" in watched ? undefined : watched;
  const silent = watched !== undefined && "unknown" in watched ? [watched.unknown] : [];
  const { at, site } = facts;
  const inventory = foundIn(facts.backups);
  const disk = facts.disk === undefined ? [] : [{ ...facts.disk, size: facts.disk.size }];
  return {
    name,
    at,
    site: siteState(facts),
    alerts: known?.alerts.map(alertFacts),
    problems: [...problems, ...silent],
    releases: releases.map(releaseFacts),
    traffic: known?.series.traffic,
    processes: facts.processes.map((each) => processState(each, name, known?.series)),
    database: databaseState(facts, known?.series),
    backups: inventory === undefined ? undefined : backupState(inventory),
    jobs: foundIn(facts.jobs)?.map(jobFacts),
    certificate:
      site.validUntil === undefined
        ? undefined
        : { name: new URL(site.url).hostname, validUntil: site.validUntil },
    disks: [...(inventory?.disks ?? []), ...disk],
    outages: known?.outages,
  };
}

function foundIn<T>(looked: { found: T } | { unknown: string } | undefined): T | undefined {
  return looked !== undefined && "found" in looked ? looked.found : undefined;
}

function siteState({ site, proxy }: StatusFacts): SiteState {
  const isInMaintenance = foundIn(proxy)?.isInMaintenance === true;
  const { url, status, error, milliseconds, isUp } = site;
  return {
    state: isInMaintenance ? "maintenance" : isUp ? "up" : "down",
    url,
    answer: status === undefined ? (error ?? "no answer") : `HTTP ${String(status)}`,
    milliseconds,
  };
}

function releaseFacts(release: Release): ReleaseFacts {
  const { id, result, version, gitSha, who, begin, switched, reason } = release;
  return {
    id,
    result,
    version,
    commit: gitSha,
    who,
    begin: new Date(begin),
    switched: switched === null ? undefined : new Date(switched),
    // What follows the first line may be the app's own log.
    reason: reason?.split("\n")[0],
  };
}

function processState(
  process: ProcessFacts,
  prefix: string,
  series: DaySeries | undefined,
): ProcessState {
  const { instance, running, health, startedAt, restarts, usage, container } = process;
  const state = running ? (health ?? "running") : "stopped";
  return {
    name: instance,
    state,
    // Docker takes its first look after an interval; what does not pass until then is unhealthy soon after.
    isWell: running && health !== "unhealthy",
    since: running ? new Date(startedAt) : undefined,
    restarts,
    memory: usage === undefined ? undefined : { used: usage.memory, limit: usage.memoryLimit },
    cpuPercent: usage?.cpuPercent,
    memoryOverDay: series?.memory.get(lastingName(container, prefix)),
  };
}

/** Of runs in hand and those that ended; one that was skipped or replaced says nothing of the job. */
function jobFacts({ name, schedule, timeZone, next, runs }: JobState): JobFacts {
  const shown = runs.flatMap(({ begin, end, result }) => {
    if (result === "skipped" || result === "replaced") return [];
    const [at, to] = [new Date(begin), end === undefined ? undefined : new Date(end)];
    const seconds = to === undefined ? undefined : (to.getTime() - at.getTime()) / 1000;
    return [{ at, seconds, result: resultOf(result, to === undefined) }];
  });
  return {
    name,
    schedule: timeZone === "UTC" ? schedule : `${schedule} (${timeZone})`,
    next: next === null ? undefined : new Date(next),
    runs: shown.toSorted((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

function resultOf(result: string, goesOn: boolean): JobFacts["runs"][number]["result"] {
  if (goesOn) return "running";
  return result === "success" ? "succeeded" : "failed";
}

function databaseState(
  { database }: StatusFacts,
  series: DaySeries | undefined,
): DatabaseState | undefined {
  const found = foundIn(database);
  if (found === undefined) return undefined;
  const { size, connections, connectionLimit, longestQuery, oldestTransaction } = found;
  return {
    size,
    connections,
    connectionLimit,
    longestQuery,
    oldestTransaction,
    sizeOverDay: series?.databaseSize,
    connectionsOverDay: series?.connections,
  };
}

function backupState({ window, backups, dumps, drills, physical }: Inventory): BackupState {
  const all = [
    ...backups.map(({ endedAt, bytes }) => ({ at: new Date(endedAt), bytes })),
    ...dumps.map(({ createdAt, bytes }) => ({ at: new Date(createdAt), bytes })),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  return {
    restorableFrom: window.from === null ? undefined : new Date(window.from),
    ...(physical === false ? { dumpsAlone: true } : {}),
    newest: all.at(-1),
    proofs: (drills.recent ?? lastOf(drills)).map(proofFacts),
  };
}

/** A container of an older version tells of the last one, and the last one that is proven. */
function lastOf({ last, lastProven }: Inventory["drills"]) {
  const both = [lastProven, last].flatMap((each) => each ?? []);
  return both.filter(({ id }, index) => both.findIndex((each) => each.id === id) === index);
}

function proofFacts(proof: NonNullable<Inventory["drills"]["recent"]>[number]): ProofFacts {
  const { endedAt, kind, proven, rpoSeconds, rtoSeconds, error } = proof;
  return {
    at: new Date(endedAt),
    kind,
    proven,
    rpo: rpoSeconds ?? undefined,
    rto: rtoSeconds ?? undefined,
    error: error?.split("\n")[0],
  };
}
